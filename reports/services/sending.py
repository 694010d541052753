"""Sending a signed brief: to the console at once, by mail with its documents, each receipt kept (rules.md 13)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from alerts import channels
from alerts.channels import Attachment, letters
from office import trail
from office.errors import Refused, SendError
from office.models import User
from office.roles import Act, may
from office.services.tickets import issue_ticket, use_ticket
from office.state import get_state
from reports.models import Brief, Receipt
from reports.services.documents import file_of, keep_documents
from reports.services.drafting import current_plan, sections_of

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
DRY = "试运行或演练，未外发"
TICKET = "brief"
LINK_LIVES = timedelta(days=14)
# Waits between tries of one mail; the last one repeats until the mail is given up.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60))
GIVE_UP = timedelta(days=3)


def send_due(*, at: datetime, limit: int = 20) -> tuple[int, int]:
    """Put out every brief that is signed, never another, and try the mails that are due: (sent, failed tries)."""
    if get_state("sending_hold"):
        return 0, 0
    for brief in Brief.objects.filter(state=Brief.State.SIGNED).order_by("running_no"):
        try:
            put_out(brief=brief, at=at)
        except OSError as error:  # a full disk: the brief stays signed, rings on, and is tried at the next sweep
            Brief.objects.filter(pk=brief.pk).update(documents_error=f"文件写不下去：{error.strerror or error}")
    sent = failed = 0
    # After the clock was set back no mail waits longer than the longest back-off.
    turn = Q(next_try_at__lte=at) | Q(next_try_at__gt=at + BACK_OFF[-1])
    due = Receipt.objects.filter(turn, channel="mail", sent_at=None, brief__state=Brief.State.SENT)
    for receipt in due.select_related("brief", "person").order_by("next_try_at", "pk")[:limit]:
        outcome = _mail(receipt, at=at)
        sent += outcome is True
        failed += outcome is False
        if outcome is False and Receipt.objects.filter(pk=receipt.pk, next_try_at__isnull=False).exists():
            break  # a server that is away would cost its time-out once per mail, and the clocks wait for this sweep
    return sent, failed


def put_out(*, brief: Brief, at: datetime) -> Brief:
    """Draw the documents and publish in the console; mails are queued. Doing it twice changes nothing."""
    if brief.state != Brief.State.SIGNED:
        raise Refused("未签发的简报不能发出。")
    if not brief.docx_path or file_of(brief, "docx") is None:
        keep_documents(brief)
    dry = bool(get_state("dry_run", True)) or settings.DRILL
    people = [p for p in User.objects.filter(is_active=True).order_by("pk") if may(p.roles, Act.READ_BRIEF)]
    with transaction.atomic():
        done = Brief.objects.filter(pk=brief.pk, state=Brief.State.SIGNED).update(
            state=Brief.State.SENT, sent_at=at, next_ring_at=None, version=F("version") + 1
        )
        if done == 1:
            rows = [Receipt(brief=brief, person=person, channel="console", sent_at=at) for person in people]
            rows += [
                Receipt(
                    brief=brief,
                    person=person,
                    channel="mail",
                    next_try_at=None if dry else at,
                    error=DRY if dry else "",
                )
                for person in people
                if person.email and person.mail_briefs and not person.scripted
            ]
            Receipt.objects.bulk_create(rows, ignore_conflicts=True)
            trail.record(
                by=None,
                kind="brief.send",
                at=at,
                object_kind="brief",
                object_id=str(brief.pk),
                text=f"发出第{brief.issue_no}期，送达{len(people)}人" + ("（试运行，邮件未外发）" if dry else ""),
                data={"sha256": brief.document_sha256},
            )
    brief.refresh_from_db()
    return brief


def _mail(receipt: Receipt, *, at: datetime) -> bool | None:
    """One try. The next one is written down before this one starts, so that a process that dies loses nothing."""
    wait = BACK_OFF[min(receipt.tries, len(BACK_OFF) - 1)]
    claimed = Receipt.objects.filter(pk=receipt.pk, tries=receipt.tries, sent_at=None).update(
        tries=F("tries") + 1, next_try_at=at + wait
    )
    if not claimed:
        return None
    try:
        channels.send("mail", _letter(receipt, at=at), to=receipt.person.email)
    except SendError as error:
        sent_at = receipt.brief.sent_at or at
        last = error.permanent or at - sent_at > GIVE_UP
        Receipt.objects.filter(pk=receipt.pk).update(error=str(error), **({"next_try_at": None} if last else {}))
        return False
    Receipt.objects.filter(pk=receipt.pk).update(sent_at=at, error="", next_try_at=None)
    return True


def _letter(receipt: Receipt, *, at: datetime) -> channels.Message:
    brief, plan = receipt.brief, current_plan()
    token = issue_ticket(kind=TICKET, user=receipt.person, object_id=brief.pk, expires_at=at + LINK_LIVES)
    guide = next(section for section in sections_of(brief) if section["key"] == "guide")
    attachments = []
    for ending, kind in KINDS.items():
        path = file_of(brief, ending)
        if path is not None:
            attachments.append(Attachment(path.name, path.read_bytes(), kind))
    correction = "（更正）" if brief.corrects_id else ""
    return letters.compose(
        title=f"《{plan.title}》{brief.day.year}年第{brief.issue_no}期（总第{brief.running_no}期）{correction}",
        body=f"{plan.issuer}　{brief.day.year}年{brief.day.month}月{brief.day.day}日\n\n"
        f"{guide['title']}\n{guide['text']}\n\n"
        "全文见附件，或从下面的链接打开（打开即记为已阅）。",
        link=f"{settings.URL}/brief-link/{token}/",
        link_words="打开本期",
        page=f"{settings.URL}/briefs/{brief.pk}/",
        page_words="在台面上看",
        attachments=tuple(attachments),
        key=f"brief-{brief.pk}-{receipt.person_id}",
        thread=f"brief-{brief.pk}",
    )


def opened(*, brief: Brief, person: User, at: datetime, channel: str = "console") -> bool:
    """Note that a person opened it, once per way; True when this was the first time."""
    return bool(
        Receipt.objects.filter(brief=brief, person=person, channel=channel, opened_at=None).update(opened_at=at)
    )


def open_by_ticket(*, token: str, at: datetime) -> tuple[Brief, User]:
    """Use a personal link up: the brief, and whose link it was. Raises Refused (used, out of date, forged)."""
    with transaction.atomic():
        ticket = use_ticket(token=token, kind=TICKET, at=at)
        brief = Brief.objects.get(pk=ticket.object_id)
        opened(brief=brief, person=ticket.user, at=at, channel="mail")
    return brief, ticket.user


def try_again(*, receipt: Receipt, by: User, at: datetime) -> None:
    """Queue a mail that was given up once more, e.g. after the address was put right."""
    if not may(by.roles, Act.SIGN_BRIEF) and not may(by.roles, Act.EDIT_BRIEF):
        raise Refused(f"{by.name} 没有重发简报的权限。")
    Receipt.objects.filter(pk=receipt.pk, sent_at=None).update(next_try_at=at, error="")
