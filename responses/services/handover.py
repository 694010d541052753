"""交接班: every running clock goes from one shift to the next, ticked and signed by both. Clocks do not stop for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet

from alerts.models import Clock
from alerts.services.notices import Addressee, tell
from office import trail
from office.errors import Changed, Refused
from office.models import Duty, User
from office.pack.current import current_pack
from office.queries import ROSTERED, Change, last_change
from office.roles import Act, Role
from office.services.acts import require, second_person
from responses.models import Handover, HandoverLine, Issue

LONGEST_WORDS = 200


@dataclass(frozen=True)
class Ticks:
    """What one of the two ticked and wrote: clocks ticked, and the sentence that goes with a clock."""

    clocks: frozenset[int]
    words: Mapping[int, str]


def running() -> list[tuple[int, datetime]]:
    """(key, due) of all open clocks of open cases, the nearest first; whole rows of thousands take a second to make."""
    return list(_running().values_list("pk", "due_at"))


def running_clocks(keys: Iterable[int] | None = None) -> list[Clock]:
    """The same with their cases, all or those of `keys`."""
    rows = _running() if keys is None else _running().filter(pk__in=list(keys))
    return list(rows.select_related("matter__issue", "matter__owner"))


def _running() -> QuerySet[Clock]:
    return Clock.objects.filter(closed_at=None, matter__issue__state__in=Issue.OPEN).order_by("due_at", "id")


def change_now(*, at: datetime) -> Change | None:
    """The change of shift that is handed over now: the coming one, shortly before, or the last one, until signed."""
    rule = current_pack().policy.duty
    return last_change(at, early=timedelta(minutes=rule.handover_early_minutes))


def begin(*, change: Change, by: User, at: datetime) -> Handover:
    """The sheet of this change; made by whoever of the two shifts comes first. Opening it twice changes nothing."""
    require(by, Act.HAND_OVER)
    found = Handover.objects.filter(changes_at=change.at).first()
    if found is not None:
        return found
    if change.coming and by.pk not in change.going | change.coming:
        raise Refused("您不在这两个班里，交接由交班、接班的人办。")
    try:
        with transaction.atomic():
            number = (Handover.objects.aggregate(last=Max("number"))["last"] or 0) + 1
            made = Handover.objects.create(number=number, changes_at=change.at, opened_at=at, opened_by=by)
            _note(made, kind="handover.begin", by=by, at=at, text=f"开始交接 {made.label}")
    except IntegrityError:  # the other one opened it in the same moment
        return Handover.objects.get(changes_at=change.at)
    return made


def save_giving(
    *, handover: Handover, ticks: Ticks, note: str, version: int | None, by: User, at: datetime
) -> Handover:
    """Keep what the giver ticked and wrote, unsigned. Raises Changed where somebody saved since `version`."""
    require(by, Act.HAND_OVER)
    if handover.given_at is not None:
        raise Refused("交班已签，不能再改；有话可在下面补问补答。")
    with transaction.atomic():
        _move(handover, version, by=by, note=note.strip())
        _keep(handover, ticks, side="given_at", at=at)
    return handover


def sign_giving(
    *, handover: Handover, ticks: Ticks, note: str, version: int | None, by: User, at: datetime
) -> Handover:
    """The giver signs: every running clock is ticked, also those that opened since the page was read."""
    change = _change_of(handover)
    if by.pk not in change.going and change.going:
        raise Refused("交班要由本班的人签。")
    with transaction.atomic():
        save_giving(handover=handover, ticks=ticks, note=note, version=version, by=by, at=at)
        _all_ticked(handover, side="given_at")
        Handover.objects.filter(pk=handover.pk, given_at=None).update(giver=by, given_at=at)
        handover.giver, handover.given_at = by, at
        _note(handover, kind="handover.give", by=by, at=at, text=f"交班签字 {handover.label}", data=_clocks(handover))
        coming = list(User.objects.filter(pk__in=change.coming))
        _tell(coming, handover, "given", f"{by.name} 已签交班，请接班", "请逐个看过在走的时限，再签接班。", at=at)
    return handover


def sign_taking(
    *,
    handover: Handover,
    ticks: Ticks,
    by: User,
    at: datetime,
    missing_giver: str = "",
    reason_again: str | None = None,
) -> Handover:
    """The taker signs; from now on new reminders look for them first.

    Where the giver did not sign, the reason is written. The same person signs both sides only under 单人值守.
    """
    require(by, Act.HAND_OVER)
    change = _change_of(handover)
    if change.coming and by.pk not in change.coming:
        raise Refused("接班要由下一班的人签。")
    if handover.taken_at is not None:
        raise Refused("接班已经签过了。")
    if handover.given_at is None and not missing_giver.strip():
        raise Refused("交班还没签。确实没人交的，写明原因再接。")
    solo = False
    if handover.giver is not None:
        solo = second_person(first=handover.giver, second=by, reason_again=reason_again, at=at)
    with transaction.atomic():
        _keep(handover, ticks, side="taken_at", at=at)
        _all_ticked(handover, side="taken_at")
        why = "" if handover.given_at else missing_giver.strip()[:LONGEST_WORDS]
        done = Handover.objects.filter(pk=handover.pk, taken_at=None).update(
            taker=by, taken_at=at, missing_giver=why, solo=solo, version=F("version") + 1
        )
        if done != 1:
            raise Refused("接班已经签过了。")
        handover.refresh_from_db()
        _shift_roster(handover, at=at)
        words = f"接班签字 {handover.label}" + (f"，交班人没有签：{why}" if why else "")
        _note(handover, kind="handover.take", by=by, at=at, text=words, data=_clocks(handover), solo=solo)
    return handover


def save_taking(*, handover: Handover, ticks: Ticks, by: User, at: datetime) -> Handover:
    """Keep what the taker has looked at, unsigned."""
    require(by, Act.HAND_OVER)
    if handover.taken_at is not None:
        raise Refused("接班已经签过了。")
    change = _change_of(handover)
    if change.coming and by.pk not in change.coming:
        raise Refused("接班一栏由下一班的人勾。")
    with transaction.atomic():
        _keep(handover, ticks, side="taken_at", at=at)
    return handover


def say(*, handover: Handover, text: str, by: User, at: datetime) -> Handover:
    """A question of the taker, or the giver's answer; the other side is told."""
    require(by, Act.HAND_OVER)
    said = " ".join(text.split())
    if not said:
        raise Refused("请写要问的话。")
    change = _change_of(handover)
    with transaction.atomic():
        handover.refresh_from_db()
        handover.talk = [*handover.talk, {"at": at.isoformat(), "by": by.name, "text": said[:500]}]
        Handover.objects.filter(pk=handover.pk).update(talk=handover.talk, version=F("version") + 1)
        _note(handover, kind="handover.say", by=by, at=at, text=f"{handover.label} 问答：{said[:500]}")
        side = change.coming if by.pk in change.going else change.going
        others = list(User.objects.filter(pk__in=side - {by.pk}))
        _tell(others, handover, f"say:{len(handover.talk)}", f"{by.name} 在交接单上留了话", said[:500], at=at)
    return handover


