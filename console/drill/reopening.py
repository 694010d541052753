"""A drill that is over, under a later version of the service: its tables are brought up, or it says why it stays shut.

The drill's own process does it before anybody is let in and leaves `<folder>/tables.json`:
`{"tables": mark of this version's tables, "refused": sentence or ""}`; console and pages wait for it.
"""

import hashlib
import time
from functools import cache
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader

from console.drill.home import read_json, write_json
from console.installation import renew_tables
from console.journal import log
from office.errors import Refused
from office.pack import PackError
from office.pack.current import current_pack

NOTHING = "这场演练没有演起来，没有可看的内容，可以删除。"
NEWER = "这场演练是较新的版本留下的，现在的版本打不开；请换回较新的版本，或删除这场演练。"
NOT_RENEWED = "这场演练是旧版本留下的，数据表没有更新成功，打不开；其他数据不受影响，可以删除这场演练再演一次。"
OLD_PACK = "这场演练是旧版本留下的，其中的辖区资料不合现在的格式，打不开；可以删除这场演练再演一次。"


@cache
def tables_mark() -> str:
    """A short mark of the tables this version knows; the same in every process of one version."""
    leaves = sorted(MigrationLoader(None).graph.leaf_nodes())
    return hashlib.sha256(repr(leaves).encode()).hexdigest()[:16]


def reopen(folder: Path) -> None:
    """Bring this process's database, that of the drill in `folder`, up to this version, and leave word of it."""
    leave_word(folder, refused=_brought_up())


def leave_word(folder: Path, *, refused: str = "") -> None:
    write_json(folder / "tables.json", {"tables": tables_mark(), "refused": refused})


def word(folder: Path) -> str | None:
    """Why the drill can not be read; empty where it can; None where its process has not said yet."""
    told = read_json(folder / "tables.json")
    return str(told.get("refused") or "") if told.get("tables") == tables_mark() else None


def await_readable(folder: Path, *, seconds: float) -> None:
    """Wait for the word of `reopen`. Raises Refused: the drill can not be read, or is not ready yet."""
    until = time.monotonic() + seconds
    while (refused := word(folder)) is None:
        if time.monotonic() > until:
            raise Refused("演练的数据表还在更新，请过几秒再点一次。")
        time.sleep(0.2)
    if refused:
        raise Refused(refused)


def _brought_up() -> str:
    """An empty word, or the sentence of what is wrong."""
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return NOTHING
    try:
        if _newer():
            return NEWER
        renew_tables()
    except (DatabaseError, BadMigrationError, InconsistentMigrationHistory, OSError) as fault:
        log("drill_not_reopened", level="error", error=fault)
        return NOT_RENEWED
    try:
        current_pack()
    except PackError as fault:
        log("drill_not_reopened", level="error", error=fault)
        return OLD_PACK
    return ""


def _newer() -> bool:
    """Whether the database has seen steps this version does not know."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    ours = {app for app, _ in known}
    return any(app in ours and (app, name) not in known for app, name in loader.applied_migrations or {})
