"""维护: backups, room on the disk, what is kept how long, which version this is. Small files and a few rows."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from console.backup import nightly
from console.backup.faults import size_in_words
from console.database import keeper
from console.retention.kinds import kinds_of
from console.retention.running import DONE, PASS, in_words
from console.upgrade import news
from console.version import version
from office.diskroom import room
from office.pack.current import current_pack
from office.state import get_state

# What takes room in a home, in words; folders by name.
PLACES = (
    ("evidence", "发布凭据"),
    ("briefs", "简报成文"),
    ("imports", "导入的原文件"),
    ("inbox", "收件箱"),
    ("log", "日志"),
    ("backups", "升级前的副本"),
    ("drills", "演练"),
)
NEWS = 6


@dataclass(frozen=True)
class Kept:
    """A kind of things with how long it is kept and what of it stays longer."""

    name: str
    days: int
    needs: str


def facts(*, at: datetime) -> dict[str, Any]:
    """Everything the page shows."""
    return {
        "backup": nightly.standing(at=at),
        "backup_size": size_in_words(nightly.standing(at=at).size),
        "backup_dir": settings.BACKUP_DIR,
        "backup_at": settings.BACKUP_AT,
        "backup_keep": settings.BACKUP_KEEP,
        "backup_keys": settings.BACKUP_KEYS,
        "room": room(),
        "warn": settings.DISK_WARN,
        "stop": settings.DISK_STOP,
        "places": places(),
        **retention(),
        "version": version(),
        "news": news()[-NEWS:][::-1],
    }


def places() -> list[tuple[str, str]]:
    """What takes room, biggest first."""
    home = Path(settings.HOME)
    sizes = [("数据库", keeper().size())]
    sizes += [(words, sum(f.stat().st_size for f in (home / name).rglob("*") if f.is_file())) for name, words in PLACES]
    return [(words, size_in_words(size)) for words, size in sorted(sizes, key=lambda place: -place[1]) if size]


def retention() -> dict[str, Any]:
    """The rule, the last pass that was through, the last one that removed anything, whether one is under way."""
    policy = current_pack().policy
    kinds = [kind for kind in kinds_of(policy.retention) if kind.counted]
    done, removed = get_state(DONE), get_state("retention_removed")
    return {
        "kept": [Kept(kind.name, kind.days(policy.retention), kind.needs) for kind in kinds],
        "kept_by": policy.retention.source,
        "pass_at": datetime.fromisoformat(done["at"]) if isinstance(done, dict) else None,
        "pass_on": isinstance(get_state(PASS), dict),
        "removed_at": datetime.fromisoformat(removed["at"]) if isinstance(removed, dict) else None,
        "removed": in_words(removed) if isinstance(removed, dict) else "",
    }
