"""The stored copy of what was published: one file per content under HUIYING_HOME/evidence, named by its hash."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from office.errors import Refused

LARGEST = 30 * 1024 * 1024  # bytes; a saved page, a photo or a PDF, never a film
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")


@dataclass(frozen=True)
class Copy:
    """Where a copy stands (`path` relative to HUIYING_HOME), what it was called, and its SHA-256."""

    path: str
    name: str
    sha256: str


def keep_copy(content: bytes, name: str) -> Copy:
    """Write the copy durably before its row is written; the same content twice is one file.

    Raises Refused for an empty or too large file, and in a sentence where the disk does not take it.
    """
    if not content:
        raise Refused("缺少存档：请保存网页副本，或上传文件。")
    if len(content) > LARGEST:
        raise Refused("存档文件超过 30 MB，请上传网页副本、图片或 PDF。")
    sha256 = hashlib.sha256(content).hexdigest()
    found = _SUFFIX.search(name)
    relative = Path("evidence") / sha256[:2] / f"{sha256}{found.group().lower() if found else ''}"
    target = Path(settings.HOME) / relative
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            fresh = target.with_name(f".{target.name}.{os.getpid()}")
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
    except OSError as error:
        raise Refused(f"存档没有写下来（{error.strerror}），请清理磁盘后再填报；填写的内容没有丢。") from error
    return Copy(str(relative), Path(name.replace("\\", "/")).name[:200], sha256)


def read_copy(path: str, sha256: str) -> bytes:
    """The stored copy, checked against its hash. Raises Refused where it is gone or was changed."""
    home = Path(settings.HOME).resolve()
    target = (home / path).resolve()
    if home / "evidence" not in target.parents:
        raise Refused("存档的位置不对。")
    try:
        content = target.read_bytes()
    except OSError as error:
        raise Refused(f"存档文件读不到（{error.strerror}）。") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused("存档文件与填报时的指纹不符，可能被改动过，不能作为凭据。")
    return content
