"""The keys of an installation in one file of their own, apart from the backup they belong to.

Whoever has a backup alone cannot link handles to people; whoever has both can. `{"for", "made_at", "files": {name:
base64}}`, readable by its owner alone.
"""

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.backup.faults import BackupFault
from console.backup.manifest import SIGNING_KEY, Manifest

SUFFIX = ".keys.json"


@dataclass(frozen=True)
class KeyFile:
    """Key files by name."""

    files: dict[str, bytes]

    @property
    def signing_key(self) -> bytes:
        return self.files[SIGNING_KEY]

    @property
    def digests(self) -> dict[str, str]:
        return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(self.files.items())}


def keys_of(home: Path) -> KeyFile:
    """The keys as they lie in a home; pieces of a key just being written are left out."""
    found = {
        path.name: path.read_bytes()
        for path in sorted((home / "keys").iterdir())
        if path.is_file() and not path.suffix[1:].isdigit()
    }
    return KeyFile(found)


def write_keys(keys: KeyFile, path: Path, *, backup: str, at: datetime) -> None:
    """Whole or not at all."""
    told = {
        "for": backup,
        "made_at": at.isoformat(),
        "files": {name: base64.b64encode(content).decode("ascii") for name, content in keys.files.items()},
    }
    fresh = path.with_name(f"{path.name}.part")
    fresh.unlink(missing_ok=True)
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def read_keys(path: Path) -> KeyFile:
    """Raises BackupFault where the file is cut or no key file."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        keys = KeyFile({str(name): base64.b64decode(text, validate=True) for name, text in told["files"].items()})
        if any("/" in name or name.startswith(".") for name in keys.files) or SIGNING_KEY not in keys.files:
            raise ValueError
    except OSError as error:
        raise BackupFault(f"E41 密钥文件 {path} 读不出来（{error.strerror}）。") from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BackupFault(f"E43 密钥文件 {path} 残缺或被改过。") from error
    return keys


def belongs(keys: KeyFile, manifest: Manifest) -> bool:
    """Whether these are the keys the backup was made with."""
    return keys.digests == dict(manifest.keys)
