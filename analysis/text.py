"""The normal form of a text for matching, with the way back to what was written; clauses; a fast finder of words.

NFKC, zero-width and variation marks removed, traditional to simplified (for matching only: what is shown is always
the writer's own text), whitespace collapsed. 臵 is read as 置 (some printed papers use it).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, count
from operator import add
from typing import Generic, NamedTuple, TypeVar

from crawlers.canonical import narrowed, nfkc

T = TypeVar("T")

# Zero-width characters, joiners, BOM, soft hyphen, direction and variation marks that slip into words.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACE = re.compile(r"\s+")
# A mark slipped between two Chinese characters of a word (西*城, 德.胜.门). `·`, `-`, `|` and `~` also part names.
_MARKS = "*_^.•"
_INSERTED = re.compile(rf"(?<=[\u3400-\u9fff])\s*[{re.escape(_MARKS)}]\s*(?=[\u3400-\u9fff])")

# Characters that differ between the scripts and occur in names and complaints. Common knowledge, one pair each.
_TRADITIONAL = (
    "東东個个來来這这時时們们會会對对說说開开關关門门國国學学長长發发後后過过還还進进運运動动電电車车輪轮機机場场樓楼"
    "區区條条號号廣广場场園园圖图書书館馆醫医藥药費费價价錢钱買买賣卖貴贵質质貨货費费貪贪財财賠赔賬账購购贈赠"
    "馬马駕驾駛驶騎骑驚惊驗验騙骗體体髒脏鬧闹魚鱼鳥鸟雞鸡鴨鸭鹽盐麵面麗丽黃黄點点黨党龍龙齊齐齒齿龜龟"
    "萬万與与業业專专產产從从們们傷伤優优儲储兒儿內内兩两冊册軍军農农凍冻幾几別别劃划劇剧劉刘剛刚創创"
    "務务勞劳勢势勝胜勵励辦办協协單单卻却廠厂壓压厲厉縣县參参雙双變变敘叙葉叶嗎吗啟启喪丧嚴严囑嘱圍围"
    "團团聖圣塊块堅坚報报塵尘墜坠墮堕壞坏壩坝壯壮聲声處处備备復复夾夹奪夺獎奖婦妇媽妈嬰婴孫孙寧宁寶宝實实"
    "寬宽審审寫写將将導导層层屬属岡冈島岛峽峡嶺岭帶带帳帐師师幣币幫帮幹干庫库廢废廁厕廳厅廟庙應应張张強强彈弹"
    "彎弯歸归當当錄录徑径徵征恆恒恥耻愛爱態态慶庆憂忧憐怜憑凭懷怀懸悬懼惧戰战戲戏戶户執执掃扫採采揮挥損损"
    "換换搖摇搶抢摟搂擁拥擇择擊击擋挡擔担據据擠挤擬拟擴扩擺摆擾扰攔拦攝摄敗败敵敌數数斷断無无舊旧曆历曉晓暫暂"
    "術术樸朴權权殺杀雜杂極极構构標标棧栈樹树橋桥檔档檢检櫃柜欄栏歡欢歐欧歲岁殘残殼壳毀毁氣气漢汉湯汤溝沟"
    "滅灭滿满漁渔潔洁潤润澆浇濕湿濟济瀏浏灘滩灣湾災灾爐炉烏乌熱热煙烟煩烦燈灯燒烧爛烂爭争爺爷牆墙牽牵"
    "狀状獨独獲获環环現现瑪玛電电畫画異异疊叠瘋疯療疗癱瘫皺皱盜盗盡尽監监盤盘眾众睏困矯矫礎础礙碍禍祸禮礼離离"
    "種种積积稱称穩稳窩窝竄窜竊窃競竞筆笔築筑簡简簽签糧粮紀纪約约紅红納纳純纯紙纸級级紛纷細细終终組组結结"
    "絕绝給给統统絲丝經经綠绿維维網网緊紧線线練练緒绪編编緩缓縮缩總总績绩織织繞绕繩绳繼继續续罰罚罵骂羅罗職职聯联"
    "聽听肅肃脅胁脈脉腦脑腳脚膠胶臉脸臨临臺台舉举艙舱艱艰蘆芦蘇苏蘭兰虛虚蟲虫蠟蜡衛卫補补裝装裡里裏里製制複复褲裤"
    "見见規规視视親亲覺觉覽览觀观觸触計计訂订認认討讨讓让訓训議议訊讯記记講讲許许論论訟讼設设訪访證证評评識识詐诈訴诉"
    "診诊詞词試试詩诗話话誠诚詢询該该詳详語语誤误誘诱請请諸诸課课誰谁調调談谈諒谅謀谋謊谎謝谢謠谣護护譽誉讀读"
    "豐丰貓猫負负貢贡責责貫贯貧贫貸贷貼贴賀贺資资賊贼賓宾賞赏賴赖贏赢趕赶趙赵躍跃踐践蹤踪軌轨軟软較较載载輔辅輕轻"
    "輛辆輝辉輸输辭辞邊边遷迁適适選选遺遗郵邮鄉乡鄰邻醬酱釀酿釋释針针釣钓鈔钞鉤钩鈴铃鉛铅銀银銅铜銷销鋁铝鋼钢錦锦鍋锅"
    "鎖锁鎮镇鏡镜鐘钟鐵铁鑽钻鑰钥閃闪閉闭問问間间閒闲閣阁閱阅闆板闊阔陣阵陰阴陳陈陸陆陽阳隊队階阶際际隨随險险隱隐隻只"
    "難难雲云霧雾靈灵靜静響响頁页頂顶項项順顺須须預预頓顿領领頭头頸颈頻频題题額额顏颜願愿類类顧顾顯显風风飛飞飢饥飯饭"
    "飲饮飽饱飼饲餅饼養养餘余館馆饑饥駐驻駛驶騰腾驅驱髮发鬆松鮮鲜麥麦麼么齡龄聞闻亂乱傾倾僅仅償偿億亿價价"
    "剎刹砲炮暉晖滬沪鑒鉴準准決决沒没況况衝冲佔占佈布併并係系汙污洩泄慘惨滾滚瀰弥濃浓滯滞漲涨潰溃騷骚淨净滲渗濺溅於于輾辗糾纠縱纵趨趋蹟迹達达違违遠远遲迟遼辽瀉泻淚泪渦涡測测濱滨潛潜燬毁鬱郁籲吁"
)
_FOLD = {ord(a): b for a, b in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True) if a != b}
_FOLD[ord("臵")] = "置"

# what keeps every offset: full-width forms and the two scripts
_SAME_LENGTH = _FOLD | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}

# Whether there is one to fold: found in a twentieth of the time of folding.
_OLD, _FOLDED = (re.compile(f"[{re.escape(''.join(map(chr, table)))}]") for table in (_FOLD, _SAME_LENGTH))

_ENDS = "。！？!?；;\n"
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_CLAUSE = re.compile(r"[^。！？!?；;\n，,、：:（）()“”\"]+")


def normal(text: str) -> str:
    """The text as the matchers see it (module docstring). Offsets are not kept: see `Body`."""
    text = _INVISIBLE.sub("", nfkc(text))
    if _OLD.search(text):
        text = text.translate(_FOLD)
    if any(mark in text for mark in _MARKS):
        text = _INSERTED.sub("", text)
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the normal form: `text` without its end mark, where it stands, and how it ends."""

    text: str
    start: int
    end: int
    mark: str  # the end mark, "" where there is none


