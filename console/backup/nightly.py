"""The backup of every night: begun by a sweep in a child process of its own, so that no clock and no reading waits.

What came of it is kept in two rows of OfficeState: `backup_good` {at, folder, bytes, posts, seconds, by_hand} and
`backup_tried` {at, fault, running}; pages, doctor and /healthz read them.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from alerts.services.notices import Addressee, tell
from console.backup.faults import BackupFault
from console.backup.keyfile import SUFFIX
from console.backup.making import FOLDER, Backup, make_backup
from console.backup.manifest import read_manifest
from office import lifeline, trail
from office.pack.current import current_pack
from office.queries import people_for
from office.roles import Role
from office.state import get_state, set_state

GOOD, TRIED = "backup_good", "backup_tried"
AGAIN = timedelta(hours=1)  # after a backup that failed
TOO_OLD = timedelta(hours=26)  # a night and what a large backup may take
_child: subprocess.Popen[bytes] | None = None  # ours, to be reaped; nothing is remembered here


@dataclass(frozen=True)
class Standing:
    """How it stands with backups. `nightly`: they are made by themselves; `old`: the last good one is too old."""

    nightly: bool
    good_at: datetime | None
    folder: str
    size: int
    fault: str
    tried_at: datetime | None
    old: bool


def make_by_hand(folder: Path, *, keys_folder: Path | None, at: datetime) -> Backup:
    """A backup asked for at the command line: kept until somebody removes it, and on the trail."""
    made = make_backup(folder, at=at, keys_folder=keys_folder)
    trail.record(
        by=None,
        kind="backup.made",
        at=at,
        object_kind="backup",
        object_id=made.folder.name,
        text=f"命令行备份到 {made.folder}",
        data={"bytes": made.manifest.size, "rows": dict(made.manifest.rows)},
    )
    _note(made, at=at, by_hand=True)
    return made


def make(folder: Path, *, keys_folder: Path | None, at: datetime, parent: int | None) -> None:
    """The child's work. A fault is kept, told to the administrators and raised again as BackupFault."""
    if parent is not None:
        lifeline.die_with_parent(parent)
    os.nice(10)
    try:
        if not folder.is_dir():  # an unmounted disk: never fill the disk below in its place
            raise BackupFault(f"E41 备份目录 {folder} 不存在：外接磁盘是不是没有挂载？请挂载或建好这个目录。")
        made = make_backup(folder, at=at, keys_folder=keys_folder, nightly=True)
    except BackupFault as fault:
        set_state(TRIED, {"at": at.isoformat(), "fault": str(fault)}, by=None, at=at)
        _tell_administrators(str(fault), at=at)
        raise
    _note(made, at=at, by_hand=False)
    prune(folder, keys_folder=keys_folder or folder)


def _note(made: Backup, *, at: datetime, by_hand: bool) -> None:
    """A backup whose trail has a fault is kept, but is not called good."""
    if made.manifest.trail_faults:
        fault = f"履历链核对不上：{made.manifest.trail_faults[0]}。请运行 manage.py trail verify。"
        set_state(TRIED, {"at": at.isoformat(), "fault": fault}, by=None, at=at)
        _tell_administrators(fault, at=at)
        return
    facts = {
        "at": at.isoformat(),
        "folder": str(made.folder),
        "bytes": made.manifest.size,
        "posts": made.manifest.rows.get("crawlers_post", 0),
        "seconds": round(made.seconds, 1),
        "by_hand": by_hand,
    }
    set_state(GOOD, facts, by=None, at=at)
    if not by_hand:
        set_state(TRIED, {"at": at.isoformat(), "fault": ""}, by=None, at=at)


def prune(folder: Path, *, keys_folder: Path) -> int:
    """Remove the nightly backups beyond the newest `HUIYING_BACKUP_KEEP`; those made by hand stay."""
    ours = []
    for path in sorted(folder.glob("huiying-*")):
        if FOLDER.fullmatch(path.name):
            try:
                if read_manifest(path).nightly:
                    ours.append(path)
            except BackupFault:
                continue
    gone = ours[: -settings.BACKUP_KEEP]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
        (keys_folder / f"{path.name}{SUFFIX}").unlink(missing_ok=True)
    return len(gone)


def tend(*, at: datetime) -> str:
    """The sweep: collect the child that is back, start one when the night's backup is due. What it did, or nothing."""
    global _child
    if settings.BACKUP_DIR is None:
        return ""
    if _child is not None:
        if (code := _child.poll()) is None:
            return ""
        _child = None
        fault = (get_state(TRIED) or {}).get("fault", "")
        return "每日备份已做好" if code == 0 else f"每日备份没有做成：{fault or f'进程意外结束（{code}）'}"
    if not due(at=at):
        return ""
    set_state(TRIED, {"at": at.isoformat(), "fault": "", "running": True}, by=None, at=at)
    words = ["backup", str(settings.BACKUP_DIR), "--nightly", "--parent", str(os.getpid())]
    if settings.BACKUP_KEYS:
        words += ["--keys", str(settings.BACKUP_KEYS)]
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    _child = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return "开始每日备份"


def due(*, at: datetime) -> bool:
    """Whether tonight's backup has not been made: its moment has come, and it was not tried within the last hour."""
    local = at.astimezone(current_pack().zone)
    moment = local.replace(hour=settings.BACKUP_AT.hour, minute=settings.BACKUP_AT.minute, second=0, microsecond=0)
    if moment > local:
        moment -= timedelta(days=1)
    tried = get_state(TRIED)
    if not isinstance(tried, dict):
        return True  # none yet: the first night is now
    last = datetime.fromisoformat(tried["at"])
    if last > at:  # the clock was set back; further than a night: that one was made by a wrong clock
        return last - at > TOO_OLD
    return last < moment or bool(tried.get("fault") or tried.get("running")) and at - last >= AGAIN


def standing(*, at: datetime) -> Standing:
    """For pages, doctor and /healthz."""
    good, tried = _facts(GOOD), _facts(TRIED)
    good_at = datetime.fromisoformat(good["at"]) if good else None
    tried_at = datetime.fromisoformat(tried["at"]) if tried else None
    cut_off = bool(tried.get("running")) and tried_at is not None and at - tried_at >= AGAIN
    return Standing(
        nightly=settings.BACKUP_DIR is not None,
        good_at=good_at,
        folder=str(good.get("folder", "")),
        size=int(good.get("bytes", 0)),
        fault="没有做完就中断了" if cut_off else str(tried.get("fault", "")),
        tried_at=tried_at,
        old=good_at is None or abs(at - good_at) > TOO_OLD,  # one from the future proves nothing
    )


def _facts(key: str) -> dict[str, Any]:
    value = get_state(key)
    return value if isinstance(value, dict) else {}


def _tell_administrators(fault: str, *, at: datetime) -> None:
    day = at.astimezone(current_pack().zone).date()
    tell(
        people=[Addressee(Role.SYS_ADMIN, person) for person in people_for(Role.SYS_ADMIN, at)[0]],
        event=f"backup-failed:{day.isoformat()}",
        title="每日备份没有做成",
        body=f"{fault}\n一小时后会再试；也可以在服务器上运行 manage.py backup。",
        at=at,
    )
