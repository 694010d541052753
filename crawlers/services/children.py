"""Child processes that fetch: started with a job in a folder of their own, looked at, ended, heard out.

A folder holds job.json, the results as they come, the child's pid and stderr; whoever finds the folder again after a
restart knows everything. `_ours` only lets the kernel forget children of this process when they are done.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from crawlers.masking import mask

_ours: dict[Path, subprocess.Popen[bytes]] = {}


def spawn(folder: Path) -> None:
    """Start a child for the job that lies in the folder. Raises OSError where it can not be started."""
    with (folder / "stderr").open("wb") as errors:
        child = subprocess.Popen(
            # -W: a library's advice to programmers must not stand where an officer reads why a visit broke off
            [sys.executable, "-W", "ignore", "-m", "crawlers.spiders", "--job", str(folder / "job.json")],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_environment(),
        )
    (folder / "pid").write_text(str(child.pid), encoding="ascii")
    _ours[folder] = child


def _environment() -> dict[str, str]:
    """The child needs a path and a locale; settings and secrets of the service stay here."""
    kept = ("PATH", "LANG", "LC_ALL", "HOME", "TZ", "VIRTUAL_ENV", "LD_PRELOAD", "FAKETIME")
    return {k: v for k, v in os.environ.items() if k in kept} | {"PYTHONUNBUFFERED": "1"}


def wait_for(folder: Path, *, seconds: float) -> None:
    """Wait for a child of this process, not longer than its time; then it is ended."""
    child = _ours.get(folder)
    if child is not None:
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            end(folder)


def alive(folder: Path) -> bool:
    child = _ours.get(folder)
    if child is not None:
        return child.poll() is None
    pid = _pid(folder)
    if pid is None:
        return False
    try:  # a pid may have gone to somebody else since
        return folder.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def overdue(folder: Path, *, seconds: float) -> bool:
    """By the age of the job's file on this machine's own clock, which no drill and no jump of the service's moves."""
    try:
        probe = folder / "probe"
        probe.touch()
        age = probe.stat().st_mtime - (folder / "job.json").stat().st_mtime
    except OSError:
        return False
    return age > seconds


def end(folder: Path) -> None:
    pid = _pid(folder)
    if pid is not None and alive(folder):
        os.kill(pid, signal.SIGKILL)
    child = _ours.get(folder)
    if child is not None:
        child.wait(timeout=10)


def forget(folder: Path) -> None:
    """The child is done and its folder goes."""
    child = _ours.pop(folder, None)
    if child is not None:
        child.poll()


def _pid(folder: Path) -> int | None:
    try:
        return int((folder / "pid").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def last_words(folder: Path) -> str:
    """Why a child died, as far as it said, for people."""
    try:
        words = (folder / "stderr").read_text(encoding="utf-8", errors="replace")[-2000:]
    except OSError:
        words = ""
    if "No space left" in words:
        return "磁盘已满，采集没有写下来，稍后重试"
    last = words.strip().splitlines()[-1:] or [""]
    return f"采集进程中断，稍后重试{'：' if last[0] else ''}{mask(last[0]).text[:150]}"
