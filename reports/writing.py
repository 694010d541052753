"""From frozen numbers to the text of 《今日舆情》 (domain.md D1), in plain official Chinese. Pure.

Sections are `{key, title, text}`; a line that starts with （一） is a heading of the second level. Authors of ordinary
posts appear as 网民. Figures are written as marks first (`reports.figures`), so that each stays traceable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports.figures import mark, settle, span
from reports.words import CLOCKS, GRADES, LEVELS, MEDIA, MEETINGS, RELEASES, STANCES, STATES, TITLES

DIGITS = "零一二三四五六七八九十"
# How many issues are told at length and how many lines the guide has (domain.md D1: 3 to 5).
AT_LENGTH = 8
GUIDE = 5
REPEATED = 0.7  # share of common character pairs from which two demands are one; read off the rehearsal's demands


@dataclass(frozen=True)
class Telling:
    """What the words need beside the numbers."""

    zone: ZoneInfo
    district: str
    solo: str = ""  # reason of 单人值守, empty where it is not declared
    previous: Mapping[str, Any] | None = None  # `late_before` of the brief before
    skipped: tuple[str, ...] = ()  # days (ISO) that had no brief of their own because the service was down


def write(numbers: Mapping[str, Any], telling: Telling) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The seven sections, and the places of figures in them (see `reports.figures.settle`)."""
    composed = {
        "guide": _guide(numbers, telling),
        "overall": _overall(numbers, telling),
        "focus": _focus(numbers, telling),
        "concerns": _concerns(numbers),
        "media": _media(numbers, telling),
        "progress": _progress(numbers, telling),
        "ahead": _ahead(numbers, telling),
    }
    sections: list[dict[str, str]] = []
    places: list[dict[str, str]] = []
    for key, lines in composed.items():
        text, found = settle(key, "\n".join(lines), numbers["figures"])
        sections.append({"key": key, "title": TITLES[key], "text": text})
        places.extend(found)
    return sections, places


def moment(text: str, zone: ZoneInfo, *, month: bool = True) -> str:
    """“11月17日23时10分”; whole hours without minutes."""
    at = datetime.fromisoformat(text).astimezone(zone)
    day = f"{at.month}月{at.day}日" if month else f"{at.day}日"
    return f"{day}{at.hour}时" + (f"{at.minute}分" if at.minute else "")


