"""One-time links into a drill: a file per link in the drill's own folder, named by the digest of its token.

The parent writes it without touching the drill's database; removing the file is what uses the link up, so of two
visitors at once one comes in.
"""

import hashlib
import re
import secrets
import time
from pathlib import Path

LIVES = 600.0  # real seconds; the drill's own time runs much faster
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,80}")


def issue(folder: Path) -> str:
    """A fresh token."""
    token = secrets.token_urlsafe(24)
    place = folder / "entries"
    place.mkdir(mode=0o700, exist_ok=True)
    (place / _digest(token)).touch(mode=0o600)
    return token


def use(folder: Path, token: str) -> bool:
    """True once for a token that was issued in the last ten minutes."""
    if not TOKEN.fullmatch(token):
        return False
    path = folder / "entries" / _digest(token)
    try:
        age = time.time() - path.stat().st_mtime  # noqa: TID251 - real time: the drill's own runs away
        path.unlink()
    except FileNotFoundError:
        return False
    return age <= LIVES


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
