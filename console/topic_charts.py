"""Small drawings of the pages of topics: parts of heat, posts a day, voices with their copies. Inline SVG, no colour.

Every one has its table on the same page.
"""

from collections.abc import Mapping, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from alerts.grading.course import BurstStand

# The parts of heat in the order in which they stand in a bar (analysis/heat.py); each has its own shade or hatch.
PARTS = ("人数", "速度", "扩散", "互动", "不满", "重点类", "地点")
DISCS = 18  # drawn at most; the number beside them is exact


def stacked(parts: Mapping[str, float], longest: float) -> SafeString:
    """The parts of one heat beside each other; `longest`: the heat that fills the bar."""
    x, drawn = 0.0, []
    for number, name in enumerate(PARTS):
        share = 100 * parts.get(name, 0.0) / longest if longest > 0 else 0.0
        if share > 0:
            drawn.append(f'<rect class="p{number}" x="{x:.1f}%" y="0" width="{share:.1f}%" height="10"/>')
            x += share
    return mark_safe(
        f'<svg class="stack" height="10" role="img" aria-label="{escape(said(parts))}">{"".join(drawn)}</svg>'
    )


def said(parts: Mapping[str, float]) -> str:
    """“人数 20、速度 4”, for a reader that does not see the bar."""
    return "、".join(f"{name} {parts[name]:g}" for name in PARTS if parts.get(name)) or "没有"


def swatch(number: int) -> SafeString:
    """The look of one part, for the legend."""
    return mark_safe(
        '<svg class="stack swatch" height="10" aria-hidden="true">'
        f'<rect class="p{number}" width="14" height="10"/></svg>'
    )


def spark(counts: Sequence[int], *, name: str) -> SafeString:
    """Posts of each day as columns of one path; the highest fills the height."""
    high = max(counts, default=0)
    path = "".join(
        f"M{place * 7} 22v-{max(count / high * 20, 1.5):.1f}h5v{max(count / high * 20, 1.5):.1f}z"
        for place, count in enumerate(counts)
        if count
    )
    width = len(counts) * 7
    return mark_safe(
        f'<svg class="spark" viewBox="0 0 {width} 23" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(name)}">'
        f'<path class="base" d="M0 22.5h{width}"/><path d="{path}"/></svg>'
    )


def pair(now: float, then: float, longest: float) -> SafeString:
    """Two thin bars: now dark, then light under it."""
    shares = [100 * value / longest if longest > 0 else 0 for value in (now, then)]
    return mark_safe(
        '<svg class="pair-bars" height="14" aria-hidden="true">'
        f'<rect class="p0" y="1" width="{shares[0]:.1f}%" height="6"/>'
        f'<rect class="p3" y="8" width="{shares[1]:.1f}%" height="5"/></svg>'
    )


def discs(voices: int, copies: int) -> SafeString:
    """A disc is one voice, the short strokes after them are copies."""
    shown, strokes = min(voices, DISCS), min(copies, DISCS)
    drawn = [f'<circle cx="{7 + place * 14}" cy="8" r="5"/>' for place in range(shown)]
    after = shown * 14 + 4
    drawn += [f'<path d="M{after + place * 4} 4v8"/>' for place in range(strokes)]
    more = voices > shown or copies > strokes
    end = after + strokes * 4
    drawn += [f'<text x="{end + 2}" y="12">…</text>'] if more else []
    width = end + (16 if more else 2)
    return mark_safe(
        f'<svg class="discs" width="{width}" height="16" viewBox="0 0 {width} 16" role="img" '
        f'aria-label="{voices} 人，同文 {copies} 帖">{"".join(drawn)}</svg>'
    )


def course(stands: Sequence[BurstStand], *, name: str) -> SafeString:
    """People over time as one step line, on the same columns as the posts: grey what is usual, dashed the limit from
    which it is a burst. The first column of each crossing is marked; the figures now stand at the right end.
    """
    width, height, left, top = 860.0, 96.0, 34.0, 20.0
    slot = (width - left) / max(len(stands), 1)
    high = max([1.0, *(max(s.have, s.limit, s.usual) for s in stands)])

    def y(value: float) -> float:
        return height - value / high * (height - top)

    def steps(values: Sequence[float]) -> str:
        path = "".join(f"V{y(v):.1f}H{left + (place + 1) * slot:.1f}" for place, v in enumerate(values))
        return f"M{left} {y(values[0]):.1f}{path}"

    have, limits = [float(s.have) for s in stands], [float(s.limit) for s in stands]
    parts = [
        f'<svg class="chart course" viewBox="0 0 {width:.0f} {height + 8:.0f}" role="img" aria-label="{escape(name)}">',
        f'<path class="usual" d="{steps([s.usual for s in stands])}V{height}H{left}z"/>',
        f'<line class="axis" x1="{left}" x2="{width}" y1="{height}" y2="{height}"/>',
        f'<text x="{left - 8}" y="{height:.1f}" text-anchor="end">0</text>',
        f'<path class="limit" d="{steps(limits)}"/><path class="people" d="{steps(have)}"/>',
        f'<text x="{left - 8}" y="{y(limits[0]) + 4:.1f}" text-anchor="end">{stands[0].limit}</text>',
    ]
    for place, stand in enumerate(stands):
        over = stand.have >= stand.limit
        if over and (place == 0 or stands[place - 1].have < stands[place - 1].limit):
            x = left + place * slot
            words = f'x="{x + 10 if x < 480 else x - 10:.1f}" text-anchor="{"start" if x < 480 else "end"}"'
            parts.append(f'<path class="flag half" d="M{x - 5:.1f} 4h10l-5 9z"/>')
            parts.append(f'<text class="strong" {words} y="14">{stand.have} 人，到突增线</text>')
    parts.append("</svg>")
    return mark_safe("".join(parts))
