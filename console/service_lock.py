"""The lock of a home: who runs the service on it, or puts a backup back into it. One at a time."""

import fcntl
import os

from django.conf import settings
from django.core.management.base import CommandError

ANOTHER = "不能重复启动；要再开一个，请用另一个 HUIYING_HOME 和 HUIYING_LISTEN。"


def take_lock(*, otherwise: str = ANOTHER) -> int:
    """The lock of this home as an open file, held until the process ends, however it ends.

    Raises CommandError where a service has it; `otherwise` says what to do then.
    """
    try:
        settings.HOME.mkdir(parents=True, exist_ok=True)
        lock = os.open(settings.HOME / "service.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CommandError(f"E05 HUIYING_HOME={settings.HOME}：不能在这里写文件（{error.strerror}）") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.read(lock, 20).decode("ascii", "replace").strip() or "未知"
        raise CommandError(
            f"E11 这个数据目录已经有一个服务在运行（进程号 {owner}，{settings.HOME}）。{otherwise}"
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock
