"""Evidence: entered by one, checked by another; nothing else stops a clock (rules.md 5)."""

from responses.services.evidence.conferences import check_conference, enter_conference, plan_conference
from responses.services.evidence.releases import check_release, enter_release

__all__ = ["check_conference", "check_release", "enter_conference", "enter_release", "plan_conference"]
