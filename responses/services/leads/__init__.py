"""How leads come: by the sweep over alerts, or reported by a person."""

from responses.services.leads.reporting import report_by_hand
from responses.services.leads.sweep import open_leads

__all__ = ["open_leads", "report_by_hand"]
