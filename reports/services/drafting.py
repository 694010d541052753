"""The draft of the day: numbers frozen at the cut-off, text written from them, one brief per working day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from office.errors import Refused
from office.pack.current import current_pack
from office.queries import holiday_overrides
from office.state import get_state, set_state
from office.statements import add
from office.workdays import is_working_day
from reports.figures import NUMBER
from reports.models import Brief
from reports.plan import Plan, last_brief_day, next_cut_off, plan_of, previous_cut_off
from reports.queries.briefs import DAILY, last_numbers, late_before, previous_brief, values_of
from reports.queries.numbers import numbers
from reports.writing import Telling, write

# From when on this installation owes briefs: the first sweep that asked. A new office is not late on its first day.
BEGAN = "brief_from"


def current_plan() -> Plan:
    """The brief's part of the pack in force."""
    return _plan(current_pack().digest)


_plans: dict[str, Plan] = {}


def _plan(digest: str) -> Plan:
    if digest not in _plans:
        _plans.clear()
        _plans[digest] = plan_of(current_pack())
    return _plans[digest]


def works_by() -> Callable[[date], bool]:
    """Whether a day is a working day by the calendar and the office's own table over it."""
    overrides = holiday_overrides()
    return lambda day: is_working_day(day, overrides)


def draft_due(*, at: datetime) -> Brief | None:
    """Write the brief whose cut-off has come, if it is not there yet; None where nothing was due.

    After days of standstill one brief covers them all: it runs from the last brief's cut-off and names the days.
    """
    if get_state("sending_hold"):
        return None  # after a jump of the clock nobody knows yet whether the cut-off has really come
    return compose_due(at=at)


def compose_due(*, at: datetime, numbered: bool = False) -> Brief | None:
    """`draft_due` for a replay too: rows only, no document. `numbered` gives 第n期 at once, as nobody signs there."""
    plan = current_plan()
    previous = previous_brief()
    local = plan.local(at)
    if previous is not None and previous["day"] >= local.date():
        return None
    works = works_by()
    day = last_brief_day(plan, at, works=works)
    until = plan.cut_off_on(day)
    if previous is not None and previous["day"] >= day:
        return None
    if not numbered:
        began = _began(at)
        owed_from = previous_cut_off(plan, plan.local(began).date(), works=works)
        if previous is not None and previous["until"] < owed_from:
            previous = None  # a day of long ago that somebody looked at by the command: no series
        if previous is None and until < began:
            return None
    return _compose(plan, day, previous, works, at=at, numbered=numbered)


def next_draft_at(after: datetime) -> datetime:
    """The next moment a brief is drafted: what a replay jumps to."""
    return next_cut_off(current_plan(), after, works=works_by())


def draft_for(*, day: date, at: datetime) -> Brief:
    """The brief of a day, written now if it is not there: the command's door. Raises Refused for a day without one."""
    existing = Brief.objects.filter(kind=DAILY, day=day).order_by("-edition").first()
    if existing is not None:
        return existing
    plan, works = current_plan(), works_by()
    if plan.working_days_only and not works(day):
        raise Refused(f"{day:%Y-%m-%d} 不是工作日，没有《{plan.title}》。")
    if plan.cut_off_on(day) > at:
        raise Refused(f"{day:%Y-%m-%d} 的《{plan.title}》在 {plan.cut_off:%H:%M} 截稿，还没到时间。")
    previous = previous_brief(before=day)
    brief = _compose(plan, day, previous, works, at=at, numbered=False)
    if brief is not None and day < last_brief_day(plan, at, works=works):
        # looked at afterwards: nobody waits for it, so it does not ring
        Brief.objects.filter(pk=brief.pk).update(next_ring_at=None)
        brief.next_ring_at = None
    return brief or Brief.objects.filter(kind=DAILY, day=day).latest("edition")


def _began(at: datetime) -> datetime:
    known = get_state(BEGAN)
    if known is None:
        set_state(BEGAN, at.isoformat(), by=None, at=at)
        return at
    return datetime.fromisoformat(known)


def _compose(
    plan: Plan,
    day: date,
    previous: dict[str, Any] | None,
    works: Callable[[date], bool],
    *,
    at: datetime,
    numbered: bool,
) -> Brief | None:
    until = plan.cut_off_on(day)
    since = previous["until"] if previous is not None else previous_cut_off(plan, day, works=works)
    frozen = numbers(
        since=since,
        until=until,
        at=at,
        plan=plan,
        next_cut_off=next_cut_off(plan, until, works=works),
        first=previous is None,
    )
    if not numbered:
        _compare(frozen["figures"], previous, day)
    solo = get_state("solo_duty") or {}
    told = Telling(
        zone=plan.zone,
        district=plan.district,
        solo=str(solo.get("reason", "")) if isinstance(solo, dict) else str(solo),
        previous=late_before(previous, at=at),
        skipped=_skipped(plan, previous, day, works),
    )
    sections, places = write(frozen, told)
    frozen["places"] = places
    frozen["allowed"] = sorted({n for s in sections if s["key"] == "overall" for n in NUMBER.findall(s["text"])})
    due = plan.due_on(day)
    issue_no, running_no = next_numbers(plan, day) if numbered else (None, None)
    brief = Brief(
        kind=DAILY,
        day=day,
        since=since,
        until=until,
        due_at=due,
        drafted_at=at,
        issue_no=issue_no,
        running_no=running_no,
        state=Brief.State.DRAFT,
        numbers=frozen,
        content={"sections": sections, "editors": []},
        next_ring_at=max(due - plan.ring_before, at),
    )
    # None where another process was first: its brief is the brief.
    return brief if add(brief, unless_there=True) else None


def _compare(figures: dict[str, Any], previous: dict[str, Any] | None, day: date) -> None:
    """Counts of leads, issues, clocks and gaps beside those of the brief before and of the same day a week ago."""
    earlier = {
        "day": values_of(previous["day"]) if previous is not None else None,
        "week": values_of(day - timedelta(days=7)),
    }
    for key, figure in figures.items():
        if figure["query"]["of"] == "posts" or key == "on_time":
            continue
        for name, values in earlier.items():
            if values is not None and key in values and key != "down_span":
                change = figure["value"] - values[key]
                figure[name] = f"{change:+.0f}" if change else "0"


def _skipped(plan: Plan, previous: dict[str, Any] | None, day: date, works: Callable[[date], bool]) -> tuple[str, ...]:
    if previous is None:
        return ()
    between = (previous["day"] + timedelta(days=n) for n in range(1, min((day - previous["day"]).days, 60)))
    return tuple(each.isoformat() for each in between if not plan.working_days_only or works(each))


def next_numbers(plan: Plan, day: date) -> tuple[int, int]:
    """第n期 of the year and 总第m期 that come next; the pack's starting numbers where there is none yet."""
    issue, running = last_numbers(DAILY, day.year)
    if running is None:
        return plan.first_issue_no, plan.first_running_no
    return (issue or 0) + 1, running + 1


def owed_at(brief: Brief) -> datetime:
    """When the brief is due: the time it was put off to, else its own."""
    return brief.put_off_until or brief.due_at


def editors_of(brief: Brief) -> set[int]:
    """Everybody who changed the text: none of them may sign it."""
    return set(brief.content.get("editors", [])) | ({brief.editor_id} if brief.editor_id else set())


def sections_of(brief: Brief) -> list[dict[str, str]]:
    """The sections as edited so far."""
    return list(brief.content["sections"])
