"""What a draft of other rules comes to: the values that change, the same in words, and what is wrong. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from office.pack.amendable import Data, Field, Group, groups
from office.pack.amending import Change, Steps, changed, names_of_entries, read
from office.pack.explain import allowed_of
from office.pack.labels import words_of_key
from office.pack.policy import PolicyPack

_SHORT_HOUR = re.compile(r"\d:\d\d")
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*")


@dataclass(frozen=True)
class Line:
    """A value that changes, in words. `since`: the day from which, None = as soon as it is taken."""

    words: str
    before: str
    after: str
    since: date | None = None


@dataclass(frozen=True)
class Plan:
    """What a draft comes to: the changes, the same in words, and what is wrong by field (`""`: with the whole)."""

    changes: tuple[Change, ...] = ()
    lines: tuple[Line, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)


def written(value: Any, kind: str) -> str:
    """A value as it stands in a field of the form."""
    if value is None:
        return ""
    if kind == "yes":
        return "是" if value else "否"
    if kind == "numbers":
        return "、".join(map(str, value))
    return str(value)[:5] if kind == "time" else str(value)


def said(value: Any, one: Field) -> str:
    """A value as it is read: with its unit, nothing as a dash."""
    words = written(value, one.kind)
    return f"{words} {one.unit}".rstrip() if words else "–"


def typed(text: str, one: Field) -> Any:
    """What was typed as a value for the schema; what is no value stays text, and the schema says so."""
    text = text.strip()
    if one.empty and not text:
        return None
    if one.kind == "int":
        return int(text) if text.isdecimal() else text
    if one.kind == "number":
        try:
            return float(text)
        except ValueError:
            return text
    if one.kind == "numbers":
        return [int(word) if word.isdecimal() else word for word in re.split(r"[、，,；;\s]+", text) if word]
    if one.kind == "yes":
        return {"是": True, "否": False}.get(text, text)
    return f"0{text}" if one.kind == "time" and _SHORT_HOUR.fullmatch(text) else text


def plan(data: Data, draft: Mapping[str, str], *, today: date) -> Plan:
    """What the draft (key of a field -> text typed) makes of the policy. Everything that is wrong, by field."""
    changes: list[Change] = []
    lines: list[Line] = []
    faults: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for group in groups(data):
        mine = _changes_of(group, data, draft)
        day = _since(group, data, mine, draft, today, faults)
        lines += [_line(group, one, change, day) for one, change in mine]
        if day is None:
            changes += [change for _one, change in mine]
        else:
            later = _new_entry(group, data, [change for _one, change in mine], day)
            renamed[later[-1].steps[1]] = group.clock
            changes += later
    faults |= {key: words for key, words in _faults(data, changes, renamed).items() if key not in faults}
    return Plan(tuple(changes), tuple(lines), faults)


def _changes_of(group: Group, data: Data, draft: Mapping[str, str]) -> list[tuple[Field, Change]]:
    found = []
    for one in group.fields:
        now = read(data, one.steps)
        if one.key in draft and draft[one.key].strip() != written(now, one.kind):
            value = typed(draft[one.key], one)
            if value != now:
                found.append((one, Change(one.steps, now, value)))
    return found


def _line(group: Group, one: Field, change: Change, day: date | None) -> Line:
    return Line(f"{group.title}：{one.label}", said(change.before, one), said(change.after, one), day)


def _since(
    group: Group,
    data: Data,
    mine: list[tuple[Field, Change]],
    draft: Mapping[str, str],
    today: date,
    faults: dict[str, str],
) -> date | None:
    """The later day from which a clock's new values hold; None = as soon as the draft is taken."""
    text = draft.get(group.since, "").strip() if group.clock else ""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        faults[group.since] = f"写的是 {text}，允许的是 日期，如 2026-11-21"
        return None
    kind = read(data, ("clocks", group.clock))["kind"]
    same = [rule for rule in data["clocks"] if rule["kind"] == kind]
    dated = [one.label for one, change in mine if change.steps[-1] in ("effective_from", "effective_to")]
    if day <= today:
        faults[group.since] = "须晚于今天；采用当时就改的，这里空着"
    elif not mine:
        faults[group.since] = "这一条没有改，不用写日子"
    elif dated:
        faults[group.since] = f"写了从哪天起，就不要再改“{'”“'.join(dated)}”"
    elif len(same) > 1 and same[-1] is not read(data, ("clocks", group.clock)):
        faults[group.since] = "这种时限已有以后生效的一条，请改那一条"
    else:
        return day
    return None


def _new_entry(group: Group, data: Data, mine: list[Change], day: date) -> list[Change]:
    """The rule as it is ends the day before; a second one of its kind begins."""
    steps: Steps = ("clocks", group.clock)
    rule = read(data, steps)
    new = {**rule, **{change.steps[-1]: change.after for change in mine}, "effective_from": day.isoformat()}
    new.pop("effective_to", None)
    names = names_of_entries([*data["clocks"], new])
    ends = Change((*steps, "effective_to"), rule.get("effective_to"), (day - timedelta(days=1)).isoformat())
    return [ends, Change(("clocks", names[-1]), None, new)]


def _faults(data: Data, changes: list[Change], renamed: Mapping[str, str]) -> dict[str, str]:
    new = changed(data, changes)
    try:
        PolicyPack.model_validate(new)
    except ValidationError as error:
        known = {one.steps: one.key for group in groups(data) for one in group.fields}
        found: dict[str, list[str]] = {}
        for complaint in error.errors(include_url=False):
            key = _field_of(_steps(new, complaint["loc"], renamed), known)
            words = allowed_of(complaint)
            plain = complaint["type"] in ("value_error", "assertion_error")
            told = words if plain else f"写的是 {_shown(complaint['input'])}，允许的是 {words}"
            where = "" if key or plain else f"{' · '.join(map(str, complaint['loc']))}："
            found.setdefault(key, []).append(_KEY.sub(lambda m: words_of_key(m.group()), where + told))
        return {key: "；".join(dict.fromkeys(told)) for key, told in found.items()}
    return {}


def _shown(value: Any) -> str:
    words = str(value)
    return words[:40] if words.strip() else "空"


def _steps(data: Any, location: tuple[str | int, ...], renamed: Mapping[str, str]) -> Steps:
    steps: list[str] = []
    for step in location:
        if isinstance(step, int) and isinstance(data, list):
            name = names_of_entries(data)[step] if step < len(data) else ""
            data = data[step] if step < len(data) else None
            steps.append(renamed.get(name, name))
        else:
            data = data.get(step) if isinstance(data, dict) else None
            steps.append(str(step))
    return tuple(steps)


def _field_of(steps: Steps, known: Mapping[Steps, str]) -> str:
    return next((known[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in known), "")
