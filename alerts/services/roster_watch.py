"""A shift with nobody is told before it comes, to those whom the pack names (rules.md 7: a hole is shown, and told)."""

from datetime import datetime, timedelta

from django.utils import timezone

from alerts.services.notices import Addressee, tell
from office.models import Duty
from office.pack.current import current_pack
from office.queries import Gap, duty_gaps, people_for
from office.roles import ROLE_NAMES


def tell_gaps(*, at: datetime) -> int:
    """Tell each gap of the coming hours once. A role nobody was ever put on duty in has no roster, so no gap."""
    rule = current_pack().policy.duty
    told = 0
    near = timedelta(hours=rule.gap_notice_hours)
    for gap in duty_gaps(at, days=max(1, -(-rule.gap_notice_hours // 24))):
        if gap.starts_at > at + near:
            continue
        before = Duty.objects.filter(role=gap.role, ends_at__lte=gap.starts_at).order_by("-ends_at").first()
        if before is None:
            continue
        people = [Addressee(role, person) for role in rule.gap_roles for person in people_for(role, at)[0]]
        made = tell(
            people=people,
            # The hole begins where the last one left: the same event, however often it is looked at.
            event=f"duty-gap:{gap.role}:{int(before.ends_at.timestamp())}",
            title=f"{_moment(gap.starts_at)} 起没有{ROLE_NAMES[gap.role]}",
            body=_body(gap),
            at=at,
        )
        told += len(made)
    return told


def _body(gap: Gap) -> str:
    return (
        f"{_moment(gap.starts_at)} 到 {_moment(gap.ends_at)} 没有排{ROLE_NAMES[gap.role]}，请在“人员与值班”补上。"
        "空着的时候，提醒发给全体值班长，再到管理员。"
    )


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"
