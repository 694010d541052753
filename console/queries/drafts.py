"""Releases of a case as its page draws them: four gates each, where they went out, what evidence is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from office.models import User
from office.roles import may
from responses.gates import ALL, GATES, Gate, Mark, missing, open_gate, passed_before, standing
from responses.models import DraftText, GateMark, Issue, Release, ReleaseDraft
from responses.services.drafting.linking import drafts_of

REFUSED, CHECKED = Release.State.REFUSED, Release.State.CHECKED


@dataclass(frozen=True)
class Cell:
    """One gate of one release. `mark`: tick, cross, ring (its turn or still to come)."""

    gate: Gate
    mark: str
    row: GateMark | None
    turn: bool  # the text stands before it


@dataclass(frozen=True)
class Line:
    """One release: drafted, published, or both. `short`: how many of the gates it had not passed when published."""

    draft: ReleaseDraft | None
    releases: list[Release]
    cells: list[Cell] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    short: int = 0

    @property
    def title(self) -> str:
        return self.draft.name if self.draft is not None else self.releases[0].title

    @property
    def standing(self) -> list[Release]:
        """Evidence that was not sent back."""
        return [release for release in self.releases if release.state != REFUSED]

    @property
    def sent_back(self) -> list[Release]:
        """Evidence sent back, where nothing else of that channel stands."""
        there = {release.channel for release in self.standing}
        return [release for release in self.releases if release.state == REFUSED and release.channel not in there]

    @property
    def published_at(self) -> datetime | None:
        return min((release.published_at for release in self.standing), default=None)

    @property
    def meant(self) -> int:
        """How many channels there are to have evidence of: those meant, and those it went out by besides."""
        wanted = set(self.draft.channels) if self.draft is not None else set()
        return len(wanted | {release.channel for release in self.standing})

    @property
    def there(self) -> int:
        return len({release.channel for release in self.standing})

    @property
    def checked(self) -> Release | None:
        """The evidence checked last."""
        rows = [release for release in self.standing if release.state == CHECKED and release.checked_at is not None]
        return max(rows, key=lambda release: str(release.checked_at), default=None)

    @property
    def unchecked(self) -> list[Release]:
        return [release for release in self.standing if release.state == Release.State.ENTERED]

    @property
    def back(self) -> GateMark | None:
        """The refusal it waits with, if it was sent back."""
        return next((cell.row for cell in self.cells if cell.mark == "cross"), None)

    @property
    def turn(self) -> Gate | None:
        return next((cell.gate for cell in self.cells if cell.turn), None)


def lines(issue: Issue) -> list[Line]:
    """Every release of the case, the oldest first; three queries whatever their number. Given up ones are not shown."""
    drafts = list(_whole(drafts_of(issue).exclude(state=ReleaseDraft.State.DROPPED)))
    releases = list(
        issue.releases.select_related("publisher", "entered_by", "checked_by").order_by("published_at", "pk")
    )
    of: dict[int | None, list[Release]] = {}
    for release in releases:
        of.setdefault(release.draft_id, []).append(release)
    found = [_line(draft, of.pop(draft.pk, [])) for draft in drafts]
    found += [Line(None, [release]) for rest in of.values() for release in rest]
    return sorted(found, key=_begun)


def lacking(found: Iterable[Line]) -> Line | None:
    """The first release that is out and lacks evidence of a channel: what a phone offers first."""
    return next((line for line in found if line.standing and line.missing), None)


def given_up(issue: Issue) -> QuerySet[ReleaseDraft]:
    """Releases that will not be published, for the record."""
    return drafts_of(issue).filter(state=ReleaseDraft.State.DROPPED).order_by("pk")


def one(draft: ReleaseDraft) -> Line:
    """The same of one draft, with its evidence."""
    releases = draft.releases.select_related("publisher", "entered_by", "checked_by").order_by("published_at", "pk")
    return _line(draft, list(releases))


def waiting(*, limit: int | None = None) -> list[Line]:
    """Releases of open cases that wait for a gate, the longest first; of cases merged into open ones too."""
    going_on = Q(issue__state__in=Issue.OPEN) | Q(issue__merged_into__state__in=Issue.OPEN)
    rows = _whole(ReleaseDraft.objects.filter(going_on, state=ReleaseDraft.State.REVIEW))
    return [_line(draft, []) for draft in rows.order_by("waiting_since", "pk")[:limit]]


def for_me(person: User, *, limit: int = 5) -> list[Line]:
    """Those among the longest waiting that this person may decide and did not write."""
    found = [line for line in waiting(limit=50) if may_decide(person, line)]
    wrote = set(DraftText.objects.filter(by=person).values_list("draft_id", flat=True)) if found else set()
    return [line for line in found if line.draft is not None and line.draft.pk not in wrote][:limit]


def may_decide(person: User, line: Line) -> bool:
    """Whether this person's roles hold the gate it stands before; that they did not write it, the service asks."""
    return line.turn is not None and may(person.roles, line.turn.act)


def last_mark(marks: Iterable[GateMark]) -> list[Mark]:
    """The decisions as the rules read them."""
    return [Mark(mark.gate, mark.passed, mark.at, mark.version) for mark in marks]


def _whole(drafts: QuerySet[ReleaseDraft]) -> QuerySet[ReleaseDraft]:
    marks = Prefetch("marks", queryset=GateMark.objects.select_related("by").order_by("at", "pk"))
    return drafts.select_related("unit", "drafter", "issue__matter").prefetch_related(marks).order_by("pk")


def _line(draft: ReleaseDraft, releases: Sequence[Release]) -> Line:
    rows = list(draft.marks.all())
    marks = last_mark(rows)
    by_mark = {(row.gate, row.version, row.passed): row for row in rows}
    back = draft.state == ReleaseDraft.State.BACK
    held = standing(marks, passed=draft.gate, sent_back=back)
    turn = open_gate(draft.gate) if draft.state == ReleaseDraft.State.REVIEW else None
    cells = []
    for gate, mark in zip(GATES, held, strict=True):
        row = None if mark is None else by_mark[(mark.gate, mark.version, mark.passed)]
        cells.append(Cell(gate, "ring" if row is None else "tick" if row.passed else "cross", row, gate == turn))
    line = Line(draft, list(releases), cells)
    first = line.published_at
    short = ALL - passed_before(marks, first) if first is not None else 0
    lacks = missing(draft.channels, [release.channel for release in line.standing])
    return Line(draft, list(releases), cells, lacks, short)


def _begun(line: Line) -> tuple[float, int]:
    moment = line.published_at or (line.draft.created_at if line.draft else line.releases[0].entered_at)
    return moment.timestamp(), line.draft.pk if line.draft else 0
