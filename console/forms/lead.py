"""The one form of a lead: confirm, dismiss with a reason code, or merge. Works without JavaScript."""

from datetime import datetime
from typing import Any

from django import forms

from alerts.models import EventGrade
from console.forms.fields import DatedForm, LevelField, MomentField, words
from console.forms.grade import ask_for_source, grade_body, grade_reference
from office.models import Department, User
from office.pack.current import current_pack
from responses.models import Issue, Proposal
from responses.services import decide

WAYS = [("confirm", "确认为舆情"), ("dismiss", "排除，选一个理由"), ("merge", "并入已有舆情")]


def dismissal_codes() -> list[tuple[str, str]]:
    """The pack's reason codes."""
    return [(c.code, c.name) for c in current_pack().policy.dismissal.codes]


class LeadForm(DatedForm):
    """What a person decides about a lead. Only the fields of the chosen way count."""

    way = forms.ChoiceField(label="判定", choices=WAYS, widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)
    level = LevelField(required=False)
    event_grade = forms.ChoiceField(label="事件等级", required=False, choices=[("", "未定"), *EventGrade.choices])
    grade_body = grade_body()
    grade_reference = grade_reference()
    grade_at = MomentField(label="认定时间", required=False)
    occurred_at = MomentField(label="事件发生", required=False)
    occurred_source = forms.CharField(label="时间来源", required=False, max_length=200)
    lead_unit = forms.ModelChoiceField(
        label="责任单位", required=False, queryset=Department.objects.filter(active=True), empty_label="未定"
    )
    reason = words("低于建议等级的理由", required=False)
    code = forms.ChoiceField(label="排除理由", required=False, widget=forms.RadioSelect)
    sentence = words("说明一句", required=False)
    into = forms.ModelChoiceField(label="并入", required=False, queryset=Issue.objects.none(), empty_label="请选一件")
    merge_reason = words("并入理由", required=False)
    reason_again = words("单人值守：再写一遍理由", required=False)

    def __init__(self, *args: Any, others: list[Issue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = dismissal_codes()  # type: ignore[attr-defined]  # a ChoiceField, set above
        into = self.fields["into"]
        assert isinstance(into, forms.ModelChoiceField)
        into.queryset = Issue.objects.filter(pk__in=[o.pk for o in others]).select_related("matter")
        setattr(into, "label_from_instance", lambda issue: f"{issue.label} {issue.matter.title}")  # noqa: B010 - the field has no other way

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        needed = {"confirm": ("level",), "dismiss": ("code", "sentence"), "merge": ("into", "merge_reason")}
        for name in needed.get(str(data.get("way")), ()):
            if not data.get(name):
                self.add_error(name, f"没填：{self.fields[name].label}")
        known = self.initial.get("occurred_at")
        if known is not None and data.get("occurred_at") == known.replace(second=0, microsecond=0):
            data["occurred_at"] = None  # as it stood: nothing new is said about the event's time
        if data.get("way") == "confirm" and data.get("occurred_at") and not data.get("occurred_source"):
            self.add_error("occurred_source", "填了事件发生时间，要写明从哪里知道的")
        if data.get("way") == "confirm":
            ask_for_source(self)
        return data

    def run(self, issue: Issue, *, by: User, at: datetime) -> str:
        """Do what was chosen. Returns the sentence for the page; raises Refused."""
        data = self.cleaned_data
        way, version = data["way"], data["version"]
        result: object
        if way == "confirm":
            result = self._confirm(issue, by=by, at=at)
            done = "已确认为舆情，时限转为正式。"
        elif way == "dismiss":
            result = decide.dismiss_lead(
                issue=issue,
                by=by,
                at=at,
                code=data["code"],
                sentence=data["sentence"],
                version=version,
                reason_again=data["reason_again"] or None,
            )
            done = "已排除；时限作废，仍计入统计。"
        else:
            result = decide.merge_issue(
                issue=issue, into=data["into"], by=by, at=at, reason=data["merge_reason"], version=version
            )
            done = f"已并入 {data['into'].label}。"
        return "已提出，等第二个人同意。" if isinstance(result, Proposal) else done

    def _confirm(self, issue: Issue, *, by: User, at: datetime) -> object:
        data = self.cleaned_data
        self.ask_if_long_ago("occurred_at", at=at)
        return decide.confirm_lead(
            issue=issue,
            by=by,
            at=at,
            level=data["level"],
            event_grade=data["event_grade"],
            grade_body=data["grade_body"],
            grade_reference=data["grade_reference"],
            grade_at=data["grade_at"],
            occurred_at=data["occurred_at"],
            occurred_source=data["occurred_source"],
            lead_unit=data["lead_unit"],
            reason=data["reason"],
            version=data["version"],
            reason_again=data["reason_again"] or None,
        )
