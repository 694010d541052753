"""An issue's own page: its clocks in order, what happened when, and what waits for a second person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.models import Clock, Matter
from console.queries import asked, drafts, plans
from responses.models import Issue, Proposal
from responses.queries import Line, timeline

KINDS = (
    Clock.Kind.FIRST_RELEASE,
    Clock.Kind.PRESS_CONFERENCE,
    Clock.Kind.RESPONSE,
    Clock.Kind.FOLLOWUP_RELEASE,
)


@dataclass(frozen=True)
class Cell:
    """One of the four clocks of the strip: the row, or why there is none."""

    kind: str
    clock: Clock | None
    why_not: str
    earlier: list[Clock]


def strip(issue: Issue) -> list[Cell]:
    """Four cells in fixed places; a kind that does not apply says why."""
    by_kind: dict[str, list[Clock]] = {kind: [] for kind in KINDS}
    for clock in issue.matter.clocks.all():
        by_kind[clock.kind].append(clock)
    high = bool(by_kind[Clock.Kind.FIRST_RELEASE])
    reasons = {
        Clock.Kind.FIRST_RELEASE: "较大、一般只走 48 小时",
        Clock.Kind.PRESS_CONFERENCE: "较大、一般只走 48 小时",
        Clock.Kind.RESPONSE: "按重大走 5 和 24 小时",
        Clock.Kind.FOLLOWUP_RELEASE: "首发后起算" if high else "不要求持续发布",
    }
    cells = []
    for kind in KINDS:
        clocks = sorted(by_kind[kind], key=lambda c: (c.closed_at is None, c.pk))
        shown = clocks[-1] if clocks else None
        cells.append(Cell(kind.label, shown, reasons[kind], clocks[:-1]))
    return cells


FIRST, LAST = 5, 11  # lines of the timeline that show at once
MARKS = {"public": "ring", "system": "square", "person": "dot", "publication": "publish"}


@dataclass(frozen=True)
class Told:
    """One line of 谁在何时知道什么: its mark, the time since the event (`+0:31`), and the page behind it."""

    line: Line
    mark: str
    since: str
    url: str
    text: str


def told(issue: Issue, *, limit: int = 200) -> list[Told]:
    """The case's timeline, oldest first."""
    start = start_of(issue.matter)
    lines = timeline(issue)[-limit:]
    own = f"《{issue.matter.title}》"
    # The record holds no words of the public: they are those that stand for the question now.
    words = asked.wordings({line.data["question"] for line in lines if "question" in line.data})
    return [
        Told(
            line,
            MARKS.get(line.mark, "dot"),
            _since(line.at, start),
            _behind(line),
            _asked(line, words) + line.text.replace(own, "").lstrip("：，"),
        )
        for line in lines
    ]


def _asked(line: Line, words: dict[int, str]) -> str:
    return f"“{words.get(line.data['question'], asked.GONE)}” " if "question" in line.data else ""


def folded(lines: list[Told]) -> tuple[list[Told], list[Told], list[Told]]:
    """(first, middle, last): a long story shows how it began and where it stands; the middle unfolds."""
    if len(lines) <= FIRST + LAST + 2:
        return lines, [], []
    return lines[:FIRST], lines[FIRST:-LAST], lines[-LAST:]


def _behind(line: Line) -> str:
    for name in ("post", "question", "task"):
        if line.data.get(name):
            return f"/{name}s/{line.data[name]}/"
    if line.mark == "publication" and line.data.get("id"):
        return f"/{'releases' if line.kind == 'release' else 'conferences'}/{line.data['id']}/"
    return ""


def start_of(matter: Matter) -> datetime:
    return matter.occurred_at or matter.first_public_at or matter.detected_at


def _since(moment: datetime, start: datetime) -> str:
    minutes = int((moment - start).total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


def open_proposals(issue: Issue) -> list[Proposal]:
    return list(issue.proposals.filter(decided_at=None).select_related("by").order_by("id"))


def records(issue: Issue, *, at: datetime) -> dict[str, Any]:
    """What is on record of an issue, by the names its page uses: clocks, timeline, releases, the conference planned
    back from its limit, waiting proposals."""
    lines = told(issue)
    conferences = list(issue.conferences.select_related("entered_by", "checked_by").order_by("id"))
    return {
        "strip": strip(issue),
        "timeline": folded(lines),
        "timeline_count": len(lines),
        "releases": drafts.lines(issue),
        "given_up": list(drafts.given_up(issue)),
        "conferences": conferences,
        "plan": plans.plan_of(issue, conferences, at=at),
        "conference_limit": plans.limit(issue),
        "proposals": open_proposals(issue),
    }
