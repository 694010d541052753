"""The pack in force: the copy that was taken last, else (before any was taken) the one on the disk.

A process holds it between two looks. `look_again` is called between two pieces of work (a request, a sweep), so that
one piece of work sees one pack.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from office.pack.errors import PackError
from office.pack.kept import Kept, kept_pack, pointer_of
from office.pack.loading import Pack, load_pack


@dataclass(frozen=True)
class _Held:
    where: tuple[str, str]
    stamp: int
    pack: Pack


_held: _Held | None = None


def current_pack() -> Pack:
    """The pack in force. Raises PackError where none can be read."""
    if _held is not None and _held.where == _where():
        return _held.pack
    return renew_pack()


def renew_pack() -> Pack:
    """The pack in force, after a look whether another was taken. One that can not be read leaves the one held.

    Raises PackError where none is held and none can be read.
    """
    global _held
    where, home = _where(), Path(settings.HOME)
    stamp = _stamp(pointer_of(home))
    held = _held if _held is not None and _held.where == where else None
    if held is not None and held.stamp == stamp:
        return held.pack
    kept = kept_pack(home, district=where[1])
    pack = None
    if kept is not None:
        try:
            pack = _copy(kept)
        except PackError:  # of another version of the program, or spoilt: the next start takes one anew
            pack = None
    if pack is None:
        pack = held.pack if held is not None else _on_disk(where[1])
    _held = _Held(where, stamp, pack)
    return pack


def look_again() -> None:
    """Between two pieces of work: see whether another pack was taken. Who then needs one is told if there is none."""
    with suppress(PackError):
        renew_pack()


def _where() -> tuple[str, str]:
    return str(settings.HOME), str(settings.DISTRICT)


def _stamp(pointer: Path) -> int:
    try:
        return pointer.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=2)
def _copy(kept: Kept) -> Pack:
    return kept.load()


@lru_cache(maxsize=2)
def _on_disk(name: str) -> Pack:
    return load_pack(name)
