"""Making a backup: written beside its place as `….part`, checked, renamed. It is whole or it is not there."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder

from console.backup import manifest as lists
from console.backup.faults import BackupFault, no_room, told_plainly
from console.backup.files import copy_with_hash, data_files, flush_folder
from console.backup.keyfile import SUFFIX, KeyFile, keys_of, write_keys
from console.backup.manifest import NAME, Entry, Manifest
from console.database import keeper
from console.version import version
from office import trail
from office.models import Trail
from office.pack.current import current_pack
from office.pack.errors import PackError

FOLDER = re.compile(r"huiying-[0-9]{8}T[0-9]{6}Z")
SPARE = 64 * 1024**2  # bytes kept free beside what a backup needs


@dataclass(frozen=True)
class Backup:
    """A finished backup, the file with its keys, and how long it took."""

    folder: Path
    keys: Path
    manifest: Manifest
    seconds: float


@dataclass(frozen=True)
class Facts:
    """What a copy of the database says of itself."""

    migrations: tuple[str, ...]
    rows: dict[str, int]
    trail_rows: int
    trail_faults: tuple[str, ...]


def make_backup(folder: Path, *, at: datetime, keys_folder: Path | None = None, nightly: bool = False) -> Backup:
    """Make `folder/huiying-<time>` and its key file; the service may run. Raises BackupFault, leaving nothing."""
    begun = time.monotonic()
    name = f"huiying-{at:%Y%m%dT%H%M%SZ}"
    keys_folder = keys_folder or folder
    if not keeper().is_there():
        raise BackupFault(f"E41 {settings.HOME} 里还没有数据库，没有可备份的。")
    with told_plainly(folder):
        for place in (folder, keys_folder):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with told_plainly(folder), one_at_a_time(folder):
        if (folder / name).exists():
            raise BackupFault(f"E41 {folder / name} 已经有了，请稍后再试。")
        for left in folder.glob("huiying-*.part"):  # of one that was cut off
            shutil.rmtree(left, ignore_errors=True)
        _ask_for_room(folder)
        part = folder / f"{name}.part"
        key_file = keys_folder / f"{name}{SUFFIX}"
        keys = keys_of(settings.HOME)
        try:
            part.mkdir(mode=0o700)
            made = _fill(part, name=name, keys=keys, at=at, nightly=nightly, away=folder)
            write_keys(keys, key_file, backup=name, at=at)
            part.rename(folder / name)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            key_file.unlink(missing_ok=True)
            raise
        flush_folder(folder)
    return Backup(folder / name, key_file, made, time.monotonic() - begun)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Two backups into one folder do not meet. Raises BackupFault where another one is at work."""
    with (folder / ".backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupFault(f"E42 另一个备份正在往 {folder} 写，等它做完再试。") from error
        yield


def _ask_for_room(folder: Path) -> None:
    base = keeper()
    files = data_files(settings.HOME, of_database=base.holds, without=folder)
    needed = base.size() + SPARE
    for path in files:
        try:
            needed += (settings.HOME / path).stat().st_size
        except FileNotFoundError:
            continue
    if shutil.disk_usage(folder).free < needed:
        raise BackupFault(no_room(folder, needed))


def _fill(part: Path, *, name: str, keys: KeyFile, at: datetime, nightly: bool, away: Path) -> Manifest:
    """Database first: whatever file a row of it names is there when the files are copied after it."""
    base = keeper()
    copy = part / base.file
    base.copy(copy)
    if fault := base.fault_of(copy):
        raise BackupFault(f"E45 数据库有损坏（{fault}），这份备份没有留下。请停下服务，用上一份备份恢复。")
    facts = facts_of(copy)
    entries: list[Entry | None] = [Entry(base.file, copy.stat().st_size, lists.sha256_of(copy))]
    for path in data_files(settings.HOME, of_database=base.holds, without=away):
        entries.append(copy_with_hash(settings.HOME / path, part / "files" / path, name=f"files/{path}"))
    entries += _copy_pack(part)
    made = Manifest(
        name=name,
        made_at=at.isoformat(),
        version=version(),
        district=str(settings.DISTRICT),
        pack_digest=_pack_digest(),
        database=base.kind,
        database_file=base.file,
        migrations=facts.migrations,
        rows=facts.rows,
        trail_rows=facts.trail_rows,
        trail_faults=facts.trail_faults,
        keys=keys.digests,
        nightly=nightly,
        files=tuple(entry for entry in entries if entry is not None),
    ).signed(keys.signing_key)
    with (part / NAME).open("x", encoding="utf-8") as file:
        file.write(made.text())
        file.flush()
        os.fsync(file.fileno())
    flush_folder(part)
    return made


def facts_of(copy: Path) -> Facts:
    """Ask a copy for its migrations, rows and the state of its trail. Raises BackupFault where it can not answer."""
    base = keeper()
    try:
        with base.looking_into(copy) as alias:
            seen = connections[alias]
            recorder = MigrationRecorder(seen)
            migrations = sorted(f"{app}.{name}" for app, name in recorder.applied_migrations())
            rows = {}
            with seen.cursor() as cursor:
                for table in sorted(seen.introspection.django_table_names(only_existing=True)):
                    cursor.execute(f"SELECT count(*) FROM {seen.ops.quote_name(table)}")
                    rows[table] = int(cursor.fetchone()[0])
            faults = trail.verify(using=alias)
            return Facts(tuple(migrations), rows, Trail.objects.using(alias).count(), tuple(faults[:20]))
    except DatabaseError as error:
        raise BackupFault(f"E45 备份里的数据库读不了（{error}）。") from error


def _copy_pack(part: Path) -> list[Entry | None]:
    """The district's data in force: an office may have changed them."""
    try:
        pack = current_pack()
    except PackError:
        return []
    return [
        copy_with_hash(path, part / "pack" / pack.name / path.name, name=f"pack/{pack.name}/{path.name}")
        for path in sorted(pack.path.iterdir())
        if path.is_file() and path.suffix in (".yaml", ".csv", ".json", ".txt")
    ]


def _pack_digest() -> str:
    try:
        return current_pack().digest
    except PackError:
        return ""
