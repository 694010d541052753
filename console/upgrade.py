"""Bringing an installation up to this version: a copy first, then the tables, then what changed, said in Chinese.

Cut off anywhere (kill -9, power), the next start goes on: each step of the tables is one transaction, and the copy of
before stays the copy of before, however often it is tried.
"""

import json
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from console.backup.faults import BackupFault, no_room, told_plainly
from console.backup.restoring import NOTE as RESTORED
from console.backup.restoring import PART
from console.database import keeper
from console.version import version
from office import trail
from office.pack.current import current_pack
from office.state import get_state, set_state

COPIES_KEPT = 3
MARK = "upgrade.json"  # beside the copies: an upgrade has begun and was not finished
NEWS = settings.BASE_DIR / "docs" / "changes.zh.md"
TOLD = "news_told"  # how many lines of the news this installation has been told
Say = Callable[[str], object]


def bring_up(*, at: datetime, say: Say) -> None:
    """Tables as this version wants them. Raises BackupFault (a sentence) and database errors; both leave the old."""
    refuse_broken_restore()
    keeper().make()
    fresh = not keeper().is_there()
    refuse_newer_database()
    if pending := waiting_migrations():
        begun = time.monotonic()
        if not fresh:
            say(f"数据库要升级（{in_words(pending)}）。{_copy_of_before(at=at)}")
        call_command("migrate", interactive=False, verbosity=0)
        (settings.HOME / "backups" / MARK).unlink(missing_ok=True)
        if not fresh:
            say(f"数据库升级完成，用时 {time.monotonic() - begun:.0f} 秒。")
    tell_restored(at=at, say=say)
    tell_news(at=at, say=say, fresh=fresh)


def waiting_migrations(*, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Migrations this database has not seen yet, in order."""
    executor = MigrationExecutor(connections[using])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown_migrations() -> list[str]:
    """Migrations of this database that the program does not know: a newer version made them."""
    loader = MigrationExecutor(connection).loader
    applied = loader.applied_migrations or {}
    return sorted(f"{app}.{name}" for app, name in applied if (app, name) not in loader.disk_migrations)


def refuse_newer_database() -> None:
    if unknown := unknown_migrations():
        raise BackupFault(
            f"E14 数据库由较新的版本建立（有 {len(unknown)} 步本程序不认识，例如 {unknown[-1]}），没有启动。"
            "请换回较新的程序；要退回旧版本，用升级前的副本，见 docs/operations.md“升级”。"
        )


def refuse_broken_restore() -> None:
    """A restore that was cut off left a home without its database: starting would begin an empty one."""
    part = settings.HOME / PART
    if not part.exists():
        return
    if keeper().is_there():  # all but the last stroke was done
        shutil.rmtree(part, ignore_errors=True)
        return
    raise BackupFault("E48 上次恢复没有做完就中断了，没有启动。请再运行一次 manage.py restore，它会从头做好。")


def in_words(pending: list[str]) -> str:
    """`crawlers 2 步、office 1 步`."""
    apps: dict[str, int] = {}
    for name in pending:
        app = name.partition(".")[0]
        apps[app] = apps.get(app, 0) + 1
    return "、".join(f"{app} {count} 步" for app, count in sorted(apps.items()))


def copy_database(*, at: datetime) -> Path:
    """A consistent copy in `<home>/backups`, whole or not at all; the newest three are kept. Raises BackupFault."""
    base = keeper()
    folder = settings.HOME / "backups"
    with told_plainly(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < base.size():
            raise BackupFault(no_room(folder, base.size()))
        target: Path = folder / f"huiying-{at:%Y%m%dT%H%M%SZ}{Path(base.file).suffix}"
        part = target.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            base.copy(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    for old in sorted(folder.glob(f"huiying-*{target.suffix}"))[:-COPIES_KEPT]:
        old.unlink()
    return target


def _copy_of_before(*, at: datetime) -> str:
    """Where the state before the upgrade lies: made now, or at the first try of one that was cut off."""
    mark = settings.HOME / "backups" / MARK
    begun = _read(mark)
    if begun and Path(begun["copy"]).exists():
        return f"上次升级没有做完，接着做；升级前的副本仍是 {begun['copy']}"
    copy = copy_database(at=at)
    with told_plainly(mark.parent):
        fresh = mark.with_suffix(".new")
        fresh.write_text(json.dumps({"copy": str(copy), "at": at.isoformat(), "to": version()}), encoding="utf-8")
        fresh.replace(mark)
    return f"升级前的副本：{copy}"


def broken_off() -> dict[str, Any]:
    """The mark of an upgrade that was not finished: `{copy, at, to}`; empty where there is none."""
    return _read(settings.HOME / "backups" / MARK)


def tell_restored(*, at: datetime, say: Say) -> None:
    """The first start after a restore puts it on the trail; until then the database is the copy, row by row."""
    path = settings.HOME / RESTORED
    note = _read(path)
    if not note:
        return
    made_at = datetime.fromisoformat(note["made_at"]).astimezone(current_pack().zone)
    words = f"从备份 {note['backup']} 恢复（{made_at:%Y年%m月%d日 %H:%M} 所做）"
    trail.record(by=None, kind="backup.restored", at=at, object_kind="backup", object_id=note["backup"], text=words)
    path.unlink()
    say(f"{words}，已记入留痕。备份之后发生的事不在库里，请对照消息和简报补录。")


def news() -> list[str]:
    """What changed for the people who work here, oldest first: the lines of docs/changes.zh.md."""
    try:
        lines = NEWS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [line[2:].strip() for line in lines if line.startswith("- ")]


def tell_news(*, at: datetime, say: Say, fresh: bool) -> None:
    """Say each line once to each installation; a new one has nothing to compare with."""
    lines = news()
    told = get_state(TOLD, 0)
    if told == len(lines):
        return
    if not fresh and (unheard := lines[told:]):
        say("\n".join([f"这个版本（{version()}）有这些变化：", *(f"· {line}" for line in unheard)]))
    set_state(TOLD, len(lines), by=None, at=at)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
