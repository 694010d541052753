"""Personal data out, before anything touches the disk (rules.md 11 and 15; domain.md G).

`mask(text)` replaces phone numbers of private persons, identity and bank cards, plates, e-mail, QQ and WeChat,
names after 我叫/本人/联系人/…/落款 and the parts of a home address below the building by tags such as ［手机号］. The
compound, the road with its number, phones and mails of public offices and officials with titles stay.

Full-width, circled and Chinese digits, and digits spaced or dotted apart, are seen through shadows of the text that
have the same length, so that every span found in a shadow is a span of the text. Pure: no Django, no file, no clock.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from crawlers.mask_context import OFFICE, PRIVATE, clause, last
from crawlers.mask_homes import home_spans
from crawlers.mask_names import name_spans

TAGS = {
    "phone": "［手机号］",
    "landline": "［电话号码］",
    "id_card": "［身份证号］",
    "bank_card": "［银行卡号］",
    "passport": "［护照号］",
    "plate": "［车牌号］",
    "email": "［邮箱］",
    "qq": "［QQ号］",
    "wechat": "［微信号］",
    "name": "［姓名］",
    "address": "［住址］",
}


@dataclass(frozen=True)
class Masked:
    """Text with tags, and how many pieces of each kind were taken out (keys of `TAGS`; empty = nothing)."""

    text: str
    counts: dict[str, int]


Span = tuple[int, int, str]

# --- shadows: same length, other letters ------------------------------------------------------------------------
_WIDE = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x3002}
_CIRCLED = {0x2460 + i: 0x31 + i for i in range(9)} | {0x2474 + i: 0x31 + i for i in range(9)} | {0x24EA: 0x30}
_MATH = {0x1D7CE + i: 0x30 + i % 10 for i in range(50)} | {0x660 + i: 0x30 + i for i in range(10)}
_PLAIN = _WIDE | _CIRCLED | _MATH
_CHINESE = {
    ord(c): str(d)
    for d, letters in enumerate(("零〇", "一壹幺", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for c in letters
}
_DIGIT_LETTERS = _PLAIN | _CHINESE

# --- what must be there before anything is looked for -------------------------------------------------------------
_ODD = re.compile("[\uff01-\uff5e\u3000\u2460-\u247c\u24ea\u0660-\u0669\U0001d7ce-\U0001d7ff]")
_CHINESE_RUN = re.compile(
    r"[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖][\d\s零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖.·\-—]{6}"
)
_DIGIT = re.compile(r"\d")
_LONG = re.compile(r"\d(?:[^\w\n]{0,3}\d){6}|\d\s*-\s*\d|\d[ _]\d")

# --- numbers ------------------------------------------------------------------------------------------------------
# What may stand between the digits of one number; never a comma, colon or slash (lists, times and dates).
_GAP = r"[ \t.\-·•・_—–~)）\u200b-\u200f\u2060\ufe0f\u20e3\ufeff]{0,3}"
_RUN = re.compile(rf"\d(?:{_GAP}\d)+(?:{_GAP}[Xx](?![A-Za-z0-9]))?")
_GROUP = re.compile(r"[\dXx]+")
_NOT_PERSONAL = re.compile(
    r"(?:编号|单号|订单|工单|流水号?|案号|案件|受理号|查询码|信件|文号|批号|批次|条码|货号|许可证|执照|统一社"
    r"会信用代码|代码|序号|备案号?|证书号?|"
    r"ISBN|ISSN|发票号?|门票|http\S*|www\S*|id=|[A-Za-z]=)[^\d。！？\n]{0,6}$",
    re.I,
)
_MOBILE = re.compile(r"1[3-9]\d{9}$")
_AREA = re.compile(r"0(?:10|2\d)\d{8}$|0[3-9]\d{2}\d{7,8}$")
# First two digits of an identity number (GB/T 2260): 11-15, 21-23, 31-37, 41-46, 50-54, 61-65, 71, 81-83.
_AREAS = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
_PROVINCES = frozenset(str(code) for first, last in _AREAS for code in range(first, last + 1))
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_WORD = re.compile(r"(?:身份证|身份証|证件号)[^\d。！？\n]{0,8}$")
_CARD_WORD = re.compile(
    r"(?:卡号|银行卡|账号|帐号|账户|帐户|储蓄卡|信用卡|工行|建行|农行|中行|招行|交行|邮储|[一-鿿]{2}银行)[^\d。"
    r"！？\n]{0,10}$"
)
_PHONE_WORD = re.compile(r"(?:电话|致电|座机|固话|号码|联系方式|手机|[Tt][Ee][Ll]|打)[^\d。！？\n]{0,6}$")

_WITH_US = re.compile(r"[，,]?(?:与|和|向|同)我(?:局|委|办|街道|们|单位|公司|中心|队|站)(?:联系|咨询|反映)")
_LINE_WORD = re.compile(
    r"(?:监督|举报|咨询|投诉|值班|服务|办公|报修|预约|客服|受理|报名|接待|公开|政务|热线|24小时)[一-鿿]{0,4}(?:电"
    r"话|手机|热线)?[:：\s（(]{0,3}$"
)


def _of_office(text: str, start: int, end: int, *, mobile: bool, official: bool = False) -> bool:
    """Whether the number or mail at `start:end` is given as one of a public office."""
    before = clause(text, start, 40)
    office, private = last(OFFICE, before), last(PRIVATE, before)
    if mobile:  # an office with a mobile says so in the same breath
        breath = re.split(r"[，,；;、]", before)[-1]
        return bool(_LINE_WORD.search(breath)) and last(PRIVATE, breath) < 0
    if office > private or (official and private < 0):
        return True
    after = text[end : end + 14]
    return private < 0 and bool(OFFICE.search(after) if after[:1] in ("（", "(") else _WITH_US.match(after))


def id_card_ok(digits: str) -> bool:
    """Whether 18 characters are an identity number with its right check digit, or 15 digits an old one (GB 11643)."""
    if digits[:2] not in _PROVINCES:
        return False
    if len(digits) == 18 and digits[:17].isdigit():
        month, day = int(digits[10:12]), int(digits[12:14])
        if not (1800 < int(digits[6:10]) < 2100 and 1 <= month <= 12 and 1 <= day <= 31):
            return False
        total = sum(int(c) * w for c, w in zip(digits, _WEIGHTS, strict=False))
        return "10X98765432"[total % 11] == digits[17].upper()
    if len(digits) == 15 and digits.isdigit():
        return 1 <= int(digits[8:10]) <= 12 and 1 <= int(digits[10:12]) <= 31
    return False


def luhn_ok(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812)."""
    total = 0
    for place, letter in enumerate(reversed(digits)):
        value = int(letter)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _kind(digits: str, before: str) -> str | None:
    """What a number of its own is, from its digits and the words before it."""
    size = len(digits)
    if size == 18 and (id_card_ok(digits) or (_ID_WORD.search(before) and digits[:17].isdigit())):
        return "id_card"
    if not digits.isdigit():
        return None
    if size == 15 and _ID_WORD.search(before):
        return "id_card"
    if _NOT_PERSONAL.search(before):
        return None
    if size == 15 and id_card_ok(digits) and 20 <= int(digits[6:8]) <= 99 and digits[:2] in ("11", "12", "13", "14"):
        return "id_card"
    if (
        15 <= size <= 19
        and luhn_ok(digits)
        and (_CARD_WORD.search(before) or digits[:2] in ("62", "60") or digits[0] in "45")
    ):
        return "bank_card"
    if 15 <= size <= 19 and _CARD_WORD.search(before) and digits[:2] in ("62", "60"):
        return "bank_card"
    if size == 11 and _MOBILE.match(digits):
        return "phone"
    if size in (13, 14, 15) and re.match(r"(?:\+|00)?86(1[3-9]\d{9})$", digits):
        return "phone"
    if _AREA.match(digits):
        return "landline"
    if size in (7, 8) and digits[0] in "2345678" and _PHONE_WORD.search(before):
        return "landline"
    return None


