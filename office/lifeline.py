"""A child process and the process it belongs to: it dies with its parent, it hears when to stop, it shows it lives.

Pure standard library: the supervisor, the web server, the sweeps and the spiders' processes use it alike.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def die_with_parent(parent: int) -> None:
    """Be killed by the kernel as soon as `parent` (a process id) is gone, however it went. Leaves at once if it is.

    SIGKILL is safe: every step of the service bears being cut off anywhere. On systems without this call the caller
    asks `orphaned` from time to time.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if orphaned(parent):
        os._exit(1)


def orphaned(parent: int) -> bool:
    """True when `parent` is no longer our parent."""
    return os.getppid() != parent


class StopBell:
    """SIGTERM, SIGINT and SIGHUP ring it; `wait` sleeps without waking until it rings or the time is up.

    Install in the main thread only. `ringing` stays true once rung. `fileno`: to wait on it
    among other files.
    """

    def __init__(self) -> None:
        self.ringing = False
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ring)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        self.ringing = True
        os.write(self._write, b"!")

    def fileno(self) -> int:
        return self._read

    def wait(self, seconds: float) -> bool:
        """Sleep at most `seconds`; true when the bell rang (now or before)."""
        if not self.ringing and seconds > 0:
            select.select([self._read], [], [], seconds)
        return self.ringing


class Pulse:
    """A small file that says “alive, busy with …”, for the supervisor.

    It holds monotonic time: a jump of the wall clock kills nobody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Two processes of one name may share a home (a second clock service): neither takes away what the other writes.
        self._fresh = path.with_name(f"{path.stem}.{os.uname().nodename}-{os.getpid()}.new")
        path.parent.mkdir(parents=True, exist_ok=True)

    def beat(self, busy_with: str = "") -> None:
        self._fresh.write_text(json.dumps({"at": time.monotonic(), "busy_with": busy_with}), encoding="utf-8")
        self._fresh.replace(self._path)


def pulse_age(path: Path) -> tuple[float, str] | None:
    """Seconds since the last beat and what the process was busy with; None where it never beat."""
    try:
        beat = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return time.monotonic() - float(beat["at"]), str(beat["busy_with"])
