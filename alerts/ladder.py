"""Who must know, and when (rules.md 7). Pure: a clock's facts and the roster in, notices to be out.

Keys are stable and name one event each: `"<clock>:<due epoch>:p40"`, its repeats `"…:p40#1"`. A unique constraint
on (person, key) therefore guarantees one notice per person and event, never two, whatever is run twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from office.pack.policy import PolicyPack

Level = int
DUE = "due"
# Rings past due that lie further than this before the clock opened are no events: nobody could have heard them, and an
# event dated a year back by a slip of the pen would write seventeen thousand of them while every other clock waits.
RINGS_BEHIND = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LadderClock:
    """What the ladder asks of a clock. `level`: decided, else proposed. `rings` False: void, met or moved later.

    `opened_at`: when the lead opened or the clock was written; rungs before it lay behind. `provisional`: nobody has
    confirmed. `evidence_at`: first evidence entered and not yet checked (待复核), None = none or refused.
    """

    clock_id: int
    label: str
    name: str
    anchor_at: datetime
    due_at: datetime
    opened_at: datetime
    level: Level
    provisional: bool
    evidence_at: datetime | None = None
    rings: bool = True


@dataclass(frozen=True, slots=True)
class RungMoment:
    """A rung: `p40`, `p60`, `p80`, `m30`, `m10`, `due`, `after-1`, … `check-30`; its stable key and its moment."""

    key: str
    name: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is there: `on_duty` by role now, `holders` of each role at all. Person ids, in the order to be told."""

    on_duty: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    holders: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unit_heads: tuple[int, ...] = ()  # of the responsible unit


@dataclass(frozen=True, slots=True)
class Recipient:
    """One to be told: in which role, on which step of the chain. `person` None: nobody holds the role (a replay)."""

    role: str
    person: int | None
    step: int


