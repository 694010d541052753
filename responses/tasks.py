"""The sweep that turns alerts into leads."""

from office import clock
from responses.services.leads import open_leads


def lead() -> str:
    """Open leads from fresh alerts, let open ones grow, bring dismissed ones back. One line of what was done."""
    opened = open_leads(at=clock.now())
    return f"开线索 {opened} 条" if opened else ""
