"""Which database the installation runs on: the embedded SQLite file, or PostgreSQL named by `HUIYING_DATABASE`."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from config.env import SettingError, envbool, envint, envtext

NAME = "HUIYING_DATABASE"
EXAMPLE = f"{NAME}=postgresql://huiying@127.0.0.1:5432/huiying"
PAGES = "HUIYING_PAGES"  # set by the service for its web processes

# Pages of 4 KB in the write-ahead log from which a commit writes them back to the file: SQLite's own number for sweeps.
# A web process leaves that to them, else whoever opens a post pays for what a sweep wrote (16 ms at the middle, 25 at
# the 95th percentile while posts are removed); 64 MB is its limit where no sweep comes.
WRITE_BACK, WRITE_BACK_OF_PAGES = 1_000, 16_000


def database(home: Path, *, drill: bool = False, replay: bool = False) -> dict[str, Any]:
    """The entry of DATABASES. Raises SettingError for an address that names no PostgreSQL database.

    A drill has a database of its own beside the service's. A replay always has a file in its own folder: one process
    plays it and throws it away, and a server's other users need not hear of it.
    """
    address = envtext(NAME)
    if not address or replay:
        return sqlite(home / "huiying.sqlite3", write_back=WRITE_BACK_OF_PAGES if envbool(PAGES, False) else WRITE_BACK)
    made = postgresql(address, envtext(f"{NAME}_PASSWORD"), connections=envint(f"{NAME}_POOL", 12, 1, 200))
    return made | {"NAME": envtext(f"{NAME}_NAME")} if drill else made


def sqlite(file: Path, *, write_back: int = WRITE_BACK) -> dict[str, Any]:
    """WAL lets pages read while a sweep writes; IMMEDIATE takes the write lock at BEGIN, so that a transaction never
    fails half-way for want of it; 20 s is what a locked database may take (docs/measurements.md)."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {
            "timeout": 20,
            # every statement of the sweeps stays prepared: parsing them again took a sixth of the time
            "cached_statements": 512,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            f" PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint={write_back};",
        },
    }


def postgresql(address: str, password: str, *, connections: int) -> dict[str, Any]:
    """`postgresql://user[:password]@host[:port]/name`; a socket's folder may stand as `?host=/run/postgresql`.

    `password` counts where the address has none. `connections`: how many one process holds at most.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise SettingError(f"E15 {NAME}={_masked(address)}：不是一个地址（{error}），例如 {EXAMPLE}") from error
    name = unquote(parts.path.lstrip("/"))
    host = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("host", "")
    if parts.scheme not in ("postgresql", "postgres") or not name or "/" in name:
        raise SettingError(f"E15 {NAME}={_masked(address)}：应为 postgresql://用户@主机:端口/库名，例如 {EXAMPLE}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or password,
        "HOST": unquote(host) or parts.hostname or "",
        "PORT": str(port or ""),
        # A pool keeps connections between requests and sweeps, and makes new ones where the server was restarted.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 10,
            "pool": {"min_size": 1, "max_size": connections, "timeout": 20, "max_idle": 300},
            # 20 s is what a lock may take, as on the embedded default; who dies in a transaction holds it no longer.
            # A machine that is lost without a word is noticed after a minute, and what it held is let go of.
            "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=300s"
            " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
        },
    }


def _masked(address: str) -> str:
    """The address without its password."""
    head, at, tail = address.rpartition("@")
    scheme, colon, rest = head.partition("://")
    return f"{scheme}{colon}{rest.partition(':')[0]}{at}{tail}" if at else address
