"""The settings of a Kibana beside the service, checked together."""

import re
from pathlib import Path
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


def kibana_account() -> tuple[str, str, str]:
    """User, password, API key: a pair, a key, or nothing."""
    user, password, key = (envtext(f"HUIYING_KIBANA_{name}") for name in ("USER", "PASSWORD", "API_KEY"))
    if key and (user or password):
        raise SettingError("E16 HUIYING_KIBANA_API_KEY 和 HUIYING_KIBANA_USER 只能用一种")
    if bool(user) != bool(password):
        raise SettingError("E16 HUIYING_KIBANA_USER 和 HUIYING_KIBANA_PASSWORD（或 _FILE）要一起写")
    return user, password, key


def kibana_ca(url: str) -> str:
    """The file of the certificates Kibana's is checked by; empty: those of the requests library."""
    file = envtext("HUIYING_KIBANA_CA")
    if not file:
        return ""
    if not url.startswith("https://"):
        raise SettingError(f"E16 HUIYING_KIBANA_CA={file}：{NAME} 不是 https://，证书用不上")
    try:
        text = Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"E01 HUIYING_KIBANA_CA={file}：读不到这个证书文件") from error
    if "BEGIN CERTIFICATE" not in text:
        raise SettingError(f"E16 HUIYING_KIBANA_CA={file}：不是 PEM 格式的证书")
    return file


def kibana_space() -> str:
    """The space the boards stand in."""
    space = envtext("HUIYING_KIBANA_SPACE") or "huiying"
    if not _SPACE.fullmatch(space):
        raise SettingError(f"E16 HUIYING_KIBANA_SPACE={space}：只用小写字母、数字、- 和 _，至多 60 个")
    return space