@dataclass(frozen=True, slots=True)
class Body:
    """A post's words in normal form: `plain` = title, a full stop, text; `title_end` = where the title ends.

    A title that the text repeats is taken once.
    """

    plain: str
    title_end: int
    raw_title: str
    raw_text: str
    letters: frozenset[str] = field(default=frozenset(), compare=False, repr=False)  # the characters of `plain`
    flat: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    traced: dict[str, tuple[str, list[int]]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, title: str, text: str) -> "Body":
        """The body of a post as written."""
        head, rest = normal(title), normal(text)
        if head and rest.startswith(head):
            head_text = rest
        elif head:
            end = "" if head[-1] in "。！？!?" else "。"
            head_text = f"{head}{end}{rest}"
        else:
            head_text = rest
        return cls(head_text, len(head), title, text, frozenset(head_text))

    def sentences(self) -> list[Sentence]:
        """The sentences in order."""
        return sentences(self.plain)

    def written(self, start: int, end: int) -> str:
        """The stretch as the writer wrote it; the normal form where the original cannot be found again."""
        piece = self.plain[start:end]
        for raw in (self.raw_title, self.raw_text):
            if raw not in self.flat:
                self.flat[raw] = same_length(raw)
            at = self.flat[raw].find(piece)
            if at >= 0:
                return raw[at : at + len(piece)]
        for raw in (self.raw_title, self.raw_text):
            if raw not in self.traced:
                self.traced[raw] = traced(raw)
            folded, origin = self.traced[raw]
            at = folded.find(piece)
            if at >= 0:
                return raw[origin[at] : origin[at + len(piece) - 1] + 1]
        return piece


