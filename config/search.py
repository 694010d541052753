"""The settings of a search node beside the database, checked together."""

import re
from pathlib import Path

from config.env import SettingError, envtext, envurl

NAME = "HUIYING_SEARCH_URL"
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def node_urls() -> tuple[str, ...]:
    """Addresses of the node, or of several of one cluster; none where no node is used."""
    addresses = [address.strip().rstrip("/") for address in envurl(NAME, "").split(",") if address.strip()]
    for address in addresses:
        if not address.startswith(("http://", "https://")):
            raise SettingError(f"E08 {NAME}：{address} 应为 http:// 或 https:// 开头的网址，多个用逗号分开")
        if "@" in address:
            raise SettingError(
                f"E16 {NAME}：口令不写在网址里，请用 HUIYING_SEARCH_USER 和 HUIYING_SEARCH_PASSWORD_FILE"
            )
    return tuple(addresses)


def node_account() -> tuple[str, str, str]:
    """User, password, API key: a pair, a key, or nothing."""
    user, password, key = (envtext(f"HUIYING_SEARCH_{name}") for name in ("USER", "PASSWORD", "API_KEY"))
    if key and (user or password):
        raise SettingError("E16 HUIYING_SEARCH_API_KEY 和 HUIYING_SEARCH_USER 只能用一种")
    if bool(user) != bool(password):
        raise SettingError("E16 HUIYING_SEARCH_USER 和 HUIYING_SEARCH_PASSWORD（或 _FILE）要一起写")
    return user, password, key


def node_ca(urls: tuple[str, ...]) -> str:
    """The file of the certificates the node's is checked by; empty: those of the system."""
    file = envtext("HUIYING_SEARCH_CA")
    if not file:
        return ""
    if not all(url.startswith("https://") for url in urls):
        raise SettingError(f"E16 HUIYING_SEARCH_CA={file}：{NAME} 不是 https://，证书用不上")
    try:
        text = Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"E01 HUIYING_SEARCH_CA={file}：读不到这个证书文件") from error
    if "BEGIN CERTIFICATE" not in text:
        raise SettingError(f"E16 HUIYING_SEARCH_CA={file}：不是 PEM 格式的证书")
    return file


def node_prefix() -> str:
    """What the names of our indices begin with."""
    prefix = envtext("HUIYING_SEARCH_PREFIX") or "huiying"
    if not _PREFIX.fullmatch(prefix):
        raise SettingError(f"E16 HUIYING_SEARCH_PREFIX={prefix}：小写字母开头，只用小写字母、数字、- 和 _，至多 40 个")
    return prefix
