"""人来处置: what a person does to a topic, in one form: open a lead, split posts off, merge. Needs no JavaScript."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from analysis.models import Arrangement, Topic
from console.forms.fields import DeskForm, LevelField, words
from console.queries import addresses
from console.queries.topics import Near
from office.errors import Refused
from office.models import Department, User
from responses.models import Issue
from responses.services import topics

WAYS = [("lead", "手工开线索"), ("split", "拆出已选的帖文"), ("merge", "并入另一热点")]
NEEDED = {"lead": ("level", "lead_reason"), "split": ("split_reason",), "merge": ("merge_reason",)}


class TopicForm(DeskForm):
    """Only the fields of the chosen way count. `posts` are the ticked ones, from the list beside the form."""

    way = forms.ChoiceField(label="办什么", choices=WAYS, widget=forms.RadioSelect)
    level = LevelField(required=False, label="建议等级")
    unit = forms.ModelChoiceField(
        label="责任单位", required=False, queryset=Department.objects.filter(active=True), empty_label="未定"
    )
    lead_reason = words("开线索的理由", required=False)
    split_title = forms.CharField(label="新热点叫什么", required=False, max_length=200)
    split_reason = words("拆分的理由", required=False)
    into = forms.ChoiceField(label="并入", required=False)
    number = forms.CharField(label="另选编号", required=False, max_length=24)
    merge_reason = words("合并的理由", required=False)
    sure = forms.BooleanField(label="两件事项并成一件，我看过了", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, near: Sequence[Near], posts: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = [number for raw in posts if (number := addresses.number(raw)) is not None]
        self.fields["into"].choices = [  # type: ignore[attr-defined]  # a ChoiceField, set above
            ("", "请选一个，或写编号"),
            *((str(one.topic.pk), f"T-{one.topic.pk} {one.topic.title}（像 {one.likeness:.2f}）") for one in near),
        ]
        if self.data.get("sure"):
            self._ask()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        way = str(data.get("way"))
        for name in NEEDED.get(way, ()):
            if not data.get(name):
                self.add_error(name, f"没填：{self.fields[name].label}")
        if way == "split" and not self.posts:
            self.add_error("way", "没选：先在帖文前面打勾")
        if way == "merge":
            data["target"] = addresses.number(str(data.get("number") or data.get("into") or "").upper().lstrip("T-"))
            if data["target"] is None:
                self.add_error("into", "没选：并入哪个热点；编号写成 T-12 或 12")
        return data

    def run(self, topic: Topic, *, by: User, at: datetime) -> Arrangement | Issue:
        """Do what was chosen. Raises Refused."""
        data = self.cleaned_data
        if data["way"] == "lead":
            return topics.open_lead(
                topic=topic, by=by, at=at, level=data["level"], reason=data["lead_reason"], unit=data["unit"]
            )
        if data["way"] == "split":
            title = data["split_title"]
            return topics.split_topic(
                topic=topic, posts=self.posts, by=by, at=at, reason=data["split_reason"], title=title
            )
        into = Topic.objects.filter(pk=data["target"]).first()
        if into is None:
            raise Refused(f"没有编号为 T-{data['target']} 的热点，请核对。")
        self._ask_if_both_run(topic, into)
        return topics.merge_topics(topic=topic, into=into, by=by, at=at, reason=data["merge_reason"])

    def _ask_if_both_run(self, topic: Topic, into: Topic) -> None:
        """Two open issues become one: asked once, in a sentence that says what follows."""
        running = list(Issue.objects.filter(topic__in=(topic, into), state__in=Issue.OPEN).order_by("number"))
        if len(running) < 2 or self.cleaned_data["sure"]:
            return
        self._ask()
        one, other = running[0].label, running[1].label
        raise Refused(
            f"两个热点各有未了结的事项 {one}、{other}：合并后并成一件，未停的时限取较早的起算时间；以后撤销合并，"
            "起算时间也不会自动改晚。确实是一件事的，勾选“我看过了”再提交。"
        )

    def _ask(self) -> None:
        self.fields["sure"].widget = forms.CheckboxInput()


class UndoForm(DeskForm):
    """A merge or a split taken back, with a sentence."""

    reason = words("撤销的理由")
