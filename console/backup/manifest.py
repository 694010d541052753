"""The list that lies in every backup: what is in it, from which version, and a hash of every file.

Signed with a key derived from the installation's own, which is kept apart: a list that was altered is told from the
true one, and so is every file it names. Shape: `manifest.json`, keys as of `Manifest`.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from console.backup.faults import BackupFault

FORMAT = 1
NAME = "manifest.json"
SIGNING_KEY = "django.key"  # the file of `<home>/keys` the signature is derived from
CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One file of a backup: path under its folder, bytes, SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Times are ISO 8601. `keys`: name and SHA-256 of each key file kept apart; `rows`: table and number of rows."""

    name: str
    made_at: str
    version: str
    district: str
    pack_digest: str
    database: str
    database_file: str
    migrations: tuple[str, ...]
    rows: Mapping[str, int]
    trail_rows: int
    trail_faults: tuple[str, ...]
    keys: Mapping[str, str]
    nightly: bool
    files: tuple[Entry, ...]
    format: int = FORMAT
    signature: str = field(default="")

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files)

    def signed(self, key: bytes) -> "Manifest":
        return replace(self, signature=self._signature(key))

    def is_signed_by(self, key: bytes) -> bool:
        return hmac.compare_digest(self.signature, self._signature(key))

    def _signature(self, key: bytes) -> str:
        told = asdict(replace(self, signature=""))
        words = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
        derived = hashlib.sha256(b"huiying backup\0" + key).digest()
        return hmac.new(derived, words, hashlib.sha256).hexdigest()

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def read_manifest(folder: Path) -> Manifest:
    """The list of a backup. Raises BackupFault where it is missing, cut, or of a form this version does not know."""
    path = folder / NAME
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if int(told["format"]) > FORMAT:
            raise BackupFault(f"E44 {folder.name} 是较新版本的程序做的备份，请先升级程序再恢复。")
        files = tuple(Entry(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in told.pop("files"))
        told |= {name: tuple(told[name]) for name in ("migrations", "trail_faults")}
        return Manifest(**told, files=files)
    except FileNotFoundError as error:
        raise BackupFault(f"E43 {folder} 不是一份完整的备份：里面没有 {NAME}。") from error
    except OSError as error:
        raise BackupFault(f"E41 {path} 读不出来（{error.strerror}）。") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupFault(f"E43 {path} 残缺或被改过，这份备份不能用；请换一份。") from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()
