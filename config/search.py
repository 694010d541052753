"""The settings of a search node beside the database, checked together."""

import re

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


def node_prefix() -> str:
    """What the names of our indices begin with."""
    prefix = envtext("HUIYING_SEARCH_PREFIX") or "huiying"
    if not _PREFIX.fullmatch(prefix):
        raise SettingError(f"E16 HUIYING_SEARCH_PREFIX={prefix}：小写字母开头，只用小写字母、数字、- 和 _，至多 40 个")
    return prefix
