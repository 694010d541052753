"""A publication: the only thing that stops the 5 h and 48 h clocks and the rounds of continuous release."""

from datetime import datetime

from django.db import transaction

from alerts.deadlines import Evidence, Published
from alerts.services.evidence import RELEASE, evidence_refused, follow_up, meet_clocks, note_evidence_entered
from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import Department, User
from office.roles import Act
from office.services.acts import require, second_person
from responses.models import Issue, Release, ReleaseDraft
from responses.services.claiming import check_step, clean, note, touch
from responses.services.evidence.copies import Copy, keep_copy
from responses.services.evidence.rules import ask_checkers, require_link, require_sound
from responses.services.progress import settle_state


def enter_release(
    *,
    issue: Issue,
    by: User,
    at: datetime,
    kind: str,
    channel: str,
    title: str,
    link: str,
    published_at: datetime,
    copy: bytes,
    copy_name: str,
    publisher: Department | None = None,
    uploaded: bool | None = None,
    answers_merged: bool = False,
    draft: ReleaseDraft | None = None,
    ungated_why: str = "",
) -> Release:
    """Enter what was published, with its stored copy (bytes). Its clocks show 待复核 and the ladder is quiet.

    `uploaded`: the copy is a file of its own, so that no link is needed (default: where no link is given).
    `answers_merged`: it is named as the answer to a merged lead too, which the checker confirms. `draft`: what passed
    the four gates; without one it is taken all the same (a clock does not wait for paper), marked 未过四道关, with
    `ungated_why` as far as anybody said.
    """
    require(by, Act.ENTER_RELEASE)
    if kind not in Release.Kind.values:
        raise Refused("请选择发布类型。")
    address = require_link(link)
    where, name = clean(channel, "发布渠道"), clean(title, "标题")
    now = check_step(issue, name="enter_release", version=None, by=by, at=at)
    is_file = not address if uploaded is None else uploaded
    kept = keep_copy(copy, copy_name)
    require_sound(_evidence(published_at, address, kept, is_file, by, None, False, False), now, at=at, checking=False)
    with transaction.atomic():
        now = check_step(issue, name="enter_release", version=None, by=by, at=at)
        same = Release.objects.filter(issue=now, copy_sha256=kept.sha256, link=address, published_at=published_at)
        if same.exclude(state=Release.State.REFUSED).exists():
            raise Refused("这条发布已经填报过了。")
        release = Release.objects.create(
            issue=now,
            kind=kind,
            publisher=publisher,
            channel=where[:100],
            title=name[:200],
            link=address,
            published_at=published_at,
            copy_path=kept.path,
            copy_name=kept.name,
            copy_sha256=kept.sha256,
            entered_by=by,
            entered_at=at,
            answers_merged=answers_merged,
            draft=draft,
            ungated_why="" if draft else ungated_why.strip(),
        )
        note_evidence_entered(now.matter, what=RELEASE, at=at)
        touch(now)
        note(
            now,
            kind="release.enter",
            by=by,
            at=at,
            text=f"填报发布：{release.get_kind_display()}《{name}》",
            data={"release": release.pk, "published_at": published_at, "sha256": kept.sha256, "link": address},
        )
        ask_checkers(now, what=f"发布《{name}》", event=f"release:{release.pk}:check", by=by, at=at)
        return release


def check_release(
    *, release: Release, by: User, at: datetime, accept: bool, note: str, reason_again: str | None = None
) -> Release:
    """The second person looks at link, time and copy. Accepted: clocks stop at the publishing time, not at the click.

    Sent back (`note` says why): the ladder wakes. Under 单人值守 the person who entered it types `reason_again`, the
    same sentence as `note`.
    """
    require(by, Act.CHECK_RELEASE)
    words = note.strip()
    with transaction.atomic():
        row = Release.objects.select_related("issue__matter", "issue__topic", "entered_by").get(pk=release.pk)
        solo = second_person(first=row.entered_by, second=by, reason=words or None, reason_again=reason_again, at=at)
        if not accept:
            clean(words, "退回的理由")
        issue = check_step(row.issue, name="enter_release", version=None, by=by, at=at)
        evidence = _evidence(
            row.published_at,
            row.link,
            Copy(row.copy_path, row.copy_name, row.copy_sha256),
            not row.link,
            row.entered_by,
            by,
            solo,
            row.answers_merged,
        )
        if accept:
            require_sound(evidence, issue, at=at, checking=True)
        checked = Release.objects.filter(pk=row.pk, state=Release.State.ENTERED).update(
            state=Release.State.CHECKED if accept else Release.State.REFUSED,
            checked_by=by,
            checked_at=at,
            check_note=words,
            solo=solo,
        )
        row.refresh_from_db()
        if checked != 1:
            who = row.checked_by.name if row.checked_by else "系统"
            raise Refused(f"{who} 刚刚已{row.get_state_display()}这条发布，请看过再决定。")
        if accept:
            _stop_clocks(issue, row, evidence, at=at)
        else:
            _send_back(issue, row, by=by, at=at)
        touch(issue)
        _leave_row(issue, row, by=by, at=at, accept=accept, solo=solo)
        return row


def _stop_clocks(issue: Issue, release: Release, evidence: Evidence, *, at: datetime) -> None:
    meet_clocks(issue.matter, evidence=evidence, checked_at=at)
    checked = Release.objects.filter(issue=issue, state=Release.State.CHECKED).order_by("published_at", "pk")
    follow_up(issue.matter, [Published(r.published_at, r.kind) for r in checked], at=at)
    if Release.objects.filter(issue=issue, state=Release.State.ENTERED).exists():
        note_evidence_entered(issue.matter, what=RELEASE, at=at)
    else:
        # Clocks it does not answer (of a merged lead, of a later event) are owed as before.
        evidence_refused(issue.matter, what=RELEASE, at=at, why="已复核的发布不答复这一时限")
    settle_state(issue, at=at)


def _send_back(issue: Issue, release: Release, *, by: User, at: datetime) -> None:
    if not Release.objects.filter(issue=issue, state=Release.State.ENTERED).exists():
        evidence_refused(issue.matter, what=RELEASE, at=at)
    if release.entered_by_id != by.pk:
        tell(
            people=[Addressee(role="", person=release.entered_by)],
            event=f"release:{release.pk}:refused",
            title=f"被退回：{issue.label} 发布《{release.title}》"[:200],
            body=f"{by.name} 退回了您填报的发布：{release.check_note}。时限照走，请更正后重新填报。",
            at=at,
            matter=issue.matter,
        )


def _leave_row(issue: Issue, release: Release, *, by: User, at: datetime, accept: bool, solo: bool) -> None:
    words = f"复核通过《{release.title}》" if accept else f"退回《{release.title}》：{release.check_note}"
    note(
        issue,
        kind="release.check" if accept else "release.refuse",
        by=by,
        at=at,
        text=words,
        data={"release": release.pk, "published_at": release.published_at, "sha256": release.copy_sha256},
        solo=solo,
    )


def _evidence(
    published_at: datetime,
    link: str,
    kept: Copy,
    uploaded: bool,
    entered_by: User,
    checked_by: User | None,
    solo: bool,
    names_merged: bool,
) -> Evidence:
    return Evidence(
        what=RELEASE,
        published_at=published_at,
        address=link,
        copy_sha256=kept.sha256,
        uploaded=uploaded,
        entered_by=entered_by.pk,
        checked_by=checked_by.pk if checked_by else None,
        solo=solo,
        names_merged=names_merged,
    )
