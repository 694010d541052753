"""The acts of an issue's page. One small form per act; each knows its one service and the sentence that follows."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms

from alerts.models import EventGrade
from console.forms.fields import DatedForm, DeskForm, LevelField, MomentField, words
from console.forms.grade import ask_for_source, grade_body, grade_reference
from office.models import Department, User
from office.queries import people
from office.roles import Act, may, names_of
from responses.models import Issue, Proposal
from responses.services import decide, supervising

WAITS = "已提出，等第二个人同意。"


class ActForm(DeskForm):
    """An act on one issue. `version` is what the person saw; the service refuses when somebody was faster."""

    done: ClassVar[str] = "已办。"
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def run(self, issue: Issue, *, by: User, at: datetime) -> str:
        """Do it. Returns the sentence for the page; raises Refused."""
        result = self.act(issue, by=by, at=at)
        return WAITS if isinstance(result, Proposal) else self.done

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        raise NotImplementedError

    @property
    def seen(self) -> int:
        return int(self.cleaned_data.get("version") or 0)

    @property
    def again(self) -> str | None:
        return self.cleaned_data.get("reason_again") or None


def _again() -> forms.CharField:
    return words("再写一遍理由", required=False, hint="只在单人值守时填：理由再写一遍，标“单人”")


class TakeForm(ActForm):
    done = "您已接手，提醒先找您。"

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return decide.take_over(issue=issue, by=by, at=at)


class HandForm(ActForm):
    """Which colleague, and a sentence. Offered are those who may have it."""

    done = "已转给对方，页面上已通知。"
    to = forms.ModelChoiceField(label="转给", queryset=User.objects.none(), empty_label="请选")
    sentence = words("说明一句", hint="为什么转、办到哪里")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        assert isinstance(to, forms.ModelChoiceField)
        able = [user.pk for user in people() if may(user.roles, Act.TAKE_OVER)]
        to.queryset = User.objects.filter(pk__in=able).order_by("name")
        setattr(to, "label_from_instance", _named)  # noqa: B010 - the field has no other way

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        data = self.cleaned_data
        version = self.seen if data.get("version") is not None else None
        return decide.hand_on(issue=issue, to=data["to"], by=by, at=at, sentence=data["sentence"], version=version)


def _named(user: User) -> str:
    return f"{user.name}（{names_of(user.roles)}）"


class RegradeForm(ActForm):
    """Level and event grade are two fields: the grade is an input from the emergency side."""

    done = "等级已改，时限已按新等级重排。"
    level = LevelField()
    event_grade = forms.ChoiceField(
        label="事件等级",
        required=False,
        choices=[("", "未定"), *EventGrade.choices],
        help_text="由应急部门认定，不是舆情等级；写明谁、凭什么、何时认定",
    )
    grade_body = grade_body()
    grade_reference = grade_reference()
    grade_at = MomentField(label="认定时间", required=False)
    reason = words("理由")
    source = words("依据从哪里来", hint="文件、电话、会议")
    reason_again = _again()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        ask_for_source(self)
        return data

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        names = ("level", "event_grade", "grade_body", "grade_reference", "grade_at", "reason", "source")
        picked = {name: self.cleaned_data[name] for name in names}
        return decide.regrade(issue=issue, by=by, at=at, version=self.seen, reason_again=self.again, **picked)


class DecideLevelForm(ActForm):
    done = "等级已核定。"
    level = LevelField()
    reason = words("核定意见", required=False)

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        data = self.cleaned_data
        return decide.decide_level(
            issue=issue, by=by, at=at, level=data["level"], reason=data["reason"], version=self.seen
        )


class EventTimeForm(ActForm, DatedForm):
    done = "事件发生时间已记，时限已按它核对。"
    occurred_at = MomentField(label="事件发生", help_text="改早立即生效；改晚须两人，原值一并留着")
    source = words("从哪里知道的")
    reason_again = _again()

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        data = self.cleaned_data
        self.ask_if_long_ago("occurred_at", at=at)
        return decide.set_event_time(
            issue=issue, by=by, at=at, occurred_at=data["occurred_at"], source=data["source"], reason_again=self.again
        )


class SuperviseForm(ActForm, DatedForm):
    done = "已督办，已告诉经办的人。"
    sentence = words("督办什么", hint="要办到什么、要谁反馈")
    due_at = MomentField(label="何时前反馈", help_text="不停、不改任何时限")

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        data = self.cleaned_data
        return supervising.supervise(issue=issue, by=by, at=at, sentence=data["sentence"], due_at=data["due_at"])


class EndSupervisionForm(ActForm):
    done = "督办已了结，记录留着。"
    answer = words("怎样反馈、办到哪一步")

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return supervising.end_supervision(issue=issue, by=by, at=at, answer=self.cleaned_data["answer"])


class CancelForm(ActForm):
    done = "已撤销；时限作废，超时记录保留。"
    reason = words("为什么撤销", hint="证实不属实的，写明谁核实的")
    reason_again = _again()

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return decide.cancel_issue(
            issue=issue, by=by, at=at, reason=self.cleaned_data["reason"], version=self.seen, reason_again=self.again
        )


class CloseForm(ActForm):
    done = "已办结。"
    sentence = words("办结一句话", hint="解决了什么，原因消除没有")

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return decide.close_issue(issue=issue, by=by, at=at, sentence=self.cleaned_data["sentence"], version=self.seen)


class ReopenForm(ActForm):
    done = "已再开，原来的时限照旧起算。"
    reason = words("为什么再开")

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return decide.reopen_lead(issue=issue, by=by, at=at, reason=self.cleaned_data["reason"], version=self.seen)


class MergeForm(ActForm):
    done = "已并入。"
    into = forms.ModelChoiceField(label="并入哪一件", queryset=Issue.objects.none(), empty_label="请选一件")
    reason = words("理由")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into = self.fields["into"]
        assert isinstance(into, forms.ModelChoiceField)
        into.queryset = Issue.objects.filter(state__in=Issue.OPEN).select_related("matter").order_by("-opened_at")
        setattr(into, "label_from_instance", lambda issue: f"{issue.label} {issue.matter.title}")  # noqa: B010 - the field has no other way

    def offer(self, others: list[Issue]) -> None:
        """Show these alone; any other open one is still taken when its number is sent."""
        field = self.fields["into"]
        assert isinstance(field, forms.ModelChoiceField)
        field.widget.choices = [("", "请选一件"), *((o.pk, f"{o.label} {o.matter.title}") for o in others)]

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        data = self.cleaned_data
        return decide.merge_issue(
            issue=issue, into=data["into"], by=by, at=at, reason=data["reason"], version=self.seen
        )


class NoteForm(ActForm):
    done = "已记下。"
    text = words("记一笔", hint="电话、会商、进展，一两句；不写个人信息", long=True)

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return decide.add_note(issue=issue, by=by, at=at, text=self.cleaned_data["text"])


class UnitForm(ActForm):
    done = "责任单位已定。"
    lead_unit = forms.ModelChoiceField(
        label="责任单位", queryset=Department.objects.filter(active=True), empty_label="请选"
    )

    def act(self, issue: Issue, *, by: User, at: datetime) -> object:
        return decide.assign_unit(issue=issue, by=by, at=at, unit=self.cleaned_data["lead_unit"], version=self.seen)


class ProposalForm(DeskForm):
    """The second person's word on an act that waits."""

    accept = forms.ChoiceField(label="意见", choices=[("yes", "同意"), ("no", "不同意")], widget=forms.RadioSelect)
    reason = words("理由", hint="单人值守时，把提出的理由再写一遍")


ACTS: dict[str, type[ActForm]] = {
    "take_over": TakeForm,
    "hand_on": HandForm,
    "regrade": RegradeForm,
    "decide_level": DecideLevelForm,
    "set_event_time": EventTimeForm,
    "supervise": SuperviseForm,
    "end_supervision": EndSupervisionForm,
    "cancel": CancelForm,
    "close": CloseForm,
    "reopen": ReopenForm,
    "merge": MergeForm,
    "add_note": NoteForm,
    "assign_unit": UnitForm,
}