def ordinal(position: int) -> str:
    """1 → 一, 12 → 十二, 25 → 二十五; up to 99."""
    tens, ones = divmod(position, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")


def period(numbers: Mapping[str, Any], zone: ZoneInfo) -> str:
    """“11月17日8时至18日8时”; the month is said again where it changes."""
    since, until = (datetime.fromisoformat(numbers[key]).astimezone(zone) for key in ("since", "until"))
    return f"{moment(numbers['since'], zone)}至{moment(numbers['until'], zone, month=since.month != until.month)}"


def short(text: str, limit: int = 40) -> str:
    """A title or a sentence of a post, cut to what a line of the paper bears."""
    words = " ".join(text.split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def quoted(asks: Sequence[Sequence[Any]], limit: int) -> str:
    """What people ask, in their own words: “…”；“…”. What says again what stands before it is left out."""
    told: list[str] = []
    for ask, _ in asks:
        words = short(str(ask), 36).rstrip("。；，")
        if len(told) < limit and not any(_alike(words, other) for other in told):
            told.append(words)
    return "；".join(f"“{words}”" for words in told)


def _alike(words: str, other: str) -> bool:
    """Most pairs of characters of the shorter stand in the longer: one demand in two wordings."""
    pairs, others = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (words, other))
    fewer = min(len(pairs), len(others))
    return words == other or (fewer > 0 and len(pairs & others) > REPEATED * fewer)


def _changed(numbers: Mapping[str, Any], key: str) -> list[str]:
    """“较前日增加58.2%”, “较上周同期减少3.0%”: only what can be compared."""
    said = []
    figure = numbers["figures"][key]
    for other, words in (("day", "日均较前日" if numbers["days"] > 1 else "较前日"), ("week", "较上周同期")):
        change = figure[other]
        if change is None:
            continue
        if float(change.rstrip("%")) == 0:
            said.append(f"{words}持平")
        else:
            said.append(f"{words}{'减少' if change.startswith('-') else '增加'}{mark(f'{key}_{other}')}")
    return said


def _overall(numbers: Mapping[str, Any], telling: Telling) -> list[str]:
    figures = numbers["figures"]
    lines = []
    if figures["volume"]["value"]:
        parts = [
            f"{period(numbers, telling.zone)}，监测涉区公开信息{mark('volume')}条",
            f"去重后{mark('clean')}条",
            *_changed(numbers, "clean"),
        ]
        text = "，".join(parts) + "。"
        if figures["public"]["value"]:
            text += (
                f"公众发声{mark('public')}条、{mark('people')}人，"
                f"其中负面{mark('negative')}，中性{mark('neutral')}，正面{mark('positive')}。"
            )
        else:
            text += "期内无公众发声。"
        others = [
            f"{words}{mark(key)}条"
            for key, words in (("media", "媒体报道"), ("official", "政务信息"))
            if figures[key]["value"]
        ]
        if others:
            text += "，".join(others) + "。"
    else:
        text = f"{period(numbers, telling.zone)}，未监测到涉区公开信息。"
    lines.append(text)
    named = [f"{row[0]}{row[1]}条" for row in numbers["sources"][:5]]
    if named:
        lines.append(f"来源构成：{'、'.join(named)}。")
    lines.append(
        f"预警{mark('alerts')}次，新增线索{mark('leads')}件，确认舆情{mark('confirmed')}件；"
        f"待判线索{mark('waiting')}件，在办{mark('in_hand')}件，在走时限{mark('clocks_open')}个，"
        f"超时{mark('overdue_open')}个，今日到期时限{mark('due_next')}个。"
        f"线索阶段超时（单列）{mark('overdue_lead')}个。"
    )
    lines.append(coverage(numbers, telling.zone))
    if figures["late"]["value"]:
        lines.append(f"另有补采{mark('late')}条，发布于本期之前，未计入上列条数。")
    if figures["unsure"]["value"]:
        lines.append(f"研读把握不足、待人工复核的占{mark('unsure')}。")
    if figures["unread"]["value"]:
        lines.append(f"截至编稿尚未研读{mark('unread')}条，未计入。")
    if telling.skipped:
        days = "、".join(f"{int(d[5:7])}月{int(d[8:10])}日" for d in telling.skipped)
        lines.append(f"{days}因服务停机未单独出刊，情况并入本期。")
    if telling.solo:
        lines.append(f"本期在单人值守下办理（{telling.solo}），期内单人办理{mark('solo')}项。")
    elif figures["solo"]["value"]:
        lines.append(f"期内单人办理{mark('solo')}项。")
    return lines


def coverage(numbers: Mapping[str, Any], zone: ZoneInfo) -> str:
    """Which sources were down, from when to when, and whether collected since; always said."""
    gaps = numbers["coverage"]
    if not gaps:
        return "期内各来源采集正常，无中断。"
    told = []
    for gap in gaps[:12]:
        until = f"至{moment(gap['to'], zone)}" if gap["to"] else "起至编稿时未恢复"
        after = "，已补采" if gap["collected"] else "，未补采" if gap["to"] else ""
        told.append(f"{gap['source']}（{moment(gap['from'], zone)}{until}{after}）")
    more = f"等{len(gaps)}处" if len(gaps) > 12 else ""
    head = f"期内中断来源{mark('down')}个，合计{mark('down_span')}，已补采{mark('down_again')}个"
    return f"{head}：{'；'.join(told)}{more}。"


def _guide(numbers: Mapping[str, Any], telling: Telling) -> list[str]:
    lines = [_headline(item, telling.zone) for item in numbers["focus"][: GUIDE - 1]]
    figures = numbers["figures"]
    if figures["overdue_open"]["value"]:
        lines.append(f"在办事项中超时{mark('overdue_open')}个，须加紧办结。")
    if figures["due_next"]["value"]:
        lines.append(f"今日到期时限{mark('due_next')}个。")
    if not numbers["focus"]:
        top = numbers["topics"][0] if numbers["topics"] else None
        lines.insert(0, "期内无新增重点舆情。")
        if top is not None and top["title"]:
            lines.insert(1, f"网民议论较多的是“{short(top['title'])}”。")
    if figures["down"]["value"]:
        lines.append(f"中断来源{mark('down')}个，详见总体情况。")
    return [f"{place}.{line}" for place, line in enumerate(lines[:GUIDE], 1)]


def _headline(item: Mapping[str, Any], zone: ZoneInfo) -> str:
    """One issue in one line: what it is and how far it has come."""
    return f"{short(item['title'])}（{_level(item)}），{_stand(item, zone)}。"


def _level(item: Mapping[str, Any]) -> str:
    words: str = LEVELS[item["level"]]
    if item["pending"]:
        words = f"{words}，待核定"
    elif not item["decided"]:
        words = f"建议{words}"
    return f"{words}，督办" if item.get("supervised") else words  # frozen by an older version: not told


def _stand(item: Mapping[str, Any], zone: ZoneInfo) -> str:
    released = [r for r in item["releases"] if r["state"] == "checked"]
    over = [c for c in item["clocks"] if _is_over(c)]
    if item["state"] in ("closed", "cancelled"):
        return STATES[str(item["state"])]
    if released and len(released) > 1:
        return f"已连续发布{len(released)}次"
    if released:
        return f"{moment(released[0]['published_at'], zone)}已发布{RELEASES.get(released[0]['kind'], '权威信息')}"
    if over:
        stage = "（线索阶段）" if over[0]["breached_provisional"] else ""
        return f"{CLOCKS[over[0]['kind']]}超时{stage}"
    running = [c for c in item["clocks"] if c["closed_at"] is None]
    if running:
        provisional = "（暂估）" if running[0]["status"] == "provisional" else ""
        return f"{CLOCKS[running[0]['kind']]}时限{moment(running[0]['due_at'], zone)}{provisional}"
    return STATES.get(str(item["state"]), "")


def _is_over(clock: Mapping[str, Any]) -> bool:
    return clock["breached_at"] is not None and clock["breach_withdrawn_at"] is None


def _focus(numbers: Mapping[str, Any], telling: Telling) -> list[str]:
    if not numbers["focus"]:
        return ["期内无重点舆情。"]
    lines: list[str] = []
    for place, item in enumerate(numbers["focus"][:AT_LENGTH], 1):
        lines.append(f"（{ordinal(place)}）{short(item['title'])}（{_level(item)}）")
        lines.append(_story(item, telling.zone))
        lines.append(_clock_words(item, numbers, telling.zone))
    rest = numbers["focus"][AT_LENGTH:]
    if rest:
        lines.append(f"（{ordinal(AT_LENGTH + 1)}）其他事项")
        lines.append(
            "；".join(f"{short(item['title'])}（{_level(item)}，{_stand(item, telling.zone)}）" for item in rest) + "。"
        )
    return lines


def _story(item: Mapping[str, Any], zone: ZoneInfo) -> str:
    said = []
    where = f"涉及{'、'.join(item['streets'][:3])}" if item["streets"] else ""
    if item["occurred_at"]:
        said.append(f"{moment(item['occurred_at'], zone)}发生")
    if item["first_public_at"]:
        said.append(f"{moment(item['first_public_at'], zone)}网上出现首个公开帖")
    elif item["origin"] != "machine":
        said.append(f"{moment(item['opened_at'], zone)}由有关渠道报送")
    if where:
        said.append(where)
    text = ("，".join(said) + "。") if said else ""
    topic = item["topic"]
    if topic:
        text += f"本期相关信息{topic['posts']}条，去重后{topic['clean']}条，{topic['voices']}名网民发声"
        text += f"，负面{topic['negative']}条。" if topic["negative"] else "。"
        if topic["asks"]:
            text += f"网民主要诉求：{quoted(topic['asks'], 3)}。"
    if item["unit"]:
        text += f"涉事责任单位：{item['unit']}。"
    elif item["suggested"]:
        text += f"建议责任单位：{'、'.join(item['suggested'])}。"
    if item["grade"]:
        text += f"突发事件等级：{GRADES[item['grade']]}。"
    return text or "情况正在核实。"


def _clock_words(item: Mapping[str, Any], numbers: Mapping[str, Any], zone: ZoneInfo) -> str:
    """等级、时限与进度、建议."""
    told = [_clock(clock, numbers, zone) for clock in item["clocks"] if clock["status"] not in ("void", "superseded")]
    text = f"{STATES.get(item['state'], item['state'])}。"
    if told:
        text += f"时限：{'；'.join(told)}。"
    for release in item["releases"]:
        check = "" if release["state"] == "checked" else "（待复核）"
        text += (
            f"{moment(release['published_at'], zone)}在{release['channel']}发布"
            f"{RELEASES.get(release['kind'], '权威信息')}《{release['title']}》{check}。"
        )
    return text + _advice(item)


def _clock(clock: Mapping[str, Any], numbers: Mapping[str, Any], zone: ZoneInfo) -> str:
    name, due = CLOCKS[clock["kind"]], datetime.fromisoformat(clock["due_at"])
    if clock["status"] in ("met", "met_late") and clock["met_at"]:
        gap = (datetime.fromisoformat(clock["met_at"]) - due).total_seconds()
        mended = "，补录" if clock["entered_late"] else ""
        return f"{name}已办，{'晚' if gap > 0 else '早'}{span(abs(gap))}{mended}"
    if _is_over(clock):
        stage = "线索阶段" if clock["breached_provisional"] else ""
        over = (datetime.fromisoformat(numbers["frozen_at"]) - due).total_seconds()
        return f"{name}{stage}超时{span(max(0.0, over))}"
    provisional = "（暂估）" if clock["status"] == "provisional" else ""
    return f"{name}限{moment(clock['due_at'], zone)}{provisional}"


def _advice(item: Mapping[str, Any]) -> str:
    if item["state"] == "lead":
        return "建议：尽快核实并判定。"
    if any(_is_over(c) and c["closed_at"] is None for c in item["clocks"]):
        return "建议：立即发布权威信息，并督办责任单位。"
    if item["state"] == "responding":
        return "建议：责任单位按时限发布权威信息，回应网民诉求。"
    return ""


def _concerns(numbers: Mapping[str, Any]) -> list[str]:
    lines = []
    told = [t for t in numbers["topics"] if t["title"] and (t["asks"] or t["negative"])][:5]
    for place, topic in enumerate(told, 1):
        where = f"（{'、'.join(topic['streets'][:2])}）" if topic["streets"] else ""
        asks = f"，主要诉求：{quoted(topic['asks'], 2)}" if topic["asks"] else ""
        lines.append(f"{place}.{short(topic['title'])}{where}：{topic['voices']}名网民、{topic['posts']}条{asks}。")
    streets = sorted((row for row in numbers["streets"] if row[1]), key=lambda row: (-row[1], row[0]))[:3]
    if streets:
        lines.append(f"按街道，反映较多的是{'、'.join(f'{name}（{count}条）' for name, count, _ in streets)}。")
    if numbers["units"]:
        lines.append(
            f"按责任单位，涉及较多的是{'、'.join(f'{name}（{count}条）' for name, count in numbers['units'][:3])}。"
        )
    return lines or ["期内无集中的民生诉求。"]


def _media(numbers: Mapping[str, Any], telling: Telling) -> list[str]:
    if not numbers["media"]:
        return ["期内未监测到媒体报道。"]
    lines = []
    for place, item in enumerate(numbers["media"][:8], 1):
        title = f"《{item['title']}》" if item["title"] else "（无标题）"
        stance = STANCES.get(item["stance"], "中性")
        lines.append(
            f"{place}.{MEDIA.get(item['class'], MEDIA['other'])}：{item['outlet']}"
            f"{moment(item['at'], telling.zone)}，{title}（{stance}）。"
        )
    return lines


def _progress(numbers: Mapping[str, Any], telling: Telling) -> list[str]:
    figures = numbers["figures"]
    zone = telling.zone
    lines = []
    released = [r for r in numbers["releases"] if r["state"] == "checked"]
    for release in released[:10]:
        publisher = release["publisher__name"] or release["channel"]
        solo = "（单人复核）" if release["solo"] else ""
        lines.append(
            f"{moment(release['published_at'], zone)}，{publisher}发布"
            f"{RELEASES.get(release['kind'], '权威信息')}《{release['title']}》{solo}。"
        )
    for meeting in numbers["conferences"]:
        if meeting["held_at"] and meeting["state"] == "checked":
            lines.append(f"{moment(meeting['held_at'], zone)}，举行{MEETINGS[meeting['kind']]}“{meeting['title']}”。")
    if not lines:
        lines.append("期内无权威信息发布。")
    summary = (
        f"时限按时办结{mark('met')}个，超时办结{mark('met_late')}个，新增超时{mark('breached')}个；"
        f"新增线索阶段超时{mark('breached_lead')}个，单列统计。"
    )
    if "on_time" in figures:
        summary += f"回应按时率{mark('on_time')}（含未办结超时）。"
    lines.append(summary)
    if telling.previous is not None:
        lines.append(_lateness(telling.previous))
    return lines


def _lateness(previous: Mapping[str, Any]) -> str:
    day = f"{int(previous['day'][5:7])}月{int(previous['day'][8:10])}日"
    name = f"上期（第{previous['issue_no']}期，{day}）" if previous["issue_no"] else f"上期（{day}）"
    why = f"，缓发原因：{previous['put_off']}" if previous["put_off"] else ""
    if previous["out"]:
        return f"{name}迟发{span(previous['late'])}{why}。"
    return f"{name}{'缓发' if previous['put_off'] else '至本期编稿时未签发'}{why}。"


def _ahead(numbers: Mapping[str, Any], telling: Telling) -> list[str]:
    zone = telling.zone
    lines = []
    due = [
        (clock["due_at"], f"{short(clock['title'])}，{CLOCKS[clock['kind']]}限{moment(clock['due_at'], zone)}")
        for clock in numbers["due"]
    ]
    if due:
        lines.append(f"今日到期：{'；'.join(words for _, words in sorted(due)[:12])}。")
    for meeting in numbers["conferences"]:
        if meeting["state"] == "planned" and meeting["planned_at"]:
            lines.append(f"{moment(meeting['planned_at'], zone)}安排{MEETINGS[meeting['kind']]}“{meeting['title']}”。")
    asked = [t for t in numbers["topics"] if t["negative"] * 2 > t["public"] and t["voices"] >= 3 and t["title"]][:3]
    if asked:
        lines.append(f"需留意走势：{'、'.join(short(t['title']) for t in asked)}。")
    if numbers["history"]:
        told = "；".join(f"{short(h['title'])}（{h['voices']}名网民）" for h in numbers["history"][:10])
        lines.append(f"首次采集所见的历史帖文不单独立为线索，其中曾较集中的有：{told}。")
    return lines or ["暂无到期时限和已知安排。"]
