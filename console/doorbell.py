"""One unheard bell a sweep: what beats and workers keep in Redis beside the bells. Standard library only.

A bell says “look whether something is due”, so a second one of the same sweep behind the first says nothing more. Bells
that nobody hears (workers are away, or slower than they ring) would fill Redis and stand before those that count. The
mark goes with the bell: it is taken away by who hears it, lost where Redis is emptied, and over after `seconds`.
"""

from typing import Any

# Bells of one queue that wait at most, for each of its sweeps: those that were rung before their mark was over.
MOST = 5


def may_ring(redis: Any, name: str, *, queue: str, sweeps: int, seconds: int) -> bool:
    """Whether a bell for the sweep is to be rung now; the mark of it is set. `sweeps`: how many the queue has."""
    if int(redis.llen(queue)) >= MOST * sweeps:
        return False
    return bool(redis.set(_mark(name), 1, nx=True, ex=seconds))


def heard(redis: Any, name: str) -> None:
    """Somebody begins with the sweep: from now on a bell says something new."""
    redis.delete(_mark(name))


def _mark(name: str) -> str:
    return f"huiying:rung:{name}"
