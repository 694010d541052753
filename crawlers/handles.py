"""Authors only as keyed handles (domain.md G; rules.md 1). The keys lie beside the database, never in it. No Django.

HMAC-SHA-256 over platform and author. The key changes every quarter and its number says which: year × 10 + quarter.
For 60 days after a change a handle is also given under the key before, so that windows do not break; after that the
older key is removed from the file, and long-term linking with it.
"""

import hmac
import json
import os
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

OVERLAP = timedelta(days=60)


@dataclass(frozen=True)
class Keys:
    """The key in force with its number, and the one before while the overlap lasts."""

    number: int
    secret: bytes
    before: bytes | None = None

    def handle(self, platform: str, author: str) -> tuple[str, int, str]:
        """(handle, key number, handle under the key before or empty); an empty author gives no handle."""
        name = unicodedata.normalize("NFKC", author).strip()
        if not name:
            return "", 0, ""
        old = _keyed(self.before, platform, name) if self.before else ""
        return _keyed(self.secret, platform, name), self.number, old


def _keyed(secret: bytes, platform: str, name: str) -> str:
    return hmac.digest(secret, f"{platform}\0{name}".encode(errors="surrogatepass"), "sha256").hex()


def quarter(at: datetime) -> int:
    """Number of the quarter: 2026-11-21 → 20264."""
    return at.year * 10 + (at.month - 1) // 3 + 1


def quarter_start(number: int, like: datetime) -> datetime:
    """First moment of a quarter, in the zone of `like`."""
    return like.replace(year=number // 10, month=number % 10 * 3 - 2, day=1, hour=0, minute=0, second=0, microsecond=0)


def single(secret: bytes) -> Keys:
    """One key for the whole of a replay, which runs over years (rules.md 1)."""
    return Keys(1, secret)


def read_keys(path: Path, *, at: datetime) -> Keys:
    """The keys of this quarter from the file, without changing it. Raises KeyError where the quarter has none."""
    return _pick(json.loads(path.read_text(encoding="ascii")), at)


def current_keys(path: Path, *, at: datetime) -> Keys:
    """The keys of this quarter; makes the file and the quarter's key on first use, and removes keys past their time.

    Two processes at once agree: a new file is linked into place only where none stood, a change is renamed over.
    """
    now = quarter(at)
    stored: dict[str, str] = {}
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keep = {n: k for n, k in stored.items() if int(n) >= now or _overlaps(int(n), at)}
    if str(now) in keep and keep == stored:
        return _pick(keep, at)
    keep.setdefault(str(now), secrets.token_hex(32))
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        json.dump(keep, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        if stored:
            fresh.replace(path)
        else:
            os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        fresh.unlink(missing_ok=True)
    return _pick(json.loads(path.read_text(encoding="ascii")), at)


def _overlaps(number: int, at: datetime) -> bool:
    """Whether the key of this older quarter is the one just before and still within its 60 days."""
    now = quarter(at)
    before = now - 1 if now % 10 > 1 else now - 7
    return number == before and at < quarter_start(now, at) + OVERLAP


def _pick(stored: dict[str, str], at: datetime) -> Keys:
    now = quarter(at)
    before = next((bytes.fromhex(k) for n, k in stored.items() if _overlaps(int(n), at)), None)
    return Keys(now, bytes.fromhex(stored[str(now)]), before)
