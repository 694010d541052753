"""What the pages read, each with a number of queries that does not grow with the rows shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from alerts.models import Anchor, Clock, Notice, Rung
from office import trail
from office.models import Trail, User
from office.pack.current import current_pack
from responses.flow import Button, Situation, buttons
from responses.models import Conference, Issue, Note, Proposal, Question, Release

PUBLIC, SYSTEM, PERSON, PUBLICATION = "public", "system", "person", "publication"  # marks of the timeline


def with_clocks(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """Issues with their matter, people, unit, topic and clocks: two queries whatever their number."""
    return issues.select_related(
        "matter", "matter__owner", "matter__lead_unit", "matter__topic", "topic", "earlier", "merged_into"
    ).prefetch_related(Prefetch("matter__clocks", queryset=Clock.objects.order_by("due_at", "pk")))


def leads(at: datetime) -> list[Issue]:
    """Leads that wait for a person, the nearest due moment first."""
    return _by_time_left(with_clocks(Issue.objects.filter(state=Issue.State.LEAD, opened_at__lte=at)))


def open_issues(at: datetime) -> list[Issue]:
    """Confirmed issues, the nearest due moment first; those whose clocks are all closed come last."""
    states = (Issue.State.RESPONDING, Issue.State.RESPONDED)
    return _by_time_left(with_clocks(Issue.objects.filter(state__in=states, opened_at__lte=at)))


def _by_time_left(issues: QuerySet[Issue]) -> list[Issue]:
    def key(issue: Issue) -> tuple[bool, float, int]:
        due = [c.due_at.timestamp() for c in issue.matter.clocks.all() if c.closed_at is None]
        return (not due, min(due, default=0.0), issue.number)

    return sorted(issues, key=key)


@dataclass(frozen=True)
class IssuePage:
    """Everything one issue's page shows beside its topic."""

    issue: Issue
    clocks: list[Clock]
    anchors: list[Anchor]
    releases: list[Release]
    conferences: list[Conference]
    proposals: list[Proposal]  # those that wait first, then the decided ones
    merged: list[Issue]
    situation: Situation
    buttons: list[Button]
    waiting: list[Release | Conference] = field(default_factory=list)  # evidence that waits for its check


def issue_page(issue: Issue, at: datetime, *, by: User | None = None) -> IssuePage:
    """The page of an issue (or of a lead) for the person who looks at it. About nine queries."""
    fresh = with_clocks(Issue.objects.filter(pk=issue.pk)).get()
    matter = fresh.matter
    clocks = list(matter.clocks.all())
    releases = list(fresh.releases.select_related("entered_by", "checked_by", "publisher").order_by("published_at"))
    conferences = list(fresh.conferences.select_related("entered_by", "checked_by").order_by("entered_at"))
    proposals = list(fresh.proposals.select_related("by", "decided_by").order_by("-at"))
    anchors = list(matter.anchors.select_related("post", "entered_by", "checked_by").order_by("at", "pk"))
    open_clocks = [clock for clock in clocks if clock.is_open]
    situation = Situation(
        state=fresh.state,
        level_proposed=matter.level_proposed,
        level_decided=matter.level_decided,
        level_pending=matter.level_pending,
        event_grade=matter.event_grade,
        overdue=any(c.status == Clock.Status.OVERDUE or c.due_at <= at for c in open_clocks),
        clocks_open=len(open_clocks),
        own_unit=fresh.own_unit,
        owner_is_me=by is not None and matter.owner_id == by.pk,
        second_person_levels=current_pack().policy.dismissal.second_person_levels,
    )
    waiting: list[Release | Conference] = [r for r in releases if r.state == Release.State.ENTERED]
    waiting += [c for c in conferences if c.state == Conference.State.ENTERED]
    return IssuePage(
        issue=fresh,
        clocks=clocks,
        anchors=anchors,
        releases=releases,
        conferences=conferences,
        proposals=sorted(proposals, key=lambda p: p.decided_at is not None),
        merged=list(fresh.merged.select_related("matter").order_by("number")),
        situation=situation,
        buttons=buttons(situation, by.roles if by is not None else ()),
        waiting=waiting,
    )


def lead_page(issue: Issue, at: datetime, *, by: User | None = None) -> IssuePage:
    """The page of a lead: the same values, with the acts a lead allows."""
    return issue_page(issue, at, by=by)


def waiting_proposals(by: User) -> list[Proposal]:
    """Proposals of others that wait for a second person, oldest first (the page says who may decide)."""
    rows = Proposal.objects.filter(decided_at=None).exclude(by=by).select_related("issue__matter", "by")
    return list(rows.order_by("at"))


def waiting_evidence(by: User) -> list[Release | Conference]:
    """Evidence others have entered that waits for its check, oldest first."""
    releases = Release.objects.filter(state=Release.State.ENTERED).exclude(entered_by=by)
    conferences = Conference.objects.filter(state=Conference.State.ENTERED).exclude(entered_by=by)
    rows: list[Release | Conference] = list(releases.select_related("issue__matter", "entered_by"))
    rows += list(conferences.select_related("issue__matter", "entered_by"))
    return sorted(rows, key=lambda row: row.entered_at)