@dataclass(frozen=True, slots=True)
class Addressed:
    """The recipients; `empty` = nobody of the step was there and the fallback was taken: a red line on the board."""

    recipients: tuple[Recipient, ...]
    empty: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice to be written, one per recipient. `number` counts repeats from 0."""

    event: str
    rung: str
    due_at: datetime
    recipient: Recipient
    number: int
    sentence: str


def span(length: timedelta) -> str:
    """`0时56分`; whole minutes, the sign dropped: the words around say whether it is left or late."""
    minutes = int(abs(length).total_seconds() // 60)
    return f"{minutes // 60}时{minutes % 60:02d}分"


def rung_key(clock: LadderClock, name: str) -> str:
    return f"{clock.clock_id}:{int(clock.due_at.timestamp())}:{name}"


def rungs(clock: LadderClock, policy: PolicyPack) -> tuple[RungMoment, ...]:
    """The rungs up to the due moment, in time order. At one moment the percent stands before the minutes."""
    rule = policy.ladder
    whole = clock.due_at - clock.anchor_at
    found = [(f"p{percent}", clock.anchor_at + whole * percent / 100) for percent in rule.percents]
    if whole >= timedelta(minutes=rule.minutes_left_from_span_minutes):
        found += [(f"m{minutes}", clock.due_at - timedelta(minutes=minutes)) for minutes in rule.minutes_left]
    found.append((DUE, clock.due_at))
    found.sort(key=lambda rung: rung[1])
    return tuple(RungMoment(rung_key(clock, name), name, moment) for name, moment in found)


def rungs_between(clock: LadderClock, after: datetime, until: datetime, policy: PolicyPack) -> tuple[RungMoment, ...]:
    """Rungs with `after < moment <= until`; past due one every 30 min, for as long as the clock rings.

    Of the rings past due that lay behind when the clock opened, those of its last day (`RINGS_BEHIND`).
    """
    if not clock.rings or until <= after:
        return ()
    found = [rung for rung in rungs(clock, policy) if after < rung.due_at <= until]
    step = timedelta(minutes=policy.ladder.after_due_minutes)
    if until > clock.due_at:
        number = _ring_after(clock, after, step)
        while clock.due_at + step * number <= until:
            name = f"after-{number}"
            found.append(RungMoment(rung_key(clock, name), name, clock.due_at + step * number))
            number += 1
    if clock.evidence_at is not None:
        found += [rung for rung in _checks(clock, policy) if after < rung.due_at <= until]
    found.sort(key=lambda rung: (rung.due_at, rung.key))
    return tuple(found)


def next_rung_at(clock: LadderClock, after: datetime, policy: PolicyPack) -> datetime | None:
    """The moment of the next rung after `after`: the column a sweep asks for. None: it rings no more."""
    if not clock.rings:
        return None
    moments = [rung.due_at for rung in rungs(clock, policy) if rung.due_at > after]
    step = timedelta(minutes=policy.ladder.after_due_minutes)
    moments.append(clock.due_at + step * _ring_after(clock, after, step))
    if clock.evidence_at is not None:
        moments += [rung.due_at for rung in _checks(clock, policy) if rung.due_at > after]
    return min(moments)


def _ring_after(clock: LadderClock, after: datetime, step: timedelta) -> int:
    """The number of the first ring past due that lies after `after`."""
    return max((max(after, clock.opened_at - RINGS_BEHIND) - clock.due_at) // step, 0) + 1


def repeats_past_due(clock: LadderClock, until: datetime, policy: PolicyPack) -> int:
    """How often it has rung past due: a count on the clock in a replay, where nobody acts."""
    step = timedelta(minutes=policy.ladder.after_due_minutes)
    return max((until - clock.due_at) // step, 0) if clock.rings else 0


def _checks(clock: LadderClock, policy: PolicyPack) -> list[RungMoment]:
    if clock.evidence_at is None:
        return []
    name = f"check-{int(clock.evidence_at.timestamp())}"
    moment = clock.evidence_at + timedelta(minutes=policy.ladder.checker_minutes)
    return [RungMoment(rung_key(clock, name), name, moment)]


def start_roles(clock: LadderClock, rung: RungMoment, policy: PolicyPack) -> tuple[int, tuple[str, ...]]:
    """(step, roles) at which a rung speaks first.

    Unchecked evidence quiets all but the checker. While provisional and before due: the monitor on duty, at I-II with
    the duty_lead; from confirmation or the due moment on: the start step of the level.
    """
    rule = policy.escalation
    if clock.evidence_at is not None and rung.due_at >= clock.evidence_at:
        return 0, policy.ladder.checker_roles
    if clock.provisional and rung.due_at < clock.due_at:
        return rule.provisional_step[_level(clock)], rule.provisional_roles[_level(clock)]
    step = rule.start_step[_level(clock)]
    return step, rule.chain[step - 1].roles


def _level(clock: LadderClock) -> Level:
    return min(max(clock.level, 1), 4)


def address(roles: Sequence[str], step: int, roster: Roster, policy: PolicyPack) -> Addressed:
    """The people of these roles: on duty where the roster names any, else who holds the role.

    `monitor` and `duty_lead` are shifts: who is not on duty is not told. Nobody at all: every duty_lead, then the
    administrators; with none of them either, the roles stand without a person.
    """
    found: list[Recipient] = []
    for role in roles:
        people = roster.on_duty.get(role, ())
        if not people and role == "unit_head":
            people = roster.unit_heads
        elif not people and role not in ("monitor", "duty_lead"):
            people = roster.holders.get(role, ())
        found += [Recipient(role, person, step) for person in people]
    if found:
        return Addressed(_once(found), False)
    for role in policy.escalation.empty_roster:
        people = roster.holders.get(role, ())
        if people:
            return Addressed(_once(Recipient(role, person, step) for person in people), True)
    return Addressed(tuple(Recipient(role, None, step) for role in roles), True)


def _once(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """One notice per person and event: whoever stands in two roles is told in the first."""
    first: dict[int | None, Recipient] = {}
    for recipient in recipients:
        first.setdefault(recipient.person, recipient)
    return tuple(first.values())


def notices(clock: LadderClock, rung: RungMoment, roster: Roster, policy: PolicyPack) -> tuple[NoticeRow, ...]:
    """The notices of a rung when it fires."""
    step, roles = start_roles(clock, rung, policy)
    sentence = rung_sentence(clock, rung)
    who = address(roles, step, roster, policy).recipients
    return tuple(NoticeRow(rung.key, rung.name, rung.due_at, r, 0, sentence) for r in who)


def rung_sentence(clock: LadderClock, rung: RungMoment) -> str:
    """What the message says, in one line: which matter, which promise, how much is gone or left."""
    head = f"{clock.label} {clock.name}"
    if rung.name.startswith("check-"):
        return f"{head}：凭据已录入，待复核，请尽快复核"
    if clock.evidence_at is not None and rung.due_at >= clock.evidence_at:
        return f"{head}：待复核，{_left(clock, rung.due_at)}"
    if rung.name.startswith("p"):
        return f"{head}：已过 {rung.name[1:]} %，{_left(clock, rung.due_at)}"
    if rung.name == DUE:
        return f"{head}：时限已到，未见发布"
    return f"{head}：{_left(clock, rung.due_at)}"


def _left(clock: LadderClock, at: datetime) -> str:
    length = clock.due_at - at
    return f"剩 {span(length)}" if length > timedelta(0) else f"已超时 {span(length)}"


@dataclass(frozen=True, slots=True)
class Behind:
    """Rungs that lay behind at a moment: each recorded, told in one message under one key."""

    rungs: tuple[RungMoment, ...]
    event: str
    sentence: str


def behind(clock: LadderClock, at: datetime, policy: PolicyPack, *, after: datetime | None = None) -> Behind | None:
    """The rungs missed until `at`, told together: when the lead opened late, or the service was down since `after`.

    None where none was missed. `“已过 40 %、60 %，剩 1时12分”`; past due `“已过 40 %、60 %、80 %，已超时 0时30分”`.
    """
    since = after if after is not None else clock.anchor_at - timedelta(microseconds=1)
    missed = rungs_between(clock, since, at, policy)
    if not missed:
        return None
    percents = [f"{rung.name[1:]} %" for rung in missed if rung.name.startswith("p")]
    parts = ["已过 " + "、".join(percents)] if percents else []
    parts.append(_left(clock, at))
    sentence = f"{clock.label} {clock.name}：{'，'.join(parts)}"
    last = missed[-1]
    return Behind(missed, rung_key(clock, f"behind-{last.name}"), sentence)


@dataclass(frozen=True, slots=True)
class FiredRung:
    """A rung that fired and waits for a person. `number`: repeats made so far."""

    rung: RungMoment
    fired_at: datetime
    start_step: int
    number: int = 0
    acknowledged_at: datetime | None = None


def next_repeat_at(fired: FiredRung, clock: LadderClock, policy: PolicyPack) -> datetime | None:
    """When an unacknowledged rung goes one step further up; None: acknowledged, quieted, or the top was told."""
    if fired.acknowledged_at is not None or not clock.rings or clock.evidence_at is not None:
        return None
    if fired.start_step + fired.number >= len(policy.escalation.chain):
        return None
    return fired.fired_at + timedelta(minutes=policy.ladder.unacknowledged_minutes) * (fired.number + 1)


def repeat(fired: FiredRung, clock: LadderClock, roster: Roster, policy: PolicyPack) -> tuple[NoticeRow, ...]:
    """The notices of the next repeat, one step up the chain; each is an event of its own with its number."""
    moment = next_repeat_at(fired, clock, policy)
    if moment is None:
        return ()
    number = fired.number + 1
    step = fired.start_step + number
    roles = policy.escalation.chain[step - 1].roles
    sentence = f"{rung_sentence(clock, fired.rung)}（第 {number} 次催办，{span(moment - fired.fired_at)}无人确认）"
    who = address(roles, step, roster, policy).recipients
    event = f"{fired.rung.key}#{number}"
    return tuple(NoticeRow(event, fired.rung.name, moment, r, number, sentence) for r in who)


def repeats_between(
    fired: FiredRung, clock: LadderClock, until: datetime, policy: PolicyPack
) -> tuple[tuple[int, int, datetime], ...]:
    """(number, step, moment) of the repeats of an unacknowledged rung up to `until`."""
    found: list[tuple[int, int, datetime]] = []
    current = fired
    while (moment := next_repeat_at(current, clock, policy)) is not None and moment <= until:
        number = current.number + 1
        found.append((number, current.start_step + number, moment))
        current = FiredRung(current.rung, current.fired_at, current.start_step, number)
    return tuple(found)


def lead_event(matter_id: int, level: Level) -> str:
    """Key of “a lead opened” or “its proposed level rose”: told once per level, as a new lead would be."""
    return f"lead:{matter_id}:{level}"


def brief_rings(due_at: datetime, after: datetime, until: datetime, policy: PolicyPack) -> tuple[datetime, ...]:
    """Moments at which an unsigned brief rings: 30 min before, at its time, then every 15 min."""
    rule = policy.brief
    every = timedelta(minutes=rule.ring_every_minutes)
    moments = [due_at - timedelta(minutes=rule.ring_before_minutes), due_at]
    number = max((after - due_at) // every, 0) + 1
    while due_at + every * number <= until:
        moments.append(due_at + every * number)
        number += 1
    return tuple(moment for moment in moments if after < moment <= until)
