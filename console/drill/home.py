"""The folder of a drill and what its processes are told. Standard library only: the supervisor reads it too.

`<home>/drills/<name>/`: drill.json (what was asked for), progress.json (how far it is), clock.json (its time),
pack/ (the district as the drill sees it), report.json (what it came to), entries/ (one-time links), and the database,
inbox, keys and logs of a home like any other. `<home>/drills/wanted.json` names the drill whose pages are served.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NAME = re.compile(r"drill-[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")
PLAYING = ("starting", "running")  # states in which time moves; the others: ended, failed


def drills_folder(home: Path) -> Path:
    return home / "drills"


def folder_of(home: Path, name: str) -> Path | None:
    """The folder of the drill of that name; None where there is none (the name comes from an address)."""
    folder = drills_folder(home) / name
    return folder if NAME.fullmatch(name) and (folder / "drill.json").is_file() else None


def folders(home: Path) -> list[Path]:
    """All drills, newest first."""
    if not drills_folder(home).is_dir():
        return []
    found = (folder_of(home, path.name) for path in drills_folder(home).iterdir())
    return sorted((folder for folder in found if folder is not None), key=lambda folder: folder.name, reverse=True)


def environment(folder: Path, *, listen: str) -> dict[str, str]:
    """What a drill's processes find in the environment instead of the service's own: no real channel ever.

    `listen`: host:port of its pages. The port of the authored site is handed over by the parent (rules.md 11).
    """
    asked = read_json(folder / "drill.json")
    host = urlsplit(os.environ.get("HUIYING_URL", "")).hostname or listen.rpartition(":")[0]
    proxied = os.environ.get("HUIYING_DRILL_URL", "")
    host = "127.0.0.1" if host in ("0.0.0.0", "[::]", "::") else host
    return {
        "HUIYING_HOME": str(folder),
        "HUIYING_DISTRICT": str(folder / "pack"),
        "HUIYING_DRILL": "1",
        "HUIYING_DATABASE_NAME": database_of(folder),
        "HUIYING_CLOCK_FILE": str(folder / "clock.json"),
        "HUIYING_LOOPBACK": f"127.0.0.1:{int(asked.get('site_port', 0))}",
        "HUIYING_LISTEN": listen,
        "HUIYING_URL": proxied or f"http://{host}:{listen.rpartition(':')[2]}",
        "HUIYING_PING_URL": "",
        "HUIYING_PROXY": "",
        "HUIYING_BACKUP_DIR": "",
        "HUIYING_SMTP": "",
        "HUIYING_SMTP_USER": "",
        "HUIYING_SMTP_PASSWORD": "",
        "HUIYING_SMTP_PASSWORD_FILE": "",
        "HUIYING_WEBHOOK": "",
        "HUIYING_WEBHOOK_FILE": "",
    }


def database_of(folder: Path) -> str:
    """The drill's database, where the service's rows lie on a server."""
    return f"huiying_{folder.name.replace('-', '_')}"


def read_json(path: Path) -> dict[str, Any]:
    """The object of a file; empty where it is missing, half-written or no object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write beside and rename: a reader sees all of it or nothing."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Starting, entering and deleting change which drill is served: one after the other."""
    drills_folder(home).mkdir(parents=True, exist_ok=True)
    with (drills_folder(home) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def want(home: Path, folder: Path | None) -> None:
    """Say whose pages and player the supervisor is to run; None: nobody's."""
    path = drills_folder(home) / "wanted.json"
    if folder is None:
        path.unlink(missing_ok=True)
        return
    write_json(path, {"folder": str(folder.resolve()), "play": []})


def wanted(home: Path) -> Path | None:
    """The drill whose pages are served."""
    told = read_json(drills_folder(home) / "wanted.json").get("folder")
    return folder_of(home, Path(str(told)).name) if told else None


def take_stage(folder: Path) -> int | None:
    """The lock of the one process that plays this drill, held until it ends however it ends; None: another has it."""
    stage = os.open(folder / "player.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(stage, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(stage)
        return None
    return stage


def take_stage_soon(folder: Path) -> int | None:
    """`take_stage` for the player: somebody who only looks whether it is free holds it for an instant."""
    for _ in range(10):
        stage = take_stage(folder)
        if stage is not None:
            return stage
        time.sleep(0.1)
    return None


def on_stage(folder: Path) -> bool:
    """Whether a process plays this drill now."""
    stage = take_stage(folder)
    if stage is None:
        return True
    os.close(stage)
    return False


def service_runs(home: Path) -> bool:
    """Whether a service holds the lock of this home (`manage.py run`)."""
    path = home / "service.lock"
    if not path.exists():
        return False
    with path.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def remove(folder: Path) -> None:
    """Delete the folder. Renamed first, so that a process that still has it open cannot fill it again."""
    away = folder.with_name(f".away-{folder.name}")
    folder.replace(away)
    shutil.rmtree(away, ignore_errors=True)
