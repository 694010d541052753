"""Schema of a pack's `policy.yaml`: every number of the rules, with the paper it comes from.

Pure: pydantic only. All spans carry their unit in the name; levels are 1 (特别重大) … 4 (一般); steps of the
chain count from 1. The reasons behind the defaults are the `source` strings of the pack itself.
"""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from office.pack.conference import ConferencePlanRule
from office.pack.desk import AccessRule, DutyRule

Level = Literal[1, 2, 3, 4]
EventGrade = Literal["extraordinary", "major", "serious", "ordinary"]
ClockKind = Literal["first_release", "press_conference", "response", "followup_release"]
AnchorKind = Literal["event", "first_public", "line_met", "detected"]
RoleName = Literal[
    "monitor",
    "duty_lead",
    "analyst",
    "propaganda_lead",
    "gov_office",
    "unit_contact",
    "unit_head",
    "press_officer",
    "spokesperson",
    "secrecy_reviewer",
    "leader",
    "sys_admin",
    "sec_admin",
    "auditor",
]
Positive = Annotated[int, Field(gt=0)]
Words = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """Base of every part: a wrong key is an error, nothing can be changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Part):
    source: Words


class ClockRule(Sourced):
    """One promise: to whom it applies, where it starts, how long it is, what alone stops it."""

    kind: ClockKind
    name: Words
    minutes: Positive
    levels: tuple[Level, ...]
    event_grades: tuple[EventGrade, ...] = ()
    anchor: tuple[AnchorKind, ...] = Field(min_length=1)
    anchor_by_figures: tuple[AnchorKind, ...] = ()  # levels I-II without an emergency; empty = as `anchor`
    stopped_by: Literal["release", "conference"]
    wording: Words
    document: Words
    document_date: date
    effective_from: date
    effective_to: date | None = None  # last day on which the rule held


class FollowupRule(Sourced):
    """Continuous release: every `first_minutes` until `first_hours` after the first one, then `later_minutes`."""

    first_minutes: Positive
    first_hours: Positive
    later_minutes: Positive
    ends_with: tuple[Words, ...]  # kinds of release that end the series


class EventTimeRule(Sourced):
    """When an event time read by the machine may move a clock."""

    precisions: tuple[Literal["minute", "hour"], ...]
    before_post_hours: Positive
    disagreement_minutes: Positive
    voices_agreeing: Positive


class EpisodeRule(Sourced):
    gap_days: Positive
    topic_window_days: Positive


class VoiceRule(Sourced):
    same_moment_seconds: Positive
    quiet_posts_per_day: Positive
    quiet_over_days: Positive
    short_text_characters: Positive
    handle_key_days: Positive  # how long a handle is kept under the old key too
    demand_kinds: tuple[Words, ...] = Field(min_length=1)


class PriorityLine(Sourced):
    level: Level
    voices: Positive
    hours: Positive
    quiet_hours: Positive


class BurstLine(PriorityLine):
    """P(X >= k) <= probability for a Poisson of mean w/past_days * (n + prior) * max(1, volume ratio)."""

    probability: float = Field(gt=0, lt=1)
    past_days: Positive
    prior: float = Field(gt=0)


class LongLine(Sourced):
    level: Level
    voices: Positive
    days: Positive
    quiet_voices: Positive
    quiet_days: Positive


class TwoOfLine(Sourced):
    """Level II by figures: `need` of the four signs at one moment."""

    level: Level
    need: Positive
    media_classes: tuple[Words, ...]
    signs_hours: Positive  # how long a media post or a hot-list place stays a sign
    interactions: Positive  # more than
    reads: Positive  # more than
    hours: Positive
    doubling_hours: Positive
    doubling_from_voices: Positive


class VolumeLine(Sourced):
    """A priority class with more than so many interactions or reads."""

    level: Level
    interactions: Positive
    reads: Positive
    hours: Positive


class MediaLine(Sourced):
    level: Level
    media_classes: tuple[Words, ...]


class StreetsLine(Sourced):
    level: Level
    streets: Positive
    days: Positive


class RepeatLine(Sourced):
    """A matter that was closed and comes again is at least of this level."""

    level: Level


class LevelLines(Part):
    """The lines that figures can show; the voices lines among them."""

    priority: PriorityLine
    burst: BurstLine
    long: LongLine
    two_of: TwoOfLine
    priority_volume: VolumeLine
    media: MediaLine
    streets: StreetsLine
    repeat: RepeatLine | None = None


class EmergencyFigures(Part):
    """Enough in one post: any one of them. `trapped` counts only for `trapped_kinds`."""

    level: Level
    dead_or_missing: Positive
    hurt: Positive
    trapped: Positive | None = None
    moved_out: Positive | None = None


class EmergencyLines(Sourced):
    kinds: dict[Words, tuple[Words, ...]]  # canonical kind -> other names readers may give it
    serious_kinds: tuple[Words, ...]  # enough by being current
    trapped_kinds: tuple[Words, ...]
    gravest: EmergencyFigures
    grave: EmergencyFigures
    other_level: Level
    outage_hours: Positive
    outage_level: Level
    outage_longer_level: Level

    @model_validator(mode="after")
    def known_kinds(self) -> "EmergencyLines":
        """Refuse a serious or trapping kind that `kinds` does not name."""
        unknown = (set(self.serious_kinds) | set(self.trapped_kinds)) - set(self.kinds)
        if unknown:
            raise ValueError(f"未在 kinds 中定义的突发事件类别：{'、'.join(sorted(unknown))}")
        return self


class HistoryRule(Sourced):
    hours: Positive


class LadderRule(Sourced):
    percents: tuple[Annotated[int, Field(gt=0, lt=100)], ...]
    minutes_left: tuple[Positive, ...]
    minutes_left_from_span_minutes: Positive
    after_due_minutes: Positive
    unacknowledged_minutes: Positive
    checker_minutes: Positive
    checker_roles: tuple[RoleName, ...] = Field(min_length=1)


class ChainStep(Part):
    name: Words
    roles: tuple[RoleName, ...] = Field(min_length=1)


class EscalationRule(Sourced):
    chain: tuple[ChainStep, ...] = Field(min_length=1)
    start_step: dict[int, Positive]
    provisional_roles: dict[int, tuple[RoleName, ...]]
    provisional_step: dict[int, Positive]  # the highest step those roles stand on
    empty_roster: tuple[RoleName, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def complete(self) -> "EscalationRule":
        """Refuse a level without a start, and a start beyond the chain."""
        for name, steps in (("start_step", self.start_step), ("provisional_step", self.provisional_step)):
            if set(steps) != {1, 2, 3, 4}:
                raise ValueError(f"{name} 须写明 1、2、3、4 四个等级")
            if max(steps.values()) > len(self.chain):
                raise ValueError(f"{name} 超出 chain 的级数 {len(self.chain)}")
        if set(self.provisional_roles) != {1, 2, 3, 4}:
            raise ValueError("provisional_roles 须写明 1、2、3、4 四个等级")
        return self


class InternalClock(Sourced):
    """A limit inside the house; only these may count working time or pause."""

    name: Words
    levels: tuple[Level, ...] = Field(min_length=1)
    minutes: Positive
    working_time: bool = False


class DecisionRule(Sourced):
    """Who decides at a level: `first` proposes or confirms, `second` is the other person of a two-person act."""

    levels: tuple[Level, ...] = Field(min_length=1)
    first: tuple[RoleName, ...] = Field(min_length=1)
    second: tuple[RoleName, ...] = Field(min_length=1)


class SignStep(Part):
    name: Words
    roles: tuple[RoleName, ...] = Field(min_length=1)


class BriefRule(Sourced):
    name: Words
    cut_off: time
    out_by: time
    working_days_only: bool
    sign_steps: tuple[SignStep, ...] = Field(min_length=1)
    first_issue_no: Positive
    first_running_no: Positive
    ring_before_minutes: Positive
    ring_every_minutes: Positive
    ring_roles: tuple[RoleName, ...]  # beside the next signer
    copies: Positive


HALF_A_YEAR = 183  # 网络安全法: logs are kept for six months at least


class RetentionRule(Sourced):
    """How long what is kept. Days count from the fetch; what a case, evidence or a brief needs stays beyond them."""

    raw_posts_days: Positive
    snapshots_days: Positive
    import_files_days: Positive
    trail_days: Positive
    access_log_days: Positive
    deleted_at_source_hours: Positive


class DismissalCode(Part):
    code: Annotated[str, Field(pattern=r"^[a-z_]+$", max_length=20)]
    name: Words


class DismissalRule(Sourced):
    codes: tuple[DismissalCode, ...] = Field(min_length=1)
    second_person_levels: tuple[Level, ...]
    reopen_voices_factor: Positive
    reopen_voices_more: Positive
    # Of the leads dismissed in a week so many are drawn for the duty lead, at least so many where there are any.
    sample_percent: Annotated[int, Field(gt=0, le=100)] = 10
    sample_least: Positive = 3


class WatchRule(Sourced):
    review_hours: Positive
    after_release_hours: Positive


class EvaluationRule(Sourced):
    heat_percent_of_peak: Positive
    calm_hours: Positive
    required_levels: tuple[Level, ...]


class OverdueRule(Sourced):
    reason_minutes: Positive
    disputed_assignment_minutes: Positive


class TimeRule(Sourced):
    jump_seconds: Positive
    hold_minutes: Positive
    future_minutes: Positive
    earliest_year: Positive


class PolicyPack(Part):
    """The whole of `policy.yaml`. Frozen; its digest is what clocks and alerts point back to."""

    version: Words
    apply_legal_clocks_to_level: bool
    response_anchor: Literal["line_met", "first_public", "detected"]
    clocks: tuple[ClockRule, ...] = Field(min_length=1)
    followup: FollowupRule
    event_time: EventTimeRule
    episodes: EpisodeRule
    voices: VoiceRule
    lines: LevelLines
    emergency_lines: EmergencyLines
    history: HistoryRule
    ladder: LadderRule
    escalation: EscalationRule
    internal_clocks: tuple[InternalClock, ...]
    decisions: tuple[DecisionRule, ...]
    brief: BriefRule
    retention: RetentionRule
    dismissal: DismissalRule
    watch: WatchRule
    evaluation: EvaluationRule
    overdue: OverdueRule
    time: TimeRule
    duty: DutyRule = DutyRule()
    access: AccessRule = AccessRule()
    conference_plan: ConferencePlanRule = ConferencePlanRule()

    @model_validator(mode="after")
    def no_overlap(self) -> "PolicyPack":
        """Refuse a rule that ends before it begins, two of one kind in force on one day, and a level nobody decides."""
        for index, one in enumerate(self.clocks):
            if one.effective_to is not None and one.effective_to < one.effective_from:
                raise ValueError(f"{one.name}：施行到（{one.effective_to}）早于施行（{one.effective_from}）")
            for other in self.clocks[index + 1 :]:
                if one.kind != other.kind:
                    continue
                ends = one.effective_to is None or other.effective_from <= one.effective_to
                begins = other.effective_to is None or one.effective_from <= other.effective_to
                if ends and begins:
                    raise ValueError(f"时限 {one.kind} 有两条规定在同一天有效")
        if self.retention.raw_posts_days < self.episodes.topic_window_days:
            raise ValueError(
                f"retention.raw_posts_days（{self.retention.raw_posts_days} 天）短于 episodes.topic_window_days"
                f"（{self.episodes.topic_window_days} 天）：归并和预警要用到这段时间的原帖"
            )
        if min(self.retention.trail_days, self.retention.access_log_days) < HALF_A_YEAR:
            raise ValueError(f"retention 的 trail_days、access_log_days 不得少于 {HALF_A_YEAR} 天（不少于六个月）")
        decided = {level for rule in self.decisions for level in rule.levels}
        if decided != {1, 2, 3, 4}:
            raise ValueError("decisions 须覆盖 1、2、3、4 四个等级")
        return self

    def clock(self, kind: ClockKind, on: date) -> ClockRule | None:
        """The rule of this kind in force on a day of the pack's zone, or None."""
        for rule in self.clocks:
            if (
                rule.kind == kind
                and rule.effective_from <= on
                and (rule.effective_to is None or on <= rule.effective_to)
            ):
                return rule
        return None
