"""What a matter's ladder says: the words of its messages, a new lead told, a clock that is woken told anew."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from alerts import ladder
from alerts.ladder import FiredRung, LadderClock, NoticeRow, RungMoment
from alerts.models import Anchor, Clock, Level, Matter, Rung
from alerts.queries.candidates import STOOD_STILL
from alerts.queries.last_rungs import WOKEN
from alerts.queries.roster import People
from alerts.services.notices import Addressee, Telling, tell_all
from alerts.services.regrading import level_in_force
from office.pack.current import current_pack
from office.pack.policy import PolicyPack
from office.statements import PreparedAmong, PreparedRows, add

UNSAID = ("wording", "document", "history", "closed_reason")  # of a clock: no rung and no message tells them
_open_clocks = PreparedRows(
    lambda matter: Clock.objects.filter(matter_id=matter, closed_at=None).order_by("due_at", "pk"), matter=int
)
_all_open_clocks = PreparedAmong(
    lambda matters: Clock.objects.filter(matter_id__in=matters, closed_at=None).defer(*UNSAID).order_by("due_at", "pk")
)
_how_found = PreparedAmong(
    lambda matters: (
        Anchor.objects.filter(matter_id__in=matters, kind="detected").only("matter_id", "source").order_by("pk")
    )
)


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
        body = notice_bodies([matter], at=at)[matter.pk]
        tell_all([telling(clock, rung, rows, sentence=sentence, event=event, body=body, people=people)], at=at)


def _left_words(facts: LadderClock, at: datetime) -> str:
    left = facts.due_at - at
    return f"剩 {ladder.span(left)}" if left > timedelta(0) else f"超时 {ladder.span(left)}"


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
        body = notice_bodies([clock.matter], at=at)[clock.matter_id]
        tell_all([telling(clock, rung, rows, sentence=sentence, event=moment.key, body=body, people=people)], at=at)


def telling(
    clock: Clock,
    rung: Rung,
    rows: Iterable[NoticeRow],
    *,
    sentence: str,
    event: str,
    body: str,
    people: People,
) -> Telling:
    """A rung's notices as they are to be queued: everybody hears the same sentence under the same event."""
    rows = list(rows)
    return Telling(
        people=[
            Addressee(row.recipient.role, people.by_id.get(row.recipient.person) if row.recipient.person else None)
            for row in rows
        ],
        event=event,
        title=sentence,
        body=body,
        due_at=rung.due_at,
        matter=clock.matter,
        clock=clock,
        rung=rung,
        number=rows[0].number if rows else 0,
    )


def notice_bodies(matters: Sequence[Matter], *, at: datetime) -> dict[int, str]:
    """The plain words of a message by matter: level, why, and every open clock with its due time."""
    known = {matter.pk: matter for matter in matters}
    clocks: dict[int, list[Clock]] = {pk: [] for pk in known}
    for clock in _all_open_clocks(list(known)):
        clock.matter = known[clock.matter_id]
        clocks[clock.matter_id].append(clock)
    found: dict[int, str] = {}
    for anchor in _how_found(list(known)):
        found.setdefault(anchor.matter_id, anchor.source)
    return {pk: _body(matter, clocks[pk], found.get(pk, ""), at=at) for pk, matter in known.items()}


def _body(matter: Matter, clocks: Iterable[Clock], found: str, *, at: datetime) -> str:
    zone, policy = current_pack().zone, current_pack().policy
    decided = matter.level_decided is not None
    level = Level(level_in_force(matter)).label
    lines = [matter.title, f"等级：{level}（{'已定' if decided else '系统建议'}）", ""]
    for clock in clocks:
        facts = ladder_clock(clock, policy)
        kind = Clock.Kind(clock.kind).label
        word = "暂估" if clock.firm_at is None else "已定"
        lines.append(f"{kind}：{_left_words(facts, at)}，{clock.due_at.astimezone(zone):%m月%d日 %H:%M} 到期（{word}）")
    if STOOD_STILL in found:
        lines += ["", found]
    met = [line["sentence"] for line in matter.reasons if line.get("met")]
    if met:
        lines += ["", "为什么提醒：", *(f"· {sentence}" for sentence in met[:6])]
    return "\n".join(lines)
