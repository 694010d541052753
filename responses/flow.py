"""States × acts × roles: which acts a page offers and the sentence with which the others are refused. Pure.

The table is the only place that says in which state an act is possible; services and pages both read it
(domain.md C; rules.md 6).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from office.pack.policy import DecisionRule
from office.roles import Act, Role, may, names_of

LEAD, RESPONDING, RESPONDED = "lead", "responding", "responded"
CLOSED, DISMISSED, MERGED, CANCELLED = "closed", "dismissed", "merged", "cancelled"
OPEN = (LEAD, RESPONDING, RESPONDED)
CONFIRMED = (RESPONDING, RESPONDED)
EVERY = (*OPEN, CLOSED, DISMISSED, MERGED, CANCELLED)

STATE_NAMES = {
    LEAD: "待判线索",
    RESPONDING: "处置回应",
    RESPONDED: "已回应",
    CLOSED: "已办结",
    DISMISSED: "已排除",
    MERGED: "已并入",
    CANCELLED: "已撤销",
}
LEVEL_NAMES = {1: "Ⅰ级（特别重大）", 2: "Ⅱ级（重大）", 3: "Ⅲ级（较大）", 4: "Ⅳ级（一般）"}
HIGH_LEVELS = (1, 2)  # 5 h and 24 h clocks
HIGH_GRADES = ("extraordinary", "major")


@dataclass(frozen=True)
class Step:
    """One act of the table: where it may be done and what its button says."""

    name: str
    act: Act
    states: tuple[str, ...]
    label: str
    key: str = ""
    main: bool = False  # the one accent button of the page, where it applies


STEPS: tuple[Step, ...] = (
    Step("confirm", Act.CONFIRM_LEAD, (LEAD,), "确认", "C", main=True),
    Step("dismiss", Act.DISMISS_LEAD, (LEAD,), "排除", "D"),
    Step("reopen", Act.REOPEN_LEAD, (DISMISSED,), "重新打开", main=True),
    Step("decide_level", Act.DECIDE_LEVEL, CONFIRMED, "核定等级", main=True),
    Step("draft_release", Act.DRAFT_RELEASE, OPEN, "新建发布", "N", main=True),
    Step("enter_release", Act.ENTER_RELEASE, OPEN, "填报发布", "E", main=True),
    Step("enter_conference", Act.ENTER_CONFERENCE, OPEN, "填报发布会"),
    Step("plan_conference", Act.PLAN_CONFERENCE, OPEN, "排发布会"),
    Step("merge", Act.MERGE_ISSUE, OPEN, "并入另一事项", "U"),
    Step("regrade", Act.RAISE_LEVEL, CONFIRMED, "调整等级"),
    Step("set_event_time", Act.SET_EVENT_TIME, OPEN, "填写事件时间"),
    Step("take_over", Act.TAKE_OVER, OPEN, "我来处理", "A"),
    Step("hand_on", Act.TAKE_OVER, OPEN, "转给别人"),
    Step("assign_unit", Act.ASSIGN_UNIT, OPEN, "指定牵头单位"),
    Step("supervise", Act.SUPERVISE, CONFIRMED, "督办"),
    Step("end_supervision", Act.SUPERVISE, EVERY, "了结督办"),
    Step("give_task", Act.GIVE_TASK, CONFIRMED, "转办", "T"),
    Step("mark_question", Act.MARK_QUESTION, CONFIRMED, "对应答复", "B"),
    Step("add_note", Act.ADD_NOTE, EVERY, "写办理记录"),
    Step("close", Act.CLOSE_ISSUE, CONFIRMED, "办结"),
    Step("cancel", Act.CANCEL_ISSUE, CONFIRMED, "撤销"),
)
BY_NAME = {step.name: step for step in STEPS}


@dataclass(frozen=True)
class Situation:
    """What the table needs to know of an issue. Levels 1 (gravest) to 4."""

    state: str
    level_proposed: int
    level_decided: int | None = None
    level_pending: bool = False
    event_grade: str = ""
    overdue: bool = False  # a clock of it is over, the provisional ones included
    clocks_open: int = 0
    own_unit: bool = False
    supervised: bool = False  # a 督办 lives
    owner_is_me: bool = False
    second_person_levels: tuple[int, ...] = HIGH_LEVELS  # of the pack: dismissals that need two people


@dataclass(frozen=True)
class Button:
    """A button as the page draws it. `reason` says why it cannot work; `hint` what will follow."""

    name: str
    label: str
    key: str
    main: bool
    enabled: bool
    reason: str = ""
    hint: str = ""


def buttons(situation: Situation, roles: Iterable[str]) -> list[Button]:
    """The acts possible in this state, in the order of the table; those a role lacks are left out.

    At most one is the main one: the first of the table that is and that works.
    """
    held = set(roles)
    drawn: list[Button] = []
    main_given = False
    for step in STEPS:
        if situation.state not in step.states or not _offered(step, held):
            continue
        if step.name == "decide_level" and not situation.level_pending:
            continue
        if step.name in ("supervise", "end_supervision") and situation.supervised == (step.name == "supervise"):
            continue
        if step.name == "take_over" and situation.owner_is_me:
            continue
        reason = refusal(step.name, situation)
        main = step.main and not main_given and not reason
        main_given = main_given or main
        drawn.append(Button(step.name, step.label, step.key, main, not reason, reason, hint(step.name, situation)))
    return drawn


def _offered(step: Step, held: set[str]) -> bool:
    return may(held, step.act) or (step.name == "regrade" and may(held, Act.LOWER_LEVEL))


def refusal(name: str, situation: Situation) -> str:
    """Why this act is not possible in this state, as a sentence in Chinese; empty = possible."""
    step = BY_NAME[name]
    if situation.state not in step.states:
        allowed = "、".join(STATE_NAMES[state] for state in step.states)
        return f"事项现在是“{STATE_NAMES[situation.state]}”，只有“{allowed}”的事项可以{step.label}。"
    if name == "decide_level" and not situation.level_pending:
        return "等级已经核定，不需要再核定；要改等级请用“调整等级”。"
    if name == "close" and situation.clocks_open:
        return f"还有 {situation.clocks_open} 个时限没有了结，不能办结；时限只有凭发布证据才能停。"
    return ""


def hint(name: str, situation: Situation) -> str:
    """What will follow, one sentence, asked once before the act."""
    if name == "dismiss" and dismissal_needs_second(situation):
        return "须由第二人复核后才排除；复核前时限照走。"
    if name == "confirm" and situation.level_proposed in HIGH_LEVELS:
        return "定低于建议等级，须宣传部负责人与区政府办两人共同决定。"
    if name == "cancel":
        return "须两人共同决定；时限作废，已发生的超时照记。"
    return ""


def dismissal_needs_second(situation: Situation) -> bool:
    """A lead that is overdue or proposed at I-II, or whose subject is the office's own unit (rules.md 6)."""
    return situation.overdue or situation.own_unit or situation.level_proposed in situation.second_person_levels


