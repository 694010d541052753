"""A press conference: only one that was really opened stops the 24 h clock (a plan of one: `planning`)."""

from datetime import datetime

from django.db import transaction

from alerts.deadlines import Evidence
from alerts.services.evidence import CONFERENCE, evidence_refused, meet_clocks, note_evidence_entered
from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require, second_person
from responses.models import Conference, Issue
from responses.services.claiming import check_step, clean, note, touch
from responses.services.evidence.copies import keep_copy
from responses.services.evidence.rules import ask_checkers, require_link, require_sound
from responses.services.progress import settle_state


def enter_conference(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    title: str,
    held_at: datetime,
    copy: bytes,
    copy_name: str,
    link: str = "",
    kind: str = "press_conference",
    place: str = "",
    host: str = "",
    chief_attended: bool = False,
    conference: Conference | None = None,
) -> Conference:
    """Enter a conference as held, with its stored copy (transcript, photo, page).

    `conference`: the planned row, if any. The clock shows 待复核 until somebody else has checked; `held_at` counts,
    not the click.
    """
    require(by, Act.ENTER_CONFERENCE)
    name = clean(title, "发布会主题")
    if kind not in Conference.Kind.values:
        raise Refused("请选择发布会类型。")
    address = require_link(link)
    now = check_step(issue, name="enter_conference", version=None, by=by, at=at)
    kept = keep_copy(copy, copy_name)
    evidence = Evidence(what=kind, published_at=held_at, address=address, copy_sha256=kept.sha256, uploaded=not address)
    require_sound(evidence, now, at=at, checking=False)
    values = {
        "kind": kind,
        "title": name[:200],
        "place": place.strip()[:100],
        "host": host.strip()[:60],
        "chief_attended": chief_attended,
        "held_at": held_at,
        "link": address,
        "copy_path": kept.path,
        "copy_name": kept.name,
        "copy_sha256": kept.sha256,
        "state": Conference.State.ENTERED,
        "entered_by": by,
        "entered_at": at,
    }
    with transaction.atomic():
        now = check_step(issue, name="enter_conference", version=None, by=by, at=at)
        if conference is None:
            row = Conference.objects.create(issue=now, **values)
        else:
            moved = Conference.objects.filter(
                pk=conference.pk, issue=now, state__in=(Conference.State.PLANNED, Conference.State.REFUSED)
            ).update(**values)
            if moved != 1:
                raise Refused("这场发布会刚刚已填报，请看过再决定。")
            row = Conference.objects.get(pk=conference.pk)
        if kind == CONFERENCE:
            note_evidence_entered(now.matter, what=CONFERENCE, at=at)
        touch(now)
        note(
            now,
            kind="conference.enter",
            by=by,
            at=at,
            text=f"填报{row.get_kind_display()}已举行：《{name}》",
            data={"conference": row.pk, "held_at": held_at, "sha256": kept.sha256, "link": address},
        )
        ask_checkers(
            now, what=f"发布会《{name}》", event=f"conference:{row.pk}:{int(at.timestamp())}:check", by=by, at=at
        )
        return row


def check_conference(
    *, conference: Conference, by: User, at: datetime, accept: bool, note: str, reason_again: str | None = None
) -> Conference:
    """The second person looks at the record. Accepted: a 新闻发布会 stops the 24 h clock at `held_at`."""
    require(by, Act.CHECK_CONFERENCE)
    words = note.strip()
    with transaction.atomic():
        row = Conference.objects.select_related("issue__matter", "issue__topic", "entered_by").get(pk=conference.pk)
        solo = second_person(first=row.entered_by, second=by, reason=words or None, reason_again=reason_again, at=at)
        if not accept:
            clean(words, "退回的理由")
        issue = check_step(row.issue, name="enter_conference", version=None, by=by, at=at)
        evidence = Evidence(
            what=row.kind,
            published_at=row.held_at,
            address=row.link,
            copy_sha256=row.copy_sha256,
            uploaded=not row.link,
            entered_by=row.entered_by_id,
            checked_by=by.pk,
            solo=solo,
        )
        if accept:
            require_sound(evidence, issue, at=at, checking=True)
        checked = Conference.objects.filter(pk=row.pk, state=Conference.State.ENTERED).update(
            state=Conference.State.CHECKED if accept else Conference.State.REFUSED,
            checked_by=by,
            checked_at=at,
            check_note=words,
            solo=solo,
        )
        row.refresh_from_db()
        if checked != 1:
            who = row.checked_by.name if row.checked_by else "系统"
            raise Refused(f"这场发布会现在是“{row.get_state_display()}”（{who}），请看过再决定。")
        if accept:
            if row.kind == CONFERENCE:
                meet_clocks(issue.matter, evidence=evidence, checked_at=at)
            settle_state(issue, at=at)
        else:
            _send_back(issue, row, by=by, at=at)
        touch(issue)
        _leave_row(issue, row, by=by, at=at, accept=accept, solo=solo)
        return row


def _send_back(issue: Issue, conference: Conference, *, by: User, at: datetime) -> None:
    waiting = Conference.objects.filter(issue=issue, state=Conference.State.ENTERED, kind=CONFERENCE)
    if conference.kind == CONFERENCE and not waiting.exists():
        evidence_refused(issue.matter, what=CONFERENCE, at=at)
    if conference.entered_by_id != by.pk:
        tell(
            people=[Addressee(role="", person=conference.entered_by)],
            event=f"conference:{conference.pk}:{int(at.timestamp())}:refused",
            title=f"被退回：{issue.label} 发布会《{conference.title}》"[:200],
            body=f"{by.name} 退回了您填报的发布会：{conference.check_note}。时限照走，请更正后重新填报。",
            at=at,
            matter=issue.matter,
        )


def _leave_row(issue: Issue, row: Conference, *, by: User, at: datetime, accept: bool, solo: bool) -> None:
    words = f"复核通过发布会《{row.title}》" if accept else f"退回发布会《{row.title}》：{row.check_note}"
    note(
        issue,
        kind="conference.check" if accept else "conference.refuse",
        by=by,
        at=at,
        text=words,
        data={"conference": row.pk, "held_at": row.held_at, "sha256": row.copy_sha256},
        solo=solo,
    )
