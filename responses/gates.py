"""The four gates of a release before it is published: 表述, 保密, 去标识, 批准 (domain.md A: R64-R70). Pure.

They stop no clock and hold none up: only evidence of what was published does (rules.md 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from office.roles import Act


@dataclass(frozen=True)
class Gate:
    """One gate: who may pass it (`act`), and what the person looks at."""

    key: str
    name: str
    act: Act
    asks: str


GATES: tuple[Gate, ...] = (
    Gate("wording", "表述", Act.PASS_WORDING, "事实、口径、时机、方式；会不会引发误读"),
    Gate("secrecy", "保密", Act.PASS_SECRECY, "有没有涉密和不宜公开的内容"),
    Gate("deidentify", "去标识", Act.PASS_DEIDENTIFY, "能不能认出具体的人：姓名、电话、门牌、车牌、照片"),
    Gate("approval", "批准", Act.PASS_APPROVAL, "同意发布"),
)
ALL = len(GATES)
NUMERALS = "一二三四五六七八九十"


def named(key: str) -> Gate | None:
    """The gate of this key; None = there is none."""
    return next((gate for gate in GATES if gate.key == key), None)


def open_gate(passed: int) -> Gate | None:
    """The gate a text stands before that has passed so many; None = all four."""
    return GATES[passed] if passed < ALL else None


def after_edit(passed: int, *, sent_back: bool, from_start: bool) -> int:
    """How many gates stay passed when the text is changed.

    Sent back: the gates before the one that sent it back stay passed, as in the field a paper goes back to the desk
    that had the objection; that one and those behind it are open again. Changed without being asked to, or by more
    than what was objected to (`from_start`): all four are open again.
    """
    return passed if sent_back and not from_start else 0


@dataclass(frozen=True)
class Mark:
    """One decision at a gate. `version`: number of the text it was made on."""

    gate: str
    passed: bool
    at: datetime
    version: int


def standing(marks: Iterable[Mark], *, passed: int, sent_back: bool) -> list[Mark | None]:
    """For each gate the decision that holds: passes of the first `passed`, the refusal at the next, else None."""
    kept = list(marks)
    found: list[Mark | None] = []
    for place, gate in enumerate(GATES):
        wanted = True if place < passed else False if sent_back and place == passed else None
        mine = [mark for mark in kept if mark.gate == gate.key and mark.passed is wanted]
        found.append(max(mine, key=lambda mark: (mark.at, mark.version)) if mine else None)
    return found


def passed_before(marks: Iterable[Mark], published_at: datetime) -> int:
    """How many gates had been passed when it was published (0 to 4): the latest decision of each up to then.

    A publishing time is told to the minute: what was decided within that minute counts.
    """
    until = published_at + timedelta(minutes=1)
    latest: dict[str, Mark] = {}
    for mark in sorted(marks, key=lambda mark: (mark.at, mark.version)):
        if mark.at < until:
            latest[mark.gate] = mark
    return sum(1 for gate in GATES if gate.key in latest and latest[gate.key].passed)


def suggested_name(kind_name: str, earlier: Sequence[str]) -> str:
    """`情况通报（二）`: the kind, and the first number that no release of the case with this kind's name has yet."""
    taken = set(earlier)
    for numeral in NUMERALS:
        name = f"{kind_name}（{numeral}）"
        if name not in taken:
            return name
    return f"{kind_name}（{len(taken) + 1}）"


def missing(intended: Sequence[str], published: Iterable[str]) -> list[str]:
    """Channels that were meant and have no evidence yet, in their order; blanks around a name do not count."""
    there = {channel.strip() for channel in published}
    return [channel for channel in intended if channel.strip() not in there]
