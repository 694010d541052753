"""Telling people: a Notice row per person and event, and one Delivery per channel; nothing is sent here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from alerts.models import Clock, Delivery, Matter, Notice, Rung
from office import trail
from office.errors import Refused
from office.models import User
from office.statements import add_many


@dataclass(frozen=True)
class Addressee:
    """A person in the role in which they are told. `person` is None where the roster knows nobody (a replay)."""

    role: str
    person: User | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to be told: to whom, under which stable `event`, in which words, and what it hangs on."""

    people: Sequence[Addressee]
    event: str
    title: str
    body: str
    due_at: datetime | None = None
    matter: Matter | None = None
    clock: Clock | None = None
    rung: Rung | None = None
    number: int = 0


def tell(
    *,
    people: Iterable[Addressee],
    event: str,
    title: str,
    body: str,
    at: datetime,
    due_at: datetime | None = None,
    matter: Matter | None = None,
    clock: Clock | None = None,
    rung: Rung | None = None,
    number: int = 0,
) -> list[Notice]:
    """Queue one notice per person for `event`; a person told once is never told the same event again.

    A person reached in two roles is told once. Returns the notices made now (none when all had been told).
    """
    return tell_all([Telling(list(people), event, title, body, due_at, matter, clock, rung, number)], at=at)


def tell_all(tellings: Iterable[Telling], *, at: datetime) -> list[Notice]:
    """`tell` for many events at a time, in a few statements."""
    notices: dict[tuple[int | str, str], Notice] = {}
    for telling in tellings:
        for addressee in telling.people:
            # A replay has no people: there the role stands for them.
            who = addressee.role if addressee.person is None else addressee.person.pk
            if (who, telling.event) not in notices:
                notices[who, telling.event] = _notice(telling, addressee, at=at)
    with transaction.atomic():
        told = add_many(list(notices.values()), by=("person_id", "role", "event"))
        _queue_deliveries(told, at=at)
    return told


def _notice(telling: Telling, addressee: Addressee, *, at: datetime) -> Notice:
    matter, clock, rung = telling.matter, telling.clock, telling.rung
    # By their numbers: to hang whole rows on three thousand notices takes as long as to write them.
    return Notice(
        person=addressee.person,
        role=addressee.role,
        event=telling.event,
        title=telling.title[:200],
        body=telling.body,
        due_at=telling.due_at or at,
        created_at=at,
        matter_id=None if matter is None else matter.pk,
        clock_id=None if clock is None else clock.pk,
        rung_id=None if rung is None else rung.pk,
        number=telling.number,
    )


def _queue_deliveries(notices: list[Notice], *, at: datetime) -> None:
    """Mail goes to each person with an address who takes it; the robot of the duty group hears each event once."""
    rows: list[Delivery] = []
    heard: set[str] = set()
    for notice in notices:
        first = notice.event not in heard
        heard.add(notice.event)
        if notice.person is None:
            continue
        if notice.person.email and notice.person.mail_notices and not notice.person.scripted:
            rows.append(Delivery(notice_id=notice.pk, channel="mail", next_try_at=at))
        if first and settings.WEBHOOK:
            rows.append(Delivery(notice_id=notice.pk, channel="webhook", next_try_at=at))
    add_many(rows, by=("notice_id", "channel"))


def acknowledge(*, notice: Notice, by: User, at: datetime, via: str = "console") -> int:
    """A named person takes note: the rung stops repeating. Acknowledging twice changes nothing.

    Returns how many rungs of the clock were quieted by it (all its rungs so far: one tap answers them all).
    Raises Refused when the notice was addressed to somebody else.
    """
    if notice.person_id is not None and notice.person_id != by.pk:
        raise Refused("这条通知不是发给您的，请由收件人本人确认，或在事项页面点“我来处理”。")
    with transaction.atomic():
        Notice.objects.filter(pk=notice.pk, acknowledged_at=None).update(acknowledged_at=at, read_at=at)
        if notice.matter_id is None:
            return 0
        return acknowledge_matter(matter_id=notice.matter_id, by=by, at=at, via=via)


def acknowledge_matter(*, matter_id: int, by: User, at: datetime, via: str = "console") -> int:
    """All rungs of a matter that still wait for a person are taken note of by `by`."""
    with transaction.atomic():
        waiting = Rung.objects.filter(acknowledged_at=None, matter_id=matter_id)
        quieted = waiting.update(acknowledged_at=at, acknowledged_by=by, next_repeat_at=None)
        Notice.objects.filter(matter_id=matter_id, person=by, acknowledged_at=None).update(
            acknowledged_at=at, read_at=at
        )
        if quieted:
            trail.record(
                by=by,
                kind="notice.acknowledge",
                at=at,
                object_kind="matter",
                object_id=str(matter_id),
                text=f"确认收到提醒（{'一键链接' if via == 'link' else '页面'}）",
            )
        return quieted
