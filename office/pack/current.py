"""The pack in force, read once in a process."""

from functools import lru_cache

from django.conf import settings

from office.pack.loading import Pack, load_pack


def current_pack() -> Pack:
    """The pack that HUIYING_DISTRICT names. Raises PackError; read anew only by a new process."""
    return _pack(str(settings.DISTRICT))


@lru_cache(maxsize=4)
def _pack(name: str) -> Pack:
    return load_pack(name)
