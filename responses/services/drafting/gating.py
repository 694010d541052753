"""One gate of a release: passed, or sent back with a sentence, by a person who did not write it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from office.errors import Refused
from office.models import User
from office.services.acts import require, second_person
from responses.gates import ALL, Gate, named, open_gate
from responses.models import GateMark, Issue, ReleaseDraft
from responses.services.claiming import check_step, clean, note, touch
from responses.services.drafting.asking import ask_next_gate, tell_sent_back, writers
from responses.services.drafting.writing import case_of


def decide_gate(
    *,
    draft: ReleaseDraft,
    gate: str,
    version: int,
    by: User,
    at: datetime,
    accept: bool,
    sentence: str = "",
    reason_again: str | None = None,
) -> ReleaseDraft:
    """Pass the gate the text stands before, or send it back. `version`: the text that was read.

    Under 单人值守 who wrote it types `reason_again`, the same sentence. Raises Refused: another gate's turn, a newer
    text, who wrote it, or somebody was faster, with their name and what they did.
    """
    asked = named(gate)
    if asked is None:
        raise Refused("没有这道关。")
    require(by, asked.act)
    words = sentence.strip()
    with transaction.atomic():
        now = ReleaseDraft.objects.select_related("issue__merged_into", "drafter").get(pk=draft.pk)
        issue = check_step(case_of(now), name="draft_release", version=None, by=by, at=at)
        _its_turn(now, asked, version=version)
        solo = _by_another(now, by=by, words=words, reason_again=reason_again, at=at)
        if not accept:
            clean(words, "退回的理由，一句话")
        _move(now, by=by, accept=accept)
        _mark(now, asked, by=by, at=at, accept=accept, words=words, solo=solo)
        fresh = ReleaseDraft.objects.select_related("drafter").get(pk=now.pk)
        ReleaseDraft.objects.filter(pk=now.pk).update(waiting_since=at)
        _leave_row(fresh, issue, asked, by=by, at=at, accept=accept, words=words, solo=solo)
        if accept:
            ask_next_gate(fresh, issue, by=by, at=at)
        else:
            tell_sent_back(fresh, issue, sentence=words, by=by, at=at)
        return fresh


def _its_turn(draft: ReleaseDraft, asked: Gate, *, version: int) -> None:
    if draft.version != version:
        raise Refused(f"《{draft.name}》已有第 {draft.version} 稿，请看过新稿再审。")
    turn = open_gate(draft.gate)
    if draft.state == ReleaseDraft.State.REVIEW and turn == asked:
        return
    raise Refused(_how_it_stands(draft, asked))


def _how_it_stands(draft: ReleaseDraft, asked: Gate) -> str:
    """Who decided this gate already; else whose turn it is."""
    done = GateMark.objects.filter(draft=draft, version=draft.version, gate=asked.key).select_related("by").first()
    if done is not None:
        return f"{done.by.name} 刚刚已{'过了' if done.passed else '退回了'}“{asked.name}”关，请看过再决定。"
    if draft.state == ReleaseDraft.State.DROPPED:
        return f"《{draft.name}》已经作罢。"
    if draft.state == ReleaseDraft.State.BACK:
        return f"《{draft.name}》已被退回，等起草人改好再审。"
    turn = open_gate(draft.gate)
    return f"《{draft.name}》现在轮到“{turn.name}”关。" if turn else f"《{draft.name}》四道关已经过齐。"


def _by_another(draft: ReleaseDraft, *, by: User, words: str, reason_again: str | None, at: datetime) -> bool:
    """False when two people did it; True when who wrote it does it 单人. Raises Refused."""
    if by.pk not in {user.pk for user in writers(draft)}:
        return False
    return second_person(first=by, second=by, reason=words or None, reason_again=reason_again, at=at)


def _move(draft: ReleaseDraft, *, by: User, accept: bool) -> None:
    """Forward by one gate, or back to the desk; if nobody was faster."""
    passed = draft.gate + 1 if accept else draft.gate
    state = ReleaseDraft.State.BACK
    if accept:
        state = ReleaseDraft.State.READY if passed == ALL else ReleaseDraft.State.REVIEW
    moved = ReleaseDraft.objects.filter(
        pk=draft.pk, version=draft.version, gate=draft.gate, state=ReleaseDraft.State.REVIEW
    ).update(gate=passed, state=state)
    if moved != 1:
        turn = open_gate(draft.gate)
        raise Refused(
            _how_it_stands(ReleaseDraft.objects.get(pk=draft.pk), turn) if turn else "刚刚有变化，请看过再审。"
        )


def _mark(draft: ReleaseDraft, gate: Gate, *, by: User, at: datetime, accept: bool, words: str, solo: bool) -> None:
    try:
        with transaction.atomic():
            GateMark.objects.create(
                draft=draft,
                version=draft.version,
                gate=gate.key,
                passed=accept,
                sentence=words,
                by=by,
                at=at,
                solo=solo,
            )
    except IntegrityError as error:
        raise Refused(_how_it_stands(draft, gate)) from error


def _leave_row(
    draft: ReleaseDraft, issue: Issue, gate: Gate, *, by: User, at: datetime, accept: bool, words: str, solo: bool
) -> None:
    said = f"《{draft.name}》过“{gate.name}”关" if accept else f"退回《{draft.name}》，“{gate.name}”关：{words}"
    note(
        issue,
        kind="draft.pass" if accept else "draft.send_back",
        by=by,
        at=at,
        text=said + (f"（{words}）" if accept and words else ""),
        data={"draft": draft.pk, "version": draft.version, "gate": gate.key},
        solo=solo,
    )
    touch(issue)
