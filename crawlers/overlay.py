"""The register of the pack with what people changed laid over it, in the order of their changes. Pure.

A change stands as long as the pack says of its keys what it said when the change was made. A pack that says otherwise
later counts again; the change is told as superseded. So a change that was taken into the pack itself ends by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from office.pack.sources import Source, Sources

ADD = "add"


@dataclass(frozen=True)
class Change:
    """One act: of which line, what it says now (`values`), what the pack said (`base`, empty for a line added here)."""

    number: int
    source: str
    kind: str
    values: Mapping[str, Any]
    base: Mapping[str, Any]


@dataclass
class Laid:
    """`lines` by id, in the pack's order, those added here last; numbers of changes that no longer count.

    `faults`: number → why a change can not be laid over the pack as it is now, in Chinese.
    """

    lines: dict[str, Source] = field(default_factory=dict)
    superseded: list[int] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)


def lay_over(register: Sources, changes: Sequence[Change]) -> Laid:
    """The lines that count now."""
    own = {line.id: as_written(line) for line in register.sources}
    raw: dict[str, dict[str, Any]] = {key: dict(line) for key, line in own.items()}
    laid = Laid({line.id: line for line in register.sources})
    for change in changes:
        said = own.get(change.source)
        if (said is not None and not _stands(change, said)) or (said is None and change.kind != ADD and change.base):
            laid.superseded.append(change.number)
            continue
        if change.kind != ADD and change.source not in raw:
            continue
        tried = raw.get(change.source, {}) | dict(change.values)
        try:
            laid.lines[change.source] = Source.model_validate(tried)
        except ValidationError as error:
            laid.faults[change.number] = fault_of(error)
        else:
            raw[change.source] = tried
    return laid


def _stands(change: Change, said: Mapping[str, Any]) -> bool:
    return change.kind != ADD and bool(change.base) and all(said.get(k) == v for k, v in change.base.items())


def as_written(line: Source) -> dict[str, Any]:
    """The line with the keys of the file, JSON-able, without what was left to its default."""
    return line.model_dump(mode="json", by_alias=True, exclude_unset=True)


def fault_of(error: ValidationError) -> str:
    """The first complaint in words."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    said = str(first.get("ctx", {}).get("error") or first["msg"])
    return f"{key}：{said}" if key else said
