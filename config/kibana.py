"""The settings of a Kibana beside the service, checked together."""

import re
from urllib.parse import urlsplit

from config.env import SettingError, envtext, envurl

NAME = "HUIYING_KIBANA_URL"
_SPACE = re.compile(r"[a-z0-9_-]{1,60}")


def kibana_url() -> str:
    """Its address, with a base path where it has one; empty where no Kibana is used."""
    url = envurl(NAME, "")
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise SettingError(f"E16 {NAME}：口令不写在网址里，请用 HUIYING_KIBANA_USER 和 HUIYING_KIBANA_PASSWORD_FILE")
    if not parts.hostname or parts.query or parts.fragment or ".." in parts.path:
        raise SettingError(f"E08 {NAME}={url}：应为 http(s)://主机:端口，后面至多一段路径，例如 https://kibana:5601")
    return url


def kibana_space() -> str:
    """The space the boards stand in."""
    space = envtext("HUIYING_KIBANA_SPACE") or "huiying"
    if not _SPACE.fullmatch(space):
        raise SettingError(f"E16 HUIYING_KIBANA_SPACE={space}：只用小写字母、数字、- 和 _，至多 60 个")
    return space
