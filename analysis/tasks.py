"""Sweeps of analysis: read what is unread, file what is read. Each reads the clock once and leaves one line."""

from analysis.services.filing import file_posts
from analysis.services.reading import read_posts
from office import clock


def read() -> str:
    """Read posts nobody has read."""
    count = read_posts(at=clock.now())
    return f"判读 {count} 帖" if count else ""


def file() -> str:
    """File read posts under topics."""
    count = file_posts(at=clock.now())
    return f"归题 {count} 帖" if count else ""
