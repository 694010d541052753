"""What a worker does when a bell rings: it runs the sweep of that name, as the tick does in its rounds.

Loaded by Celery's worker alone. Two workers that hear one bell, or one bell twice, run the sweep twice, which changes
nothing; a bell nobody hears is rung again by the next round of the beat.
"""

import time
from threading import Lock

from celery import current_app, shared_task
from django.conf import settings

from console import doorbell, journal, sweeps
from office import clock

# A sweep that leaves work behind is at it until its next bell, seconds: a batch a bell would be a batch a second.
AT_IT = 1.0
_noting = sweeps.Noting()
_one = Lock()


@shared_task(name="huiying.sweep", max_retries=0)  # type: ignore[untyped-decorator]  # the library ships no types
def sweep(name: str) -> str:
    """Run one sweep, again while there is more of it.

    Returns the last line it left, "" where there was nothing to do or somebody else is at it.
    """
    chosen = {line.name: line for line in sweeps.schedule(settings.SCHEDULE)}.get(name)
    if chosen is None:  # a bell of a newer or older version of the service
        journal.log("unknown_sweep", level="warning", sweep=name)
        return ""
    _tell_heard(name)
    began = time.monotonic()
    while True:
        outcome = sweeps.run_sweep(chosen)
        with _one:
            ready = _noting.take([outcome], moment=time.monotonic())
        if ready:
            sweeps.note(ready, at=clock.now())
        if not sweeps.has_more(chosen, outcome) or time.monotonic() - began >= AT_IT:
            return outcome.did or outcome.error


def _tell_heard(name: str) -> None:
    """Before the sweep looks: what comes while it works is worth a bell. Without Redis the mark ends by itself."""
    try:
        with current_app.pool.acquire(block=True) as line:
            doorbell.heard(line.default_channel.client, name)
    except Exception as error:  # whatever Redis has, the sweep needs none
        journal.log("bell_not_marked", level="warning", sweep=name, fault=f"{type(error).__name__}: {error}")
