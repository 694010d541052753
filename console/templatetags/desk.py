"""Tags and filters of the desk: clocks, levels, times, numbers that are links, masked words, who may.

Every page's context holds `at`, the one moment the view read; nothing here reads a clock.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from alerts.models import Clock
from console import charts, clockbar, handbook
from console.clockbar import Bar, Facts
from office import roles

register = template.Library()

WEEKDAYS = "一二三四五六日"
SOON = 30  # minutes left from which a moment is due soon, as in desk.js
MASKED = re.compile(r"［[^［］]{1,12}］")
BIG_ORDER = {"overdue": "red", "due_soon": "orange"}


def facts_of(clock: Clock) -> Facts:
    """The drawing's facts of a clock row."""
    return Facts(
        status=clock.status,
        anchor_at=clock.anchor_at,
        due_at=clock.due_at,
        minutes=clock.minutes,
        met_at=clock.met_at,
        evidence_pending_at=clock.evidence_pending_at if clock.closed_at is None else None,
        provisional=clock.firm_at is None,
    )


def drawn(clock: Clock, at: datetime) -> Bar:
    return clockbar.draw(facts_of(clock), at=at, zone=_zone())


def _zone() -> Any:
    return timezone.get_default_timezone()


def local(moment: datetime) -> datetime:
    """The moment in the district's zone."""
    return moment.astimezone(_zone())


def when_words(moment: datetime | None, at: datetime) -> str:
    """`04:10` today, `明日 05:38`, `昨日 23:10`, `11-16 08:00`, with the year where it differs."""
    if not moment:
        return "未知"
    there, here = local(moment), local(at)
    days = (there.date() - here.date()).days
    near = {0: "", 1: "明日 ", -1: "昨日 "}
    if days in near:
        return f"{near[days]}{there:%H:%M}"
    return f"{there:%m-%d %H:%M}" if there.year == here.year else f"{there:%Y-%m-%d %H:%M}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _live(clock: Clock, bar: Bar) -> str:
    if not bar.live:
        return ""
    tentative = ' data-tentative="1"' if clock.firm_at is None else ""
    return (
        f' data-clock data-anchor="{_ms(clock.anchor_at)}" data-due="{_ms(clock.due_at)}"'
        f' data-minutes="{clock.minutes}"{tentative}'
    )


def _span_html(minutes: int) -> str:
    minutes = abs(minutes)
    return f"{minutes // 60}<small>时</small>{minutes % 60:02d}<small>分</small>"


@register.simple_tag(takes_context=True)
def help_link(context: Context) -> SafeString:
    """帮助: into the section of the officer's guide that speaks of this page."""
    found = getattr(context.get("request"), "resolver_match", None)
    place = handbook.section_of(found.url_name if found else None)
    return format_html('<a class="help" href="{}#{}">帮助</a>', reverse("help"), place)


@register.simple_tag(takes_context=True)
def clock_cell(context: Context, clock: Clock | str | None, none: str = "–") -> SafeString:
    """Words over the bar: one clock in a table cell; `none` where there is no such clock (a template says "")."""
    if not isinstance(clock, Clock):
        return format_html('<span class="dash">{}</span>', none)
    at: datetime = context["at"]
    bar = drawn(clock, at)
    sentence = f"{clock.get_kind_display()}，{bar.words}，{when_words(clock.due_at, at)} 到期"
    svg = charts.clock_bar(bar, sentence=sentence)
    return mark_safe(
        f'<span class="clock-cell {bar.state}"{_live(clock, bar)}>'
        f'<span class="words {bar.state}">{escape(bar.words)}</span>{svg}</span>'
    )


@register.simple_tag(takes_context=True)
def clock_line(context: Context, clock: Clock) -> SafeString:
    """The bar alone, over the whole width."""
    at: datetime = context["at"]
    bar = drawn(clock, at)
    sentence = f"{clock.get_kind_display()}，{bar.words}，{when_words(clock.due_at, at)} 到期"
    return mark_safe(f"<span{_live(clock, bar)}>{charts.clock_bar(bar, sentence=sentence)}</span>")


@register.simple_tag(takes_context=True)
def clock_words(context: Context, clock: Clock) -> SafeString:
    """The words alone, ticking."""
    bar = drawn(clock, context["at"])
    return mark_safe(
        f'<span class="words-only"{_live(clock, bar)}><span class="words {bar.state}">{escape(bar.words)}</span></span>'
    )


@register.simple_tag(takes_context=True)
def remaining(context: Context, clock: Clock, size: str = "big") -> SafeString:
    """The remaining time: big figures, small units; orange when due soon, red with 超时 before it when over."""
    bar = drawn(clock, context["at"])
    if not bar.live and bar.state != "checking":
        return format_html('<span class="span {} words {}">{}</span>', "mid", bar.state, bar.words)
    over = bar.left < 0 or bar.state == "overdue"
    word = '<span class="word">超时</span>' if over else ""
    colour = BIG_ORDER.get(bar.state, "")
    left = _live(clock, bar).replace("data-clock", "data-left")
    role = ' role="alert"' if over and size == "huge" else ""
    return mark_safe(f'<span class="span {size} {colour}"{left}{role}>{word}{_span_html(bar.left)}</span>')


@register.simple_tag(takes_context=True)
def time_left(context: Context, due: datetime) -> SafeString:
    """The time left to a moment that is no clock of a case: big figures; orange in the last half hour, red and 超时
    when it is over. Ticks as the clocks do."""
    left, over = clockbar.whole_minutes(due - context["at"]), due <= context["at"]
    colour = "red" if over else "orange" if left <= SOON else ""
    word = '<span class="word">超时</span>' if over else ""
    live = f'data-left data-due="{_ms(due)}" data-minutes="{2 * SOON}"'
    return mark_safe(f'<span class="span big {colour}" {live}>{word}{_span_html(left)}</span>')


