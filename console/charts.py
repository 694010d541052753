"""Inline SVG: clock bars, level marks, small marks, strips and curves. Numbers in, markup out; no inline style.

Colours come from the style sheet by class, so that the pages need no inline style. Every drawing has words beside it
or a table behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from console.clockbar import DUE_AT, Bar

LEVEL_WORDS = {1: "特别重大", 2: "重大", 3: "较大", 4: "一般"}
NUMERALS = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}
SHAPES = {
    1: '<path class="shape" d="M7.2 1h7.6L21 7.2v7.6L14.8 21H7.2L1 14.8V7.2z"/>',
    2: '<path class="shape" d="M11 .6 21.4 11 11 21.4.6 11z"/>',
    3: '<path class="shape" d="M1.5 1.5h19v19h-19z"/>',
    4: '<circle class="shape" cx="11" cy="11" r="10"/>',
}
STROKES = {
    1: "M11 6.5v9",
    2: "M9.2 7.5v7M12.8 7.5v7",
    3: "M7.4 6.8v8.4M11 6.8v8.4M14.6 6.8v8.4",
    4: "M6.6 7v8M10 7l2.7 8 2.7-8",
}


def level_mark(level: int, *, proposed: bool) -> SafeString:
    """The four shapes with the numeral inside; hollow and dashed where the service only proposes."""
    name = f"{NUMERALS[level]}级 {LEVEL_WORDS[level]}" + ("，系统建议" if proposed else "")
    kind = f"lv lv{level}" + (" hollow" if proposed else "")
    return mark_safe(
        f'<svg class="{kind}" viewBox="0 0 22 22" role="img" aria-label="{name}">{SHAPES[level]}'
        f'<path class="numeral" d="{STROKES[level]}"/></svg>'
    )


def clock_bar(bar: Bar, *, sentence: str) -> SafeString:
    """The bar of one clock; `sentence` is read aloud. Where its parts lie stands in marks.css: a list has hundreds."""
    parts = [f'<svg class="bar {bar.state}" role="img" aria-label="{escape(sentence)}">']
    if bar.state in {"void", "superseded"}:
        parts.append(f'<line class="dashes" x1="0" x2="{DUE_AT}%" y1="6" y2="6"/>')
    else:
        parts.append(f'<rect class="track"/><rect class="fill" width="{bar.fill:.1f}%"/>')
        if bar.live or bar.late:
            parts.append(f'<rect class="late" width="{bar.late:.1f}%"/>')
        parts.append('<svg viewBox="0 0 100 12" preserveAspectRatio="none">')
        for name, fired in (("rung", False), ("rung fired", True)):
            places = "".join(f"M{x:.1f} 2v8" for x, has in bar.rungs if has == fired)
            parts.append(f'<path class="{name}" d="{places}"/>')
        parts.append("</svg>")
    parts.append('<rect class="due"/>')
    if bar.mark is not None:
        ring = bar.state == "checking"
        tick = "" if ring else '<path class="tick" d="M-2.6 .2-.7 2.2 2.8-1.8"/>'
        parts.append(
            f'<svg x="{bar.mark:.1f}%" y="6" overflow="visible">'
            f'<circle class="{"ring" if ring else "seal"}" r="5"/>{tick}</svg>'
        )
    parts.append("</svg>")
    return mark_safe("".join(parts))


MARKS = {
    "tick": '<path class="line2" d="M1.5 7.5 5.2 11 12.5 3"/>',
    "cross": '<path class="line2" d="M3 3l8 8M11 3l-8 8"/>',
    "dash": '<path class="line1" d="M2 7h9"/>',
    "ring": '<circle class="hollow" cx="7" cy="7" r="4.6"/>',
    "half": '<circle class="hollow" cx="7" cy="7" r="4.6"/><path d="M7 2.4a4.6 4.6 0 0 1 0 9.2z"/>',
    "dot": '<circle cx="7" cy="7" r="4.6"/>',
    "next": '<circle class="orange" cx="7" cy="7" r="5.2"/>',
    "square": '<rect class="grey" x="3" y="3" width="8" height="8"/>',
    "publish": '<rect class="accent" x="1.5" y="1.5" width="11" height="11"/>',
    "done": '<circle cx="7" cy="7" r="6.6"/><path class="tick" d="M4 7.2 6.2 9.4 10 4.8"/>',
    "warn": '<path class="orange" d="M7 .8 13.6 12.6H.4z"/><path class="tick" d="M7 4.6v4M7 10v1"/>',
    "box": '<rect x="0" y="0" width="14" height="14"/><path class="tick" d="M7 3v5M7 9.6v1.6"/>',
}


def mark(name: str, label: str) -> SafeString:
    """A small mark with its meaning as a name: ring, half, tick, dash, dot, square, publish, …

    Without a label the word stands beside it, and the drawing is not read aloud.
    """
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(f'<span class="mark"><svg class="mk" viewBox="0 0 14 14" {named}>{MARKS[name]}</svg></span>')


def day_strip(days: Sequence[tuple[str, str]]) -> SafeString:
    """One cell a day: (state, words); state full, half, gap, filled or none (looks: source strip).

    One path for all cells of a kind: a page shows dozens of strips. The words are read aloud where something is amiss.
    """
    paths: dict[str, list[str]] = {"day": [], "gap": []}
    for place, (state, _words) in enumerate(days):
        x = place * 11
        kind, shape = {
            "full": ("day", f"M{x} 1h9v16h-9z"),
            "half": ("day", f"M{x} 9h9v8h-9z"),
            "gap": ("gap", f"M{x + 1} 2h7v14h-7z"),
            "filled": ("gap", f"M{x + 1} 2h7v14h-7zM{x + 1.5} 15.5l6-13"),
            "none": ("day", f"M{x + 2} 14h5v1.5h-5z"),
        }[state]
        paths[kind].append(shape)
    amiss = [words for state, words in days if state in ("gap", "filled")]
    said = f"近 {len(days)} 天" + ("：" + "；".join(amiss) if amiss else "，没有缺口")
    drawn = "".join(f'<path class="{kind}" d="{"".join(shapes)}"/>' for kind, shapes in paths.items() if shapes)
    return mark_safe(
        f'<svg class="strip28" viewBox="0 0 {len(days) * 11} 18" preserveAspectRatio="none" '
        f'role="img"><title>{escape(said)}</title>{drawn}</svg>'
    )


def quarter_bars(counts: Sequence[int]) -> SafeString:
    """A bar for each quarter of an hour, one path; the highest fills the height. Nothing where nothing came."""
    high = max(counts, default=0)
    drawn = "".join(f"M{place} 16v-{max(round(14 * n / high, 1), 1):g}" for place, n in enumerate(counts) if n)
    said = f"近 24 小时 {sum(counts)} 条，最多的一刻钟 {high} 条"
    return mark_safe(
        f'<svg class="bars24" viewBox="-0.5 0 {max(len(counts), 1)} 17" preserveAspectRatio="none" role="img">'
        f'<title>{said}</title><path class="axis" d="M0 16.5h{len(counts)}"/><path class="bars" d="{drawn}"/></svg>'
    )


def visit_strip(visits: Sequence[tuple[str, str]]) -> SafeString:
    """The last visits as small boxes, oldest first: (state, words); state full, half (nothing new), gap or none."""
    cells = []
    for place, (state, words) in enumerate(visits):
        x = place * 12
        shape = {
            "full": f'<path class="day" d="M{x} 1h10v16h-10z"/>',
            "half": f'<path class="day" d="M{x} 9h10v8h-10z"/>',
            "gap": f'<path class="gap" d="M{x + 1} 2h8v14h-8z"/>',
            "none": f'<path class="day" d="M{x + 2} 14h6v1.5h-6z"/>',
        }[state]
        cells.append(f"<g><title>{escape(words)}</title>{shape}</g>")
    missed = sum(1 for state, _ in visits if state == "gap")
    return mark_safe(
        f'<svg class="strip28 visits" viewBox="0 0 {max(len(visits) * 12, 12)} 18" preserveAspectRatio="xMinYMid" '
        'role="img" '
        f'aria-label="最近 {len(visits)} 次，没采到 {missed} 次">{"".join(cells)}</svg>'
    )


def span_bar(half: float, most: float, full: float) -> SafeString:
    """A thin track: dark to where half are, light to nine in ten. `full` is the whole width, in the same unit."""
    one, two = (min(100.0, 100 * value / full) if full > 0 else 0.0 for value in (half, most))
    return mark_safe(
        '<svg class="spanbar" height="8" aria-hidden="true"><rect class="way" y="3.5" width="100%" height="1"/>'
        f'<rect class="most" y="1" width="{two:.1f}%" height="6"/><rect class="half" y="1" width="{one:.1f}%" '
        'height="6"/></svg>'
    )


def thin_bar(value: float, longest: float) -> SafeString:
    """A 6 px bar; the longest fills its column."""
    share = 100 * value / longest if longest > 0 else 0
    return mark_safe(
        f'<svg class="thinbar" height="8" aria-hidden="true"><rect x="0" y="1" width="{share:.1f}%" height="6"/></svg>'
    )


@dataclass(frozen=True)
class Column:
    """One bar of a column chart: posts of their own, copies beside them, the words under it (may be empty)."""

    own: int
    copies: int
    label: str


@dataclass(frozen=True)
class Flag:
    """What happened in one column, said over it: a line of the rules was met (solid) or half of it (hollow)."""

    place: int
    words: str
    solid: bool = True


def columns(
    data: Sequence[Column], *, name: str, flags: Sequence[Flag] = (), silent: Sequence[tuple[int, int]] = ()
) -> SafeString:
    """Dark: posts of their own; light on top: copies. Grid at round numbers; the table stands behind `数据表`.

    `flags` stand over their columns; `silent` stretches (first, last column) are hatched.
    """
    high = max((c.own + c.copies for c in data), default=0)
    step = next(s * 10**p for p in range(8) for s in (1, 2, 5) if high <= 4 * s * 10**p) if high else 1
    top = max(step, -(-high // step) * step)
    over = 20.0 * len(flags)
    width, height, left = 860.0, 150.0 + over, 34.0
    slot = (width - left) / max(len(data), 1)
    room = height - 14 - over
    parts = [f'<svg class="chart" viewBox="0 0 {width:.0f} {height + 26:.0f}" role="img" aria-label="{escape(name)}">']
    for line in range(0, top + 1, step):
        y = height - line / top * room
        kind = "axis" if line == 0 else "grid"
        parts.append(f'<line class="{kind}" x1="{left}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
        if line:
            parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{line}</text>')
    for first, last in silent:
        x, wide = left + first * slot, (last - first + 1) * slot
        parts.append(f'<rect class="silent" x="{x:.1f}" y="{height - 24:.1f}" width="{wide:.1f}" height="24"/>')
    for place, column in enumerate(data):
        x = left + place * slot
        own = column.own / top * room
        copies = column.copies / top * room
        bar = max(slot - 3, 1)
        parts.append(
            f'<rect class="own" x="{x:.1f}" y="{height - own:.1f}" width="{bar:.1f}" height="{own:.1f}"/>'
            f'<rect class="copy" x="{x:.1f}" y="{height - own - copies:.1f}" width="{bar:.1f}" height="{copies:.1f}"/>'
        )
        if column.label:
            parts.append(f'<text x="{x:.1f}" y="{height + 18:.1f}">{escape(column.label)}</text>')
    parts += [_flag(flag, left + (flag.place + 0.5) * slot, 14 + 20 * n, height) for n, flag in enumerate(flags)]
    parts.append("</svg>")
    return mark_safe("".join(parts))


def _flag(flag: Flag, x: float, y: float, height: float) -> str:
    """A triangle with its words at its side, a dotted line down to its column."""
    right = x < 480
    words = f'x="{x + (10 if right else -10):.1f}" text-anchor="{"start" if right else "end"}"'
    return (
        f'<line class="down" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 2:.1f}" y2="{height:.1f}"/>'
        f'<path class="{"flag" if flag.solid else "flag half"}" d="M{x - 5:.1f} {y - 10:.1f}h10l-5 9z"/>'
        f'<text class="strong" {words} y="{y:.1f}">{escape(flag.words)}</text>'
    )


@dataclass(frozen=True)
class Stop:
    """One point of the anchor line: its name, what stands under it, its kind (event, public, detected, now)."""

    name: str
    under: str
    kind: str
    known: bool = True
    strong: bool = False


def anchor_line(
    stops: Sequence[Stop], *, lost: tuple[int, int] | None, lost_words: str, width: int = 440
) -> SafeString:
    """The stops in order on one line; between stops `lost` (indices) it is hatched and says its minutes."""
    side = 34.0
    step = (width - 2 * side) / max(len(stops) - 1, 1)
    xs = [side + place * step for place in range(len(stops))]
    said = "；".join(f"{s.name} {s.under}" for s in stops) + (f"；{lost_words}" if lost_words else "")
    parts = [f'<svg class="anchorline" viewBox="0 0 {width} 84" role="img" aria-label="{escape(said)}">']
    for left, right, here, there in zip(stops, stops[1:], xs, xs[1:], strict=False):
        dashed = " unknown" if not (left.known and right.known) else ""
        parts.append(f'<line class="way{dashed}" x1="{here:.1f}" x2="{there:.1f}" y1="34" y2="34"/>')
    if lost is not None:
        x, far = xs[lost[0]], xs[lost[1]]
        parts.append(f'<rect class="lost" x="{x:.1f}" y="29" width="{far - x:.1f}" height="10"/>')
        parts.append(
            f'<text class="strong" x="{(x + far) / 2:.1f}" y="18" text-anchor="middle">{escape(lost_words)}</text>'
        )
    for stop, x in zip(stops, xs, strict=True):
        shape = {
            "detected": f'<rect x="{x - 5.5:.1f}" y="28.5" width="11" height="11"/>',
            "now": f'<line class="nowline" x1="{x:.1f}" x2="{x:.1f}" y1="25" y2="43"/>',
        }.get(stop.kind, f'<circle cx="{x:.1f}" cy="34" r="5.5"/>')
        if not stop.known:
            shape = f'<circle class="unknown" cx="{x:.1f}" cy="34" r="5.5"/>'
        weight = ' class="strong"' if stop.strong else ""
        parts.append(shape)
        parts.append(f'<text class="soft" x="{x:.1f}" y="60" text-anchor="middle">{escape(stop.name)}</text>')
        parts.append(f'<text{weight} x="{x:.1f}" y="77" text-anchor="middle">{escape(stop.under)}</text>')
    parts.append("</svg>")
    return mark_safe("".join(parts))


def ladder(stops: Sequence[tuple[float, str, str]], *, due: str, width: int = 730) -> SafeString:
    """A clock's rungs on its line: (share of the span, words over it, time). Past the due line it is hatched."""
    end = width * DUE_AT / 100
    said = "；".join(f"{time} {words}" for _, words, time in stops) + f"；{due} 到期"
    parts = [
        f'<svg class="ladder" viewBox="0 0 {width} 66" role="img" aria-label="{escape(said)}">',
        '<text class="soft" x="0" y="13">起算</text><text class="strong" x="0" y="33">0:00</text>',
        f'<rect class="track" x="0" y="46" width="{end:.0f}" height="9"/>',
        f'<rect class="late" x="{end:.0f}" y="46" width="{width - end - 1:.0f}" height="9"/>',
        '<line class="tick" x1="1" x2="1" y1="40" y2="60"/>',
        f'<line class="due" x1="{end:.0f}" x2="{end:.0f}" y1="38" y2="63"/>',
        f'<text class="soft" x="{end + 8:.0f}" y="13">到期</text>'
        f'<text class="strong" x="{end + 8:.0f}" y="33">{escape(due)} 超时</text>',
    ]
    right = end - 4  # where the next label to the left has to end
    for share, words, time in sorted(stops, reverse=True):
        x = end * share
        parts.append(f'<line class="tick" x1="{x:.0f}" x2="{x:.0f}" y1="40" y2="60"/>')
        place = min(x, right - 26)
        right = place - 26
        parts.append(f'<text class="soft" x="{place:.0f}" y="13" text-anchor="middle">{escape(words)}</text>')
        parts.append(f'<text class="strong" x="{place:.0f}" y="33" text-anchor="middle">{escape(time)}</text>')
    parts.append("</svg>")
    return mark_safe("".join(parts))
