"""The sweep that turns alerts into leads, and the one that looks after the roster."""

from django.conf import settings

from alerts.services.roster_watch import tell_gaps
from alerts.services.swaps import lapse_swaps
from office import clock
from responses.services.handover import remind_unsigned
from responses.services.leads import open_leads


def lead() -> str:
    """Open leads from fresh alerts, let open ones grow, bring dismissed ones back. One line of what was done."""
    opened = open_leads(at=clock.now())
    return f"开线索 {opened} 条" if opened else ""


def roster() -> str:
    """Shifts with nobody, swaps nobody answered, a handover nobody signed: told once each."""
    if settings.DRILL:  # a rehearsal's people have no shifts after it
        return ""
    at = clock.now()
    told = {"空班": tell_gaps(at=at), "换班作罢": lapse_swaps(at=at), "交接未签": remind_unsigned(at=at)}
    return "，".join(f"{name} {count} 件" for name, count in told.items() if count)
