"""What goes wrong with a backup, as a sentence for the person who keeps the server."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.faults import BackupFault

__all__ = ["BackupFault", "no_room", "size_in_words", "told_plainly"]

# EFBIG is what a limit on the size of files gives; for us the same as no room.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NO_ROOM_SQLITE = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_SHMSIZE"}


@contextmanager
def told_plainly(folder: Path) -> Iterator[None]:
    """Turn faults of the disk below `folder` into BackupFault."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise BackupFault(no_room(folder)) from error
        raise BackupFault(f"E41 {folder} 写不进去或读不出来（{error.strerror}）：请检查目录权限和磁盘。") from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") in NO_ROOM_SQLITE:
            raise BackupFault(no_room(folder)) from error
        raise BackupFault(f"E41 复制数据库出错（{error}）：请运行 make doctor。") from error


def no_room(folder: Path, needed: int = 0) -> str:
    """The sentence for a full disk; `needed` in bytes where it is known."""
    try:
        free = f"，只剩 {size_in_words(shutil.disk_usage(folder).free)}"
    except OSError:
        free = ""
    wanted = f"，需要 {size_in_words(needed)}" if needed else ""
    return f"E40 磁盘空间不够：{folder} 所在磁盘{wanted or '已满'}{free}。没有留下残缺的备份；请腾出空间或换目录。"


def size_in_words(size: int) -> str:
    """`3.2 GB`, `41 MB`, `12 KB`."""
    for unit, name in ((1024**3, "GB"), (1024**2, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}" if size < 10 * unit else f"{size / unit:.0f} {name}"
    return f"{max(1, round(size / 1024))} KB"
