"""Schema of the part `conference_plan` of `policy.yaml`: a press conference planned back from its start. Pure.

It has a default, so that a pack written before it still loads. It moves no clock; the numbers are ours until the
district says otherwise (`source`).
"""

from typing import Annotated

from pydantic import Field, model_validator

from office.pack.part import Part

Hours = Annotated[float, Field(ge=-72, le=72)]
Words = Annotated[str, Field(min_length=1, max_length=40)]


class PlanStep(Part):
    """One step, due so many hours before the planned start; less than 0 = after it. `who`: offered, to be named."""

    key: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=20)]
    name: Words
    hours_before: Hours
    who: Annotated[str, Field(max_length=60)] = ""


class ConferencePlanRule(Part):
    """The steps in any order, and how long before the limit a start is offered."""

    steps: tuple[PlanStep, ...] = Field(
        default=(
            PlanStep(key="speakers", name="主持人、发布人", hours_before=7),
            PlanStep(key="invitations", name="媒体邀请发出", hours_before=6),
            PlanStep(key="answers", name="口径与答问初稿", hours_before=4),
            PlanStep(key="agreed", name="口径会签", hours_before=2.5),
            PlanStep(key="review", name="保密审查、去标识化", hours_before=1.5),
            PlanStep(key="trial", name="现场、直播、手语试线", hours_before=1),
            PlanStep(key="record", name="文字实录、音视频上网", hours_before=-1.5),
        ),
        min_length=1,
    )
    margin_hours: Annotated[float, Field(ge=0, le=24)] = 6
    source: str = "默认"

    @model_validator(mode="after")
    def own_keys(self) -> "ConferencePlanRule":
        """Refuse two steps of one key."""
        keys = [step.key for step in self.steps]
        if len(set(keys)) != len(keys):
            raise ValueError("发布会倒排的步骤 key 不能重复")
        return self
