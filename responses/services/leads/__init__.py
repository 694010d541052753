"""How leads come: by the sweep over alerts, or reported by a person."""

from responses.services.leads.reporting import RECEIVED, report_by_hand
from responses.services.leads.sweep import open_leads

__all__ = ["RECEIVED", "open_leads", "report_by_hand"]
