"""Names of private persons in Chinese text: after 我叫, 本人, 联系人, kin words, or as the signature. Pure.

Only positions the rules name are looked at (rules.md 15); a name anywhere else may be an official's, a journalist's or
a celebrity's and stays. 王女士, 张科长 and 李某 stay too.
"""

import re
from collections.abc import Iterator

# The surnames that cover more than 99 % of people (公安部 yearly name reports), and the usual compound ones.
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|令狐|慕容|司徒|夏侯|长孙|宇文|端木|百里|南宫|呼延|独孤|轩辕"
_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
    "姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞"
    "左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉"
    "骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米"
    "柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛"
    "仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权"
    "强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰"
    "赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利于呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
)
_NAME = rf"(?:(?:{_COMPOUND})[一-鿿]{{1,2}}|[{_SINGLE}][一-鿿]{{1,2}})"
_TITLE = (
    r"先生|女士|同志|老师|主任|科长|处长|局长|书记|区长|市长|部长|院长|校长|所长|队长|站长|经理|师傅|大夫|医生|警"
    r"官|律师|记者|主播|小姐|大爷|大妈|阿姨|总|董|工$"
)
# Letters a given name hardly ever has; they mean that the name (if any) ended before.
_FUNCTION = (
    "的是在住和与及现因于系就也都不没有我你他她它这那从来向要想被把给让对为以将已很先老小电手身男女今去到说叫请打"
    "家号年月日岁患做带等到了着过吗呢吧啊们其之该此各每多少几个"
)
# Letters no given name begins with.
_NEVER_GIVEN = "的是在住和与及也都不没有我你他她它这那被把给让对为已很电手身去到说叫请打着过吗呢吧啊们其该此每"
_END = r"(?=$|[\s，,。.、;；:：!！?？()（）\[\]【】［/\\\-—|~\d]|[A-Za-z]|[男女系住是在于的今现家身手电联])"
# Words that begin with a surname and stand where a name could.
_WORD_LIST = """
高度 高中 高考 高三 高二 高一 高血压 高龄 高级 常年 常常 常住 马上 万分 明天
明年 明确 明白 平时 平常 曾经 曾在 和谐 方便 安排 安全 安置 关于 关注 关心
应该 应当 任何 全家 全部 全体 全程 时间 时常 解决 连续 连夜 强烈 强制 成年
成功 成绩 单位 单独 单身 单亲 华侨 文化 文员 车牌 车辆 车位 车库 路过 路上
游客 房屋 房产 房子 房本 房主 管理 计划 严重 严格 利用 利益 居住 居民 居家
国家 国籍 来自 来京 来信 相信 相关 向您 向贵 支持 支付 项目 党员 农民 农村
师范 温馨 盛夏 毕业 毕竟 简单 简称 古稀 卫生 白天 白血病 白纸坊 金融 金融街
石景山 公司 公交 公务员 公租房 公积金 由于 但是 原来 原因 原为 原告 初中 初步
元旦 干部 门口 门前 都是 都在 阳台 阳性 阳光 信息 信用 云南 江苏 江西 河南
安徽 湖南 温州 南方 海淀 丰台 朝阳 宣武 商量 商户 商铺 房东 师傅 时候 时刻
富裕 南城 东城 西城 于是 于今 何时 何地 何况 伤残 有关 边上 边境 惠民 宁可
宁愿 万一 万元 向上 左右 左腿 右腿 盖章 祖孙 祖籍 区域 位于 官方 应邀 谈话
查询 查看 查处 修改 修理 容易 乐意 闻讯 满意 满足 满月 包括 包含 程序 程度
任职 任务 史上 孔夫子 康复 康健 施工 章程 祝愿 祝您 顾客 莫名 莫非 成都 党和
国人 宗教 明显 祝好 万谢 敬礼 敬上 谢谢 谢过 谢了 马路 马甸 牛街 白云观 陶然亭
万寿园 安德路 金地 武汉 常委 全国 平安 费用 费解 干道 蓝天 关怀 母亲 母女 父亲
符合 通知 银行 万人 成人 华北 任意 车子 经常 经营 安装 安静 钱款 段时间 水电
车费 祖国 高兴 班上 初婚 南京 来校 相见 陈述 权益 原西 曾致 文件 和年 和胎
和孩 和家
"""
_WORDS = frozenset(_WORD_LIST.split())
_PLACE_END = "街路巷坊园里区桥门寺村庄楼院庙场站厅店馆城镇乡县市府苑庭湾河湖山"

