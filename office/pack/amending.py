"""Single values of a pack's `policy.yaml` changed in its text, comments and order left as they are. Pure.

A value is named by its steps: keys of mappings, and for an entry of a list what the entry is called
(`names_of_entries`). So a change stays the same change when other entries come or go.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import yaml
from pydantic import ValidationError

from office.pack.errors import PackError
from office.pack.policy import PolicyPack

Steps: TypeAlias = tuple[str, ...]
_DAYS = ("document_date", "effective_from", "effective_to")


@dataclass(frozen=True)
class Change:
    """`before` None: it was not there. Values as in JSON: a date is `2026-12-01`, a time `09:30`."""

    steps: Steps
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {"steps": list(self.steps), "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Change":
        return cls(tuple(told["steps"]), told["before"], told["after"])


def names_of_entries(entries: Sequence[Any]) -> list[str]:
    """What the entries of a list are called: `response`, the next of that kind `response#2`; `签收 1、2`."""
    names: list[str] = []
    for entry in entries:
        name = str(entry.get("kind") or entry.get("name") or "") if isinstance(entry, Mapping) else str(entry)
        if isinstance(entry, Mapping) and "kind" not in entry and entry.get("levels"):
            name = f"{name} {'、'.join(map(str, entry['levels']))}"
        same = sum(1 for known in names if known.split("#")[0] == name)
        names.append(f"{name}#{same + 1}" if same else name)
    return names


def read(data: Any, steps: Steps) -> Any:
    """The value the steps lead to, None where there is none."""
    for step in steps:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, Sequence) and not isinstance(data, str):
            names = names_of_entries(data)
            data = data[names.index(step)] if step in names else None
        else:
            return None
    return data


def values_of(raw: bytes) -> dict[str, Any]:
    """The values of a policy file as JSON values. Raises PackError where it is no mapping."""
    data = yaml.load(raw, Loader=yaml.CSafeLoader)  # noqa: S506 - the safe loader of libyaml
    if not isinstance(data, dict):
        raise PackError("policy.yaml 写的不是键与值的对照表")
    plain: dict[str, Any] = _plain(data)
    return plain


def _plain(data: Any) -> Any:
    """As JSON has it, but for numbers as keys (`start_step: {1: 4}`): the schema wants them so."""
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(one) for one in data]
    return data.isoformat() if isinstance(data, date) else data


def changed(data: dict[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """The values with the changes put in. An entry that a list has not is added at its end."""
    copy: dict[str, Any] = json.loads(json.dumps(data), object_pairs_hook=_whole_keys)
    for change in changes:
        place = read(copy, change.steps[:-1])
        last = change.steps[-1]
        if isinstance(place, dict):
            place[last] = change.after
        elif isinstance(place, list):
            names = names_of_entries(place)
            if last in names:
                place[names.index(last)] = change.after
            else:
                place.append(change.after)
        else:
            raise PackError(f"policy.yaml 里没有 {'.'.join(change.steps[:-1])}，改不了")
    return copy


def _whole_keys(pairs: list[tuple[str, Any]]) -> dict[Any, Any]:
    return {int(key) if key.isdigit() else key: value for key, value in pairs}


def amend(raw: bytes, changes: Sequence[Change]) -> bytes:
    """The file with these values changed and every other byte as it was. Raises PackError.

    What comes out is read again and must say exactly what was meant; a file that uses anchors or folds its lines where
    a value changes is refused rather than guessed at.
    """
    text = raw.decode("utf-8")
    wanted = changed(values_of(raw), changes)
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    data = yaml.load(raw, Loader=yaml.CSafeLoader)  # noqa: S506 - the safe loader of libyaml
    edits = [edit for change in changes if (edit := _edit(node, data, change)) is not None]
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words + text[end:]
    done = text.encode("utf-8")
    try:
        told = values_of(done)
    except yaml.YAMLError as error:
        raise PackError("这份 policy.yaml 的写法在页面上改不了，请在文件里改") from error
    if _model(told) != _model(wanted):
        raise PackError("这份 policy.yaml 的写法在页面上改不了，请在文件里改")
    return done


def _model(data: dict[str, Any]) -> PolicyPack:
    try:
        return PolicyPack.model_validate(data)
    except ValidationError as error:
        raise PackError(f"改过的规则通不过校验：{error.errors()[0]['msg']}") from error


def _edit(node: yaml.Node | None, data: Any, change: Change) -> tuple[int, int, str] | None:
    """(from, to, new words) in letters of the text; None where nothing has to be written."""
    parent = node
    for step in change.steps[:-1]:
        parent, data = _into(parent, data, step)
    found, _value = _into(parent, data, change.steps[-1])
    if found is not None:
        return found.start_mark.index, found.end_mark.index, _inline(change)
    if change.after is None:
        return None
    if isinstance(parent, yaml.MappingNode) and parent.value:
        key, last = parent.value[-1]
        beside = ", " if parent.flow_style else "\n" + " " * key.start_mark.column
        end = _end(last)
        return end, end, f"{beside}{change.steps[-1]}: {_inline(change)}"
    if isinstance(parent, yaml.SequenceNode) and parent.value and not parent.flow_style:
        end, indent = _end(parent), " " * parent.start_mark.column
        written = yaml.safe_dump([_dated("", change.after)], allow_unicode=True, sort_keys=False, width=10_000)
        return end, end, "".join(f"\n{indent}{line}" for line in written.rstrip("\n").split("\n"))
    raise PackError("这份 policy.yaml 的写法在页面上改不了，请在文件里改")


def _into(node: yaml.Node | None, data: Any, step: str) -> tuple[yaml.Node | None, Any]:
    if isinstance(node, yaml.MappingNode) and isinstance(data, Mapping):
        for key, value in node.value:
            if key.value == step:
                return value, data.get(step)
    if isinstance(node, yaml.SequenceNode) and isinstance(data, list):
        names = names_of_entries(data)
        if step in names:
            return node.value[names.index(step)], data[names.index(step)]
    return None, None


def _end(node: yaml.Node) -> int:
    """Where the last written letter of a node stands; a block's own end mark lies after the comments behind it."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _end(node.value[-1])
    return int(node.end_mark.index)


