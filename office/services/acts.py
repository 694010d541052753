"""May this person do this, and is the second person really a second one."""

from datetime import datetime

from office.errors import Refused
from office.models import User
from office.roles import ACT_NAMES, Act, may, names_of, roles_for
from office.state import get_state


def require(by: User, act: Act) -> None:
    """Raise Refused when `by` does not hold `act`, with the roles that do."""
    if not by.is_active:
        raise Refused(f"{by.name} 的账号已停用，不能办理。")
    if not may(by.roles, act):
        raise Refused(f"{by.name} 没有“{ACT_NAMES[act]}”的权限，请由{names_of(roles_for(act))}办理。")


def solo_declared() -> bool:
    """True while the office has declared 单人值守."""
    return bool(get_state("solo_duty"))


def second_person(
    *, first: User, second: User, reason_again: str | None, at: datetime, reason: str | None = None
) -> bool:
    """True when the step is done 单人 (the same person typed the reason again), False when two people did it.

    `reason` is what was typed the first time; where given, `reason_again` must be the same. Raises Refused when the
    same person comes again without 单人值守 being declared, or without the reason (rules.md 7).
    """
    if first.pk != second.pk:
        return False
    if not solo_declared():
        raise Refused("这一步须由另一个人办理：提出的人和复核的人不能是同一人。只有一人值守时，可先声明“单人值守”。")
    typed = (reason_again or "").strip()
    if not typed:
        raise Refused("单人值守：请把理由再写一遍，作为第二步确认。")
    if reason is not None and typed != reason.strip():
        raise Refused("单人值守：再写一遍的理由与第一次写的不一样，请核对后重写。")
    return True
