"""The files of a home that belong into a backup, and copying them with their hash."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from console.backup.manifest import CHUNK, Entry

# What a home holds besides records: made anew, of the moment, or (keys) kept apart. Everything else is taken along.
LEFT_OUT = frozenset({"log", "run", "drills", "backups", "keys", "service.lock", "restored.json", "restore.part"})


def data_files(home: Path, *, of_database: Callable[[Path], bool], without: Path | None = None) -> Iterator[Path]:
    """Paths under `home`, in order, without the database and without the folder `without` (backups may lie inside)."""
    away = without.resolve() if without else None
    for top in sorted(home.iterdir()):
        if top.name in LEFT_OUT or of_database(top):
            continue
        if top.is_file():
            yield top.relative_to(home)
        for folder, inner, names in os.walk(top):
            inner[:] = sorted(name for name in inner if (Path(folder) / name).resolve() != away)
            if Path(folder).resolve() == away:
                inner.clear()
                continue
            for name in sorted(names):
                path = Path(folder) / name
                if path.is_file():
                    yield path.relative_to(home)


def copy_with_hash(source: Path, target: Path, *, name: str) -> Entry | None:
    """Copy what the file holds now; the entry says what was copied. None where the file has gone meanwhile."""
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as from_file:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with target.open("xb") as to_file:
                while piece := from_file.read(CHUNK):
                    to_file.write(piece)
                    digest.update(piece)
                    size += len(piece)
                to_file.flush()
                os.fsync(to_file.fileno())
    except FileNotFoundError:
        return None
    return Entry(name, size, digest.hexdigest())


def flush_folder(folder: Path) -> None:
    """What was renamed or made in a folder is on the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
