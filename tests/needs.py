"""What a test needs of the machine. In CI a missing part is an error: a test that was skipped there was not run."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def faketime() -> str:
    """libfaketime, which shows a process another wall clock."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        missing("libfaketime is not installed: apt install faketime")
    return str(found[0])


def chromium() -> str:
    """Debian's own browser; none is downloaded."""
    return shutil.which("chromium") or missing("chromium is not installed: apt install chromium")


def pango() -> None:
    """What WeasyPrint draws with."""
    names = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
    if not all(any(Path("/usr/lib").glob(f"*/{name}")) for name in names):
        missing("libpango is not installed: apt install libpango-1.0-0 libpangoft2-1.0-0")


def missing(sentence: str) -> NoReturn:
    if os.environ.get("CI"):
        raise AssertionError(sentence)
    pytest.skip(sentence)
