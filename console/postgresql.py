"""Keeping an installation whose rows lie in PostgreSQL: the same methods as `console.database.Sqlite`.

Copies are made and put back by the server's own pg_dump and pg_restore: one consistent state, while others go on
writing, readable by later versions of the server. To look into a copy it is put into a database of its own for as long.
"""

import errno
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from console.faults import BackupFault
from office.state import get_state, set_state

COPY = "backup_copy"  # alias under which a copy is looked into
TRACES = "traces"  # state: something was removed whose bytes may still lie in the tables' files
REMARK = "huiying: may be removed"  # on databases made for an hour, so that a person knows them


class Postgres:
    """One database of a server. Its role needs the right to make databases (`ALTER ROLE … CREATEDB`)."""

    kind = "postgresql"
    file = "huiying.pgdump"

    @property
    def name(self) -> str:
        return str(connection.settings_dict["NAME"])

    def is_there(self) -> bool:
        """Whether the database is there with something in it."""
        try:
            return "django_migrations" in connection.introspection.table_names()
        except DatabaseError:
            if self._exists(self.name):
                raise
            return False

    def make(self) -> None:
        """Make the database where the server has none of that name.

        Its own door is tried first: an account that may enter its own database alone needs nothing else to start.
        """
        wrapper: Any = connection  # Any: the stubs do not know the driver's module
        try:
            wrapper.Database.connect(**self._account(), autocommit=True).close()
        except wrapper.Database.OperationalError:
            with connection.wrap_database_errors:
                self._make_missing()

    def _make_missing(self) -> None:
        if not self._exists(self.name):
            self._elsewhere(f"CREATE DATABASE {_quoted(self.name)} ENCODING 'UTF8' TEMPLATE template0")

    def drop(self, name: str) -> None:
        """Remove a database of ours, whoever is connected to it."""
        connections.close_all()
        self._elsewhere(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def size(self) -> int:
        """Bytes a copy may take; a dump is compressed, so this is more than enough."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])

    def holds(self, path: Path) -> bool:
        """No file of the home belongs to the database; one of an embedded installation before it is left out too."""
        return path.name.startswith("huiying.sqlite3")

    def copy(self, target: Path) -> None:
        """A consistent copy. Raises OSError and BackupFault; what is half written is the caller's to remove."""
        target.touch(mode=0o600)
        self._program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", self.name)
        with target.open("rb") as file:
            os.fsync(file.fileno())

    def fault_of(self, copy: Path) -> str:
        """What is damaged in a copy, as pg_restore says it; empty where it can be read to its end."""
        try:
            self._program("pg_restore", "--file=/dev/null", str(copy))
        except (BackupFault, OSError) as fault:
            return str(fault)
        return ""

    @contextmanager
    def looking_into(self, copy: Path) -> Iterator[str]:
        """An alias for questions to a copy, in a database that goes afterwards."""
        name = f"{self.name}_copy_{secrets.token_hex(4)}"
        self._elsewhere(f"CREATE DATABASE {_quoted(name)} ENCODING 'UTF8' TEMPLATE template0")
        try:
            self._elsewhere(f"COMMENT ON DATABASE {_quoted(name)} IS '{REMARK}'")
            self._fill(name, copy)
            given = connections[DEFAULT_DB_ALIAS].settings_dict
            options = {key: value for key, value in given["OPTIONS"].items() if key != "pool"}
            connections.databases[COPY] = {**given, "NAME": name, "OPTIONS": options}
            yield COPY
        finally:
            if COPY in connections.databases:
                with suppress(DatabaseError):
                    connections[COPY].close()
                del connections[COPY]
                del connections.databases[COPY]
            self._elsewhere(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    @contextmanager
    def without_trace(self, *, at: datetime) -> Iterator[None]:
        """What is deleted inside leaves the tables' files too, by the next sweep (`wipe`): nobody waits for a page."""
        try:
            yield
        finally:  # once too often does no harm; a fault after the removal itself must not leave its traces
            set_state(TRACES, at.isoformat(), by=None, at=at)

    def wipe(self, *, at: datetime) -> bool:
        """Have the server clean up the tables' files now, not some day, where something was removed; True if so."""
        since = get_state(TRACES)
        if not since or connection.in_atomic_block:
            return False
        with connection.cursor() as cursor:
            for table in sorted(connection.introspection.table_names(cursor)):
                cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")
        if get_state(TRACES) == since:  # else something was removed meanwhile: once more
            set_state(TRACES, False, by=None, at=at)
        return True

    def put(self, copy: Path) -> None:
        """Make a copy the database of this home, which has none."""
        self.make()
        if self.is_there():
            raise BackupFault(
                f"E46 数据库 {self.name} 里已经有内容，没有恢复。请换一个空的库（HUIYING_DATABASE），再恢复。"
            )
        self._fill(self.name, copy)
        copy.unlink()

    def _fill(self, name: str, copy: Path) -> None:
        """All of it or nothing."""
        self._program(
            "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
            f"--dbname={name}", str(copy),
        )  # fmt: skip

    def _account(self) -> dict[str, Any]:
        given = connection.get_connection_params()
        return {key: value for key, value in given.items() if key not in ("cursor_factory", "context")}

    def _exists(self, name: str) -> bool:
        return bool(self._elsewhere("SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def _elsewhere(self, statement: str, values: list[Any] | None = None) -> Any:
        """Run a statement outside of every transaction, from a database that is always there."""
        wrapper: Any = connection  # Any: the stubs do not know the driver's module
        account = self._account() | {"dbname": "postgres"}
        with connection.wrap_database_errors, wrapper.Database.connect(**account, autocommit=True) as line:
            done = line.execute(statement, values)
            return done.fetchone() if done.description else None

    def _program(self, program: str, *words: str) -> None:
        """Run a program of the server's package, with the account of this installation."""
        path = shutil.which(program)
        if path is None:
            raise BackupFault(f"E41 没有找到 {program}：请安装 postgresql-client（不低于服务器的版本），再试。")
        given = connection.settings_dict
        env = {**os.environ, "PGPASSWORD": str(given["PASSWORD"]), "PGUSER": str(given["USER"])}
        env |= {name: str(given[key]) for name, key in (("PGHOST", "HOST"), ("PGPORT", "PORT")) if given[key]}
        done = subprocess.run([path, *words], env=env, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = done.stderr.strip().splitlines()[-1:] or [f"{program} {done.returncode}"]
        if "No space left on device" in done.stderr or "File too large" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise BackupFault(f"E41 {program} 没有做完（{said[0][:200]}）。")


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
