"""The ladder as rows: rungs that are due fire once, silence goes one step up, a due moment becomes a breach."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, transaction

from alerts import ladder
from alerts.ladder import FiredRung, LadderClock, NoticeRow, RungMoment
from alerts.models import Anchor, Clock, Level, Matter, Rung
from alerts.queries.candidates import STOOD_STILL
from alerts.queries.roster import People
from alerts.services.clock_rows import facts_of, write_facts
from alerts.services.notices import Addressee, tell
from alerts.services.regrading import level_in_force
from office.pack.current import current_pack
from office.pack.policy import PolicyPack
from office.statements import Prepared, PreparedRows, add, run

FRESH = timedelta(minutes=2)  # a rung found this soon after its moment is told as itself, later as one that lay behind
WOKEN = "woken"  # its evidence was sent back: told at once, whatever the checker was told meanwhile
_EPSILON = timedelta(microseconds=1)
Row = TypeVar("Row")


@lru_cache(maxsize=4)
def _due_clocks(limit: int) -> PreparedRows[Clock]:
    """Clocks with a rung whose moment has come, with their matters."""
    due = Clock.objects.filter(closed_at=None, matter__open=True).select_related("matter")
    return PreparedRows(lambda at: due.filter(next_rung_at__lte=at).order_by("next_rung_at", "pk")[:limit], at=datetime)


_open_clocks = PreparedRows(
    lambda matter: Clock.objects.filter(matter_id=matter, closed_at=None).order_by("due_at", "pk"), matter=int
)
_last_rung = Prepared(
    lambda clock, start: (
        Rung.objects.exclude(name=WOKEN)
        .filter(clock_id=clock, key__startswith=start)
        .order_by("-due_at")
        .values_list("due_at")[:1]
    ),
    clock=int,
    start=str,
)
_how_found = Prepared(
    lambda matter: Anchor.objects.filter(matter_id=matter, kind="detected").order_by("pk").values_list("source")[:1],
    matter=int,
)
_WAIT = f"UPDATE {Clock._meta.db_table} SET next_rung_at=%s WHERE id=%s AND closed_at IS NULL"


def ladder_clock(clock: Clock, policy: PolicyPack) -> LadderClock:
    """The row as the ladder sees it."""
    matter = clock.matter
    rule = next(r for r in policy.clocks if r.kind == clock.kind)
    rings = clock.is_open and matter.open
    if rings and clock.moved_later and clock.breached_at is not None and clock.breached_at < clock.due_at:
        rings = False  # moved later after its due moment: keeps its breach and rings no more (rules.md 5)
    return LadderClock(
        clock_id=clock.pk,
        label=f"《{matter.title}》",
        name=rule.name,
        anchor_at=clock.anchor_at,
        due_at=clock.due_at,
        opened_at=clock.started_at,
        level=level_in_force(matter),
        provisional=clock.firm_at is None,
        evidence_at=clock.evidence_pending_at,
        rings=rings,
    )


def fire_rungs(*, at: datetime, limit: int = 500) -> int:
    """Fire every rung whose moment has come; returns how many. Two sweeps at once fire each rung once (unique key)."""
    clocks = _due_clocks(limit)(at=at)
    if not clocks:
        return 0
    people = People(at=at)
    policy = current_pack().policy
    return _each(clocks, lambda clock: _climb(clock, people=people, policy=policy, at=at))


def _each(rows: Sequence[Row], work: Callable[[Row], int]) -> int:
    """The sum of `work` over all rows. One row's fault silences no other: the first is raised when all had their turn.

    A locked or full database is no row's fault and ends the round at once.
    """
    total, faults = 0, []
    for row in rows:
        try:
            total += work(row)
        except OperationalError:
            raise
        except Exception as error:  # raised below, so that the sweep counts as failed and nothing is swallowed
            faults.append(error)
    if faults:
        raise faults[0]
    return total


def _climb(clock: Clock, *, people: People, policy: PolicyPack, at: datetime) -> int:
    facts = ladder_clock(clock, policy)
    last = _last_rung(clock=clock.pk, start=ladder.rung_key(facts, ""))
    after = last[0][0] if last else clock.anchor_at - _EPSILON
    missed = [rung for rung in ladder.rungs_between(facts, after, at, policy) if _kept(rung)]
    with transaction.atomic():
        fired = [(moment, row) for moment in missed if (row := _record(clock, facts, moment, policy=policy, at=at))]
        if fired:
            _speak(clock, facts, fired, people=people, policy=policy, at=at)
        _mark_breach(clock, at=at)
        upcoming = ladder.next_rung_at(facts, at, policy)
        if settings.REPLAY and at >= clock.due_at:
            upcoming = None
        run(_WAIT, [upcoming, clock.pk])
    return len(fired)


def _kept(rung: RungMoment) -> bool:
    """In a replay nobody acts: rings past due are a count on the clock, not rows (rules.md 7)."""
    return not (settings.REPLAY and rung.name.startswith("after-"))


def _record(clock: Clock, facts: LadderClock, rung: RungMoment, *, policy: PolicyPack, at: datetime) -> Rung | None:
    """The row of a rung that fires now; None where it has fired before."""
    step, _ = ladder.start_roles(facts, rung, policy)
    row = Rung(
        key=rung.key,
        clock=clock,
        matter=clock.matter,
        name=rung.name.split("-")[0] if rung.name.startswith("check") else rung.name,
        due_at=rung.due_at,
        fired_at=at,
        step=step,
        sentence=ladder.rung_sentence(facts, rung),
    )
    return row if add(row, unless_there=True) else None


def _speak(
    clock: Clock,
    facts: LadderClock,
    fired: list[tuple[RungMoment, Rung]],
    *,
    people: People,
    policy: PolicyPack,
    at: datetime,
) -> None:
    """One rung speaks for itself; several, or one found long after its moment, are told in one message."""
    last, rung = fired[-1]
    rows = ladder.notices(facts, last, people.roster(clock.matter), policy)
    sentence = rows[0].sentence if rows else ladder.rung_sentence(facts, last)
    event = last.key
    if len(fired) > 1 or at - last.due_at > FRESH:
        missed = ladder.behind(facts, at, policy, after=fired[0][0].due_at - _EPSILON)
        if missed is not None:
            sentence, event = missed.sentence, missed.event
    if not settings.REPLAY:
        waits = ladder.next_repeat_at(FiredRung(last, at, rung.step), facts, policy)
        # Only the newest rung of a clock waits for a person: older ones are answered by the same act.
        Rung.objects.filter(clock=clock, acknowledged_at=None).exclude(pk=rung.pk).update(next_repeat_at=None)
        Rung.objects.filter(pk=rung.pk).update(next_repeat_at=waits, sentence=sentence)
    _tell(clock.matter, clock, rung, rows, sentence=sentence, event=event, people=people, at=at)


def wake(clock: Clock, *, at: datetime, why: str) -> None:
    """What quieted this clock does not stop it (`why`): those who were left in peace hear at once how it stands."""
    policy = current_pack().policy
    facts = ladder_clock(clock, policy)
    if not facts.rings or settings.REPLAY:
        return
    moment = RungMoment(ladder.rung_key(facts, f"{WOKEN}-{int(at.timestamp())}"), WOKEN, at)
    people = People(at=at)
    step, _ = ladder.start_roles(facts, moment, policy)
    sentence = f"{why}，{ladder.rung_sentence(facts, moment)}"
    Rung.objects.filter(clock=clock, acknowledged_at=None).update(next_repeat_at=None)
    rung, made = Rung.objects.get_or_create(
        key=moment.key,
        defaults={
            "clock": clock,
            "matter": clock.matter,
            "name": WOKEN,
            "due_at": at,
            "fired_at": at,
            "step": step,
            "sentence": sentence,
            "next_repeat_at": ladder.next_repeat_at(FiredRung(moment, at, step), facts, policy),
        },
    )
    if made:
        rows = ladder.notices(facts, moment, people.roster(clock.matter), policy)
        _tell(clock.matter, clock, rung, rows, sentence=sentence, event=moment.key, people=people, at=at)


def _mark_breach(clock: Clock, *, at: datetime) -> None:
    if clock.due_at <= at and clock.status in (Clock.Status.PROVISIONAL, Clock.Status.RUNNING):
        write_facts(clock, facts_of(clock), at=at)


def repeat_rungs(*, at: datetime, limit: int = 200) -> int:
    """Rungs nobody has acknowledged go one step up the chain, each repeat an event of its own."""
    waiting = Rung.objects.filter(acknowledged_at=None, next_repeat_at__lte=at, matter__open=True)
    rungs = list(waiting.select_related("clock__matter", "matter").order_by("next_repeat_at", "pk")[:limit])
    if not rungs:
        return 0
    people = People(at=at)
    policy = current_pack().policy
    return _each(rungs, lambda rung: _repeat(rung, people=people, policy=policy, at=at))


def _repeat(rung: Rung, *, people: People, policy: PolicyPack, at: datetime) -> bool:
    clock = rung.clock
    if clock is None or not clock.is_open:
        Rung.objects.filter(pk=rung.pk).update(next_repeat_at=None)
        return False
    facts = ladder_clock(clock, policy)
    moment = RungMoment(rung.key, rung.name, rung.due_at)
    fired = FiredRung(moment, rung.fired_at, rung.step, rung.repeats)
    rows = ladder.repeat(fired, facts, people.roster(clock.matter), policy)
    following = FiredRung(moment, rung.fired_at, rung.step, rung.repeats + 1)
    with transaction.atomic():
        claimed = Rung.objects.filter(pk=rung.pk, repeats=rung.repeats, acknowledged_at=None).update(
            repeats=rung.repeats + 1, next_repeat_at=ladder.next_repeat_at(following, facts, policy)
        )
        if not claimed or not rows:
            return False
        waited = ladder.span(at - rung.fired_at)
        sentence = f"{rung.sentence}（第 {rung.repeats + 1} 次催办，{waited}无人确认）"
        _tell(clock.matter, clock, rung, rows, sentence=sentence, event=rows[0].event, people=people, at=at)
    return True


def _tell(
    matter: Matter,
    clock: Clock,
    rung: Rung,
    rows: Iterable[NoticeRow],
    *,
    sentence: str,
    event: str,
    people: People,
    at: datetime,
) -> None:
    rows = list(rows)
    tell(
        people=[
            Addressee(row.recipient.role, people.by_id.get(row.recipient.person) if row.recipient.person else None)
            for row in rows
        ],
        event=event,
        title=sentence,
        body=notice_body(matter, at=at),
        at=at,
        due_at=rung.due_at,
        matter=matter,
        clock=clock,
        rung=rung,
        number=rows[0].number if rows else 0,
    )


def tell_lead(matter: Matter, *, at: datetime, level: int, rose: bool = False) -> None:
    """A lead opened, or its proposal rose: told once per level to those who are on while it is provisional."""
    policy = current_pack().policy
    clock = next(iter(_open_clocks(matter=matter.pk)), None)
    if clock is None:
        return
    clock.matter = matter
    facts = ladder_clock(clock, policy)
    event = ladder.lead_event(matter.pk, level)
    people = People(at=at)
    rule = policy.escalation
    who = ladder.address(rule.provisional_roles[level], rule.provisional_step[level], people.roster(matter), policy)
    word = "线索等级建议升为" if rose else "新线索，建议"
    sentence = f"《{matter.title}》：{word}{Level(level).label}，{facts.name} {_left_words(facts, at)}"
    with transaction.atomic():
        rung = Rung(
            key=event,
            clock=clock,
            matter=matter,
            name="lead",
            due_at=at,
            fired_at=at,
            step=rule.provisional_step[level],
            sentence=sentence,
            next_repeat_at=None if settings.REPLAY else at + timedelta(minutes=policy.ladder.unacknowledged_minutes),
        )
        if not add(rung, unless_there=True):
            return
        rows = [NoticeRow(event, "lead", at, recipient, 0, sentence) for recipient in who.recipients]
        _tell(matter, clock, rung, rows, sentence=sentence, event=event, people=people, at=at)


def _left_words(facts: LadderClock, at: datetime) -> str:
    left = facts.due_at - at
    return f"剩 {ladder.span(left)}" if left > timedelta(0) else f"超时 {ladder.span(left)}"


def notice_body(matter: Matter, *, at: datetime) -> str:
    """The plain words of a message: level, why, and every open clock with its due time."""
    zone, policy = current_pack().zone, current_pack().policy
    decided = matter.level_decided is not None
    level = Level(level_in_force(matter)).label
    lines = [matter.title, f"等级：{level}（{'已定' if decided else '系统建议'}）", ""]
    for clock in _open_clocks(matter=matter.pk):
        clock.matter = matter
        facts = ladder_clock(clock, policy)
        kind = Clock.Kind(clock.kind).label
        word = "暂估" if clock.firm_at is None else "已定"
        lines.append(f"{kind}：{_left_words(facts, at)}，{clock.due_at.astimezone(zone):%m月%d日 %H:%M} 到期（{word}）")
    for (found,) in _how_found(matter=matter.pk):
        if STOOD_STILL in found:
            lines += ["", found]
    met = [line["sentence"] for line in matter.reasons if line.get("met")]
    if met:
        lines += ["", "为什么提醒：", *(f"· {sentence}" for sentence in met[:6])]
    return "\n".join(lines)
