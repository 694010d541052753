"""A district's day of clocks, rung by two services at once: what `bench.districts_day` plays for each district."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.db import connection  # noqa: E402 - after setup
from django.db.models import F, Min  # noqa: E402

from alerts import ladder  # noqa: E402
from alerts.models import Clock, Matter, Notice, Rung  # noqa: E402
from alerts.services.notices import acknowledge_matter  # noqa: E402
from alerts.services.rungs import fire_rungs, repeat_rungs  # noqa: E402
from alerts.services.speaking import ladder_clock  # noqa: E402
from bench.stock import prepare  # noqa: E402
from office import trail  # noqa: E402
from office.models import Duty, User  # noqa: E402
from office.pack.current import current_pack  # noqa: E402
from office.roles import Role  # noqa: E402

BEGIN = datetime(2026, 11, 17, 16, 0, tzinfo=UTC)  # midnight in Beijing
END = BEGIN + timedelta(days=1)
RHYTHM = 10  # seconds between two sweeps of the clocks (SCHEDULE)
SKEW = timedelta(seconds=5)  # the second service's clock is ahead
LEADS = (30, 70)  # of a day, from the quietest district to the busiest
GRAVE = 0.05  # of them, with 5 h and 24 h; the others have 48 h


def play(number: int) -> int:
    """Print a district's row; how many rungs were lost or doubled."""
    if number < 0:  # the database that those of the districts are copies of
        prepare()
        return 0
    dice = random.Random(number)
    person = User.objects.get(username="bench")
    for role in (Role.MONITOR, Role.DUTY_LEAD):
        Duty.objects.create(user=person, role=role.value, starts_at=BEGIN, ends_at=END)
    opening = sorted(BEGIN + timedelta(seconds=dice.randrange(86_400)) for _ in range(dice.randint(*LEADS)))
    heard = {at: at + timedelta(minutes=dice.choice((2, 5, 8, 15, 40, 90))) for at in opening}
    by: Counter[str] = Counter()
    at = BEGIN
    opened: list[datetime] = []
    while at < END:
        while opening and opening[0] <= at:
            opened.append(opening.pop(0))
            _open(opened[-1], grave=dice.random() < GRAVE)
        _acknowledge(person, heard, at=at)
        _together(by, at=at)
        at = _next(opening, heard, after=at)
    lost, doubled = _faults(until=at)
    # What lay behind when a clock opened could not be told before.
    rungs = Rung.objects.select_related("clock")
    latest = max(rung.fired_at - max(rung.due_at, rung.clock.started_at) for rung in rungs if rung.clock)
    print(
        f"| {number + 1} | {Matter.objects.count()} | {Clock.objects.count()} | {by['A'] + by['B']} |"
        f" {Notice.objects.count()} | {by['A']}, {by['B']} | {latest.total_seconds():.0f} | {lost} | {doubled} |",
        flush=True,
    )
    return min(lost + doubled + len(trail.verify()), 100)


def _open(at: datetime, *, grave: bool) -> None:
    policy = current_pack().policy
    matter = Matter.objects.create(title="一件事", level_proposed=2 if grave else 4, detected_at=at)
    for kind in ("first_release", "press_conference") if grave else ("response",):
        rule = next(rule for rule in policy.clocks if rule.kind == kind)
        # The event lies some hours back, so that every rung of a long promise comes in some district's day.
        anchor = at - timedelta(minutes=(matter.pk * 37) % (rule.minutes * 3 // 4))
        Clock.objects.create(
            matter=matter, kind=kind, status="provisional", minutes=rule.minutes, anchor_kind="line_met",
            anchor_at=anchor, due_at=anchor + timedelta(minutes=rule.minutes), wording=rule.wording,
            document=rule.document, started_at=at, next_rung_at=at,
        )  # fmt: skip


def _acknowledge(person: User, heard: dict[datetime, datetime], *, at: datetime) -> None:
    """Whoever is told takes note after a while, of some matters late or only when they are told again."""
    for opened in [opened for opened, moment in heard.items() if moment <= at]:
        del heard[opened]
        for matter in Matter.objects.filter(detected_at=opened):
            acknowledge_matter(matter_id=matter.pk, by=person, at=at)


def _together(by: Counter[str], *, at: datetime) -> None:
    """Both services sweep at the same instant, each by its own clock, each on a connection of its own."""
    ready = threading.Barrier(2)
    broken: list[BaseException] = []

    def sweep(name: str, moment: datetime) -> None:
        sweeps: tuple[Callable[..., int], ...] = (fire_rungs, repeat_rungs)
        try:
            ready.wait()
            for one in sweeps:
                by[name] += one(at=moment)
        except BaseException as error:  # raised below: the day ends with it
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep, args=pair) for pair in (("A", at), ("B", at + SKEW))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]


def _next(opening: list[datetime], heard: dict[datetime, datetime], *, after: datetime) -> datetime:
    """The next sweep that can find something: sweeps come every ten seconds, those between find nothing."""
    soonest = [
        Clock.objects.filter(closed_at=None, matter__open=True).aggregate(at=Min("next_rung_at"))["at"],
        Rung.objects.filter(acknowledged_at=None).aggregate(at=Min("next_repeat_at"))["at"],
        *opening[:1],
        *sorted(moment for moment in heard.values() if moment > after)[:1],
    ]
    moments = [moment for moment in soonest if moment is not None] or [END]
    steps = max(1, -int((after - min(moments)) // timedelta(seconds=RHYTHM)))
    return after + timedelta(seconds=RHYTHM * steps)


def _faults(*, until: datetime) -> tuple[int, int]:
    """Rungs that should have fired and did not; notices one person has twice of one moment."""
    policy = current_pack().policy
    lost = 0
    for clock in Clock.objects.select_related("matter"):
        facts = ladder_clock(clock, policy)
        begun = clock.anchor_at - timedelta(microseconds=1)
        wanted = {rung.key for rung in ladder.rungs_between(facts, begun, until - timedelta(seconds=RHYTHM), policy)}
        lost += len(wanted - set(Rung.objects.filter(clock=clock).values_list("key", flat=True)))
    told = Notice.objects.exclude(rung=None).values_list("person", "rung", "number")
    doubled = sum(count - 1 for count in Counter(told).values())
    return lost, doubled + Rung.objects.filter(fired_at__lt=F("due_at") - SKEW).count()
