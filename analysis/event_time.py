"""When a text says that something happened: absolute moments out of relative words and the post's own time.

Precision and the hours given to parts of a day: rules.md 15 (早上 07, 晚上 20, 刚才 = time of the post, …).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from analysis.anchors import hastened
from analysis.numerals import number

Precision = Literal["minute", "hour", "part_of_day", "day", "unknown"]
_RANK = {"minute": 0, "hour": 1, "part_of_day": 2, "day": 3, "unknown": 4}

_N = r"\d{1,2}|[零一二两三四五六七八九十]{1,3}"
_DAY = (
    r"(?:(?P<year>(?:19|20)\d{2})年)?(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月(?P<day>\d{1,2}"
    r"|[一二三四五六七八九十]{1,3})[日号]"
    r"|(?P<iso>(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2})"
    r"|(?<![\d路街院楼第道巷弄月年至到、-])(?P<only>\d{1,2})(?:日|号(?=凌晨|清晨|早|上午|中午|下午"
    r"|傍晚|晚|夜|半夜|\d{1,2}[点时:]))(?![报前内起均后游常间])"
    r"|(?<![\u4e00-\u9fff])(?P<spelt>二?十[一二三四五六七八九]|[二三]?十|三十一|[一二三四五六七八九])日"
    r"(?=凌晨|清晨|早|上午|中午|下午|傍晚|晚|夜|半夜)"
    r"|(?P<word>今天|今日|今儿|昨天|昨日|昨儿|前天|前日|大前天|当天|当日)"
    r"|(?P<short>[今昨前当](?=早|晨|晚|夜|凌晨|上午|中午|下午))"
    r"|(?P<week>(?:上|这|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天]))"
    r"|(?P<ago_days>\d{1,2}|[一二两三四五六七八九十几]{1,2})天(?:前|之前|以前)"
)
_PART = (
    r"凌晨|清晨|清早|大清早|早晨|早上|早间|一早|一大早|上午|中午|正午|午间|午后|下午|傍晚|晚上|晚间|夜里"
    r"|夜间|半夜|深夜|午夜|后半夜|早(?=\d|[一二两三四五六七八九十])|早|晨|晚|夜"
)
_CLOCK = (
    rf"(?P<hh>\d{{1,2}}):(?P<mm>\d{{2}})(?::\d{{2}})?(?!\d)"
    rf"|(?P<h>{_N})(?P<said>点钟|点|时(?!间|段|候|代|分))(?:(?P<half>半)|(?P<quarter>[一三])刻"
    rf"|(?P<m>\d{{1,2}}|[零一二三四五六七八九十]{{1,4}})分?(?!钟|[人名辆])|(?P<about>多|许|左右|前后"
    rf"|来钟|不到))?(?!击|播|赞|评)"
)
# every moment begins with one of these: the rest of a text is passed over quickly
_BEGINS = r"(?=[\d零一二两三四五六七八九十今昨前当大凌清早晨上中正午下傍晚夜半深后周星礼本这])"
_STAMP = re.compile(
    rf"{_BEGINS}(?:(?P<date>{_DAY})\s*(?:的)?)?\s*(?:(?P<part>{_PART})\s*)?(?:大概|大约|约|差不多"
    rf"|快)?\s*(?:(?P<clock>{_CLOCK}))?"
)
_AGO = hastened(
    r"(?P<n>半|\d{1,3}|[一二两三四五六七八九十几]{1,3})(?P<more>个?半|多)?个?(?P<more2>多"
    r"|半)?(?P<unit>分钟|小时|钟头|刻钟)(?:以?前|之前)"
)
# “新华社昆明3月12日电”, “中新网4月7日讯”: the day from which a report speaks, often the day before it is published
_DATELINE = re.compile(
    r"(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})日[^，。,;!?\d]{0,6}?(?:电|讯|消息)"
)
_HEAD = 140  # characters of a report in which its dateline stands
_JUST = hastened(r"刚刚|刚才|方才|刚(?=[着起发听看爆炸塌撞停断有到路过])|就在刚|几分钟前")
# the time of the call: used only where no other is told (rules.md 15)
_CALLED = hastened(r"接(?:到)?(?:报警|报|警|群众)|通报时间|报道时间")
# times of its end or of the telling: never when it began
_NOT_BEGUN = hastened(r"获救|脱困|截至|截止|发稿|扑灭|救出|恢复|到场|赶到|编辑|更新|开放|营业|上映|播出")
_LONG_AGO = hastened(
    r"去年|前年|大前年|(?:\d+|[一二两三四五六七八九十几]+|多|若干)年(?:以?前|之前)|上世纪|\d{2,4}年代"
    r"|当年|那年|那一年|历史上|上个?月|上上?周|上星期|上礼拜"
    r"|(?:\d+|[一二两三四五六七八九十几]+)个?(?:多)?(?:月|星期|周|礼拜)(?:以?前|之前)|小时候"
    r"|多年(?:以)?前|早年|解放前|民国|清朝|前(?:段|阵)(?:时间|子)|前些(?:年|天|日子)|年初|年底前"
)
# rules.md 15; 深夜 is not named there: two hours before midnight
_HOUR_OF_PARTS = {
    0: "半夜 午夜",
    3: "凌晨 后半夜",
    7: "清晨 清早 大清早 早晨 早上 早间 一早 一大早 早 晨",
    10: "上午",
    12: "中午 正午 午间",
    13: "午后",
    15: "下午",
    18: "傍晚",
    20: "晚上 晚间 晚 夜里 夜间 夜",
    22: "深夜",
}
_PART_HOUR = {part: hour for hour, parts in _HOUR_OF_PARTS.items() for part in parts.split()}
_LATE = {"下午", "午后", "傍晚", "晚上", "晚间", "晚", "夜里", "夜间", "夜", "深夜", "半夜", "午夜"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment told at [start, end) of the text. `at` None: a time was told but cannot be fixed."""

    start: int
    end: int
    at: datetime | None
    precision: Precision
    dated: bool  # it names its day
    other_act: bool = False


