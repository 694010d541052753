"""A person leaves: open cases and coming shifts go to people who are named, then the account closes; history stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import Duty, User
from office.roles import Act, may
from office.services.acts import require
from office.services.duty import add_stint
from office.services.people import close_account
from responses.models import Issue
from responses.services.claiming import claim, note, save_matter


@dataclass(frozen=True)
class OpenWork:
    """What a person has in hand: open cases and coming shifts."""

    issues: list[Issue]
    duties: list[Duty]


def open_work(user: User, *, at: datetime) -> OpenWork:
    """Cases they own that are not closed, and shifts that have not ended."""
    issues = Issue.objects.filter(matter__owner=user, state__in=Issue.OPEN).select_related("matter", "topic")
    return OpenWork(
        list(issues.order_by("opened_at", "id")),
        list(Duty.objects.filter(user=user, ends_at__gt=at).order_by("starts_at", "pk")),
    )


def leave(
    *,
    user: User,
    issues_to: Mapping[int, User],
    duties_to: Mapping[int, User],
    reason: str,
    by: User,
    at: datetime,
) -> User:
    """Hand over and close. `issues_to`: case -> person, for every open case; `duties_to`: shift -> person.

    A shift that nobody takes leaves the roster and shows as a gap. Raises Refused where a case has nobody, or the
    person named may not have it.
    """
    require(by, Act.MANAGE_PEOPLE)
    with transaction.atomic():
        work = open_work(user, at=at)
        left = [issue for issue in work.issues if issue.pk not in issues_to]
        if left:
            # Whoever closes accounts need not know what the cases are about (domain.md B6): numbers, no titles.
            raise Refused(f"还有 {len(left)} 件没有指定交给谁：{'、'.join(issue.label for issue in left[:5])}。")
        for issue in work.issues:
            _hand_on(issue, user, issues_to[issue.pk], by=by, at=at)
        for duty in work.duties:
            taker = duties_to.get(duty.pk)
            if taker is not None:
                add_stint(user=taker, role=duty.role, starts_at=max(duty.starts_at, at), ends_at=duty.ends_at)
        return close_account(user=user, by=by, at=at, reason=reason)


def _hand_on(issue: Issue, user: User, taker: User, *, by: User, at: datetime) -> None:
    if taker.pk == user.pk or not taker.is_active or not may(taker.roles, Act.TAKE_OVER):
        raise Refused(f"{issue.label} 不能交给 {taker.name}：要交给在岗、能办事项的人。")
    fresh = claim(issue, by=by)
    save_matter(fresh.matter, owner=taker)
    note(fresh, kind="issue.hand_on", by=by, at=at, text=f"{user.name} 离岗，转交 {taker.name}")
    tell(
        people=[Addressee(role=taker.roles[0], person=taker)],
        event=f"hand-on:{issue.pk}:{user.pk}",
        title=f"{fresh.label} 转交给您",
        body=f"{user.name} 离岗，“{fresh.matter.title}”由您接着办，时限照走。",
        at=at,
        matter=fresh.matter,
    )