def same_length(raw: str) -> str:
    """The text with full-width and traditional forms folded: what of the normal form keeps every offset."""
    raw = narrowed(raw)
    return raw.translate(_SAME_LENGTH) if _FOLDED.search(raw) else raw


def sentences(plain: str) -> list[Sentence]:
    """Cut at 。！？； and line ends; the end mark is told, not kept."""
    answer = []
    for found in _SENTENCE.finditer(plain):
        whole = found.group()
        text = whole.rstrip(_ENDS)
        lead = len(text) - len(text.lstrip())
        if text.strip():
            mark = whole[len(text) : len(text) + 1]
            answer.append(Sentence(text.strip(), found.start() + lead, found.start() + len(text), mark))
    return answer


def clauses(sentence: str) -> list[str]:
    """Cut a sentence at commas, colons and brackets."""
    return [c.strip() for c in _CLAUSE.findall(sentence) if c.strip()]


def clause_bounds(plain: str, start: int, end: int, marks: str = "。！？!?；;\n，,") -> tuple[int, int]:
    """Bounds of the clause around [start, end): back and forth to the nearest of `marks`."""
    left = start
    while left > 0 and plain[left - 1] not in marks:
        left -= 1
    right = end
    while right < len(plain) and plain[right] not in marks:
        right += 1
    return left, right


@lru_cache(maxsize=20_000)
def _folded(character: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", character)).translate(_FOLD)
    return _SPACE.sub(" ", text)


def traced(raw: str) -> tuple[str, list[int]]:
    """The normal form with, for each of its characters, where it stands in the text as written."""
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(raw):
        for part in _folded(character):
            if part != " " or (folded and folded[-1] != " "):
                folded.append(part)
                origin.append(index)
    text = "".join(folded)
    for mark in reversed(list(_INSERTED.finditer(text))):
        del origin[mark.start() : mark.end()]
        text = text[: mark.start()] + text[mark.end() :]
    return text, origin


class Hit(NamedTuple, Generic[T]):
    """A word of a lexicon in a text; a tuple, because a post has some hundred of them."""

    start: int
    end: int
    word: str
    value: T


class Lexicon(Generic[T]):
    """Many words of at least two characters, found in one pass: the first two choose the lengths worth trying."""

    def __init__(self, words: Mapping[str, T] | Iterable[tuple[str, T]]) -> None:
        pairs = words.items() if isinstance(words, Mapping) else words
        self._values: dict[str, T] = {word: value for word, value in pairs if len(word) >= 2}
        lengths: dict[str, set[int]] = {}
        for word in self._values:
            lengths.setdefault(word[:2], set()).add(len(word))
        self._lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def __len__(self) -> int:
        return len(self._values)

    def get(self, word: str) -> T | None:
        """The value of exactly this word."""
        return self._values.get(word)

    def find(self, plain: str) -> list[Hit[T]]:
        """All occurrences, overlapping ones too, by start and then longest first."""
        values, lengths = self._values, self._lengths
        answer: list[Hit[T]] = []
        # The pass over every pair of neighbours runs inside the interpreter's own loops: it is most of the time.
        for start in compress(count(), map(lengths.__contains__, map(add, plain, plain[1:]))):
            for length in lengths[plain[start : start + 2]]:
                word = plain[start : start + length]
                if word in values:
                    answer.append(Hit(start, start + length, word, values[word]))
        return answer

    def longest(self, plain: str) -> list[Hit[T]]:
        """Occurrences that do not overlap: longest first, then leftmost; told by start."""
        return longest(self.find(plain))

    def any_in(self, plain: str) -> bool:
        """Whether any word occurs."""
        return bool(self.find(plain))


def longest(hits: Iterable[Hit[T]]) -> list[Hit[T]]:
    """Of overlapping hits keep the longest, of equally long ones the leftmost."""
    found = sorted(hits, key=lambda h: (h.start - h.end, h.start))
    held = bytearray(max((hit.end for hit in found), default=0))  # 1 where a character is taken
    taken: list[Hit[T]] = []
    for hit in found:
        if held.find(1, hit.start, hit.end) < 0:
            held[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
            taken.append(hit)
    return sorted(taken)  # by start: no two of them begin at one place
