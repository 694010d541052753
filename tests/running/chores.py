"""Tasks for tests of the sweeps."""

import time


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
