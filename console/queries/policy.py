"""时限和等级规则: what the pack in force says, as people read it; the clocks that run; which packs were taken."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from alerts.models import Clock, EventGrade
from console.clockbar import span
from console.queries import board
from console.queries.board import Row
from office.models import PackTaking
from office.pack.policy import ClockRule, InternalClock, PolicyPack
from office.roles import Role, names_of
from responses.models import Issue

STOPS = {"release": "权威信息真正发出，有存证", "conference": "发布会真正开始"}
ANCHORS = {"event": "事件发生", "first_public": "首个公开帖", "line_met": "达到线索标准", "detected": "系统发现"}
RUNNING_SHOWN = 4
# Names of rows that are kept for so long; how they are said.
KEPT = (
    ("raw_posts_days", "没有进入事项的原帖"),
    ("snapshots_days", "页面快照"),
    ("import_files_days", "导入的文件"),
    ("trail_days", "留痕"),
    ("access_log_days", "查阅记录"),
)


@dataclass(frozen=True)
class ClockLine:
    """One promise as a line: how long, for what, from where, what stops it, the words, the paper, since when."""

    number: str
    unit: str
    name: str
    levels: tuple[int, ...]
    grades: str
    anchors: str
    stops: str
    wording: str
    document: str
    since: date | None
    until: date | None
    source: str
    ahead: bool = False  # comes into force later
    over: bool = False  # no longer in force


def clock_lines(policy: PolicyPack, *, at: datetime) -> list[ClockLine]:
    """The clocks of the pack, those within the house last."""
    today = timezone.localdate(at)
    lines = [_clock_line(rule, policy, today) for rule in policy.clocks]
    return lines + [_internal(rule) for rule in policy.internal_clocks]


def _clock_line(rule: ClockRule, policy: PolicyPack, today: date) -> ClockLine:
    follow = rule.kind == "followup_release"
    number, unit = _length(policy.followup.first_minutes if follow else rule.minutes)
    name = f"{unit}{rule.name.split(' ')[-1].removeprefix('小时')}" if rule.name[0].isdigit() else f"{unit}{rule.name}"
    stops = STOPS[rule.stopped_by]
    anchors = " → ".join(ANCHORS[a] for a in rule.anchor)
    if follow:
        later = " ".join(_length(policy.followup.later_minutes))
        anchors = "每一次发布"
        stops = f"下一次发布；首发 {policy.followup.first_hours} 小时后每 {later}一次，处置结果发出为止"
    return ClockLine(
        number,
        name,
        rule.name,
        rule.levels,
        "、".join(str(EventGrade(g).label) for g in rule.event_grades),
        anchors,
        stops,
        rule.wording,
        rule.document,
        rule.effective_from,
        rule.effective_to,
        rule.source,
        ahead=rule.effective_from > today,
        over=rule.effective_to is not None and rule.effective_to < today,
    )


def _internal(rule: InternalClock) -> ClockLine:
    number, unit = _length(rule.minutes)
    beside = "按工作时间" if rule.working_time else "按自然时间"
    words = ("", "转办送达", "单位签收", f"内部，{beside}", rule.source)
    return ClockLine(number, f"{unit}{rule.name}", rule.name, rule.levels, *words, None, None, rule.source)


def _length(minutes: int) -> tuple[str, str]:
    return (str(minutes // 60), "小时") if minutes % 60 == 0 and minutes >= 60 else (str(minutes), "分")


@dataclass(frozen=True)
class Ladder:
    """The rungs of one clock: (share of the span, words over it, time after the anchor)."""

    kind: str
    name: str
    minutes: int
    stops: list[tuple[float, str, str]]


def ladder(policy: PolicyPack, *, kind: str, at: datetime) -> Ladder:
    """Of the clock of that kind that is in force, else of the first."""
    rules = [r for r in policy.clocks if r.kind != "followup_release"]
    rule = next((r for r in rules if r.kind == kind and policy.clock(r.kind, timezone.localdate(at)) is r), rules[0])
    own = policy.ladder
    stops = [(p / 100, f"{p} %", _after(rule.minutes * p / 100)) for p in own.percents]
    if rule.minutes >= own.minutes_left_from_span_minutes:
        stops += [(1 - m / rule.minutes, f"剩 {m} 分", _after(rule.minutes - m)) for m in own.minutes_left]
    return Ladder(rule.kind, rule.name, rule.minutes, sorted(stops))


def _after(minutes: float) -> str:
    return f"{int(minutes) // 60}:{int(minutes) % 60:02d}"


@dataclass(frozen=True)
class ChainStep:
    """A step of the chain: who, and the levels that start there."""

    name: str
    levels: list[int]


def chain(policy: PolicyPack) -> list[ChainStep]:
    starts = policy.escalation.start_step
    return [
        ChainStep(step.name, [level for level in (4, 3, 2, 1) if starts[level] == number])
        for number, step in enumerate(policy.escalation.chain, 1)
    ]


def deciders(policy: PolicyPack) -> dict[int, str]:
    """Who decides at a level, in words."""
    return {
        level: f"{names_of(Role(r) for r in rule.first)}；降级须与{names_of(Role(r) for r in rule.second)}两人"
        for rule in policy.decisions
        for level in rule.levels
    }


def kept(policy: PolicyPack) -> list[tuple[str, str]]:
    """What is kept for how long."""
    rule = policy.retention
    rows = [(words, f"{getattr(rule, name)} 天") for name, words in KEPT]
    return [*rows, ("对方已删的帖文，原文", f"{rule.deleted_at_source_hours} 小时内清掉")]


@dataclass(frozen=True)
class Running:
    """An open clock beside what the rules say now of its kind."""

    clock: Clock
    row: Row
    other: str  # how the rule in force differs; empty = as it was frozen


def running(policy: PolicyPack, *, at: datetime) -> tuple[int, list[Running]]:
    """How many clocks run, and those due next with what they were started under. Three queries."""
    found = Clock.objects.filter(closed_at=None, matter__issue__state__in=Issue.OPEN)
    nearest = list(found.order_by("due_at", "pk").select_related("matter__issue")[:RUNNING_SHOWN])
    rows = {row.issue.pk: row for row in board.rows_of({clock.matter.issue.pk for clock in nearest})}
    today = timezone.localdate(at)
    lines = []
    for clock in nearest:
        rule = policy.clock(clock.kind, today)  # type: ignore[arg-type]  # a kind of the model is one of the pack
        now = None if rule is None else rule.minutes
        follows = clock.kind == Clock.Kind.FOLLOWUP_RELEASE  # its length hangs on how long ago the first one was
        changed = now is not None and now != clock.minutes and not follows
        lines.append(Running(clock, rows[clock.matter.issue.pk], f"现规定 {span(now or 0)}" if changed else ""))
    return found.count(), lines


def takings(limit: int = 20) -> list[PackTaking]:
    """The packs that were taken, newest first."""
    return list(PackTaking.objects.select_related("by").prefetch_related("proposals__asked_by").order_by("-pk")[:limit])


@dataclass(frozen=True)
class Paper:
    """A document of law or policy, its date, and which clocks rest on it."""

    document: str
    on: date
    clocks: str


def papers(policy: PolicyPack) -> list[Paper]:
    """The documents the clocks rest on, oldest first."""
    found: dict[tuple[str, date], list[str]] = {}
    for rule in policy.clocks:
        found.setdefault((rule.document, rule.document_date), []).append(rule.name)
    return [Paper(name, on, "、".join(clocks)) for (name, on), clocks in sorted(found.items(), key=lambda f: f[0][1])]


def due_words(policy: PolicyPack) -> str:
    """When a brief must be there, in one sentence."""
    rule = policy.brief
    days = "每个工作日" if rule.working_days_only else "每天"
    return f"{days} {rule.cut_off:%H:%M} 截止，{rule.out_by:%H:%M} 前发出"


def ring_words(policy: PolicyPack) -> str:
    rule = policy.brief
    first = datetime.combine(date.min, rule.out_by) - timedelta(minutes=rule.ring_before_minutes)
    return f"{first:%H:%M} 还没签的开始催，到点再催，以后每 {rule.ring_every_minutes} 分一次，到发出或缓发为止"
