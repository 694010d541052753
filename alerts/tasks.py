"""Sweeps of alerts: weigh topics that changed, fire rungs that are due, send what is queued."""

from alerts.services.account_mails import queue_reset_mails
from alerts.services.rungs import fire_rungs, repeat_rungs
from alerts.services.sending import send_due
from alerts.services.warn import weigh_topics
from office import clock
from office.services.timewatch import clock_in_doubt, read_clocks


def warn() -> str:
    """Weigh topics that changed."""
    raised = weigh_topics(at=clock.now())
    return f"提出 {raised} 条提醒" if raised else ""


def clocks() -> str:
    """Write what the clocks have come to: rungs fired, clocks overdue, silence repeated up the chain."""
    at = clock.now()
    try:
        fired = fire_rungs(at=at)
    finally:
        repeated = repeat_rungs(at=at)  # also where a rung could not be fired: silence still goes up
    return f"时限提醒 {fired} 次，逐级上报 {repeated} 次" if fired or repeated else ""


def notify() -> str:
    """Send what is queued."""
    at = clock.now()
    if clock_in_doubt(reading=read_clocks(at=at)):
        return ""
    queue_reset_mails(at=at)
    sent, failed = send_due(at=at)
    return f"发出 {sent} 条，未成 {failed} 条" if sent or failed else ""