@dataclass(frozen=True)
class Line:
    """A line of the timeline. `mark`: public, system, person, publication. `data`: before/after, ids behind it."""

    at: datetime
    mark: str
    text: str
    who: str = ""
    solo: bool = False
    kind: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    notices: int = 0  # how many people were told, of a rung


def timeline(issue: Issue, *, limit: int = 400) -> list[Line]:
    """The whole case as one list by time: anchors, rungs and who was told, acts of people, notes, publications."""
    matter = issue.matter
    lines = [*_public(issue), *_system(issue), *_publications(issue), *_asked(issue)]
    clocks = list(matter.clocks.values_list("pk", flat=True))
    objects = Q(object_kind="issue", object_id=str(issue.pk)) | Q(object_kind="matter", object_id=str(matter.pk))
    objects |= Q(object_kind="clock", object_id__in=[str(pk) for pk in clocks])
    rows = list(Trail.objects.filter(objects).exclude(kind="issue.note").select_related("by").order_by("-seq")[:limit])
    words = trail.words_of(rows)
    for row in rows:
        told = words.get(row.text_digest)
        lines.append(
            Line(
                at=row.at,
                mark=PERSON if row.by_id else SYSTEM,
                text=told.text if told is not None else "（文字已按要求移除）" if row.text_digest else row.kind,
                who=row.by.name if row.by else "系统",
                solo=row.solo,
                kind=row.kind,
                data=told.data if told is not None else {},
            )
        )
    for note in Note.objects.filter(issue=issue).select_related("by"):
        lines.append(Line(note.at, PERSON, note.text, who=note.by.name, kind="note"))
    order = {PUBLIC: 0, PUBLICATION: 1, SYSTEM: 2, PERSON: 3}
    return sorted(lines, key=lambda line: (line.at, order[line.mark], line.kind, line.text))


def _public(issue: Issue) -> list[Line]:
    """What happened outside: the event and the posts clocks may start at."""
    names = {"event": "事件发生", "first_public": "首个公开帖", "line_met": "达到线索标准"}
    lines = []
    for anchor in issue.matter.anchors.filter(withdrawn_at=None).select_related("entered_by"):
        if anchor.kind not in names:
            continue
        name = names[anchor.kind]
        told = f"{name}：{anchor.source}" if anchor.source and anchor.source != name else name
        words = told + ("（待核）" if anchor.pending else "")
        who = anchor.entered_by.name if anchor.entered_by else ""
        lines.append(Line(anchor.at, PUBLIC, words, who=who, kind=anchor.kind, data={"post": anchor.post_id}))
    return lines


def _system(issue: Issue) -> list[Line]:
    """What the service did: the lead, each rung with how many were told, each clock's due moment and end."""
    rungs = Rung.objects.filter(matter_id=issue.matter_id).order_by("fired_at", "pk")
    told: dict[int, int] = {}
    for rung_id in Notice.objects.filter(matter_id=issue.matter_id).values_list("rung_id", flat=True):
        if rung_id is not None:
            told[rung_id] = told.get(rung_id, 0) + 1
    lines = [
        Line(issue.opened_at, SYSTEM, f"立为线索 {issue.label}（{issue.get_origin_display()}）", kind="issue.open")
    ]
    lines += [
        Line(
            rung.fired_at,
            SYSTEM,
            rung.sentence,
            kind=f"rung.{rung.name}",
            data={"due_at": rung.due_at.isoformat()},
            notices=told.get(rung.pk, 0),
        )
        for rung in rungs
    ]
    for clock in issue.matter.clocks.all():
        if clock.closed_at is not None:
            words = f"{clock.get_kind_display()}：{clock.get_status_display()}"
            lines.append(
                Line(
                    clock.closed_at,
                    SYSTEM,
                    words + (f"（{clock.closed_reason}）" if clock.closed_reason else ""),
                    kind=f"clock.{clock.status}",
                )
            )
    return lines


ASKED = 5  # questions of most posts that stand in the timeline


def _asked(issue: Issue) -> list[Line]:
    """The first posts of the questions that most ask; their words are the page's (the record holds none)."""
    rows = Question.objects.filter(issue=issue, joined_into=None, hidden=False, posts__gt=0).order_by("-posts", "pk")
    return [
        Line(
            question.opened_at,
            SYSTEM,
            f"新问题，现在 {question.posts} 帖在问",
            kind="question",
            data={"question": question.pk},
        )
        for question in rows[:ASKED]
    ]


def _publications(issue: Issue) -> list[Line]:
    """What the district said, at its publishing time; evidence sent back is left to the acts of people."""
    lines = []
    for release in issue.releases.exclude(state=Release.State.REFUSED).select_related("publisher"):
        state = "" if release.state == Release.State.CHECKED else "，待复核"
        words = f"{release.get_kind_display()}《{release.title}》（{release.channel}{state}）"
        who = release.publisher.name if release.publisher else ""
        lines.append(Line(release.published_at, PUBLICATION, words, who=who, kind="release", data={"id": release.pk}))
    for held in issue.conferences.exclude(state__in=(Conference.State.REFUSED, Conference.State.PLANNED)):
        if held.held_at is not None:
            state = "" if held.state == Conference.State.CHECKED else "（待复核）"
            words = f"{held.get_kind_display()}《{held.title}》{state}"
            lines.append(Line(held.held_at, PUBLICATION, words, kind="conference", data={"id": held.pk}))
    return lines
