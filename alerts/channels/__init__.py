"""One small face over every way a message leaves the house: `send(channel, message, to=…)`.

Channels: `console` (the row itself is the message: nothing leaves), `mail` (SMTP), `webhook` (one robot through
apprise). Errors cross this line as `office.errors.SendError(permanent)` only. Whether a message may go out at all
(试运行, a hold of sending) is the business of the sweep that calls; a drill never gets past this face.

The senders are named by path, as the sweeps in `settings.SCHEDULE` are, so that the web process, which only writes
rows, never loads apprise.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from office.errors import SendError

SENDERS = {
    "console": "alerts.channels.console.send",
    "mail": "alerts.channels.mail.send",
    "webhook": "alerts.channels.webhook.send",
}


@dataclass(frozen=True)
class Attachment:
    """A file that travels with a mail."""

    name: str
    content: bytes
    kind: str  # MIME type, e.g. application/pdf


@dataclass(frozen=True)
class Message:
    """What is said: a title, the same words as plain text and as HTML, and files.

    `key` is stable for this message (a second try carries the same Message-ID, so that a mail box shows it once);
    `thread` is stable for what it is about (the follow-ups of a matter stand under its first mail).
    """

    title: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    key: str = ""
    thread: str = ""


def send(channel: str, message: Message, *, to: str = "") -> None:
    """Send now, over the network. `to` is a mail address; the webhook's address is a setting, the console has none.

    Raises SendError: `permanent` means that trying again can not help.
    """
    if channel not in SENDERS:
        raise SendError(f"没有“{channel}”这个通知渠道", permanent=True)
    if settings.DRILL and channel != "console":
        raise SendError("演练不对外发送", permanent=True)
    import_string(SENDERS[channel])(message, to=to)
