"""Putting a backup back: everything is checked first, nothing is changed until all of it has proved right."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from console.backup.faults import BackupFault, no_room, size_in_words, told_plainly
from console.backup.files import LEFT_OUT, copy_with_hash
from console.backup.keyfile import SUFFIX, KeyFile, belongs, read_keys
from console.backup.making import FOLDER, SPARE, Facts, facts_of
from console.backup.manifest import SIGNING_KEY, Manifest, read_manifest, sha256_of
from console.database import keeper
from console.version import as_numbers, version
from office.pack.current import current_pack
from office.pack.errors import PackError
from office.pack.kept import FOLDER as TAKEN

PART = "restore.part"
NOTE = "restored.json"  # read at the next start, which puts the restoring on the trail
PACKS = "packs"  # where a pack that differs from this machine's own is laid down


@dataclass(frozen=True)
class Restored:
    """What was put back. `pack`: where the backup's own pack lies, if this machine's differs; `older`: steps behind."""

    manifest: Manifest
    facts: Facts
    pack: Path | None
    older: int
    with_keys: bool


def restore_backup(asked: Path, *, at: datetime, keys_path: Path | None = None, without_keys: bool = False) -> Restored:
    """Fill the empty home of this installation from a backup. The caller holds the lock of the home.

    Raises BackupFault, before anything is changed, for a home that is not empty, a backup that is cut, altered or of
    a newer version, missing keys, too little room.
    """
    folder = newest_in(asked)
    refuse_full_home()
    manifest = read_manifest(folder)
    refuse_newer(manifest)
    keys = _keys_for(folder, manifest, keys_path=keys_path, without=without_keys)
    with told_plainly(folder):
        _check_files(folder, manifest)
    facts = _check_database(folder, manifest)
    if shutil.disk_usage(settings.HOME).free < manifest.size + SPARE:
        raise BackupFault(no_room(settings.HOME, manifest.size + SPARE))
    pack = _pack_that_differs(manifest)
    with told_plainly(settings.HOME):
        _lay_down(folder, manifest, keys, at=at, pack=pack)
    unseen = set(_known_migrations()) - set(manifest.migrations)
    return Restored(manifest, facts, settings.HOME / PACKS / pack if pack else None, len(unseen), keys is not None)


def newest_in(asked: Path) -> Path:
    """The backup itself, or the newest one in a folder of backups. Raises BackupFault where there is none."""
    if (asked / "manifest.json").exists() or FOLDER.fullmatch(asked.name):
        return asked
    found = sorted(path for path in asked.glob("huiying-*") if FOLDER.fullmatch(path.name))
    if not found:
        raise BackupFault(f"E43 {asked} 里没有备份。备份是名为 huiying-年月日T时分秒Z 的文件夹。")
    return found[-1]


def refuse_full_home() -> None:
    """Only an empty home takes a backup. A key made by this very command does not count, nor does a broken restore."""
    home: Path = settings.HOME
    begun = (home / PART).exists() and not keeper().is_there()
    if begun:
        return
    own = {*LEFT_OUT, settings.BACKUP_DIR.name} if settings.BACKUP_DIR else LEFT_OUT
    there = [path.name for path in sorted(home.iterdir()) if path.name not in own] if home.is_dir() else []
    there += [f"keys/{path.name}" for path in sorted(home.glob("keys/*")) if path.name != SIGNING_KEY]
    if there:
        shown = "、".join(there[:5]) + ("……" if len(there) > 5 else "")
        raise BackupFault(
            f"E46 数据目录 {home} 不是空的（有 {shown}），没有恢复。"
            "请把它整个移到一边保存，或用 HUIYING_HOME 指一个新目录，再恢复。"
        )


def refuse_newer(manifest: Manifest) -> None:
    """A backup of an older version can be brought up; one of a newer version can not be brought down."""
    if manifest.database != keeper().kind:
        raise BackupFault(f"E44 备份里是 {manifest.database} 数据库，本机用的是 {keeper().kind}，不能恢复。")
    unknown = sorted(set(manifest.migrations) - set(_known_migrations()))
    if unknown or as_numbers(manifest.version) > as_numbers(version()):
        raise BackupFault(
            f"E44 这份备份由较新的版本 {manifest.version} 所做（本机 {version()}"
            f"{f'，不认识 {len(unknown)} 步数据库变化' if unknown else ''}）。请先把程序升级到那个版本，再恢复。"
        )


def _known_migrations() -> Iterator[str]:
    return (f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations)


def _keys_for(folder: Path, manifest: Manifest, *, keys_path: Path | None, without: bool) -> KeyFile | None:
    """The keys of this backup. Raises BackupFault where they are not there, not its own, or the list is not theirs."""
    places = [keys_path] if keys_path else [folder.with_name(f"{folder.name}{SUFFIX}"), *_keys_by_setting(folder.name)]
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        if without and keys_path is None:
            return None
        raise BackupFault(
            f"E47 恢复要两样东西：备份文件夹和密钥文件 {folder.name}{SUFFIX}。没有找到密钥文件"
            f"（找过 {'、'.join(str(path) for path in places)}）。请用 --keys 指出它在哪里。"
            "确实丢了的，用 --without-keys：作者代号从此接不上，已发出的链接失效，备份清单是否被改过也无从核对。"
        )
    keys = read_keys(found)
    if not belongs(keys, manifest):
        raise BackupFault(f"E47 密钥文件 {found} 不是这份备份的，或清单被改过。请找与 {folder.name} 同名的密钥文件。")
    if not manifest.is_signed_by(keys.signing_key):
        raise BackupFault(f"E43 {folder.name} 的清单被改过（签名不符），这份备份不能用；请换一份。")
    return keys


def _keys_by_setting(name: str) -> list[Path]:
    return [settings.BACKUP_KEYS / f"{name}{SUFFIX}"] if settings.BACKUP_KEYS else []


def _check_files(folder: Path, manifest: Manifest) -> None:
    """Sizes first, which finds a cut backup at once; then every hash."""
    for entry in manifest.files:
        path = folder / entry.path
        if ".." in Path(entry.path).parts or Path(entry.path).is_absolute():
            raise BackupFault(f"E43 备份清单里的路径 {entry.path} 不对，这份备份不能用。")
        if not path.is_file():
            raise BackupFault(f"E43 备份缺文件 {entry.path}，没有恢复；请换一份备份。")
        if (size := path.stat().st_size) != entry.size:
            raise BackupFault(
                f"E43 备份里的 {entry.path} 残缺：应有 {size_in_words(entry.size)}（{entry.size} 字节），"
                f"只有 {size} 字节。没有恢复；请换一份备份。"
            )
    for entry in manifest.files:
        if sha256_of(folder / entry.path) != entry.sha256:
            raise BackupFault(f"E43 备份里的 {entry.path} 与校验值不符，被改过或介质坏了。没有恢复；请换一份备份。")


def _check_database(folder: Path, manifest: Manifest) -> Facts:
    copy = folder / manifest.database_file
    if fault := keeper().fault_of(copy):
        raise BackupFault(f"E45 备份里的数据库有损坏（{fault}），没有恢复；请换一份备份。")
    facts = facts_of(copy)
    if facts.trail_faults and facts.trail_faults != manifest.trail_faults:
        raise BackupFault(f"E45 备份里的履历链核对不上（{facts.trail_faults[0]}），没有恢复；请换一份备份。")
    moved = [table for table, count in manifest.rows.items() if facts.rows.get(table, count) != count]
    if moved or facts.migrations != manifest.migrations:
        raise BackupFault("E43 备份里的数据库与清单所记的行数或版本不符，没有恢复；请换一份备份。")
    return facts


def _pack_that_differs(manifest: Manifest) -> str:
    """Name of the backup's pack where this machine's own is another one (or none)."""
    names = {Path(entry.path).parts[1] for entry in manifest.files if entry.path.startswith("pack/")}
    taken = any(entry.path.startswith(f"files/{TAKEN}/") for entry in manifest.files)
    if not names or (taken and manifest.district == str(settings.DISTRICT)):
        return ""  # the pack in force comes back with the home
    try:
        same = current_pack().digest == manifest.pack_digest
    except PackError:
        same = False
    return "" if same else names.pop()


def _lay_down(folder: Path, manifest: Manifest, keys: KeyFile | None, *, at: datetime, pack: str) -> None:
    """Copy beside, then rename, the database last: a home without one was not restored to the end, and says so."""
    home: Path = settings.HOME
    part = home / PART
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    try:
        for entry in manifest.files:
            if (place := _place_of(entry.path, manifest, pack)) is None:
                continue
            copied = copy_with_hash(folder / entry.path, part / place, name=entry.path)
            if copied != entry:
                raise BackupFault(f"E43 复制 {entry.path} 时内容变了，没有恢复。")
        if keys is not None:
            (part / "keys").mkdir(mode=0o700)
            for name, content in keys.files.items():
                _write_secret(part / "keys" / name, content)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    connections.close_all()
    database = part / manifest.database_file
    for path in sorted(part.iterdir()):
        if path != database:
            _replace(path, home / path.name)
    note = {"backup": manifest.name, "made_at": manifest.made_at, "version": manifest.version, "at": at.isoformat()}
    (home / NOTE).write_text(json.dumps({**note, "keys": keys is not None}, ensure_ascii=False), encoding="utf-8")
    keeper().put(database)
    part.rmdir()


def _place_of(path: str, manifest: Manifest, pack: str) -> Path | None:
    """Where a file of the backup goes in the home."""
    if path == manifest.database_file:
        return Path(path)
    top, _, rest = path.partition("/")
    if top == "files":
        return Path(rest)
    if top == "pack" and pack:
        return Path(PACKS) / rest
    return None


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():  # of a restore that was cut off, or the key this command made
        shutil.rmtree(target)
    source.rename(target)


def _write_secret(path: Path, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