def remind_unsigned(*, at: datetime) -> int:
    """Ten minutes after a change that is not signed by both, those who have not signed are told, once."""
    rule = current_pack().policy.duty
    change = last_change(at, early=timedelta(0))
    if change is None or at < change.at + timedelta(minutes=rule.handover_grace_minutes):
        return 0
    if not change.coming or not change.going:
        return 0
    sheet = Handover.objects.filter(changes_at=change.at).first()
    if sheet is not None and sheet.taken_at is not None:
        return 0
    owing = set(change.coming)
    if sheet is None or sheet.given_at is None:
        owing |= change.going
    people = [Addressee(Role.DUTY_LEAD, person) for person in User.objects.filter(pk__in=owing, is_active=True)]
    made = tell(
        people=people,
        event=f"handover:{int(change.at.timestamp())}:late",
        title="交接班还没签",
        body="到点的交接班还没有签完。时限不因交接停走，请逐个交清、两人签字。",
        at=at,
    )
    return len(made)


def lines_of(handover: Handover | None) -> dict[int, HandoverLine]:
    """What stands on the sheet by clock."""
    return {line.clock_id: line for line in handover.lines.all()} if handover is not None else {}


def _change_of(handover: Handover) -> Change:
    found = last_change(handover.changes_at, early=timedelta(0), exactly=True)
    return found or Change(handover.changes_at, frozenset(), frozenset())


def _keep(handover: Handover, ticks: Ticks, *, side: str, at: datetime) -> None:
    """Write the ticks and words of one side; a tick taken back is taken back."""
    lines = lines_of(handover)
    for clock, _ in running():
        line = lines.get(clock) or HandoverLine(handover=handover, clock_id=clock)
        before = (line.words, getattr(line, side))
        if (before[1] is not None) != (clock in ticks.clocks):
            setattr(line, side, at if clock in ticks.clocks else None)
        if clock in ticks.words:
            line.words = " ".join(ticks.words[clock].split())[:LONGEST_WORDS]
        if (line.words, getattr(line, side)) != before:
            line.save()


def _all_ticked(handover: Handover, *, side: str) -> None:
    lines = lines_of(handover)
    left = [clock for clock, _ in running() if clock not in lines or getattr(lines[clock], side) is None]
    if left:
        names = "、".join(f"{c.matter.title}（{c.get_kind_display()}）" for c in running_clocks(left[:3]))
        raise Refused(f"还有 {len(left)} 个时限没有勾：{names}{'等' if len(left) > 3 else ''}。逐个看过再签。")


def _move(handover: Handover, version: int | None, *, by: User, note: str) -> None:
    rows = Handover.objects.filter(pk=handover.pk, given_at=None)
    if version is not None:
        rows = rows.filter(version=version)
    if rows.update(note=note, version=F("version") + 1) != 1:
        raise Changed("同班的人先存了一次，请对照两份，再存一次。")
    handover.refresh_from_db()


def _shift_roster(handover: Handover, *, at: datetime) -> None:
    """Signed before the hour: the taker is on from now. The giver's shift ends when it ends; nobody is told less."""
    Duty.objects.filter(
        user=handover.taker, role__in=ROSTERED, starts_at__gt=at, starts_at__lte=handover.changes_at
    ).update(starts_at=at)


def _clocks(handover: Handover) -> dict[str, object]:
    return {"clocks": sorted(lines_of(handover))}


def _tell(people: Iterable[User], handover: Handover, step: str, title: str, body: str, *, at: datetime) -> None:
    addressed = [Addressee(Role.DUTY_LEAD, person) for person in people]
    tell(people=addressed, event=f"handover:{handover.pk}:{step}", title=title, body=body, at=at)


def _note(
    handover: Handover,
    *,
    kind: str,
    by: User,
    at: datetime,
    text: str,
    data: dict[str, object] | None = None,
    solo: bool = False,
) -> None:
    trail.record(
        by=by,
        kind=kind,
        at=at,
        object_kind="handover",
        object_id=str(handover.pk),
        text=text,
        data=data,
        solo=solo,
    )
