"""The draft of other rules as the page draws it: each value as in force, as typed, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from alerts.models import Clock
from console import pack_proposals
from office.models import PackProposal, User
from office.pack.amendable import Field, Group, groups
from office.pack.amending import Change, changed, read
from office.pack.current import current_pack
from office.pack.drafting import Plan, plan, said, written
from office.services.acts import solo_declared
from responses.models import Issue

INPUTS = {"day": "date", "time": "time"}


@dataclass(frozen=True)
class Row:
    """One value: in force in words, as it stands in the field, what is wrong with it."""

    key: str
    label: str
    now: str
    value: str
    kind: str
    unit: str
    changed: bool
    fault: str

    @property
    def input(self) -> str:
        return INPUTS.get(self.kind, "text")


@dataclass(frozen=True)
class Part:
    """Values under one head; `since` where a later day may be given."""

    title: str
    rows: list[Row]
    since: Row | None
    touched: bool


@dataclass(frozen=True)
class Both:
    """One value that two people wrote differently."""

    label: str
    theirs: str
    yours: str


def parts(values: Mapping[str, str], faults: Mapping[str, str]) -> list[Part]:
    """Everything that may be changed, with what was typed."""
    data = pack_proposals.values_now()
    return [_part(group, data, values, faults) for group in groups(data)]


def _part(group: Group, data: dict[str, Any], values: Mapping[str, str], faults: Mapping[str, str]) -> Part:
    rows = [_row(one, read(data, one.steps), values, faults) for one in group.fields]
    since = None
    if group.clock:
        day = values.get(group.since, "")
        label = "从哪天起按新的"
        since = Row(group.since, label, "", day, "day", "", bool(day), faults.get(group.since, ""))
    touched = any(row.changed or row.fault for row in [*rows, *([since] if since else [])])
    return Part(group.title, rows, since, touched)


def _row(one: Field, now: Any, values: Mapping[str, str], faults: Mapping[str, str]) -> Row:
    stored = written(now, one.kind)
    value = values.get(one.key, stored)
    return Row(
        one.key, one.label, said(now, one), value, one.kind, one.unit, value.strip() != stored, faults.get(one.key, "")
    )


def compare(theirs: Mapping[str, str], yours: Mapping[str, str]) -> list[Both]:
    """What the stored draft and the typed one say differently, as the values would read."""
    mine = {row.key: row for part in parts(yours, {}) for row in _rows(part)}
    found = []
    for part in parts(theirs, {}):
        for row in _rows(part):
            typed = mine[row.key].value.strip()
            if typed != row.value.strip():
                found.append(Both(f"{part.title}：{row.label}", row.value or "（空）", typed or "（空）"))
    return found


def _rows(part: Part) -> list[Row]:
    return [*part.rows, *([part.since] if part.since else [])]


def planned(values: Mapping[str, str], *, at: datetime) -> Plan:
    """What these values come to."""
    return plan(pack_proposals.values_now(), values, today=timezone.localdate(at))


@dataclass(frozen=True)
class Frozen:
    """Clocks of one kind that run and keep what they started with."""

    kind: str
    count: int
    last_due: datetime


def frozen() -> list[Frozen]:
    """The clocks that keep the old rule whatever is taken, by kind. One query."""
    found: dict[str, list[datetime]] = {}
    rows = Clock.objects.filter(closed_at=None, matter__issue__state__in=Issue.OPEN)
    for kind, due in rows.values_list("kind", "due_at"):
        found.setdefault(kind, []).append(due)
    return [
        Frozen(str(label), len(found[kind]), max(found[kind])) for kind, label in Clock.Kind.choices if kind in found
    ]


@dataclass(frozen=True)
class Waiting:
    """A live proposal as the pages show it to one person."""

    row: PackProposal
    plan: Plan
    agrees: bool  # this person may agree (under 单人值守 also one who wrote on it)
    again: bool  # it would be 单人: the reason once more
    stale: bool  # the rules in force moved since it was asked for
    nobody: str  # a sentence where nobody else may agree


def waiting(kind: str, by: User, *, at: datetime) -> Waiting | None:
    """What is drafted or asked for of this kind."""
    row = pack_proposals.live(kind)
    if row is None:
        return None
    found = pack_proposals.plan_of(row, at=at) if row.kind == PackProposal.Kind.PAGE else Plan()
    asked = row.state == PackProposal.State.ASKED
    own = by.pk in row.hands
    solo = own and solo_declared()
    return Waiting(
        row,
        found,
        agrees=asked and pack_proposals.may_take(by) and (solo or not own),
        again=solo,
        stale=asked and row.base != current_pack().digest,
        nobody=pack_proposals.nobody_else(row) if asked and not solo else "",
    )


def ending(changes: Sequence[Change], *, at: datetime) -> list[str]:
    """Kinds of clocks for which, after these changes, no rule holds from some day on, as sentences."""
    found = []
    today = timezone.localdate(at).isoformat()
    clocks = changed(pack_proposals.values_now(), changes)["clocks"]
    for kind in dict.fromkeys(rule["kind"] for rule in clocks):
        rules = [rule for rule in clocks if rule["kind"] == kind]
        ends = [rule.get("effective_to") for rule in rules]
        if None not in ends and max(ends) >= today:
            found.append(f"{rules[-1]['name']}：{max(ends)} 以后没有规定")
    return found
