"""How many pages a brief makes as it stands: counted by drawing it, in the child that makes the PDF."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

from django.conf import settings

from reports.document import pages_about
from reports.html import draw_html
from reports.models import Brief
from reports.pdf_words import CANNOT, PAGES
from reports.services.documents import PDF_SECONDS, document

_one = Lock()  # one drawing at a time: it takes a core for some seconds


@dataclass(frozen=True)
class Paged:
    """`pages` as drawn, and the page each section begins on; `pages` 0 where it could not be drawn: `why`, `about`."""

    about: int
    pages: int = 0
    starts: dict[str, int] = field(default_factory=dict)
    why: str = ""


class _Failed(Exception):
    """Not counted this time; not to be remembered."""


def pages_of(brief: Brief) -> Paged:
    """The pages of the brief as it is stored; takes some seconds the first time after each change."""
    drawn = document(brief)
    about = pages_about(drawn)
    try:
        with _one:
            pages, starts = _count(draw_html(drawn))
    except _Failed as error:
        return Paged(about, why=str(error))
    return Paged(about, pages, dict(starts))


@lru_cache(maxsize=16)
def _count(html: str) -> tuple[int, tuple[tuple[str, int], ...]]:
    command = [sys.executable, "-m", "reports.pdf_child", PAGES]
    try:
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, input=html.encode(), capture_output=True, timeout=PDF_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _Failed(f"数页数超过 {PDF_SECONDS} 秒，已放弃") from error
    if done.returncode == CANNOT:
        raise _Failed("本机不能生成 PDF")
    if done.returncode:
        raise _Failed("数页数出错")
    told = json.loads(done.stdout)
    return told["pages"], tuple(told["starts"].items())
