"""Schema of two parts of `policy.yaml`: how the desk is manned (`duty`) and how people come in (`access`).

Pure. Both have defaults, so that a pack written before them still loads; the reasons are their `source`.
"""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from office.pack.part import Part

Positive = Annotated[int, Field(gt=0)]
Words = Annotated[str, Field(min_length=1, max_length=20)]
OnCall = Literal["secrecy_reviewer", "press_officer", "spokesperson", "analyst"]


class ShiftRule(Part):
    """A shift of the day; it ends on the next day where it ends no later than it starts."""

    key: Annotated[str, Field(pattern=r"^[a-z]+$", max_length=12)]
    name: Words
    starts: time
    ends: time


class Crew(Part):
    """How many of each rostered role a shift needs."""

    duty_lead: Annotated[int, Field(ge=0)] = 1
    monitor: Annotated[int, Field(ge=0)] = 1


class DutyRule(Part):
    """Shifts, who must be there, rest between shifts, and what follows a gap, a swap or a handover left unsigned."""

    shifts: tuple[ShiftRule, ...] = Field(
        default=(
            ShiftRule(key="day", name="白班", starts=time(8), ends=time(20)),
            ShiftRule(key="night", name="夜班", starts=time(20), ends=time(8)),
        ),
        min_length=1,
    )
    crew: Crew = Crew()
    on_call: tuple[OnCall, ...] = ("secrecy_reviewer",)  # 随叫: shown below the shifts, no gap where nobody is named
    rest_hours: Positive = 12  # between two shifts of one person
    longest_hours: Positive = 36  # a longer span is a slip of the pen
    gap_notice_hours: Positive = 24  # a gap this near is told
    gap_roles: tuple[str, ...] = ("propaganda_lead", "sys_admin")
    swap_answer_hours: Positive = 24
    handover_early_minutes: Positive = 60  # before the change; earlier nobody can know what is handed over
    handover_grace_minutes: Positive = 10  # after the change: unsigned is told
    handover_one_by_one_hours: Positive = 6  # clocks due sooner are ticked one by one, the rest may go together
    source: str = "默认"

    @model_validator(mode="after")
    def whole_day(self) -> "DutyRule":
        """Refuse two shifts of one key, and a shift that starts while another runs or leaves a hole behind it."""
        keys = [shift.key for shift in self.shifts]
        if len(set(keys)) != len(keys):
            raise ValueError("班次的 key 不能重复")
        for before, after in zip(self.shifts, (*self.shifts[1:], self.shifts[0]), strict=True):
            if before.ends != after.starts:
                raise ValueError(
                    f"班次要首尾相接：{before.name}到 {before.ends:%H:%M}，{after.name}从 {after.starts:%H:%M}"
                )
        return self


class AccessRule(Part):
    """Numbers of identity (GB/T 22239-2019 level 3 asks for them, names none): passwords, locks, idle desks, links."""

    failures: Positive = 5
    lock_minutes: Positive = 30
    password_days: Positive = 90
    kept_passwords: Positive = 5
    password_length: Annotated[int, Field(ge=8)] = 8
    idle_minutes: Annotated[int, Field(ge=5, le=60)] = 20
    session_hours: Annotated[int, Field(ge=1, le=24)] = 12  # a shift
    invite_hours: Positive = 72
    reset_minutes: Positive = 30
    source: str = "默认"
