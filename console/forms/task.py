"""转办, and what a unit or the desk does to a task; each form knows its one service."""

from datetime import datetime
from typing import ClassVar

from django import forms

from console.forms.fields import DeskForm, MomentField, words
from office.models import Department, User
from responses.models import Assignment, Issue
from responses.services import tasks


class GiveForm(DeskForm):
    unit = forms.ModelChoiceField(
        label="转给哪个单位", queryset=Department.objects.filter(active=True).order_by("name"), empty_label="请选"
    )
    what = forms.CharField(label="办什么", max_length=200, help_text="一句话，一件事；不写个人信息")
    due_at = MomentField(label="什么时候要反馈", help_text="到点没有反馈会提醒；不停事项的时限")

    def run(self, issue: Issue, *, by: User, at: datetime) -> Assignment:
        data = self.cleaned_data
        return tasks.give_task(issue=issue, unit=data["unit"], what=data["what"], due_at=data["due_at"], by=by, at=at)


class TaskForm(DeskForm):
    """`version` is what the person saw; the service refuses when somebody was faster."""

    done: ClassVar[str] = "已办。"
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def run(self, task: Assignment, *, by: User, at: datetime) -> Assignment:
        raise NotImplementedError

    @property
    def seen(self) -> int | None:
        version: int | None = self.cleaned_data.get("version")
        return version


class WordForm(TaskForm):
    """The unit's own word, or that of a unit without an account, entered by the desk (代签)."""

    told = words("谁说的、怎么说的", required=False, hint="单位没有账号，由值班代签：姓名职务，电话、当面还是书面")
    told_at = MomentField(label="单位什么时候说的", required=False, help_text="不填就是现在；算数的是这个时刻")

    def word(self) -> dict[str, object]:
        data = self.cleaned_data
        return {"told": data["told"], "told_at": data["told_at"], "version": self.seen}


class SignForm(WordForm):
    done = "已签收。"

    def run(self, task: Assignment, *, by: User, at: datetime) -> Assignment:
        return tasks.sign_task(task=task, by=by, at=at, **self.word())  # type: ignore[arg-type]  # cleaned by the fields


class FeedBackForm(WordForm):
    done = "已反馈，留痕；转办人已通知。"
    feedback = words("反馈", hint="办得怎样，一两句；不写个人信息", long=True)
    field_order = ("version", "feedback", "told", "told_at")

    def run(self, task: Assignment, *, by: User, at: datetime) -> Assignment:
        said = self.cleaned_data["feedback"]
        return tasks.feed_back(task=task, feedback=said, by=by, at=at, **self.word())  # type: ignore[arg-type]  # cleaned by the fields


class SendBackForm(WordForm):
    done = "已退回；转办人和区政府办已通知。"
    reason = words("为什么退回", hint="该归谁、缺什么")
    field_order = ("version", "reason", "told", "told_at")

    def run(self, task: Assignment, *, by: User, at: datetime) -> Assignment:
        why = self.cleaned_data["reason"]
        return tasks.send_back(task=task, reason=why, by=by, at=at, **self.word())  # type: ignore[arg-type]  # cleaned by the fields


class WithdrawForm(TaskForm):
    done = "已撤销；单位已通知。"
    reason = words("为什么撤销")

    def run(self, task: Assignment, *, by: User, at: datetime) -> Assignment:
        return tasks.withdraw_task(task=task, reason=self.cleaned_data["reason"], by=by, at=at, version=self.seen)


ACTS: dict[str, type[TaskForm]] = {
    "sign": SignForm,
    "feed_back": FeedBackForm,
    "send_back": SendBackForm,
    "withdraw": WithdrawForm,
}
