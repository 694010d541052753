"""A person leaves: open cases and coming shifts go to people who are named, then the account closes; history stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import Duty, User
from office.roles import Act, may
from office.services.acts import require
from office.services.duty import add_stint
from office.services.people import close_account
from responses.models import Issue, Release, ReleaseDraft
from responses.services.claiming import claim, note, save_matter
from responses.services.drafting.writing import case_of

ENDED = (Issue.State.CLOSED, Issue.State.DISMISSED, Issue.State.CANCELLED)


@dataclass(frozen=True)
class OpenWork:
    """What a person has in hand: open cases, coming shifts, releases in preparation."""

    issues: list[Issue]
    duties: list[Duty]
    drafts: list[ReleaseDraft] = field(default_factory=list)


def open_work(user: User, *, at: datetime) -> OpenWork:
    """Cases they own that are not closed, shifts that have not ended, releases of open cases not yet published."""
    issues = Issue.objects.filter(matter__owner=user, state__in=Issue.OPEN).select_related("matter", "topic")
    return OpenWork(
        list(issues.order_by("opened_at", "id")),
        list(Duty.objects.filter(user=user, ends_at__gt=at).order_by("starts_at", "pk")),
        list(_drafts(user)),
    )


def leave(
    *,
    user: User,
    issues_to: Mapping[int, User],
    duties_to: Mapping[int, User],
    reason: str,
    by: User,
    at: datetime,
    drafts_to: Mapping[int, User] | None = None,
) -> User:
    """Hand over and close. `issues_to`: case -> person, for every open case; `duties_to`: shift -> person.

    `drafts_to`: release in preparation -> person; without one it goes with its case. A shift that nobody takes leaves
    the roster and shows as a gap. Raises Refused where a case or a release has nobody, or the person named may not
    have it.
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
        for draft in work.drafts:
            _hand_on_draft(draft, user, (drafts_to or {}).get(draft.pk), by=by, at=at)
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


def _drafts(user: User) -> QuerySet[ReleaseDraft]:
    """Releases they have in hand. What is published needs nobody any more, nor what belongs to a case that ended."""
    published = Release.objects.exclude(state=Release.State.REFUSED).filter(draft__isnull=False).values("draft")
    mine = ReleaseDraft.objects.filter(drafter=user, state__in=ReleaseDraft.OPEN).exclude(pk__in=published)
    return (
        mine.exclude(issue__state__in=ENDED)
        .select_related("issue__matter", "issue__merged_into__matter")
        .order_by("pk")
    )


def _hand_on_draft(draft: ReleaseDraft, user: User, named: User | None, *, by: User, at: datetime) -> None:
    issue = Issue.objects.select_related("matter__owner").get(pk=case_of(draft).pk)
    taker = named or issue.matter.owner
    if taker is None or taker.pk == user.pk or not taker.is_active or not may(taker.roles, Act.DRAFT_RELEASE):
        # As with cases: who closes accounts need not know what it is about.
        raise Refused(f"{issue.label} 有一份在审的发布稿，没有指定交给谁：要交给在岗、能起草发布的人。")
    ReleaseDraft.objects.filter(pk=draft.pk).update(drafter=taker)
    note(
        issue,
        kind="draft.hand_on",
        by=by,
        at=at,
        text=f"{user.name} 离岗，发布稿《{draft.name}》转交 {taker.name}",
        data={"draft": draft.pk},
    )
    tell(
        people=[Addressee(role=taker.roles[0], person=taker)],
        event=f"draft:{draft.pk}:hand-on:{user.pk}",
        title=f"{issue.label} 发布稿《{draft.name}》转交给您"[:200],
        body=f"{user.name} 离岗，这份发布稿由您接着办；现在是“{draft.get_state_display()}”。时限照走。",
        at=at,
        matter=issue.matter,
    )
