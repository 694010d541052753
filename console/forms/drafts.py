"""A release in preparation: its words, one gate of it, giving it up; a conference planned back from its start."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from console.forms.evidence import CHANNELS, CopyField
from console.forms.fields import DeskForm, MomentField, words
from office.models import Department, User
from responses.models import Conference, DraftText, Issue, Release, ReleaseDraft
from responses.services import drafting, evidence

SEPARATORS = "、,，;；\n"


class DraftForm(DeskForm):
    """Text, or a file, or both. What looks like personal data is shown after saving, for the gate 去标识."""

    kind = forms.ChoiceField(label="类型", choices=Release.Kind.choices, widget=forms.RadioSelect, initial="notice")
    name = forms.CharField(label="名称", max_length=200, help_text="页面和留痕里怎么叫它，如 情况通报（一）")
    unit = forms.ModelChoiceField(
        label="责任单位", queryset=Department.objects.filter(active=True), required=False, empty_label="未填"
    )
    channels = forms.MultipleChoiceField(
        label="拟发渠道", choices=[(c, c) for c in CHANNELS], widget=forms.CheckboxSelectMultiple, required=False
    )
    others = forms.CharField(
        label="其他渠道", max_length=300, required=False, help_text="单子里没有的写在这里，用顿号分开"
    )
    text = forms.CharField(
        label="正文",
        required=False,
        max_length=30_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="要发出去的原文。存下后会标出看起来像个人信息的地方，供去标识时核对，不拦发布",
    )
    copy = CopyField(label="稿件文件", required=False, help_text="图、长文、海报可以作为文件附上；系统记下它的指纹")
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def written(self) -> drafting.Words:
        """What was typed, as the service takes it. The stream of the file is read once."""
        data = self.cleaned_data
        file = data["copy"]
        return drafting.Words(
            kind=data["kind"],
            name=data["name"],
            unit=data["unit"],
            channels=[*data["channels"], *_split(data["others"])],
            text=data["text"],
            file=file.read() if file else b"",
            file_name=file.name if file else "",
            keep_file=not data.get("drop_file"),
        )

    def start(self, issue: Issue, *, by: User, at: datetime) -> ReleaseDraft:
        return drafting.start_draft(issue=issue, by=by, at=at, words=self.written())


class EditDraftForm(DraftForm):
    """The next version. What was sent back is mended at its gate; more than that goes through all four again."""

    from_start = forms.BooleanField(
        label="不只改了退回的地方，四道关重审", required=False, help_text="没有被退回的稿子，改了都重审"
    )
    drop_file = forms.BooleanField(label="去掉原来附的文件", required=False)

    def __init__(self, *args: Any, draft: ReleaseDraft, latest: DraftText, **kwargs: Any) -> None:
        others = [channel for channel in draft.channels if channel not in CHANNELS]
        kwargs["initial"] = {
            "kind": draft.kind,
            "name": draft.name,
            "unit": draft.unit_id,
            "channels": draft.channels,
            "others": "、".join(others),
            "text": latest.text,
            "version": draft.version,
        }
        super().__init__(*args, **kwargs)
        if draft.state != ReleaseDraft.State.BACK:
            del self.fields["from_start"]
        if not latest.file_sha256:
            del self.fields["drop_file"]

    def save(self, draft: ReleaseDraft, *, by: User, at: datetime) -> ReleaseDraft:
        return drafting.edit_draft(
            draft=draft,
            by=by,
            at=at,
            words=self.written(),
            version=int(self.cleaned_data["version"] or 0),
            from_start=bool(self.cleaned_data.get("from_start")),
        )


class GateForm(DeskForm):
    """One gate: passed, or sent back with one sentence. `gate` and `version`: what the person had before them."""

    gate = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    accept = forms.ChoiceField(label="审查结果", choices=[("yes", "过"), ("no", "退回")], widget=forms.RadioSelect)
    sentence = words("意见", required=False, hint="退回的写一句：哪里要改；过的可以不写")
    reason_again = words("单人值守：意见再写一遍", required=False, hint="起草和审查是同一人时，再写一遍，标“单人”")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("accept") == "no" and not data.get("sentence"):
            self.add_error("sentence", "退回要写一句：哪里要改")
        return data

    def run(self, draft: ReleaseDraft, *, by: User, at: datetime) -> ReleaseDraft:
        data = self.cleaned_data
        return drafting.decide_gate(
            draft=draft,
            gate=data["gate"],
            version=data["version"],
            by=by,
            at=at,
            accept=data["accept"] == "yes",
            sentence=data["sentence"],
            reason_again=data["reason_again"] or None,
        )


class GiveUpForm(DeskForm):
    """A draft or a plan that is given up, with a sentence."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    sentence = words("理由")


class WhyForm(DeskForm):
    why = words("未过四道关的原因", hint="例如夜间急发、由上级单位统一发布；写一次，不能改")


class PlanForm(DeskForm):
    """Start, place and who (a unit or a person) does each step.

    Steps and their hours are of the pack, or of the plan that stands.
    """

    title = forms.CharField(label="主题", max_length=200)
    planned_at = MomentField(label="计划开始", help_text="各步从它往回排；真正开始并有存证才停 24 小时时限")
    place = forms.CharField(label="地点", max_length=100, required=False)
    host = forms.CharField(label="主持人、发布人", max_length=60, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, steps: Sequence[tuple[str, str, str, str]], **kwargs: Any) -> None:
        """`steps`: key, name, when in words, who so far."""
        super().__init__(*args, **kwargs)
        self.keys = [key for key, *_ in steps]
        for key, name, when, who in steps:
            self.fields[f"who_{key}"] = forms.CharField(
                label=f"{name} 由谁（{when}）", max_length=60, required=False, initial=who
            )

    def plan(self) -> evidence.Plan:
        data = self.cleaned_data
        return evidence.Plan(
            title=data["title"],
            planned_at=data["planned_at"],
            place=data["place"],
            host=data["host"],
            who={key: data[f"who_{key}"] for key in self.keys},
        )

    def save(self, issue: Issue, row: Conference | None, *, by: User, at: datetime) -> Conference:
        if row is None:
            return evidence.plan_conference(issue=issue, by=by, at=at, plan=self.plan())
        version = int(self.cleaned_data["version"] or 0)
        return evidence.change_plan(conference=row, by=by, at=at, plan=self.plan(), version=version)


def _split(text: str) -> list[str]:
    for mark in SEPARATORS[1:]:
        text = text.replace(mark, SEPARATORS[0])
    return [piece.strip() for piece in text.split(SEPARATORS[0]) if piece.strip()]