def _splits(groups: list[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    """Every stretch of neighbouring groups, longest first, as start, end and digits."""
    for size in range(len(groups), 0, -1):
        for first in range(len(groups) - size + 1):
            chosen = groups[first : first + size]
            yield chosen[0].start(), chosen[-1].end(), "".join(g.group() for g in chosen)


def _numbers(shadow: str, *, official: bool) -> Iterator[Span]:
    for run in _RUN.finditer(shadow):
        base = run.start()
        groups = list(_GROUP.finditer(run.group()))
        if sum(len(g.group()) for g in groups) < 7 or len(groups) > 40:
            continue
        taken: list[tuple[int, int]] = []
        for start, end, digits in _splits(groups):
            if not 7 <= len(digits) <= 19 or any(start < b and a < end for a, b in taken):
                continue
            piece = run.group()[start:end]
            if re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", piece):
                continue  # an address of a machine
            if re.match(r"(?:19|20)\d\d[-. ]\d{1,2}[-. ]\d{1,2}(?!\d)", piece) and len(digits) != 18:
                continue  # a date
            kind = _kind(digits, clause(shadow, base + start, 24))
            if kind is None:
                continue
            if kind == "phone" and _of_office(shadow, base + start, base + end, mobile=True):
                continue
            if kind == "landline" and _of_office(shadow, base + start, base + end, mobile=False, official=official):
                continue
            taken.append((start, end))
            first = base + start - (1 if base + start > 0 and shadow[base + start - 1] == "+" else 0)
            last = base + end
            while last < len(shadow) and shadow[last] in "\ufe0f\u20e3":
                last += 1
            yield first, last, kind


# --- letters and digits ---------------------------------------------------------------------------------------------
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][ \t]?[A-HJ-NP-Z](?![A-Za-z]{3})(?:[ "
    r"\t.·•・\-—]{0,2}[A-HJ-NP-Z0-9]){4,5}(?:[ \t.·•・\-—]{0,2}[A-HJ-NP-Z0-9]|[挂学警港澳])(?![A-Za-z0-9])",
    re.I,
)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}[ ]?(?:@|\(at\)|\[at\]|【at】|#at#)[ "
    r"]?[A-Za-z0-9][A-Za-z0-9-]*(?:[ ]?(?:\.|\(dot\)|点)[ ]?[A-Za-z0-9-]+){1,4}",
    re.I,
)
_CHINESE_PLATE = re.compile(r"[A-HJ-NP-Za-hj-np-z][ ·•]?[零〇一二三四五六七八九]{2}")
_PUBLIC_MAIL = re.compile(r"\.gov\.cn$|\.gov$", re.I)
_QQ = re.compile(
    rf"(?:QQ|扣扣|企鹅号|秋秋)(?:号码|号|群号?)?(?:[:是为加 \t]|[(（])*((?<!\d)[1-9](?:{_GAP}\d){{4,10}})(?!\d)", re.I
)
_WECHAT = re.compile(
    r"(?:(?:加?(?:微信|薇信|威信|微 信|V信|WeChat|weixin)(?:号码|账号|帐号|号|ID)?)(?P<sep>[:是为 \t(（]*)|"
    r"(?<![A-Za-z])(?:加?(?:vx|wx|v\.x|wechat)|加v|\+v)(?P<sep2>[:号是为 \t]*))"
    r"(?P<value>[A-Za-z][-_A-Za-z0-9]{5,19}|[1-9]\d{5,10}(?!\d))",
    re.I,
)
_PASSPORT = re.compile(r"护照(?:号码|号)?[:是为 \t]*([A-Z]{1,2}\d{7,8})(?![0-9A-Z])", re.I)


def _letters(shadow: str, counted: str) -> Iterator[Span]:
    for m in _MAIL.finditer(shadow) if "@" in shadow or "at" in shadow.lower() else ():
        if not _PUBLIC_MAIL.search(m.group()) and not _of_office(shadow, m.start(), m.end(), mobile=False):
            yield m.start(), m.end(), "email"
    for m in _PLATE.finditer(counted):
        digits = sum(c.isdigit() for c in m.group()[2:])
        if digits >= 3 and (
            digits >= 4 or re.search(r"[A-Za-z].*[A-Za-z].*[A-Za-z]", m.group()) is None or digits == 3
        ):
            yield m.start(), m.end(), "plate"
    lowered = shadow.lower()
    if "qq" in lowered or "扣" in shadow or "企鹅" in shadow or "秋秋" in shadow:
        for m in _QQ.finditer(counted):
            yield m.start(1), m.end(1), "qq"
    if "信" in shadow or "x" in lowered or "we" in lowered or "加v" in lowered or "+v" in lowered:
        for m in _WECHAT.finditer(shadow):
            value = m.group("value")
            said = m.group("sep") or m.group("sep2")
            before = shadow[m.start() : m.start("value")]
            named = bool(said) or re.search(r"[\d_]", value) or re.search(r"[号D]$", before, re.I)
            if named and not _MOBILE.match(value):
                yield m.start("value"), m.end("value"), "wechat"
    if "护照" in shadow:
        for m in _PASSPORT.finditer(shadow):
            yield m.start(1), m.end(1), "passport"


def mask(text: str, *, official: bool = False) -> Masked:
    """Replace personal data (`personal_spans`) by tags of its kind. Doing it twice changes nothing more."""
    pieces: list[str] = []
    counts: Counter[str] = Counter()
    at = 0
    for start, end, kind in personal_spans(text, official=official):
        pieces.append(text[at:start])
        pieces.append(TAGS[kind])
        counts[kind] += 1
        at = end
    if not counts:
        return Masked(text, {})
    pieces.append(text[at:])
    return Masked("".join(pieces), dict(counts))


def personal_spans(text: str, *, official: bool = False) -> list[Span]:
    """Where personal data stands, in order, no two on the same letters: (start, end, key of `TAGS`).

    `official`: an office is speaking, so that a fixed line is its own unless the words before it say whose it is.
    """
    shadow = text.translate(_PLAIN) if _ODD.search(text) else text
    spans: list[Span] = []
    has_digits = _DIGIT.search(shadow) is not None
    chinese = _CHINESE_RUN.search(shadow) is not None
    plated = _CHINESE_PLATE.search(shadow) is not None
    counted = shadow.translate(_DIGIT_LETTERS) if chinese or plated else shadow
    if has_digits or chinese or plated:
        spans.extend(_letters(shadow, counted))
        if chinese or _LONG.search(shadow):
            spans.extend(_numbers(shadow, official=official))
            if chinese:
                spans.extend(_numbers(counted, official=official))
    elif "@" in shadow or "信" in shadow or "x" in shadow or "X" in shadow:
        spans.extend(_letters(shadow, shadow))
    spans.extend((start, end, "address") for start, end in home_spans(shadow))
    spans.extend((start, end, "name") for start, end in name_spans(text, shadow))
    return _apart(spans)


def _apart(spans: list[Span]) -> list[Span]:
    """Where two touch the same letters, the one that begins first and is longer stands."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept
