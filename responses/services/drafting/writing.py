"""Writing a release: a new one, a changed one, one that is given up. Each version of the text is kept with its hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from office.errors import Changed, Refused
from office.models import Department, User
from office.roles import Act
from office.services.acts import require
from responses.gates import after_edit
from responses.models import DraftText, Issue, Release, ReleaseDraft
from responses.services.claiming import check_step, clean, note, touch
from responses.services.drafting.asking import ask_next_gate
from responses.services.evidence.copies import keep_copy

LONGEST = 20_000  # characters of a text; a longer paper is attached as a file


@dataclass(frozen=True)
class Words:
    """What a release says: `kind` (Release.Kind), name, unit that answers for it, channels meant, text or file."""

    kind: str
    name: str
    unit: Department | None = None
    channels: Sequence[str] = ()
    text: str = ""
    file: bytes = b""
    file_name: str = ""
    keep_file: bool = True  # without a new file, the one of the version before goes on


def start_draft(*, issue: Issue, by: User, at: datetime, words: Words) -> ReleaseDraft:
    """Put a new release before its first gate and tell those who may pass it. Raises Refused."""
    require(by, Act.DRAFT_RELEASE)
    name, channels = _checked(words)
    now = check_step(issue, name="draft_release", version=None, by=by, at=at)
    kept = _text(words, None)
    with transaction.atomic():
        draft = ReleaseDraft.objects.create(
            issue=now,
            kind=words.kind,
            name=name,
            unit=words.unit,
            channels=channels,
            drafter=by,
            created_at=at,
            waiting_since=at,
        )
        _keep(kept, draft, number=1, by=by, at=at)
        _left(draft, now, kept, kind="draft.start", by=by, at=at, text=f"起草《{name}》，送审")
        return draft


def edit_draft(
    *, draft: ReleaseDraft, by: User, at: datetime, words: Words, version: int, from_start: bool = False
) -> ReleaseDraft:
    """Write the next version of the text; earlier ones stay. `version`: the one that was read.

    Which gates are open again: `responses.gates.after_edit`. Raises Changed where somebody wrote one meanwhile,
    Refused once it is published: what the public has read is put right by another release.
    """
    require(by, Act.DRAFT_RELEASE)
    name, channels = _checked(words)
    now = ReleaseDraft.objects.select_related("issue__merged_into").get(pk=draft.pk)
    issue = check_step(case_of(now), name="draft_release", version=None, by=by, at=at)
    _still_open(now)
    if now.version != version:
        raise Changed(_who_wrote(now))
    if now.releases.exclude(state=Release.State.REFUSED).exists():
        raise Refused(f"《{now.name}》已有发布存证，原文不再改；要更正或补充，请另起一份。")
    before = now.texts.get(number=now.version)
    kept = _text(words, before)
    back = now.state == ReleaseDraft.State.BACK
    gate = after_edit(now.gate, sent_back=back, from_start=from_start)
    with transaction.atomic():
        moved = ReleaseDraft.objects.filter(
            pk=now.pk, version=version, gate=now.gate, state=now.state
        ).update(
            kind=words.kind,
            name=name,
            unit=words.unit,
            channels=channels,
            drafter=by,
            state=ReleaseDraft.State.REVIEW,
            gate=gate,
            version=F("version") + 1,
            waiting_since=at,
        )  # fmt: skip
        if moved != 1:
            raise Changed(_who_wrote(ReleaseDraft.objects.get(pk=now.pk)))
        fresh = ReleaseDraft.objects.get(pk=now.pk)
        _keep(kept, fresh, number=fresh.version, by=by, at=at)
        told = f"改《{name}》，第 {fresh.version} 稿，{'退回的一关起重审' if gate else '四道关重审'}"
        _left(fresh, issue, kept, kind="draft.edit", by=by, at=at, text=told)
        return fresh


def drop_draft(*, draft: ReleaseDraft, by: User, at: datetime, version: int, sentence: str) -> ReleaseDraft:
    """Give a release up that will not be published; its texts and marks stay on record."""
    require(by, Act.DRAFT_RELEASE)
    why = clean(sentence, "作罢的理由")
    with transaction.atomic():
        now = ReleaseDraft.objects.select_related("issue__merged_into").get(pk=draft.pk)
        _still_open(now)
        if now.releases.exclude(state=Release.State.REFUSED).exists():
            raise Refused(f"《{now.name}》已有发布存证，不能作罢。")
        moved = ReleaseDraft.objects.filter(pk=now.pk, version=version, state__in=ReleaseDraft.OPEN).update(
            state=ReleaseDraft.State.DROPPED, dropped_why=why, waiting_since=at
        )
        if moved != 1:
            raise Refused(_who_wrote(ReleaseDraft.objects.get(pk=now.pk)))
        issue = case_of(now)
        note(
            issue, kind="draft.drop", by=by, at=at, text=f"《{now.name}》作罢：{why}", data={"draft": now.pk}
        )  # fmt: skip
        touch(issue)
        now.refresh_from_db()
        return now


def case_of(draft: ReleaseDraft) -> Issue:
    """The case it is worked on in: the one it was begun in, or the one that was merged into."""
    return draft.issue.merged_into or draft.issue


def _checked(words: Words) -> tuple[str, list[str]]:
    if words.kind not in Release.Kind.values:
        raise Refused("请选择发布类型。")
    if len(words.text) > LONGEST:
        raise Refused(f"正文超过 {LONGEST} 字，请作为文件附上。")
    channels = list(dict.fromkeys(c.strip()[:100] for c in words.channels if c.strip()))
    if not channels:
        raise Refused("请选拟发的渠道，至少一个；发布后按渠道补存证。")
    return clean(words.name, "名称")[:200], channels


def _text(words: Words, before: DraftText | None) -> DraftText:
    """The next version, its file on the disk already; not yet a row."""
    text = words.text.strip()
    row = DraftText(text=text, sha256=hashlib.sha256(text.encode()).hexdigest() if text else "")
    if words.file:
        kept = keep_copy(words.file, words.file_name)
        row.file_path, row.file_name, row.file_sha256 = kept.path, kept.name, kept.sha256
    elif before is not None and words.keep_file:
        row.file_path, row.file_name, row.file_sha256 = before.file_path, before.file_name, before.file_sha256
    if not text and not row.file_sha256:
        raise Refused("请写正文，或附上稿件文件。")
    return row


def _keep(row: DraftText, draft: ReleaseDraft, *, number: int, by: User, at: datetime) -> None:
    row.draft, row.number, row.by, row.at = draft, number, by, at
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Changed(_who_wrote(draft)) from error


def _left(draft: ReleaseDraft, issue: Issue, kept: DraftText, *, kind: str, by: User, at: datetime, text: str) -> None:
    """Trail row, version of the case, and word to the next gate."""
    data = {"draft": draft.pk, "version": draft.version, "sha256": kept.sha256, "file_sha256": kept.file_sha256}
    note(issue, kind=kind, by=by, at=at, text=text, data=data)
    touch(issue)
    ask_next_gate(draft, issue, by=by, at=at)


def _still_open(draft: ReleaseDraft) -> None:
    if draft.state == ReleaseDraft.State.DROPPED:
        raise Refused(f"《{draft.name}》已经作罢，要发请另起一份。")


def _who_wrote(draft: ReleaseDraft) -> str:
    last = draft.texts.select_related("by").order_by("-number").first()
    if draft.state == ReleaseDraft.State.DROPPED or last is None:
        return f"《{draft.name}》刚刚有变化，请看过再决定。"
    return f"{last.by.name} 刚刚写了第 {last.number} 稿，或有人过了一关，请对照着看过再存。"
