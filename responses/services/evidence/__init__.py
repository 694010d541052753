"""Evidence: entered by one, checked by another; nothing else stops a clock (rules.md 5)."""

from responses.services.evidence.conferences import check_conference, enter_conference
from responses.services.evidence.planning import Plan, change_plan, drop_plan, plan_conference, tick_step
from responses.services.evidence.releases import check_release, enter_release

__all__ = [
    "Plan",
    "change_plan",
    "check_conference",
    "check_release",
    "drop_plan",
    "enter_conference",
    "enter_release",
    "plan_conference",
    "tick_step",
]
