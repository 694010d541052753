"""The board: open issues by time left, leads that wait, what happened in the last hour. Constant query counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Min, Prefetch, Q, QuerySet
from django.utils import timezone

from alerts.models import Clock, Level, Rung
from console.queries.figures import posts_address
from crawlers.models import Post, Source
from office.models import Duty, Trail, TrailText
from office.queries import ROSTERED
from reports.models import Brief
from responses.models import Issue, Proposal, Supervision

SHOWN = 40  # rows drawn on the board; the rest stand in the list of issues, in the same order
LEADS_SHOWN = 8
OF_CASES = ("issue", "matter", "clock", "brief", "source", "inbox", "state", "drill")
OPEN = (Issue.State.RESPONDING, Issue.State.RESPONDED)


@dataclass
class Row:
    """One issue with its clocks: `clocks` by kind, `next` the open clock that is due first."""

    issue: Issue
    clocks: dict[str, Clock]
    next: Clock | None

    @property
    def level(self) -> int:
        matter = self.issue.matter
        return matter.level_decided or matter.level_proposed

    @property
    def streets(self) -> str:
        topic = self.issue.matter.topic
        return "、".join(s.removesuffix("街道") for s in topic.streets[:2]) if topic is not None else ""

    @property
    def posts_url(self) -> str:
        topic = self.issue.matter.topic
        return posts_address(topic) if topic is not None else ""

    @property
    def level_word(self) -> str:
        return Level(self.level).label

    @property
    def supervision(self) -> Supervision | None:
        """The 督办 that lives, if any."""
        found: list[Supervision] = getattr(self.issue, "living_supervisions", [])  # by `with_clocks`
        return found[0] if found else None

    @property
    def why(self) -> str:
        """The sentence of the gravest line met."""
        met = [r for r in self.issue.matter.reasons if r.get("met", True)]
        met.sort(key=lambda r: r.get("level") or 9)
        return str(met[0].get("sentence", "")) if met else self.issue.get_origin_display()

    @property
    def waits_followup(self) -> bool:
        """Continuous release starts with the first release."""
        first = self.clocks.get("first_release")
        return (
            first is not None and "followup_release" not in self.clocks and first.status not in {"void", "superseded"}
        )

    @property
    def posts(self) -> int | None:
        topic = self.issue.matter.topic
        return None if topic is None else topic.posts_count


def with_clocks(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """Issues with everything a row shows, in three queries."""
    return issues.select_related(
        "matter", "matter__topic", "matter__lead_unit", "matter__owner", "confirmed_by", "merged_into"
    ).prefetch_related(
        Prefetch("matter__clocks", Clock.objects.order_by("id")),
        Prefetch(
            "supervisions",
            Supervision.objects.filter(ended_at=None).select_related("by"),
            to_attr="living_supervisions",
        ),
    )


def row_of(issue: Issue) -> Row:
    """Which clock of each kind is shown: an open one before a closed one, then the latest round."""
    shown: dict[str, Clock] = {}
    running: list[Clock] = []
    for clock in issue.matter.clocks.all():
        if clock.closed_at is None:
            running.append(clock)
        before = shown.get(clock.kind)
        if before is None or clock.closed_at is None or before.closed_at is not None:
            shown[clock.kind] = clock
    running.sort(key=lambda c: (c.due_at, c.pk))
    first = running[0] if running else None
    return Row(issue, shown, first)


def by_time_left(issues: QuerySet[Issue]) -> QuerySet[Issue, int]:
    """Their ids: overdue first, then the nearest limit, then those whose clocks are all closed.

    Ids alone, because sorting by a clock's due time groups by every column that is asked for.
    """
    due = Min("matter__clocks__due_at", filter=Q(matter__clocks__closed_at=None))
    return issues.annotate(next_due=due).order_by(F("next_due").asc(nulls_last=True), "id").values_list("id", flat=True)


# What a row does not show is not fetched: JSON costs more to read than all else of a row.
UNSEEN = ("heat_parts", "places", "departments")


def rows_of(ids: Iterable[int], *, reasons: bool = False) -> list[Row]:
    """Rows of these issues, in this order. `reasons`: with the lines of the rules (a lead's row says why)."""
    order = list(ids)
    hidden = [f"matter__topic__{name}" for name in UNSEEN] + ([] if reasons else ["matter__reasons"])
    found = {i.pk: i for i in with_clocks(Issue.objects.filter(pk__in=order)).defer(*hidden)}
    return [row_of(found[pk]) for pk in order if pk in found]


def open_rows(*, limit: int = SHOWN, mine: int | None = None, street: str = "") -> list[Row]:
    """Confirmed issues that are open, by time left; of one person, of one street, where given."""
    issues = Issue.objects.filter(in_street(street), state__in=OPEN)
    if mine is not None:
        issues = issues.filter(matter__owner_id=mine)
    return rows_of(by_time_left(issues)[:limit])


def lead_rows(*, limit: int = LEADS_SHOWN, street: str = "") -> list[Row]:
    """Leads that wait for a decision, by time left."""
    waiting = Issue.objects.filter(in_street(street), state=Issue.State.LEAD)
    return rows_of(by_time_left(waiting)[:limit], reasons=True)


def in_street(street: str, path: str = "matter__topic__streets") -> Q:
    """Streets are kept as JSON: written with escapes by SQLite's way, plainly by PostgreSQL's. "" narrows nothing."""
    if not street:
        return Q()
    escaped = street.encode("unicode_escape").decode("ascii")
    return Q(**{f"{path}__icontains": f'"{escaped}"'}) | Q(**{f"{path}__icontains": f'"{street}"'})


@dataclass(frozen=True)
class Tally:
    """How many clocks are over and how many are due within an hour, of open issues."""

    over: int
    soon: int


def tally(*, at: datetime, street: str = "") -> Tally:
    clocks = Clock.objects.filter(
        in_street(street),
        closed_at=None, evidence_pending_at=None, matter__issue__state__in=OPEN,
    )  # fmt: skip
    over = clocks.filter(due_at__lte=at).values("matter").distinct().count()
    soon = clocks.filter(due_at__gt=at, due_at__lte=at + timedelta(hours=1)).values("matter").distinct().count()
    return Tally(over, soon)


@dataclass(frozen=True)
class Event:
    """A line of the last hour."""

    at: datetime
    text: str
    word: str = ""  # a bold word before it: 超时, 中断
    issue_id: int | None = None
    fresh: bool = False


def last_hour(*, at: datetime, limit: int = 8) -> list[Event]:
    """Rungs that fired, acts of people, sources that fell silent: newest first."""
    since = at - timedelta(hours=1)
    events: list[Event] = []
    for rung in (
        Rung.objects.filter(fired_at__gte=since).select_related("matter__issue", "clock").order_by("-id")[:limit]
    ):
        over = rung.name in {"due", "到期"} or ":due" in rung.key
        events.append(Event(rung.fired_at, rung.sentence, "超时" if over else "", _issue_id(rung)))
    rows = list(
        Trail.objects.filter(at__gte=since)
        .filter(object_kind__in=OF_CASES)
        .select_related("by")
        .order_by("-seq")[:limit]
    )
    texts = dict(TrailText.objects.filter(digest__in=[r.text_digest for r in rows]).values_list("digest", "text"))
    for row in rows:
        said = texts.get(row.text_digest, "")
        if said:
            who = f"{row.by.name} " if row.by is not None else ""
            number = int(row.object_id) if row.object_kind == "issue" and row.object_id.isdigit() else None
            events.append(Event(row.at, f"{who}{said}", "", number))
    for source in Source.objects.filter(down_since__gte=since).order_by("-down_since")[:limit]:
        if source.down_since is not None:
            events.append(Event(source.down_since, f"{source.name}：{source.note or '采不到'}", "中断"))
    events.sort(key=lambda e: e.at, reverse=True)
    fresh = at - timedelta(minutes=10)
    return [Event(e.at, e.text, e.word, e.issue_id, e.at >= fresh) for e in events[:limit]]


def _issue_id(rung: Rung) -> int | None:
    if rung.matter is None:
        return None
    issue: Issue | None = getattr(rung.matter, "issue", None)
    return None if issue is None else issue.pk


@dataclass(frozen=True)
class Volume:
    """Posts of the last hour, and what an hour usually has (mean of the last 28 days, by fetch order)."""

    hour: int
    usual: float


def volume(*, at: datetime) -> Volume:
    hour = Post.objects.filter(seen_at__gt=at - timedelta(hours=1), seen_at__lte=at).count()
    month = Post.objects.filter(seen_at__gt=at - timedelta(days=28), seen_at__lte=at).count()
    return Volume(hour, month / (28 * 24))


def next_brief(*, at: datetime) -> Brief | None:
    """The brief people work on now: the latest that is not sent; without its text and figures, which are large."""
    return Brief.objects.exclude(state=Brief.State.SENT).defer("numbers", "content").order_by("-id").first()


def waiting_proposals() -> QuerySet[Proposal]:
    """Acts that wait for their second person."""
    return Proposal.objects.filter(decided_at=None).select_related("issue__matter", "by").order_by("id")


def day_start(at: datetime) -> datetime:
    """00:00 of the district's day of `at`."""
    return at.astimezone(timezone.get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)


def on_duty(*, at: datetime) -> list[Duty]:
    """Who is on now; the duty lead first."""
    rows = list(
        Duty.objects.filter(role__in=ROSTERED, starts_at__lte=at, ends_at__gt=at).select_related("user").order_by("id")
    )
    return sorted(rows, key=lambda d: d.role != "duty_lead")


@dataclass(frozen=True)
class Counts:
    issues: int
    leads: int


def counts(*, mine: int | None = None, street: str = "") -> Counts:
    """How many issues are open (of one person, of one street, where given) and how many leads wait."""
    issues = Issue.objects.filter(in_street(street), state__in=OPEN)
    if mine is not None:
        issues = issues.filter(matter__owner_id=mine)
    return Counts(issues.count(), Issue.objects.filter(in_street(street), state=Issue.State.LEAD).count())
