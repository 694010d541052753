"""Making an installation ready: tables, the pack, the first account. Doing it twice changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.management import call_command

from console.pack_taking import settle_pack, write_rows
from console.upgrade import bring_up, waiting_migrations
from office.services.people import first_account


@dataclass(frozen=True)
class FirstLogin:
    """Told once, at the start that made it."""

    username: str
    password: str


def prepare(*, at: datetime, say: Callable[[str], object] = print) -> FirstLogin | None:
    """Bring the database up to this version, settle which pack holds, make the first account.

    Before the tables of an older version are changed, the database is copied to `<home>/backups/`. Raises PackError,
    BackupFault, OSError and database errors; each leaves what was there usable.
    """
    bring_up(at=at, say=say)
    take_in_pack(at=at, say=say)
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


def take_in_pack(*, at: datetime, say: Callable[[str], object] = str) -> None:  # str: nobody hears it
    """Settle which pack holds; write its units and sources where it differs from the last one written."""
    write_rows(settle_pack(at=at, say=say), at=at)