def read_from(published_at: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """The local moment a post speaks from, and whether only its day is known (00:00 exactly)."""
    local = published_at.astimezone(zone)
    by_day = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return (local + timedelta(hours=23, minutes=59), True) if by_day else (local, False)


def stamps(plain: str, published_at: datetime, zone: ZoneInfo) -> list[Stamp]:
    """All moments of a text, by position; a clock without a day takes the day named before it.

    A post dated by its day alone comes as 00:00: it is read as from the end of that day, and 刚才 tells the day only.
    """
    local, by_day = read_from(published_at, zone)
    found: list[Stamp] = []
    if by_day:
        day_start = published_at.astimezone(zone)
        vague = [*_AGO.finditer(plain), *_JUST.finditer(plain)]
        found += [Stamp(v.start(), v.end(), day_start, "day", True) for v in vague]
    else:
        found += [_ago(ago, local) for ago in _AGO.finditer(plain)]
        found += [Stamp(just.start(), just.end(), local, "hour", True) for just in _JUST.finditer(plain)]
    day: date | None = None
    line = _DATELINE.search(plain, 0, _HEAD)
    spoken = local if line is None else _spoken_on(line, local)
    for match in _STAMP.finditer(plain):
        if not (match["date"] or match["part"] or match["clock"]) or _a_little(match):
            continue
        if line is not None and line.start() <= match.start() < line.end():
            continue
        stamp, day = _stamp(match, spoken, day)
        if stamp is not None and not any(s.start < stamp.end and stamp.start < s.end for s in found):
            near = plain[max(0, match.start() - 4) : match.start()] + "|" + plain[match.end() : match.end() + 8]
            begun = None if _NOT_BEGUN.search(near) else stamp.at
            called = bool(_CALLED.search(near))
            found.append(Stamp(stamp.start, stamp.end, begun, stamp.precision, stamp.dated, called))
    return sorted(found, key=lambda s: s.start)


def _spoken_on(line: re.Match[str], local: datetime) -> datetime:
    # the end of the day of the dateline, where it is one of the last days
    try:
        told = date(local.year, number(line["month"]) or 0, number(line["day"]) or 0)
    except ValueError:
        return local
    if told > local.date():
        told = told.replace(year=told.year - 1)
    days = (local.date() - told).days
    return datetime.combine(told, time(23, 59), local.tzinfo) if 0 < days <= 10 else local


def _a_little(match: re.Match[str]) -> bool:
    # “一点” alone is “a little”; “一点半”, “下午一点” are times
    alone = not match["date"] and not match["part"]
    return alone and match["h"] in ("一", "两") and not (match["m"] or match["half"] or match["about"])


def long_ago(text: str, published_at: datetime | None) -> bool:
    """Whether a stretch of text speaks of another year or month, or of a time more than a week back."""
    if _LONG_AGO.search(text):
        return True
    years = {int(y) for y in re.findall(r"(?<!\d)((?:19|20)\d{2})年", text)}
    years |= {2000 + int(y) for y in re.findall(r"(?<!\d)([0-4]\d)年(?=\d{1,2}月|底|初|[春夏秋冬])", text)}
    return bool(years) and published_at is not None and published_at.year not in years


def choose(found: list[Stamp], trigger: int, sentence: tuple[int, int]) -> Stamp | None:
    """The moment that belongs to what is told at `trigger`: its sentence's, then the one before, then any after."""
    usable = [s for s in found if s.at is not None]

    def order(s: Stamp) -> tuple[int, int, int, int]:
        inside = sentence[0] <= s.start < sentence[1]
        before = s.start <= trigger
        place = 0 if inside and before else 1 if inside else 2 if before else 3
        return (int(s.other_act), place, _RANK[s.precision] if place else 0, abs(s.start - trigger))

    best = min(usable, key=order, default=None)
    return best if best is None else _finer(best, usable)


def _finer(best: Stamp, usable: list[Stamp]) -> Stamp:
    # “昨天上午发生……上午10时30分，一辆……”: the same moment told to the hour or minute further on
    if best.at is None or best.precision not in ("day", "part_of_day"):
        return best
    near = timedelta(hours=5) if best.precision == "part_of_day" else timedelta(hours=24)
    for stamp in usable:
        after = stamp.start > best.start and stamp.at is not None and not stamp.other_act
        if after and stamp.at is not None and stamp.precision in ("minute", "hour"):
            early = timedelta(hours=3) if best.precision == "part_of_day" else timedelta(0)
            if stamp.at.date() == best.at.date() and -early <= stamp.at - best.at < near:
                return stamp
    return best


def _ago(match: re.Match[str], local: datetime) -> Stamp:
    word, unit = match["n"], match["unit"]
    value = 0.5 if word == "半" else 2.0 if word == "几" else float(number(word) or 1)
    if match["more"] in ("半", "个半") or match["more2"] == "半":
        value += 0.5
    minutes = {"分钟": 1, "刻钟": 15, "小时": 60, "钟头": 60}[unit] * value
    precision: Precision = "minute" if unit in ("分钟", "刻钟") and word != "几" else "hour"
    return Stamp(match.start(), match.end(), local - timedelta(minutes=minutes), precision, True)


def _stamp(match: re.Match[str], local: datetime, day: date | None) -> tuple[Stamp | None, date | None]:
    named = match["word"] or match["short"] or ""
    told = day if named.startswith("当") and day is not None else _day_of(match, local) if match["date"] else None
    if match["date"] and told is None:
        return None, day
    on = told or day or local.date()
    part = match["part"]
    if match["clock"]:
        moment, precision = _clock(match, on, part, local, sure_day=told is not None or day is not None)
    elif part and (match["date"] or part not in ("早", "晚", "夜", "晨")):
        moment = _part(on, part, local, yesterday=_says_yesterday(match))
        precision = "part_of_day"
    elif match["date"]:
        moment, precision = datetime.combine(on, datetime.min.time(), local.tzinfo), "day"
    else:
        return None, day
    if moment is None:
        return None, told or day
    if told is None and day is None and moment > local + timedelta(minutes=10):
        moment -= timedelta(days=1)  # “晚上八点” in a post of the morning speaks of yesterday
    return Stamp(match.start(), match.end(), moment, precision, told is not None), told or day


def _says_yesterday(match: re.Match[str]) -> bool:
    return bool(match["date"]) and match["date"][0] == "昨"


def _day_of(match: re.Match[str], local: datetime) -> date | None:
    today = local.date()
    try:
        if match["iso"]:
            year, month, day = (int(x) for x in re.split(r"[-/.]", match["iso"]))
            return date(year, month, day)
        if match["month"]:
            month, day = number(match["month"]) or 0, number(match["day"]) or 0
            if match["year"]:
                return date(int(match["year"]), month, day)
            told = date(today.year, month, day)
            # a date ahead by more than half a year was last year's
            return told.replace(year=today.year - 1) if (told - today).days > 180 else told
        if match["only"] or match["spelt"]:
            day = number(match["only"] or match["spelt"]) or 0
            told = today.replace(day=day)
            if told > today + timedelta(days=1):
                told = (today.replace(day=1) - timedelta(days=1)).replace(day=day)
            return told
    except ValueError:
        return None
    if match["ago_days"]:
        return today - timedelta(days=3 if match["ago_days"] == "几" else number(match["ago_days"]) or 1)
    if match["week"]:
        back = (today.weekday() - "一二三四五六日".index(match["weekday"].replace("天", "日"))) % 7
        return today - timedelta(days=back + (7 if match["week"].startswith("上") else 0))
    word = match["word"] or match["short"] or ""
    if word.startswith("大前"):
        return today - timedelta(days=3)
    return today - timedelta(days={"今": 0, "当": 0, "昨": 1, "前": 2}.get(word[:1], 0))


def _part(on: date, part: str, local: datetime, *, yesterday: bool) -> datetime:
    if part in ("半夜", "午夜") and yesterday:
        on += timedelta(days=1)  # 昨天半夜 is 00:00 of today (rules.md 15)
    return datetime.combine(on, datetime.min.time(), local.tzinfo) + timedelta(hours=_PART_HOUR[part])


def _clock(
    match: re.Match[str], on: date, part: str | None, local: datetime, *, sure_day: bool
) -> tuple[datetime | None, Precision]:
    hour = int(match["hh"]) if match["hh"] else number(match["h"])
    if hour is None or hour > 24:
        return None, "unknown"
    minute, precision = 0, "hour"
    if match["mm"]:
        minute, precision = int(match["mm"]), "minute"
    elif match["half"]:
        minute, precision = 30, "minute"
    elif match["quarter"]:
        minute, precision = {"一": 15, "三": 45}[match["quarter"]], "minute"
    elif match["m"]:
        minute, precision = number(match["m"]) or 0, "minute"
    if minute > 59:
        return None, "unknown"
    start = datetime.combine(on, datetime.min.time(), local.tzinfo)
    small_hours = part in ("半夜", "午夜", "深夜", "夜里") and hour < 6
    evening = part in _LATE and hour < 12 and not small_hours
    if evening or (part in ("中午", "正午", "午间") and hour < 3):
        hour += 12
    elif part in _LATE and hour == 12:
        hour = 24
    elif small_hours and _says_yesterday(match):
        start += timedelta(days=1)
    moment = start + timedelta(hours=hour, minutes=minute)
    exact: Precision = "minute" if precision == "minute" else "hour"
    # “6时40分” is written by the clock of 24 hours, “3点半” is spoken
    spoken = part is None and not match["hh"] and match["said"] != "时"
    if spoken and 1 <= hour <= 11 and (not sure_day or on == local.date()):
        later = moment + timedelta(hours=12)
        if later <= local:  # “3点半” without a part of the day: the nearest one that has passed
            moment = later
    return moment, exact
