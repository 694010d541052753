"""One robot of a chat group (WeCom, DingTalk, Feishu, …) through apprise. Loaded by the clock process only."""

import logging
import re

from apprise import Apprise, LogCapture, NotifyFormat, NotifyType
from django.conf import settings

from alerts.channels import Message
from office.errors import SendError

STATUS = re.compile(r"error=(\d{3})")
# Answers that will be the same next time: a wrong or withdrawn address, a refusal. 408, 425 and 429 pass by themselves.
PERMANENT = {400, 401, 403, 404, 405, 410, 413, 422}


def send(message: Message, *, to: str) -> None:
    """Say it in the group of `settings.WEBHOOK`; `to` is not used. Raises SendError.

    The address is a secret: it never appears in an error.
    """
    if not settings.WEBHOOK:
        raise SendError("没有设置机器人地址（HUIYING_WEBHOOK）", permanent=True)
    robot = Apprise()
    if not robot.add(settings.WEBHOOK):
        raise SendError("机器人地址（HUIYING_WEBHOOK）看不懂，请核对格式", permanent=True)
    with LogCapture(level=logging.WARNING, fmt="%(message)s") as log:  # type: ignore[no-untyped-call]  # apprise
        sent = bool(
            robot.notify(
                title=message.title, body=message.text, notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT
            )
        )
        said = log.getvalue() if not sent else ""
    if sent:
        return
    found = STATUS.search(said)
    if found is None:
        raise SendError("机器人没有回答", permanent=False)
    raise SendError(f"机器人拒绝：HTTP {found[1]}", permanent=int(found[1]) in PERMANENT)
