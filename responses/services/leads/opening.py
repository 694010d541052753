"""What every lead has from its first moment: a number, the roles that are told, the second reader of the own unit."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from alerts.services.notices import tell
from office.pack.current import current_pack
from office.roles import Role
from responses.models import Issue
from responses.services.proposals import addressees


def next_number() -> int:
    """The next number in opening order; unique, so that of two workers one tries again."""
    last: int | None = Issue.objects.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def is_own_unit(units: Iterable[str]) -> bool:
    """True where a unit that runs this office is the subject."""
    return not set(units).isdisjoint(current_pack().district.leading_units)


def tell_own_unit(issue: Issue, *, at: datetime) -> None:
    """A lead about the office's own unit goes also to the government office (rules.md 6)."""
    if not issue.own_unit:
        return
    tell(
        people=addressees([Role.GOV_OFFICE], at),
        event=f"own:{issue.matter_id}:{issue.version}",
        title=f"涉及本单位的线索：{issue.label} {issue.matter.title}",
        body="这条线索说的是本单位，同时报送区政府办；不能只由本单位排除。",
        at=at,
        matter=issue.matter,
    )


def lead_roles(level: int) -> list[str]:
    return list(current_pack().policy.escalation.provisional_roles[level])