@register.simple_tag(takes_context=True)
def clock_note(context: Context, clock: Clock) -> str:
    """What stands small beside a clock of an issue: how early or late, why, 补录, what it was before."""
    bar = drawn(clock, context["at"])
    notes: list[str] = []
    if bar.state in {"met", "met_late"} and clock.met_at is not None:
        early = clockbar.whole_minutes(clock.due_at - clock.met_at)
        notes.append(f"{'早' if early >= 0 else '晚'} {clockbar.span(early)}")
    if clock.entered_late:
        notes.append("补录")
    causes = {"detected_late": "发现晚", "graded_late": "定级晚", "anchor_corrected": "起算更正"}
    if clock.cause:
        notes.append(causes.get(clock.cause, clock.cause))
    if clock.closed_reason and bar.state in {"void", "superseded"}:
        notes.append(clock.closed_reason)
    if clock.breached_at is not None and bar.state not in {"overdue", "met_late"}:
        notes.append("超时记录撤回" if clock.breach_withdrawn_at else "曾超时，计入统计")
    return "，".join(notes)


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime | None) -> str:
    return when_words(moment, context["at"])


@register.simple_tag(takes_context=True)
def waited(context: Context, moment: datetime) -> str:
    """How long ago, as a length of time."""
    at: datetime = context["at"]
    return clockbar.span(clockbar.whole_minutes(at - moment))


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None | str) -> str:
    """`4 分前`, `3时10分前`, `11-16 08:00`, or 从未."""
    if not moment:  # a template says "" for what is not there
        return "从未"
    assert isinstance(moment, datetime)
    at: datetime = context["at"]
    minutes = clockbar.whole_minutes(at - moment)
    if minutes < 1:
        return "刚才"
    if minutes < 60:
        return f"{minutes} 分前"
    return f"{clockbar.span(minutes)}前" if minutes < 24 * 60 else when_words(moment, at)


@register.filter
def span(minutes: int | timedelta) -> str:
    return clockbar.span(clockbar.whole_minutes(minutes) if isinstance(minutes, timedelta) else minutes)


@register.filter
def hm(moment: datetime | None) -> str:
    return "" if moment is None else f"{local(moment):%H:%M}"


@register.filter
def stamp(moment: datetime | None) -> str:
    return "" if moment is None else f"{local(moment):%Y-%m-%d %H:%M}"


@register.filter
def md(moment: datetime | date | None) -> str:
    if moment is None:
        return ""
    day = local(moment) if isinstance(moment, datetime) else moment
    return f"{day:%m-%d}"


@register.filter
def day_words(moment: datetime) -> str:
    """`11月18日 周三`"""
    day = local(moment)
    return f"{day.month}月{day.day}日 周{WEEKDAYS[day.weekday()]}"


@register.filter
def iso(moment: datetime | None) -> str:
    return "" if moment is None else local(moment).isoformat(timespec="minutes")


@register.filter
def field_time(moment: datetime | None) -> str:
    """The value of a datetime-local field."""
    return "" if moment is None else f"{local(moment):%Y-%m-%dT%H:%M}"


@register.simple_tag
def level(number: int | None, proposed: bool = False, word: bool = True, size: str = "") -> SafeString:
    """The mark of a level with its word beside it. `proposed`: hollow and dashed, the service's suggestion."""
    if number is None:
        return mark_safe('<span class="dash">–</span>')
    mark_ = charts.level_mark(number, proposed=proposed)
    words = f"<span>{charts.LEVEL_WORDS[number]}</span>" if word else ""
    return mark_safe(f'<span class="level {escape(size)}">{mark_}{words}</span>')


@register.simple_tag
def mark(name: str, label: str = "") -> SafeString:
    return charts.mark(name, label)


@register.simple_tag
def thin(value: float, longest: float) -> SafeString:
    return charts.thin_bar(value, longest)


@register.simple_tag
def num(value: Any, url: str = "", unit: str = "") -> SafeString:
    """A count that opens what is behind it. Without an address it is plain ink."""
    if value is None or value == "":
        return mark_safe('<span class="dash">–</span>')
    tail = format_html(" {}", unit) if unit else ""
    return format_html('<a class="n" href="{}">{}</a>{}', url, value, tail) if url else format_html("{}{}", value, tail)


@register.filter
def masked(text: str) -> SafeString:
    """Escaped text with the kinds of removed words (［手机号］) on the desk colour. Crawled text passes here."""
    plain = str(conditional_escape(text))
    return mark_safe(MASKED.sub(lambda found: f'<span class="masked">{found[0]}</span>', plain))


@register.filter
def get(mapping: dict[Any, Any] | None, key: Any) -> Any:
    return None if mapping is None else mapping.get(key)


@register.filter
def joined(values: Iterable[Any], by: str = "、") -> str:
    return by.join(str(v) for v in values)


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"


@register.filter
def may(person: Any, act: str) -> bool:
    """`{% if user|may:"confirm_lead" %}`: the same table that the services ask."""
    return roles.may(getattr(person, "roles", ()), roles.Act(act))


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """This page's address with some parameters changed; an empty value drops one."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in {None, ""}:
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.filter
def iso_time(words: str) -> str:
    """A time kept as ISO 8601 in a record, as `11-18 04:10`."""
    return f"{local(datetime.fromisoformat(words)):%m-%d %H:%M}"
