"""A clock that was ahead is put right: what was written for moments that have not come is taken back (rules.md 9).

Otherwise those rungs would never ring at their moment, and a promise that can still be kept would stand as broken.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from alerts.models import Clock, Delivery, Notice, Rung
from alerts.queries.last_rungs import WOKEN
from alerts.services.clock_rows import facts_of, write_facts
from office import trail
from office.pack.current import current_pack

EARLY = "时钟走快时误发："  # before the title of what was told too early
UNSENT = "时钟走快时误生成，不再外发"


def take_back(*, since: datetime, ahead: timedelta, at: datetime) -> int:
    """Rungs fired since the clock went wrong (`since`, by that clock, which was `ahead`) whose moment is after `at`
    fire again when it comes; breaches after `at` have not happened. Rows stay under another key, dated aright.
    Returns how many rungs and breaches.
    """
    with transaction.atomic():
        early = Rung.objects.filter(fired_at__gte=since)
        of_promises = early.filter(due_at__gt=at, clock__closed_at=None).exclude(name__in=("lead", WOKEN))
        rungs = list(of_promises.order_by("pk"))
        for rung in rungs:
            _set_aside(rung, at=at)
        breaches = list(Clock.objects.filter(closed_at=None, breached_at__gt=at, breach_withdrawn_at=None))
        for clock in breaches:
            write_facts(clock, replace(facts_of(clock), breached_at=None, cause=""), at=at)
        Clock.objects.filter(closed_at=None, next_rung_at__gt=at).update(next_rung_at=at)
        # What did come meanwhile waits for a person from now on, not from a day ahead.
        wait = timedelta(minutes=current_pack().policy.ladder.unacknowledged_minutes)
        early.filter(next_repeat_at__gt=at + wait).update(next_repeat_at=at + wait)
        early.update(fired_at=F("fired_at") - ahead)
        Notice.objects.filter(created_at__gte=since).update(created_at=F("created_at") - ahead)
        if rungs or breaches:
            trail.record(
                by=None,
                kind="clock.put_right",
                at=at,
                object_kind="state",
                object_id="sending_hold",
                text=f"时钟改回：走快期间误记的提醒 {len(rungs)} 次、超时 {len(breaches)} 项撤回，到时再记",
                data={"rungs": [rung.pk for rung in rungs], "clocks": [clock.pk for clock in breaches]},
            )
    return len(rungs) + len(breaches)


def _set_aside(rung: Rung, *, at: datetime) -> None:
    """Free the rung's key and the keys of what was told of it; what has not left the house stays there."""
    mark = f"~{int(at.timestamp())}:"
    sentence = f"{EARLY}{rung.sentence}"
    Rung.objects.filter(pk=rung.pk).update(key=f"{mark}{rung.key}", sentence=sentence, next_repeat_at=None)
    for notice in Notice.objects.filter(rung=rung):
        title = f"{EARLY}{notice.title}"[:200]
        Notice.objects.filter(pk=notice.pk).update(event=f"{mark}{notice.event}"[:120], title=title)
        Delivery.objects.filter(notice=notice, state=Notice.State.QUEUED).update(
            state=Notice.State.FAILED, error=UNSENT, next_try_at=None, claimed_until=None
        )
