"""Tasks for tests of the sweeps."""

import time

from django.conf import settings


def work() -> str:
    return "做了 1 件"


def toil() -> str:
    """A batch that takes a while."""
    time.sleep(0.12)
    return "做了 500 件"


def rest() -> int:
    return 0


def fail() -> str:
    raise ValueError("坏了")


def slow() -> str:
    """Writes when it began and when it ended."""
    diary = settings.HOME / "diary"
    with diary.open("a", encoding="utf-8") as file:
        file.write("begun ")
    time.sleep(1)
    with diary.open("a", encoding="utf-8") as file:
        file.write("ended ")
    return "做完"
