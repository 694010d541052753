"""The sheet of a handover as the page draws it: clocks due soon one by one, the rest together, who has ticked what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.models import Clock
from console.templatetags.desk import local
from office.models import User
from office.pack.current import current_pack
from office.queries import Change, handover
from office.roles import Act, Role, may
from responses.models import Handover, HandoverLine
from responses.services import handover as doors

ONE_BY_ONE = 40  # clocks drawn one by one; a night with more is handed over together
LISTED = 40


@dataclass(frozen=True)
class Item:
    """One running clock on the sheet; the row itself only where it is drawn."""

    key: int
    clock: Clock | None
    line: HandoverLine | None

    @property
    def words(self) -> str:
        return self.line.words if self.line is not None else ""

    @property
    def given(self) -> datetime | None:
        return self.line.given_at if self.line is not None else None

    @property
    def taken(self) -> datetime | None:
        return self.line.taken_at if self.line is not None else None


@dataclass(frozen=True)
class Sheet:
    """A change of shift with its clocks. `side`: what the viewer may do: give, take, or nothing."""

    change: Change | None
    handover: Handover | None
    name: str
    going: list[User]
    coming: list[User]
    near: list[Item]
    rest: list[Item]
    over: int
    side: str
    next_at: datetime | None

    @property
    def total(self) -> int:
        return len(self.near) + len(self.rest)

    @property
    def given(self) -> int:
        return sum(1 for item in [*self.near, *self.rest] if item.given)

    @property
    def taken(self) -> int:
        return sum(1 for item in [*self.near, *self.rest] if item.taken)

    @property
    def listed(self) -> list[Item]:
        return self.rest[:LISTED]

    @property
    def rest_given(self) -> bool:
        return bool(self.rest) and all(item.given for item in self.rest)

    @property
    def rest_taken(self) -> bool:
        return bool(self.rest) and all(item.taken for item in self.rest)

    @property
    def rest_keys(self) -> str:
        return ",".join(str(item.key) for item in self.rest)


def sheet(*, at: datetime, viewer: User | None = None) -> Sheet:
    """The handover that is due now, or the clocks that run where none is due."""
    change = doors.change_now(at=at)
    found = Handover.objects.filter(changes_at=change.at).select_related("giver", "taker").first() if change else None
    lines = doors.lines_of(found)
    limit = at + timedelta(hours=current_pack().policy.duty.handover_one_by_one_hours)
    running = doors.running()
    soon = [key for key, due in running if due <= limit][:ONE_BY_ONE]
    later = [key for key, _ in running[len(soon) :]]
    drawn = {clock.pk: clock for clock in doors.running_clocks([*soon, *later[:LISTED]])}
    near = [Item(key, drawn[key], lines.get(key)) for key in soon if key in drawn]
    rest = [Item(key, drawn.get(key), lines.get(key)) for key in later]
    over = sum(due <= at for _, due in running)
    people = User.objects.in_bulk(list(change.going | change.coming)) if change else {}
    return Sheet(
        change,
        found,
        change_name(change.at) if change else "",
        _in_order(people[pk] for pk in change.going) if change else [],
        _in_order(people[pk] for pk in change.coming) if change else [],
        near,
        rest,
        over,
        _side(change, found, viewer),
        None if change else handover(at).changes_at,
    )


def owing(*, at: datetime) -> str:
    """Who has not signed a change of shift that has passed, for the board: “王敏 未交” or “陈曦 未接”; else empty."""
    change = doors.change_now(at=at)
    if change is None or change.at > at or not change.coming:
        return ""
    found = Handover.objects.filter(changes_at=change.at).first()
    if found is not None and found.taken_at is not None:
        return ""
    given = found is not None and found.given_at is not None
    people = _in_order(User.objects.filter(pk__in=change.coming if given else change.going))
    return f"{'、'.join(person.name for person in people)} {'未接' if given else '未交'}"


def _in_order(people: Iterable[User]) -> list[User]:
    """The duty lead first."""
    return sorted(people, key=lambda p: (not p.holds(Role.DUTY_LEAD), p.pk))


def change_name(moment: datetime) -> str:
    """“夜班交白班” where shifts of the pack end and begin at this moment, else 交接班."""
    clock = local(moment).time()
    shifts = current_pack().policy.duty.shifts
    ending = next((s.name for s in shifts if s.ends == clock), "")
    starting = next((s.name for s in shifts if s.starts == clock), "")
    return f"{ending}交{starting}" if ending and starting else "交接班"


def _side(change: Change | None, found: Handover | None, viewer: User | None) -> str:
    if change is None or viewer is None or not may(viewer.roles, Act.HAND_OVER):
        return ""
    if viewer.pk in change.going and (found is None or found.given_at is None):
        return "give"
    if (viewer.pk in change.coming or not change.coming) and (found is None or found.taken_at is None):
        return "take"
    return ""


def past_sheets(*, but: Handover | None, limit: int = 20) -> list[Handover]:
    """Handovers of before, newest first."""
    rows = Handover.objects.select_related("giver", "taker").order_by("-changes_at")
    return list((rows.exclude(pk=but.pk) if but is not None else rows)[:limit])