def _inline(change: Change) -> str:
    """One value on one line, good inside `{…}` too."""
    value = _dated(change.steps[-1], change.after)
    written: str = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10_000)
    return written.strip()[1:-1]


def _dated(key: str, value: Any) -> Any:
    """Days as YAML writes them, without quotes."""
    if isinstance(value, Mapping):
        return {name: _dated(str(name), one) for name, one in value.items()}
    return date.fromisoformat(value) if key in _DAYS and isinstance(value, str) else value


def laid_over(data: dict[str, Any], laid: Sequence[Change]) -> tuple[list[Change], list[Change]]:
    """Of the changes made on the page: those still to be put into these values, and those that no longer count.

    A change counts while the file still says what it said when it was changed. A file that says something else since
    counts instead; one that says the same as the change has taken it in.
    """
    stay, over = [], []
    for change in laid:
        now = read(data, change.steps)
        if now == change.before:
            stay.append(change)
        elif now != change.after:
            over.append(change)
    return stay, over


def joined(laid: Sequence[Change], more: Sequence[Change]) -> list[Change]:
    """Both together, as changes to the file below: of one value the first `before` and the last `after`."""
    found = {change.steps: change for change in laid}
    for change in more:
        inside = _added_whole(found, change.steps)
        if inside is not None:  # a value of an entry that the page itself had added
            whole = changed(
                {"entry": inside.after}, [Change(("entry", *change.steps[len(inside.steps) :]), None, change.after)]
            )
            found[inside.steps] = Change(inside.steps, None, whole["entry"])
            continue
        known = found.get(change.steps)
        found[change.steps] = Change(change.steps, known.before if known else change.before, change.after)
    return [change for change in found.values() if change.before != change.after]


def _added_whole(found: Mapping[Steps, Change], steps: Steps) -> Change | None:
    for length in range(1, len(steps)):
        change = found.get(steps[:length])
        if change is not None and change.before is None:
            return change
    return None
