"""Strips, bars and spans of the pages of sources and rules."""

from collections.abc import Sequence
from datetime import timedelta

from django import template
from django.utils.safestring import SafeString

from console import charts
from console.clockbar import span
from console.queries.sources import Delay

register = template.Library()
FULL = 1200.0  # seconds: the width of the bars of delays, as their head says


@register.simple_tag
def day_strip(cells: Sequence[tuple[str, str]]) -> SafeString:
    return charts.day_strip(cells)


@register.simple_tag
def quarter_bars(counts: Sequence[int]) -> SafeString:
    return charts.quarter_bars(counts)


@register.simple_tag
def visit_strip(visits: Sequence[tuple[str, str]]) -> SafeString:
    return charts.visit_strip(visits)


@register.simple_tag
def delay_bar(delay: Delay) -> SafeString:
    return charts.span_bar(delay.half, delay.most, FULL)


@register.filter
def lasting(seconds: float | None) -> str:
    """`18 秒`, `3 分`, `2时55分`: a length of time in the unit in which it is read."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{round(seconds)} 秒"
    return f"{round(seconds / 60)} 分" if seconds < 3600 else span(int(seconds // 60))


@register.filter
def minutes_pair(delay: Delay | None) -> str:
    """`9 / 16 分`: within which half, and nine in ten, came."""
    if delay is None:
        return "–"
    if delay.most >= 36_000:
        return f"{delay.half / 3600:.0f} / {delay.most / 3600:.0f} 时"
    return f"{delay.half / 60:.0f} / {delay.most / 60:.0f} 分"


@register.filter
def short_pair(delay: Delay | None) -> str:
    """`18 / 52 秒`, `18 秒 / 1 分`: as `minutes_pair`, for stages that take seconds."""
    if delay is None:
        return "–"
    half, most = lasting(delay.half), lasting(delay.most)
    return f"{half.removesuffix(' 秒') if most.endswith('秒') else half} / {most}"


@register.filter
def rhythm_words(minutes: int) -> str:
    """`每 15 分`, `每 4 小时`, `每天`."""
    if minutes % 1440 == 0:
        return "每天" if minutes == 1440 else f"每 {minutes // 1440} 天"
    return f"每 {minutes // 60} 小时" if minutes % 60 == 0 else f"每 {minutes} 分"


@register.filter
def since(later: object, earlier: object) -> timedelta | None:
    """The stretch between two moments, for `span`."""
    return later - earlier if later and earlier else None  # type: ignore[operator]  # moments, by the templates