_STRONG = re.compile(
    r"(?:我叫|我名叫|我名字叫|我的名字(?:叫|是)|姓名[:：是为]|名字[:：是]|(?:联系人|投诉人|举报人|当事人|反映"
    r"人|申请人|诉求人|来信人|报案人|受害人|求助人|信访人|留言人|户主|车主|业主|住户|患者|署名|落款|签名|签字"
    rf")(?:姓名)?[:：])[ \t　]*({_NAME})"
)
_WEAK = re.compile(
    r"(?:本人|联系人|投诉人|举报人|反映人|我是(?:居民|业主|租户|住户|家长|市民)|老公|老婆|丈夫|妻子|爱人|男友"
    r"|女友|儿子|女儿|父亲|母亲|爸爸|妈妈|婆婆|公公|岳父|岳母|哥哥|姐姐|弟弟|妹妹|孙子|孙女|外孙|孩子(?=叫|名"
    r"叫))"
    rf"(?:叫|名叫|名字叫|是)?[ \t　]?({_NAME})"
)
_SIGNED = re.compile(
    r"(?:(?:此致[ \s　]*)?敬礼[!！。]?|谢谢[您你]?[!！。]*|感谢[!！。]*|——|—|--|盼复[!！。]*|(?:居民(?!楼)|业主|市民"
    r"|群众|住户|家长|学生|租户|留言人|一名?(?:居民(?!楼)|业主|市民|群众|家长|学生|村民))[:：]?[ \t　]*|[\n\r])[ "
    rf"\t\s　]*({_NAME})[ \t　]*(?:敬上|敬启|谨上|上)?[ \t　]*[。.]?\s*"
    r"(?:(?:\d{4}|[二〇零一三四五六七八九]{4})\s*[年./\-]\s*[\d一二三四五六七八九十]{1,3}\s*[月./\-]\s*[\d一二"
    r"三四五六七八九十]{1,3}\s*[日号]?)?\s*$"
)
_HINTS = re.compile(
    "我叫|我名|我的名字|姓名|名字|联系人|投诉人|举报人|当事人|反映人|申请人|诉求人|来信人|报案人|受害人|求助"
    "人|信访人|留言人|户主|车主|业主|住户|患者|署名|落款|签|本人|我是|"
    "老公|老婆|丈夫|妻子|爱人|友|儿子|女儿|父亲|母亲|爸爸|妈妈|婆婆|公公|岳|哥哥|姐姐|弟弟|妹妹|孙|孩子"
)
_END_RE = re.compile(_END)
_TITLED = re.compile(_TITLE)


def _trim(name: str, following: str) -> int:
    """How many letters of `name` are the name: 0 = none."""
    if name[:2] in _WORDS or name[:3] in _WORDS:
        return 0
    if re.match(r"[一-鿿]{0,1}(?:小区|花园|家园|公寓|大厦|嘉园|园|苑|街|路|社区)", following):
        return 0
    if name.endswith("联") and following.startswith("系"):
        name = name[:-1]
        if len(name) < 2:
            return 0
    double = re.match(_COMPOUND, name) is not None
    base = 2 if double else 1
    given = name[base:]
    rest = given + following
    if (
        _TITLED.match(rest)
        or _TITLED.match(given)
        or given[:1] in "某氏姓家"
        or (len(given) == 2 and _TITLED.match(rest[1:]) and given[:1] in "大小老")
    ):
        return 0
    if given[0] in _NEVER_GIVEN:
        return 0
    if len(given) == 2 and (given[1] in _FUNCTION or given[1] in "某" or _TITLED.match(rest[1:])):
        return 0 if given[1] == "某" or _TITLED.match(rest[1:]) else base + 1
    return base + len(given)


def name_spans(text: str, shadow: str) -> Iterator[tuple[int, int]]:
    """Spans of names; `shadow` has the same length with full-width letters made plain."""
    if _HINTS.search(shadow):
        for m in _STRONG.finditer(shadow):
            size = _trim(m.group(1), shadow[m.end(1) : m.end(1) + 3])
            if size:
                yield m.start(1), m.start(1) + size
        for m in _WEAK.finditer(shadow):
            size = _trim(m.group(1), shadow[m.end(1) : m.end(1) + 3])
            end = m.start(1) + size
            if size and _END_RE.match(shadow, end) and not (size == 3 and shadow[end - 1] in _PLACE_END):
                yield m.start(1), end
    tail_at = max(0, len(shadow) - 60)
    signed = _SIGNED.search(shadow, tail_at)
    if signed is not None:
        name = signed.group(1)
        size = _trim(name, "")
        if size == len(name) and name[-1] not in _PLACE_END:
            yield signed.start(1), signed.end(1)
