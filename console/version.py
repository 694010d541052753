"""Which version of the program this is: the number of pyproject.toml, read once."""

import tomllib
from functools import lru_cache

from django.conf import settings


@lru_cache(maxsize=1)
def version() -> str:
    """`0.1.0`."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def as_numbers(text: str) -> tuple[int, ...]:
    """`0.10.2` as (0, 10, 2), so that versions can be compared; letters behind a number do not count."""
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in text.split("."))
