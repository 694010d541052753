"""The stretches of a post that are heard one by one: all of a short one, a few sentences of a letter at a time."""

from datetime import timedelta

from analysis.text import Body

CURRENT = timedelta(hours=72)  # rules.md 3: begun within 72 h before the post, or still going on
NEWS = timedelta(days=10)  # rules.md 15: told as news of the last days
AHEAD = timedelta(minutes=30)  # told as beginning later than this after the post: an announcement
SHORT_POST = 140
LONG_POST = 260  # a letter of complaint; an emergency in it must carry its time
WHOLE, WINDOW = 200, 140  # longer posts are heard in windows of whole sentences


def windows(body: Body) -> list[tuple[int, int]]:
    """Bounds of the stretches, in order; a short post is one. None is inside another."""
    length = len(body.plain)
    if length <= WHOLE:
        return [(0, length)] if length else []
    bounds = [(s.start, s.end) for s in body.sentences()]
    found: list[tuple[int, int]] = []
    last = 0
    for number, (start, end) in enumerate(bounds):
        for _, further in bounds[number + 1 :]:
            if further - start > WINDOW:
                break
            end = further
        if end > last:
            found.append((start, end))
            last = end
    return found
