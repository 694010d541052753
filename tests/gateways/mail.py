"""A small real SMTP server on loopback. It keeps what it accepted and can behave badly on demand."""

import socket
import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Self


class Mode(StrEnum):
    """How the server behaves to each new connection."""

    OK = "ok"
    REFUSE = "refuse"  # 550 to every recipient: no use in trying again
    GREYLIST = "greylist"  # 450 the first time a recipient is named, accepted from the second time on
    HANG = "hang"  # takes the connection and never says a word
    DOWN = "down"  # nothing listens on the port


@dataclass
class Mail:
    """One accepted mail: the envelope and the parsed message."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        """The plain text alternative, decoded."""
        part = self.message.get_body(preferencelist=("plain",))
        return str(part.get_content()) if part is not None else ""

    @property
    def html(self) -> str:
        """The HTML alternative, decoded; empty where there is none."""
        part = self.message.get_body(preferencelist=("html",))
        return str(part.get_content()) if part is not None else ""

    @property
    def attachments(self) -> dict[str, bytes]:
        """Attached files by name."""
        found: dict[str, bytes] = {}
        for part in self.message.iter_attachments():
            content = part.get_content()
            found[part.get_filename() or ""] = content if isinstance(content, bytes) else str(content).encode()
        return found


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    gateway: "MailServer"


class _Session(socketserver.StreamRequestHandler):
    """One SMTP conversation (the few verbs smtplib uses)."""

    server: _Server

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        gateway = self.server.gateway
        gateway.connections += 1
        if gateway.mode is Mode.HANG:
            gateway.released.wait(30)
            return
        self.say("220 post.test ESMTP")
        sender, recipients = "", list[str]()
        while raw := self.rfile.readline():
            line = raw.decode("utf-8", "replace").strip()
            verb = line.split(" ", 1)[0].upper()
            if verb in {"EHLO", "HELO"}:
                self.say("250-post.test")
                self.say("250-8BITMIME")
                self.say("250 SMTPUTF8")
            elif verb == "MAIL":
                sender, recipients = _address(line), []
                self.say("250 ok")
            elif verb == "RCPT":
                answer = gateway.answer_to(_address(line))
                if answer.startswith("250"):
                    recipients.append(_address(line))
                self.say(answer)
            elif verb == "DATA":
                self.say("354 go on")
                gateway.take(sender, recipients, self._data())
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            elif verb in {"RSET", "NOOP"}:
                self.say("250 ok")
            else:
                self.say("502 not here")

    def _data(self) -> bytes:
        lines: list[bytes] = []
        while (raw := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(raw[1:] if raw.startswith(b"..") else raw)
        return b"".join(lines)


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


@dataclass
class MailServer:
    """Start with `with MailServer() as post:`; read `post.mails`; change `post.mode` at any time with `become`."""

    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    mode: Mode = Mode.OK
    port: int = 0

    def __post_init__(self) -> None:
        self.released = threading.Event()
        self._greeted: set[str] = set()
        self._server: _Server | None = None
        self._lock = threading.Lock()

    @property
    def address(self) -> tuple[str, int]:
        """(host, port), as `settings.SMTP` wants it."""
        return ("127.0.0.1", self.port)

    def become(self, mode: Mode) -> None:
        """Change the behaviour; DOWN closes the port, any other mode opens the same port again."""
        self.mode = mode
        if mode is Mode.DOWN:
            self.stop()
        elif self._server is None:
            self.start()

    def start(self) -> None:
        server = _Server(("127.0.0.1", self.port), _Session)
        server.gateway = self
        self.port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.released.clear()

    def answer_to(self, recipient: str) -> str:
        if self.mode is Mode.REFUSE:
            return "550 no such person here"
        if self.mode is Mode.GREYLIST and recipient not in self._greeted:
            self._greeted.add(recipient)
            return "450 greylisted, come back later"
        return "250 ok"

    def take(self, sender: str, recipients: list[str], data: bytes) -> None:
        message = message_from_bytes(data, policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self._lock:
            self.mails.append(Mail(sender, recipients, message))

    def to(self, recipient: str) -> list[Mail]:
        """The mails one address got."""
        return [mail for mail in self.mails if recipient in mail.recipients]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def free_port() -> int:
    """A port of loopback nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
