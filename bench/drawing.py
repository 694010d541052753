"""A plain line chart as SVG, for the pages of docs: a logarithmic line across, a plain one up from nought."""

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 64, 130, 48, 48
INKS = ("#1f5fa8", "#b4552d", "#3d7a4a")
DASHES = ("", "6 4", "2 3")  # a shape beside the colour


def lines(series: Mapping[str, Sequence[tuple[float, float]]], *, title: str, across: str, up: str) -> str:
    """One line per name through its points (across, up); every point has its value beside it."""
    xs = [x for points in series.values() for x, _ in points]
    top = 4 * math.ceil(max(y for points in series.values() for _, y in points) * 1.1 / 4)
    low, high = math.log10(min(xs)), math.log10(max(xs))

    def place(x: float, y: float) -> tuple[float, float]:
        share = (math.log10(x) - low) / ((high - low) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        f' font-size="13" fill="#222"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="16">{title}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{across}</text>',
        f'<text x="8" y="{TOP - 8}">{up}</text>',
    ]
    for number in range(5):
        _, y = place(min(xs), top * number / 4)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{top * number / 4:g}</text>')
    for x in sorted(set(xs)):
        parts.append(
            f'<text x="{place(x, 0)[0]:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{_short(x)}</text>'
        )
    for number, (name, points) in enumerate(series.items()):
        ink, dash = INKS[number % len(INKS)], DASHES[number % len(DASHES)]
        found = [place(x, y) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in found)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        for (x, y), (_, value) in zip(found, points, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}"/>')
            parts.append(f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle" fill="{ink}">{value:.2f}</text>')
        parts.append(f'<text x="{found[-1][0] + 12:.1f}" y="{found[-1][1] + 4:.1f}" fill="{ink}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _short(value: float) -> str:
    """A round number of posts in the words of a table: 1万, 100万."""
    return f"{value / 10_000:.0f}万"