def confirmation_needs_second(*, level: int, level_proposed: int) -> bool:
    """Confirming below a proposal of I-II needs the second person, as regrading does."""
    return level_proposed in HIGH_LEVELS and level > level_proposed


def is_lowering(*, level: int, level_now: int, event_grade: str, event_grade_now: str) -> bool:
    """True when the level goes down, or a grade that brings 5 h and 24 h is taken back."""
    return level > level_now or (event_grade_now in HIGH_GRADES and event_grade not in HIGH_GRADES)


@dataclass(frozen=True)
class Pair:
    """Two kinds of people who decide together, one of each."""

    first: tuple[str, ...]
    second: tuple[str, ...]


def pairs_for(*, level: int, event_grade: str, decisions: Sequence[DecisionRule]) -> list[Pair]:
    """Who decides together at what stands now, from the pack: the pair of that level, or the pair of level I-II.

    Whoever may lower level II together may also lower level III (rules.md 6; domain.md C).
    """
    gravest = min(level, 2) if event_grade in HIGH_GRADES else level
    pairs = [Pair(rule.first, rule.second) for rule in decisions if gravest in rule.levels]
    grave = [Pair(rule.first, rule.second) for rule in decisions if 1 in rule.levels]
    return list(dict.fromkeys(pairs + grave))


def proposal_refusal(pairs: Sequence[Pair], roles: Iterable[str], what: str) -> str:
    """Why these roles may not even propose the act; empty = they may. `what`: “下调等级”."""
    held = set(roles)
    if any(held.intersection((*pair.first, *pair.second)) for pair in pairs):
        return ""
    return f"{what}须由{_pair_words(pairs[0])}各一人共同决定，您不在其中。"


def pair_refusal(pairs: Sequence[Pair], first: Iterable[str], second: Iterable[str], what: str) -> str:
    """Why these two people are not a pair that decides; empty = they are."""
    mine, theirs = set(first), set(second)
    for pair in pairs:
        if (mine.intersection(pair.first) and theirs.intersection(pair.second)) or (
            mine.intersection(pair.second) and theirs.intersection(pair.first)
        ):
            return ""
    return f"{what}须由{_pair_words(pairs[0])}各一人共同决定。"


def _pair_words(pair: Pair) -> str:
    return f"{names_of(Role(role) for role in pair.first)}与{names_of(Role(role) for role in pair.second)}"


def number_of(level: int) -> str:
    """“Ⅱ级（重大）”."""
    return LEVEL_NAMES[level]
