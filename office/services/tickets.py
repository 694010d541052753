"""Signed single-use links of messages: acknowledge, open a brief, enter a drill.

The token itself is never stored, only its SHA-256; reading a link (a mail scanner does) uses nothing up.
"""

import hashlib
import secrets
from datetime import datetime

from django.core import signing

from office.errors import Refused
from office.models import Ticket, User

BAD = "链接不对或已被改动，请从消息里重新打开，或登录后在页面上办理。"


def issue_ticket(*, kind: str, user: User, object_id: int, expires_at: datetime) -> str:
    """A new link's token for `user`. `kind`: acknowledge, brief, drill, join, reset."""
    token = _signer(kind).sign(secrets.token_urlsafe(24))
    Ticket.objects.create(digest=_digest(token), kind=kind, user=user, object_id=object_id, expires_at=expires_at)
    return token


def read_ticket(token: str, kind: str, at: datetime) -> Ticket:
    """Who and what the link is for, before anything is done. Raises Refused: forged, unknown, used or out of date."""
    try:
        _signer(kind).unsign(token)
    except signing.BadSignature as error:
        raise Refused(BAD) from error
    ticket = Ticket.objects.select_related("user").filter(digest=_digest(token), kind=kind).first()
    if ticket is None:
        raise Refused(BAD)
    if ticket.used_at is not None:
        raise Refused("这个链接已经用过了。")
    if ticket.expires_at <= at:
        raise Refused("这个链接已过期，请登录后在页面上办理。")
    if not ticket.user.is_active:
        raise Refused(f"{ticket.user.name} 的账号已停用。")
    return ticket


def use_ticket(token: str, kind: str, at: datetime) -> Ticket:
    """Use the link up; of two taps at once one counts, the other is refused as used."""
    ticket = read_ticket(token=token, kind=kind, at=at)
    used = Ticket.objects.filter(digest=ticket.digest, used_at=None, expires_at__gt=at).update(used_at=at)
    if used != 1:
        raise Refused("这个链接已经用过了。")
    ticket.used_at = at
    return ticket


def _signer(kind: str) -> signing.Signer:
    return signing.Signer(salt=f"huiying.ticket.{kind}")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
