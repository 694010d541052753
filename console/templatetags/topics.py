"""Drawings of the pages of topics, as tags."""

from collections.abc import Iterable, Mapping, Sequence

from django import template
from django.utils.safestring import SafeString, mark_safe

from console import topic_charts

register = template.Library()


@register.simple_tag
def stacked(parts: Mapping[str, float], longest: float) -> SafeString:
    return topic_charts.stacked(parts, longest)


@register.simple_tag
def spark(counts: Sequence[int]) -> SafeString:
    high = max(counts, default=0)
    return topic_charts.spark(
        counts, name=f"近 {len(counts)} 天每天帖数，最多 {high}，最后一天 {counts[-1] if counts else 0}"
    )


@register.simple_tag
def pair_bars(now: float, then: float, longest: float) -> SafeString:
    return topic_charts.pair(now, then, longest)


@register.simple_tag
def discs(voices: int, copies: int) -> SafeString:
    return topic_charts.discs(voices, copies)


@register.simple_tag
def swatch(number: int) -> SafeString:
    return topic_charts.swatch(number)


@register.simple_tag
def part_cells(parts: Mapping[str, float]) -> SafeString:
    """The cells of a row of the table behind the bars; one call, because forty rows of them fill a page."""
    return _cells(f"{parts.get(name, 0.0):g}" for name in topic_charts.PARTS)


@register.simple_tag
def day_cells(counts: Sequence[int]) -> SafeString:
    """The cells of a row of the table behind the days."""
    return _cells(str(count) for count in counts)


def _cells(numbers: Iterable[str]) -> SafeString:
    return mark_safe("".join(f'<td class="num">{number}</td>' for number in numbers))
