"""Readers of environment variables: one typed face, wrong values refused at start with a number and a hint.

Errors: `SettingError` carries a sentence in Chinese with a code (E01…), the name, what was found and an example.
"""

import os
from collections.abc import Iterable
from datetime import time
from ipaddress import ip_address
from pathlib import Path


class SettingError(SystemExit):
    """A setting has a value the service cannot start with. Printed as one line; exit status is non-zero."""


def envtext(name: str, default: str = "") -> str:
    """The value of `name`, or of the file named by `name_FILE` (for secrets), else `default`."""
    file = os.environ.get(f"{name}_FILE", "")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"E01 {name}_FILE={file}：读不到这个文件（{error.strerror}）") from error
    return os.environ.get(name, default)


def envbool(name: str, default: bool) -> bool:
    """`1/true/yes/on` or `0/false/no/off`; anything else is refused."""
    raw = os.environ.get(name, "").strip().lower()
    if raw == "":
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"E02 {name}={raw}：只能是 1 或 0，例如 {name}=1")


def envint(name: str, default: int, low: int, high: int) -> int:
    """A whole number between `low` and `high`, both included."""
    raw = os.environ.get(name, "").strip()
    if raw == "":
        return default
    if not raw.lstrip("-").isdigit() or not low <= int(raw) <= high:
        raise SettingError(f"E03 {name}={raw}：应为 {low} 到 {high} 之间的整数，例如 {name}={default}")
    return int(raw)


def envchoice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of `choices`."""
    raw = os.environ.get(name, "").strip() or default
    if raw not in choices:
        raise SettingError(f"E04 {name}={raw}：只能是 {'、'.join(choices)} 之一")
    return raw


def envaddress(name: str, default: str) -> tuple[str, int]:
    """`host:port`."""
    raw = os.environ.get(name, "").strip() or default
    host, _, port = raw.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingError(f"E07 {name}={raw}：应为 主机:端口，例如 127.0.0.1:8000")
    return host, int(port)


def envtime(name: str, default: str) -> time:
    """A time of day, `HH:MM`."""
    raw = os.environ.get(name, "").strip() or default
    try:
        return time.fromisoformat(raw)
    except ValueError as error:
        raise SettingError(f"E09 {name}={raw}：应为 时:分，例如 {name}={default}") from error


def envip(name: str) -> str:
    """One IP address, or the empty text."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return ""
    try:
        return str(ip_address(raw))
    except ValueError as error:
        raise SettingError(f"E10 {name}={raw}：应为一个 IP 地址，例如 {name}=127.0.0.1") from error


def envfolder(name: str) -> Path | None:
    """A folder, absolute; None where it is not set."""
    raw = os.environ.get(name, "").strip()
    return Path(raw).expanduser().resolve() if raw else None


def envurl(name: str, default: str) -> str:
    """An http(s) address, or the empty text."""
    raw = os.environ.get(name, "").strip() or default
    if raw and not raw.startswith(("http://", "https://")):
        raise SettingError(f"E08 {name}={raw}：应为 http:// 或 https:// 开头的网址")
    return raw.rstrip("/")


def envaccount(url_name: str) -> tuple[str, str, str]:
    """`…_USER`, `…_PASSWORD`, `…_API_KEY` beside the address `…_URL` of another server: a pair, a key, or nothing."""
    beginning = url_name.removesuffix("_URL")
    user, password, key = (envtext(f"{beginning}_{name}") for name in ("USER", "PASSWORD", "API_KEY"))
    if key and (user or password):
        raise SettingError(f"E16 {beginning}_API_KEY 和 {beginning}_USER 只能用一种")
    if bool(user) != bool(password):
        raise SettingError(f"E16 {beginning}_USER 和 {beginning}_PASSWORD（或 _FILE）要一起写")
    return user, password, key


def envca(url_name: str, urls: Iterable[str]) -> str:
    """`…_CA` beside `…_URL`: the file of the certificates those https:// addresses are checked by; empty: the usual."""
    beginning = url_name.removesuffix("_URL")
    file = envtext(f"{beginning}_CA")
    if not file:
        return ""
    if not all(url.startswith("https://") for url in urls):
        raise SettingError(f"E16 {beginning}_CA={file}：{beginning}_URL 不是 https://，证书用不上")
    try:
        text = Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"E01 {beginning}_CA={file}：读不到这个证书文件") from error
    if "BEGIN CERTIFICATE" not in text:
        raise SettingError(f"E16 {beginning}_CA={file}：不是 PEM 格式的证书")
    return file
