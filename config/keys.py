"""The signing key of the installation: made once, kept beside the database with owner-only rights."""

import os
import secrets
from pathlib import Path

from config.env import SettingError


def secret_key(home: Path) -> str:
    """Read `<home>/keys/django.key`, making it on first use (mode 0600). Two processes at once agree on one key."""
    path = home / "keys" / "django.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SettingError(f"E06 读不到密钥文件 {path}（{error.strerror}）：请让运行服务的用户拥有它") from error
    try:
        return _make_key(path)
    except OSError as error:
        raise SettingError(
            f"E05 HUIYING_HOME={home}：不能在这里写文件（{error.strerror}）；请换一个可写的目录，或腾出磁盘空间"
        ) from error


def _make_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"django.key.{os.getpid()}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(fresh, path)  # fails if another process was first: then its key counts
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()
