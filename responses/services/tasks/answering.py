"""The unit signs, feeds back, or sends back; for one without an account the desk enters its word (代签), with whose."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from alerts.services.notices import Addressee, tell
from crawlers.masking import mask
from office.errors import Refused
from office.models import User
from office.roles import Act, Role, may
from office.services.acts import require
from responses.models import Assignment
from responses.services.claiming import clean
from responses.services.proposals import addressees
from responses.services.tasks.giving import accounts_of, moment, move, record, short

GIVEN, SIGNED = Assignment.State.GIVEN, Assignment.State.SIGNED
LONGEST_FEEDBACK = 1000


@dataclass(frozen=True)
class Word:
    """Whose word it is: the unit's own account (`told` empty), or who of it said so and how, and when."""

    told: str
    at: datetime

    @property
    def suffix(self) -> str:
        return f"（代签：{self.told}）" if self.told else ""


def sign_task(
    *, task: Assignment, by: User, at: datetime, told: str = "", told_at: datetime | None = None,
    version: int | None = None,
) -> Assignment:  # fmt: skip
    """签收. `told`, `told_at`: for a unit without an account, who said so by which means, and when. Raises Refused."""
    require(by, Act.SIGN_TASK)
    with transaction.atomic():
        word = _word(task, by=by, at=at, told=told, told_at=told_at)
        now = move(
            task, (GIVEN,), by=by, version=version,
            state=SIGNED, signed_by=by, signed_at=word.at, signed_told=word.told,
        )  # fmt: skip
        late = _late(word.at, now.sign_by)
        record(now, kind="task.sign", by=by, at=at, text=f"{now.unit} 签收：{now.what}{late}{word.suffix}")
    return now


def feed_back(
    *, task: Assignment, feedback: str, by: User, at: datetime, told: str = "", told_at: datetime | None = None,
    version: int | None = None,
) -> Assignment:  # fmt: skip
    """反馈, one sentence or a few. What was not signed for is signed by it. Late stays late. Raises Refused."""
    require(by, Act.SIGN_TASK)
    words = mask(clean(feedback, "反馈的内容")).text
    if len(words) > LONGEST_FEEDBACK:
        raise Refused(f"反馈最多 {LONGEST_FEEDBACK} 个字，现在 {len(words)} 个；材料请另送。")
    with transaction.atomic():
        word = _word(task, by=by, at=at, told=told, told_at=told_at)
        seen = Assignment.objects.get(pk=task.pk)
        signing = {} if seen.signed_at else {"signed_by": by, "signed_at": word.at, "signed_told": word.told}
        now = move(
            task, (GIVEN, SIGNED), by=by, version=seen.version if version is None else version,
            state=Assignment.State.FED_BACK, feedback=words, fed_back_by=by, fed_back_at=word.at,
            fed_back_told=word.told, **signing,
        )  # fmt: skip
        text = f"{now.unit} 反馈“{now.what}”：{words}{_late(word.at, now.due_at)}{word.suffix}"
        record(now, kind="task.feed_back", by=by, at=at, text=text)
        _tell_giver(now, "fed_back", f"已反馈：{now.what}", f"{now.unit.name}反馈：{words}", by=by, at=at)
    return now


def send_back(
    *, task: Assignment, reason: str, by: User, at: datetime, told: str = "", told_at: datetime | None = None,
    version: int | None = None,
) -> Assignment:  # fmt: skip
    """退回: the unit says why it is not its own. The government office hears of it; no clock waits. Raises Refused."""
    require(by, Act.SIGN_TASK)
    why = short(clean(reason, "退回的理由"))
    with transaction.atomic():
        word = _word(task, by=by, at=at, told=told, told_at=told_at)
        now = move(
            task, (GIVEN, SIGNED), by=by, version=version,
            state=Assignment.State.SENT_BACK, ended_by=by, ended_at=word.at, end_reason=why,
        )  # fmt: skip
        text = f"{now.unit} 退回“{now.what}”，理由：{why}{word.suffix}"
        record(now, kind="task.send_back", by=by, at=at, text=text)
        body = f"{now.unit.name}退回“{now.what}”：{why}。责任不清的由区政府办定，时限照走；请改派。"
        more = addressees([Role.GOV_OFFICE], at)
        _tell_giver(now, "sent_back", f"已退回：{now.what}", body, by=by, at=at, more=more)
    return now


def _word(task: Assignment, *, by: User, at: datetime, told: str, told_at: datetime | None) -> Word:
    """Whether this person may speak for the unit. Raises Refused."""
    fresh = Assignment.objects.select_related("unit").get(pk=task.pk)
    if by.department_id == fresh.unit_id and (by.holds(Role.UNIT_CONTACT) or by.holds(Role.UNIT_HEAD)):
        return Word("", at)
    if not may(by.roles, Act.GIVE_TASK):
        raise Refused(f"这项任务是{fresh.unit.name}的，请由{fresh.unit.name}签收、反馈。")
    own = accounts_of(fresh.unit)
    if own:
        names = "、".join(user.name for user in own[:3])
        raise Refused(f"{fresh.unit.name}有自己的账号（{names}），请由本单位办；可先打电话催。")
    who = short(clean(told, "谁说的、怎么说的：姓名职务，电话、当面还是书面"))
    when = told_at or at
    if when > at:
        raise Refused("单位答复的时间不能在现在以后。")
    if when < fresh.given_at:
        raise Refused(f"单位答复的时间不能早于转办（{moment(fresh.given_at)}）。")
    return Word(who, when)


def _late(done: datetime, limit: datetime | None) -> str:
    if limit is None or done <= limit:
        return ""
    minutes = int((done - limit).total_seconds() // 60)
    return f"，晚 {minutes // 60}时{minutes % 60:02d}分"


def _tell_giver(
    task: Assignment, what: str, title: str, body: str, *, by: User, at: datetime, more: list[Addressee] | None = None
) -> None:
    """Who gave it, and who has the case, unless it was they who entered it."""
    people = [task.given_by, *([task.issue.matter.owner] if task.issue.matter.owner else [])]
    there = [Addressee(role=person.roles[0] if person.roles else "", person=person) for person in people]
    tell(
        people=[one for one in [*there, *(more or [])] if one.person != by],
        event=f"task:{task.pk}:{what}",
        title=title,
        body=f"{task.issue.label}“{task.issue.matter.title}”：{body}",
        at=at,
        matter=task.issue.matter,
    )
