"""The pack in force as it was taken: a copy under `<home>/pack-taken/`, so that a change on the disk changes nothing
by itself. Pure: files only.

`<home>/pack-taken/<digest>/` holds the six files whole (also those the pack borrowed); `current.json` names the one in
force: {folder, name, district, digest}. `district` is the setting under which it was taken: another setting is another
pack.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from office.pack.errors import PackError
from office.pack.loading import Pack, digest_of, files_of, load_pack

FOLDER = "pack-taken"
POINTER = "current.json"
COPIES = 5  # kept beside the one in force


@dataclass(frozen=True)
class Kept:
    """Where the copy lies, and what the pack is called."""

    folder: Path
    name: str
    digest: str

    def load(self) -> Pack:
        """The copy as a pack. Raises PackError."""
        return load_pack(self.folder, name=self.name, whole=True)


def pointer_of(home: Path) -> Path:
    return home / FOLDER / POINTER


def kept_pack(home: Path, *, district: str) -> Kept | None:
    """The copy in force under this setting; None where none was taken, or it is gone."""
    try:
        told = json.loads(pointer_of(home).read_text(encoding="utf-8"))
        kept = Kept(home / FOLDER / Path(str(told["folder"])).name, str(told["name"]), str(told["digest"]))
        said = str(told["district"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if said == district and kept.folder.is_dir() else None


def keep_pack(pack: Pack, home: Path, *, district: str) -> Kept:
    """Copy the files beside, then name the copy the one in force: a reader sees the old or the new.

    Raises OSError, and PackError where the files were changed since they were read.
    """
    place = home / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = place / pack.digest[:16]
    if not folder.is_dir():
        part = place / f".{pack.digest[:16]}.{os.getpid()}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, source in files_of(pack).items():
            if name == "policy.yaml" and pack.amended is not None:
                (part / name).write_bytes(pack.amended)
            else:
                shutil.copyfile(source, part / name)
        if digest_of(part) != pack.digest:
            raise PackError("资料包的文件正在被改写，请等改完再采用")
        part.rename(folder)
    kept = Kept(folder, pack.name, pack.digest)
    told = {"folder": folder.name, "name": pack.name, "district": district, "digest": pack.digest}
    fresh = place / f"{POINTER}.{os.getpid()}"
    fresh.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    fresh.replace(place / POINTER)
    _drop_old(place, but=folder)
    return kept


def _drop_old(place: Path, *, but: Path) -> None:
    copies = sorted((p for p in place.iterdir() if p.is_dir() and p != but), key=lambda p: p.stat().st_mtime)
    for folder in copies[:-COPIES]:
        shutil.rmtree(folder, ignore_errors=True)
