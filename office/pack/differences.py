"""What two packs say differently, value by value, with lists told apart by what their entries are called. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from office.pack.labels import FILE_NAMES, words_of_path, words_of_value
from office.pack.loading import Pack

Path: TypeAlias = tuple[str, ...]
PARTS = ("policy", "sources", "departments", "taxonomy", "gazetteer", "district")  # the rules first
_CALLED = ("id", "key", "code", "name", "kind", "matter")  # by which entries of a list are known again
LONGEST = 160  # letters of a value shown


@dataclass(frozen=True)
class Difference:
    """`part`: policy, sources, …; `where`: the keys; before and after in words.

    `whole`: an entry of a list that came or went as a whole.
    """

    part: str
    where: Path
    before: str
    after: str
    whole: bool = False

    @property
    def words(self) -> str:
        return words_of_path(self.where)

    @property
    def file(self) -> str:
        return f"{FILE_NAMES[self.part]}（{self.part}.yaml）"

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "words": self.words, "before": self.before, "after": self.after}


def differences(old: Pack, new: Pack) -> list[Difference]:
    """Everything that is not the same, in the order of the files. Two equal packs: nothing."""
    found: list[Difference] = []
    for part in PARTS:
        before = getattr(old, part).model_dump(mode="json", by_alias=True)
        after = getattr(new, part).model_dump(mode="json", by_alias=True)
        found += _compare(part, (), before, after)
    return found


def _compare(part: str, where: Path, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _compare(part, (*where, str(key)), before.get(key), after.get(key))
        return
    one, other = _entries(before), _entries(after)
    if one is not None and other is not None:
        yield from _compare_entries(part, where, one, other)
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) + len(after) > 6:
        gone, come = [x for x in before if x not in after], [x for x in after if x not in before]
        if gone or come:
            yield Difference(part, where, _cut(f"去掉 {_said(where, gone)}"), _cut(f"增加 {_said(where, come)}"))
            return
    yield Difference(part, where, _cut(_said(where, before)), _cut(_said(where, after)))


def _compare_entries(part: str, where: Path, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys([*one, *other]):
        here = (*where, name)
        if name not in other:
            yield Difference(part, here, "有", "删去", whole=True)
        elif name not in one:
            yield Difference(part, here, "没有", "新增", whole=True)
        else:
            yield from _compare(part, here, one[name], other[name])
    if list(one) != list(other) and set(one) == set(other):
        yield Difference(part, where, "原来的次序", "次序变了")


def _entries(value: Any) -> dict[str, Any] | None:
    """Entries of a list of mappings by what they are called; None for anything else. Equal names are numbered."""
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        return None
    called = next((k for k in _CALLED if all(entry.get(k) for entry in value)), None)
    found: dict[str, Any] = {}
    for number, entry in enumerate(value, 1):
        name = str(entry[called]) if called else _title(entry, number)
        while name in found:
            name = f"{name}′"
        found[name] = entry
    return found


def _title(entry: Mapping[str, Any], number: int) -> str:
    for key in ("terms", "levels", "term"):
        told = entry.get(key)
        if told:
            return "、".join(map(str, told)) if isinstance(told, list) else str(told)
    return f"第 {number} 条"


def _said(where: Path, value: Any) -> str:
    if isinstance(value, Mapping):
        return "，".join(f"{k} {_said((*where, str(k)), v)}" for k, v in value.items())
    if isinstance(value, list):
        return "、".join(_said(where, one) for one in value) or "–"
    return words_of_value(where, value)


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def by_file(found: Sequence[Difference]) -> dict[str, int]:
    """How many there are in each file, in order."""
    counted: dict[str, int] = {}
    for difference in found:
        counted[difference.file] = counted.get(difference.file, 0) + 1
    return counted
