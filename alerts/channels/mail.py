"""Mail over SMTP: a plain text with its HTML twin, no outside pictures, no tracking."""

import hashlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage

from django.conf import settings

from alerts.channels import Message
from office.errors import SendError

TIMEOUT = 10.0  # seconds; a mail server that hangs must not hold the clock sweeps for long


def send(message: Message, *, to: str, timeout: float = TIMEOUT) -> None:
    """Hand one mail to the mail server. Raises SendError (permanent for a 5xx answer or an unusable address)."""
    if settings.SMTP is None:
        raise SendError("没有设置邮件服务器（HUIYING_SMTP）", permanent=True)
    mail = letter(message, to=to)
    host, port = settings.SMTP
    try:
        _deliver(mail, host, port, timeout)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise SendError(f"邮件服务器不收这个收件人：{code} {_words(words)}", permanent=code >= 500) from error
    except smtplib.SMTPAuthenticationError as error:
        raise SendError(f"邮件服务器登录失败：{error.smtp_code} {_words(error.smtp_error)}", permanent=False) from error
    except smtplib.SMTPResponseException as error:
        raise SendError(
            f"邮件服务器拒绝：{error.smtp_code} {_words(error.smtp_error)}", permanent=error.smtp_code >= 500
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        # smtplib wraps a time-out in the middle of a conversation in SMTPServerDisconnected
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise SendError(f"邮件服务器 {host}:{port} 没有回答（{timeout:g} 秒）", permanent=False) from error
        raise SendError(f"连不上邮件服务器 {host}:{port}：{error}", permanent=False) from error


def letter(message: Message, *, to: str) -> EmailMessage:
    """The mail as it goes out. Raises SendError(permanent) where `to` is no address."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(message.title.split())  # a line break here would open a new header
    mail["From"] = settings.MAIL_FROM
    mail["To"] = _address(to)
    domain = settings.MAIL_FROM.rpartition("@")[2].strip("> ") or "localhost"
    if message.key:
        mail["Message-ID"] = f"<{_digest(f'{message.key}/{to}')}@{domain}>"
    if message.thread:
        mail["References"] = f"<{_digest(f'{message.thread}/{to}')}@{domain}>"
        mail["In-Reply-To"] = mail["References"]
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        family, _, kind = attachment.kind.partition("/")
        mail.add_attachment(attachment.content, maintype=family, subtype=kind, filename=attachment.name)
    return mail


def _deliver(mail: EmailMessage, host: str, port: int, timeout: float) -> None:
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.SMTP_TLS == "tls":
        server = smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=timeout)
    with server:
        if settings.SMTP_TLS == "starttls":
            server.starttls(context=context)
        if settings.SMTP_USER:
            server.login(settings.SMTP_USER, settings.SMTP_PASSWORD)
        server.send_message(mail)


def _address(to: str) -> str:
    """A single address, checked; header injection and lists end here."""
    if any(mark in to for mark in "\r\n,;<> ") or to.count("@") != 1:
        raise SendError(f"邮箱地址不能用：{to!r}", permanent=True)
    user, _, domain = to.partition("@")
    try:
        return str(Address(username=user, domain=domain))
    except ValueError as error:
        raise SendError(f"邮箱地址不能用：{to!r}", permanent=True) from error


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
