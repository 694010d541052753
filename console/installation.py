"""Making an installation ready: tables, the pack, the first account. Doing it twice changes nothing."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from crawlers.services import sync_sources
from office.pack.current import current_pack
from office.services.people import first_account
from office.services.units import sync_units
from office.state import get_state, set_state

COPIES_KEPT = 3


@dataclass(frozen=True)
class FirstLogin:
    """Told once, at the start that made it."""

    username: str
    password: str


def prepare(*, at: datetime, say: Callable[[str], object] = print) -> FirstLogin | None:
    """Bring the database up to this version, take in the pack where it changed, make the first account.

    Before the tables of an older version are changed, the database is copied to `<home>/backups/`. Raises PackError,
    OSError and database errors; each leaves what was there usable.
    """
    if pending := waiting_migrations():
        copy = copy_database(at=at)
        if copy:
            say(f"数据库要升级（{len(pending)} 步），升级前的副本：{copy}")
        call_command("migrate", interactive=False, verbosity=0)
    take_in_pack(at=at)
    first = first_account(at=at)
    return FirstLogin(first[0].username, first[1]) if first else None


def renew_tables() -> bool:
    """Bring the tables of a drill that is over up to this version: it stays readable after an upgrade.

    True where there was work. Only for who holds the drill's stage: one in play is made ready by its player.
    """
    if not waiting_migrations():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def take_in_pack(*, at: datetime) -> bool:
    """Load and check the pack; write its units and sources where it differs from the last one taken in."""
    pack = current_pack()
    if get_state("pack_digest") == pack.digest:
        return False
    sync_units(pack)
    sync_sources(pack, at=at)
    set_state("pack_digest", pack.digest, by=None, at=at)
    return True


def waiting_migrations() -> list[str]:
    """Migrations this database has not seen yet, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def copy_database(*, at: datetime) -> Path | None:
    """A consistent copy of an SQLite database with something in it; the newest three copies are kept."""
    if connection.vendor != "sqlite":
        return None
    source = Path(str(connection.settings_dict["NAME"]))
    if not source.exists() or not connection.introspection.table_names():
        return None
    folder = settings.HOME / "backups"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target: Path = folder / f"huiying-{at:%Y%m%dT%H%M%SZ}.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(target) as copy:
        connection.connection.backup(copy)
    copy.close()
    for old in sorted(folder.glob("huiying-*.sqlite3"))[:-COPIES_KEPT]:
        old.unlink()
    return target
