"""已排除的线索: who dismissed what, when and why; what is looked at again this week. A fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from office import trail
from office.models import Trail, User
from office.pack.current import current_pack
from responses.models import Issue, SampleCheck

WEEKS = 8  # of samples counted


@dataclass(frozen=True)
class Dismissed:
    """One dismissed lead. `first`: who had proposed it, where two people were needed."""

    issue: Issue
    code: str
    by: User | None
    first: str
    at: datetime | None
    solo: bool

    @property
    def voices_now(self) -> int:
        return self.issue.topic.voices if self.issue.topic is not None else 0


def found(*, code: str = "", by: str = "") -> QuerySet[Issue]:
    """Dismissed leads, newest first. `code`: the reason; `by`: account of who dismissed (or proposed it)."""
    issues = Issue.objects.filter(state=Issue.State.DISMISSED).order_by("-closed_at", "-pk")
    if code:
        issues = issues.filter(dismiss_code=code)
    if by:
        mine = Trail.objects.filter(kind="issue.dismiss", object_kind="issue", by__username=by)
        issues = issues.filter(pk__in=[int(n) for n in mine.values_list("object_id", flat=True) if n.isdigit()])
    return issues.select_related("matter", "topic")


def rows(issues: Iterable[Issue]) -> list[Dismissed]:
    """The issues with who and when, from the last act of dismissal of each. Two queries."""
    shown = list(issues)
    names = {c.code: c.name for c in current_pack().policy.dismissal.codes}
    acts: dict[str, Trail] = {}
    keys = [str(issue.pk) for issue in shown]
    for row in Trail.objects.filter(kind="issue.dismiss", object_kind="issue", object_id__in=keys).order_by("seq"):
        acts[row.object_id] = row
    people = {user.pk: user for user in User.objects.filter(pk__in={row.by_id for row in acts.values()})}
    words = trail.words_of(list(acts.values()))
    lines = []
    for issue in shown:
        act = acts.get(str(issue.pk))
        said: dict[str, Any] = words[act.text_digest].data if act is not None and act.text_digest in words else {}
        lines.append(
            Dismissed(
                issue,
                names.get(issue.dismiss_code, issue.dismiss_code),
                people.get(act.by_id) if act is not None and act.by_id else None,
                str(said.get("first") or ""),
                act.at if act is not None else issue.closed_at,
                act.solo if act is not None else False,
            )
        )
    return _named(lines)


def _named(lines: list[Dismissed]) -> list[Dismissed]:
    """Proposers by name in place of their accounts."""
    accounts = {line.first for line in lines if line.first}
    if not accounts:
        return lines
    names = dict(User.objects.filter(username__in=accounts).values_list("username", "name"))
    return [Dismissed(line.issue, line.code, line.by, names.get(line.first, ""), line.at, line.solo) for line in lines]


def dismissers() -> list[User]:
    """Who has dismissed anything, for the filter."""
    ids = Trail.objects.filter(kind="issue.dismiss").order_by().values_list("by_id", flat=True).distinct()
    return list(User.objects.filter(pk__in=[pk for pk in ids if pk]).order_by("name"))


@dataclass(frozen=True)
class Sample:
    """What was drawn of the last week that was drawn from, with how each was dismissed."""

    week: date
    lines: list[tuple[SampleCheck, Dismissed]]

    @property
    def until(self) -> date:
        return self.week + timedelta(days=6)

    @property
    def checked(self) -> int:
        return sum(1 for check, _ in self.lines if check.checked_at is not None)


def sample() -> Sample | None:
    """The newest sample; None where nothing was ever drawn."""
    week = SampleCheck.objects.order_by("-week").values_list("week", flat=True).first()
    if week is None:
        return None
    checks = list(
        SampleCheck.objects.filter(week=week)
        .select_related("checked_by", "issue__matter", "issue__topic")
        .order_by("checked_at", "pk")
    )
    by_issue = {line.issue.pk: line for line in rows([check.issue for check in checks])}
    return Sample(week, [(check, by_issue[check.issue_id]) for check in checks])


def tally(*, at: datetime) -> dict[str, int]:
    """Of the last eight weeks: how many were drawn, looked at, found wrongly dismissed."""
    since = timezone.localdate(at) - timedelta(weeks=WEEKS)
    return SampleCheck.objects.filter(week__gte=since).aggregate(
        drawn=Count("pk"),
        checked=Count("pk", filter=Q(checked_at__isnull=False)),
        wrong=Count("pk", filter=Q(right=False)),
    )
