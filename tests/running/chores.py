"""Tasks for tests of the sweeps."""


def work() -> str:
    return "做了 1 件"


def rest() -> int:
    return 0


def fail() -> str:
    raise ValueError("坏了")
