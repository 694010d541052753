"""All of keeping an installation that depends on the kind of database: here SQLite, beside it `console.postgresql`.

Copies, looking into them, putting one in place, leaving no trace of what was removed. Making, restoring, upgrading and
removing ask `keeper` and nothing else.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from console.postgresql import Postgres

COPY = "backup_copy"  # alias under which a copy is looked into
STEP_PAGES = 512  # 2 MB: between two steps others get the disk and the processor
STEP_REST = 0.002  # seconds
FLUSH_EVERY = 16  # steps: what is written goes to the disk in small pieces, so that no commit waits behind a heap


class Sqlite:
    """One file. Copied by SQLite's own online backup inside one read transaction: a state, while others go on writing.

    The open transaction is what makes it end: without it every write of another process would start the copy anew.
    """

    kind = "sqlite"
    file = "huiying.sqlite3"

    @property
    def path(self) -> Path:
        return Path(str(connection.settings_dict["NAME"]))

    def is_there(self) -> bool:
        """Whether the home has a database with something in it."""
        return self.path.exists() and self.path.stat().st_size > 0

    def make(self) -> None:
        """Nothing to do: the file is made by its first table."""

    def drop(self, name: str) -> None:
        """Nothing to do: a drill's file goes with its folder."""

    def size(self) -> int:
        """Bytes a copy may take."""
        names = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(path.stat().st_size for path in names if path.exists())

    def holds(self, path: Path) -> bool:
        """Whether a file of the home belongs to the database, and is therefore not copied as a file."""
        return path.name.startswith(self.path.name)

    def copy(self, target: Path) -> None:
        """A consistent copy. Raises sqlite3.Error and OSError; what is half written is the caller's to remove."""
        target.touch(mode=0o600)
        fd = os.open(target, os.O_RDWR)  # kept open to the end: closing it would drop SQLite's own locks on the file
        try:
            with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as source:
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the transaction begins to read
                with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                    copy.execute("PRAGMA journal_mode=OFF")
                    copy.execute("PRAGMA synchronous=OFF")
                    steps = 0

                    def rest(status: int, remaining: int, total: int) -> None:
                        nonlocal steps
                        steps += 1
                        if steps % FLUSH_EVERY == 0:
                            os.fdatasync(fd)
                        time.sleep(STEP_REST)

                    source.backup(copy, pages=STEP_PAGES, progress=rest)
            os.fsync(fd)
        finally:
            os.close(fd)

    def fault_of(self, copy: Path) -> str:
        """What is damaged inside a copy, as SQLite says it; empty where nothing is."""
        try:
            with closing(sqlite3.connect(_unchanging(copy), uri=True)) as database:
                verdict = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.Error as error:
            return str(error)
        return "" if verdict == "ok" else verdict

    @contextmanager
    def looking_into(self, copy: Path) -> Iterator[str]:
        """An alias for questions to a copy, which is only read."""
        connections.databases[COPY] = {
            **connections[DEFAULT_DB_ALIAS].settings_dict,
            "NAME": _unchanging(copy),
            "OPTIONS": {},
        }
        try:
            yield COPY
        finally:
            with suppress(DatabaseError):
                connections[COPY].close()
            del connections[COPY]
            del connections.databases[COPY]

    @contextmanager
    def without_trace(self, *, at: datetime) -> Iterator[None]:
        """What is overwritten or deleted inside is overwritten in the file too, and leaves the write-ahead log."""
        with connection.cursor() as cursor:
            before = int(cursor.execute("PRAGMA secure_delete").fetchone()[0])
            cursor.execute("PRAGMA secure_delete=1")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA secure_delete={before}")
                if not connection.in_atomic_block:
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as far as no reader stands in the way

    def wipe(self, *, at: datetime) -> bool:
        """Nothing to do: what is removed on request is overwritten at once."""
        return False

    def put(self, copy: Path) -> None:
        """Make a copy the database of this home, which has none."""
        for tail in ("-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + tail).unlink(missing_ok=True)
        copy.replace(self.path)


def _unchanging(path: Path) -> str:
    """A file that nobody writes: no side files are made for it, so it may lie on a medium that can not be written."""
    return f"file:{quote(str(path))}?mode=ro&immutable=1"


def keeper() -> Sqlite | Postgres:
    """The keeper of the database this service runs on."""
    return Postgres() if connection.vendor == "postgresql" else Sqlite()
