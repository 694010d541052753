"""The address of Redis, which rings the bells of several machines; the embedded default has none."""

from urllib.parse import quote, urlsplit

from config.env import SettingError, envtext

NAME = "HUIYING_REDIS"
EXAMPLE = f"{NAME}=redis://127.0.0.1:6379/0"


def redis_address() -> str:
    """`redis://[:password@]host:port/number`, or rediss:// over TLS; empty where no Celery is used. Raises
    SettingError for anything else."""
    address = envtext(NAME)
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port or 6379
    except ValueError as error:
        raise SettingError(f"E17 {NAME}：不是一个地址（{error}），例如 {EXAMPLE}") from error
    number = parts.path.strip("/") or "0"
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or not number.isdigit():
        raise SettingError(f"E17 {NAME}：应为 redis://主机:端口/库号，例如 {EXAMPLE}")
    password = parts.password or quote(envtext(f"{NAME}_PASSWORD"), safe="")
    account = f"{parts.username or ''}:{password}@" if password or parts.username else ""
    return f"{parts.scheme}://{account}{parts.hostname}:{port}/{number}{'?' + parts.query if parts.query else ''}"
