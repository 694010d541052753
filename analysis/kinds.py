"""What kind of post it is, whether it asks for something, and the asking sentence lifted from it.

Feeling is another matter: a polite complaint is 投诉 and neutral, praise with a request is 建议 (rules.md 1, 10).
"""

from dataclasses import dataclass
from re import Pattern

from analysis.anchors import hastened, may_match
from analysis.text import Body, Sentence, sentences

COMPLAINT, HELP, QUESTION, PROPOSAL = "投诉", "求助", "咨询", "建议"
REPORT, PRAISE, NEWS, OFFICIAL, OTHER = "举报", "表扬", "转述新闻", "官方发布", "其他"
ALL = (COMPLAINT, HELP, QUESTION, PROPOSAL, REPORT, PRAISE, NEWS, OFFICIAL, OTHER)
DEMANDS = frozenset({COMPLAINT, HELP, QUESTION, PROPOSAL, REPORT})
HEAD = 1500
MOST_ASKS = 3
LONGEST_ASK = 120

_CUES: dict[str, Pattern[str]] = {
    REPORT: hastened(
        r"举报|检举|实名反映|偷税|漏税|逃税|受贿|贪污|以权谋私|无证(?:经营|营业|办学|行医)|无照经营"
        r"|黑(?:作坊|诊所|中介|车|网吧|工厂|导游)"
        r"|非法(?:经营|集资|营运|占用|改装|行医|收费|拘禁|采|倾倒|排放)|涉嫌(?:违法|违规|诈骗|传销"
        r"|虚假)|传销|赌博|卖淫|违法(?:建设|建筑|搭建|占|经营|行为)"
        r"|违章(?:建筑|搭建)|偷排|弄虚作假|造假|套取|骗取"
    ),
    HELP: hastened(
        r"求助|求救|救救|帮帮|帮助我们|帮忙|无处(?:诉|说|可)|走投无路|急(?:需|求|盼)|恳求|恳请"
        r"|求(?:领导|政府|各位|好心|解决|帮|扩散|转发|关注)|跪求"
        r"|(?:该|要|可|我们|我)怎么办|如何是好|为(?:我们|老百姓|业主|居民)做主|主持公道|讨(?:个"
        r"|回)(?:说法|公道)|还我们|维权"
    ),
    QUESTION: hastened(
        r"请问|咨询|想(?:问|了解|知道)|问一下|求问|有没有人知道|谁知道|是否(?:有|可以|能|会|需|属于"
        r"|符合|已|还|合)|能不能办|怎么办理|如何(?:办理|申请|缴|领|查|报|操作)"
        r"|需要(?:什么|哪些)(?:材料|手续|条件)|什么(?:时候|政策|标准|流程|条件|性质)|何时|哪里可以"
        r"|哪些|多久|几号|有(?:没有|无)(?:规划|计划|政策|补贴)|吗[?？]|呢[?？]"
    ),
    PROPOSAL: hastened(
        r"建议|提议|倡议|呼吁|希望(?:能|可以|政府|有关|在|增|尽快|相关|市|区|领导|贵)|最好(?:能|是)"
        r"|能否(?:增|加|在|考虑|改|设|优化|开通|延)|应(?:该|当)(?:增|加|设|改|在|考虑)"
        r"|不妨|增设|加装|优化|开通.{0,8}(?:线路|公交|班车)|盼(?:望)?(?:增|开|修|建)"
    ),
    PRAISE: hastened(
        r"表扬|点赞|点个?赞|锦旗|(?:衷心|非常|十分|特别|真心|由衷|万分)(?:地|的)?感谢"
        r"|感谢(?!.{0,8}(?:百忙|您的(?:耐心|关注)|支持与))|感恩|感动|好样的|给力|暖心|贴心"
        r"|真(?:好|棒|不错|美|漂亮|舒服|方便)|太(?:好了|棒|赞|美|方便)|很(?:满意|棒|赞|美|漂亮|舒服"
        r"|舒心)|(?:更|越来越)(?:好|美|方便|漂亮)了|为.{0,14}(?:点赞|喝彩)"
    ),
    NEWS: hastened(
        r"据.{0,14}(?:报道|消息|通报|介绍)|记者|本报讯|新华社|中新[网社]|央视|【[^】]{4,40}】"
        r"|\(?来源[:：]|转自|转发|警方通报|情况通报|官方(?:通报|回应|辟谣)"
        r"|新闻(?:联播|发布会)|日电|快讯|网传"
    ),
}
# something does not work, is not done, or harms: a complaint even without the word
_FAULT = hastened(
    r"投诉|扰民|没人管|无人(?:管|问|处理|理)|不作为|乱作为|推诿|踢皮球|敷衍|不(?:亮|热|通|制冷|出水"
    r"|解决|处理|整改|退(?:钱|款|费|押金|还)|给(?:退|办|修|发|钱)|开门|修|管)|坏了|又坏|损坏"
    r"|停(?:水|电|气|暖|热)|断(?:水|电|气)|没(?:水|电|暖气|气|人修|人清)|漏(?:水|雨|电|气)|渗水|积水"
    r"|堵(?:塞|死|车|了|住|门|得)|拥堵|占(?:道|用|着)|违停|乱(?:停|收费|扔|堆|搭|象|倒)"
    r"|噪[音声]|太吵|吵(?:死|得|到)|刺耳|恶臭|臭(?:味|死|气)|异味|油烟|扬尘|污染|脏乱|垃圾(?:成|遍|堆"
    r"|满|没)|蚊虫|老鼠|拖欠|欠(?:薪|债)|克扣|强(?:制|行|拆|迫)|霸王|欺(?:骗|负|诈)|坑(?:人|害|消费)"
    r"|骗(?:子|局|人|钱|取)|态度(?:恶劣|差|极)|服务差|质量(?:差|问题)|开裂|裂缝|脱落|塌陷|坑洼|破(?:损"
    r"|烂|旧)|隐患|危险|受不了|忍无可忍|太差|太慢|迟迟|拖(?:了|延|着)|至今(?:未|没|还|仍)|一直(?:没|未"
    r"|不)"
    r"|(?:还|仍|都|也|从来|根本)没(?:有)?(?:人|解决|处理|修|动工|通|来|开|退|办)|难(?:上|以|度|题|忍)"
    r"|松动|生锈|锈(?:蚀|死|坏)|断(?:了|裂)|(?:还|一直|又|都)是坏的|(?:燃|煤|天然)气味"
    r"|暴力|(?:严重|极大)(?:影响|干扰|威胁)|苦不堪言|民怨|不合理|不公(?:平|正)?|凭什么|为什么(?:不|没"
    r"|还|要|总)|何时(?:能|才|修|解决|退)"
    r"|(?:什么时候|啥时候|多久)(?:能|才|可以)?(?:修|好|来|解决|通|恢复|退|供|开|动工|处理)|再(?:不|没)"
)
_ASK = hastened(
    r"请问|请(?:求|政府|相关|有关|领导|市|区|贵|尽快|帮|您|给|予|问|查|核|督|协|关注|解决|处理|落实)"
    r"|请(?!勿|不要|大家|各位|市民).{0,8}(?:修|更换|换(?:新|掉|一|个)|检查|来查|查(?:看|一|清|明|处|燃|水|电)"
    r"|派人|来人|上门|清(?:理|走|运|扫|掉)|治理|整治|管(?:管|一管|起来)|疏通|拆(?:除|掉)|恢复|安装|装上|制止"
    r"|答复|回复|公开|公示|给个|说明)"
    r"|恳请|恳求|希望|要求|建议|盼|求|能否|能不能|可否|可不可以|是否|何时|什么时候|啥时候|怎么办|如何"
    r"|为什么|为何|凭什么|应该"
)
_GREETING = hastened(r"^(?:尊敬的|您好|你好|领导(?:您)?好|各位领导|感谢|谢谢|此致|敬礼|望(?:回复|采纳)?$)")
_FIRST_PERSON = hastened(r"我(?:家|们|是|的|住|在|孩子|妈|爸|父|母|想|要|已|于|今)|本人|本小区|咱")


