"""The clock bar as one component: facts of a clock in, state, words and drawing out. Pure: no Django, no models.

Geometry (looks: clock bar): the track runs from the anchor to the due line at 86 % of the width, so that lateness has
room to be seen. Shares below are of the whole width, in percent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DUE_AT = 86.0
ROOM = 100.0 - DUE_AT
# Half of the room past the line is used up after so many minutes; the rest is approached and never left.
LATE_HALF = 30.0
SHARES = (0.4, 0.6, 0.8)  # rungs of the ladder, share of the span
LAST = (30, 10)  # further rungs, minutes left, where the span is at least two hours
LONG = 120


@dataclass(frozen=True)
class Facts:
    """What a clock row says. Times aware; `evidence_at` is the publishing time of evidence that waits for its check."""

    status: str
    anchor_at: datetime
    due_at: datetime
    minutes: int
    met_at: datetime | None = None
    evidence_pending_at: datetime | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Bar:
    """State of a bar, its words, minutes left (negative: over) and shares of the width."""

    state: str
    words: str
    left: int
    fill: float
    late: float
    mark: float | None
    rungs: tuple[tuple[float, bool], ...]

    @property
    def live(self) -> bool:
        return self.state in {"running", "warned", "due_soon", "overdue", "provisional"}


def span(minutes: int) -> str:
    """`0时56分`: a length of time, never a clock time."""
    minutes = abs(minutes)
    return f"{minutes // 60}时{minutes % 60:02d}分"


def whole_minutes(length: timedelta) -> int:
    """Whole minutes towards zero: 59 s before the due moment are 0 minutes left, 59 s after it 0 minutes over."""
    return int(length.total_seconds() / 60)


def late_share(minutes: float) -> float:
    """How far past the due line `minutes` of lateness reach, in percent of the whole width."""
    return ROOM * minutes / (minutes + LATE_HALF) if minutes > 0 else 0.0


def rung_shares(minutes: int) -> list[float]:
    """Where the rungs stand, as shares of the span, ascending."""
    shares = list(SHARES)
    if minutes >= LONG:
        shares += [1 - left / minutes for left in LAST]
    return sorted({round(s, 4) for s in shares})


def _place(moment: datetime, facts: Facts) -> float:
    whole = max((facts.due_at - facts.anchor_at).total_seconds(), 1.0)
    share = (moment - facts.anchor_at).total_seconds() / whole
    if share <= 1:
        return max(share, 0.0) * DUE_AT
    return DUE_AT + late_share((moment - facts.due_at).total_seconds() / 60)


def state_of(facts: Facts, at: datetime) -> str:
    """One of running, warned, due_soon, overdue, met, met_late, void, superseded, checking, provisional."""
    if facts.status in {"met", "met_late", "void", "superseded"}:
        return facts.status
    if facts.evidence_pending_at is not None:
        return "checking"
    if at >= facts.due_at:
        return "overdue"
    if facts.provisional or facts.status == "provisional":
        return "provisional"
    left = (facts.due_at - at).total_seconds() / 60
    used = 1 - left / max(facts.minutes, 1)
    if used >= SHARES[-1] or left <= LAST[0]:
        return "due_soon"
    return "warned" if used >= SHARES[0] else "running"


def words_of(state: str, facts: Facts, at: datetime, zone: ZoneInfo) -> str:
    """The words over the bar. Clock times are `04:10`, lengths `0时56分`."""
    left = whole_minutes(facts.due_at - at)
    tentative = "暂 " if facts.provisional or facts.status == "provisional" else ""
    if state == "met" and facts.met_at is not None:
        return f"{facts.met_at.astimezone(zone):%H:%M} 已发"
    if state == "met_late" and facts.met_at is not None:
        return f"已发，晚 {span(whole_minutes(facts.met_at - facts.due_at))}"
    if state == "checking" and facts.evidence_pending_at is not None:
        return f"{facts.evidence_pending_at.astimezone(zone):%H:%M} 已填，待复核"
    fixed = {"void": "已作废", "superseded": "已被取代", "met": "已发", "met_late": "晚发"}
    if state in fixed:
        return fixed[state]
    return f"{tentative}超时 {span(left)}" if state == "overdue" else f"{tentative}剩 {span(left)}"


def draw(facts: Facts, *, at: datetime, zone: ZoneInfo) -> Bar:
    """Everything a page needs to show one clock at one moment."""
    state = state_of(facts, at)
    end = at
    mark: float | None = None
    if state in {"met", "met_late"} and facts.met_at is not None:
        end = facts.met_at
        mark = _place(end, facts)
    if state == "checking" and facts.evidence_pending_at is not None:
        mark = _place(facts.evidence_pending_at, facts)
    reach = _place(end, facts)
    rungs = tuple(
        (share * DUE_AT, facts.anchor_at + timedelta(minutes=facts.minutes * share) <= end)
        for share in rung_shares(facts.minutes)
    )
    return Bar(
        state=state,
        words=words_of(state, facts, at, zone),
        left=whole_minutes(facts.due_at - at),
        fill=min(reach, DUE_AT),
        late=max(reach - DUE_AT, 0.0) if state in {"overdue", "met_late"} else 0.0,
        mark=mark,
        rungs=rungs,
    )