@dataclass(frozen=True, slots=True)
class KindReading:
    """The kind, whether something is demanded, and up to three asking sentences as written."""

    kind: str
    demand: bool
    asks: list[str]


class KindReader:
    """Reads the kind of a post from its voice and its words."""

    def read(self, body: Body, *, voice: str, feeling: str, emergency: bool) -> KindReading:
        """`feeling`: negative, neutral, positive. `emergency`: it tells a happening, which is no demand by itself."""
        if voice in ("official", "own"):
            return KindReading(OFFICIAL, False, [])
        head = body.plain[:HEAD]
        asks = _asks(body, head)
        if voice == "media":
            return KindReading(NEWS, False, [])
        scores = {
            kind: _strength(pattern, head, body.title_end) if may_match(pattern, body.letters) else 0.0
            for kind, pattern in _CUES.items()
        }
        faults = len(_FAULT.findall(head)) if may_match(_FAULT, body.letters) else 0
        kind = _choose(scores, faults, bool(asks), head, feeling, emergency)
        return KindReading(kind, kind in DEMANDS, asks if kind in DEMANDS or kind == OTHER else [])


def _strength(pattern: Pattern[str], head: str, title_end: int) -> float:
    # A word in the title says what the post is; beyond three the number tells nothing more.
    return min(3.0, sum(2.0 if m.start() < title_end else 1.0 for m in pattern.finditer(head)))


def _choose(scores: dict[str, float], faults: int, asks: bool, head: str, feeling: str, emergency: bool) -> str:
    mine = bool(_FIRST_PERSON.search(head))
    if scores[NEWS] >= 1 and not mine and scores[NEWS] >= scores[QUESTION] and scores[HELP] == 0 and not asks:
        return NEWS
    if scores[PRAISE] >= 1 and faults == 0 and scores[REPORT] == 0:
        if scores[PROPOSAL] >= 1:
            return PROPOSAL
        if scores[QUESTION] < 1 and feeling != "negative":
            return PRAISE
    complaint = min(3.0, faults * 0.8)
    best = max((REPORT, HELP, QUESTION, PROPOSAL), key=lambda k: (scores[k], -_RANK[k]))
    if scores[best] == 0 and faults == 0:
        if asks and not emergency:
            return QUESTION if head.rstrip().endswith(("?", "？", "吗", "呢")) else HELP
        return OTHER
    if emergency and faults and scores[best] == 0 and not asks and not mine:
        # “今早某楼起火，有人受伤” tells a happening; what does not work in it is no demand
        return COMPLAINT if feeling == "negative" or "没人管" in head else OTHER
    if best in (QUESTION, PROPOSAL) and complaint >= scores[best]:
        return COMPLAINT
    if best == HELP and complaint >= 2.4 and scores[HELP] < 2:
        return COMPLAINT
    if best == REPORT and scores[REPORT] < 2 and complaint > scores[REPORT]:
        return COMPLAINT
    return best if scores[best] >= 1 else COMPLAINT


_RANK = {REPORT: 0, HELP: 1, PROPOSAL: 2, QUESTION: 3}


def _asks(body: Body, head: str) -> list[str]:
    found: list[tuple[int, Sentence]] = []
    for sentence in sentences(head):
        text = sentence.text
        if len(text) < 4 or _GREETING.match(text):
            continue
        strength = len(_ASK.findall(text)) + (1 if sentence.mark in "?？" and sentence.mark else 0)
        if strength:
            found.append((-strength, sentence))
    best = sorted(found, key=lambda f: (f[0], f[1].start))[:MOST_ASKS]
    chosen = sorted((s for _, s in best), key=lambda s: s.start)
    return [_cut(body.written(s.start, s.end) if len(s.text) <= LONGEST_ASK else s.text) for s in chosen]


def _cut(text: str) -> str:
    # A sentence without stops can be a page long: keep the stretch around the first asking word.
    text = " ".join(text.split())
    if len(text) <= LONGEST_ASK:
        return text
    asked = _ASK.search(text)
    start = max(0, (asked.start() if asked else 0) - 20)
    return text[start : start + LONGEST_ASK]
