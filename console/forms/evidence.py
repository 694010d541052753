"""A release or a conference with its evidence, entered by one and checked by another; and the report by hand."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from alerts.models import Level
from console.forms.fields import DatedForm, DeskForm, LevelField, MomentField, words
from office.models import Department, User
from responses.models import Conference, Issue, Release, ReleaseDraft
from responses.services import evidence, leads
from responses.services.drafting import draft_for

LARGEST = 20 * 1024 * 1024  # bytes of a stored copy; a saved page or a photograph of a notice is far smaller
CHANNELS = ["政府门户网站", "政务微博", "政务微信", "新闻发布厅", "融媒体客户端", "报纸", "电视广播", "现场公告"]


class CopyField(forms.FileField):
    """The stored copy: a saved page, a picture, a PDF."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file is not None and file.size > LARGEST:
            raise forms.ValidationError("存证文件不能超过 20 MB")
        return file


class ReleaseForm(DatedForm):
    """Evidence of one channel. `drafts`: releases of the case that passed, or pass, the four gates."""

    draft = forms.ChoiceField(
        label="哪一份发布",
        required=False,
        help_text="时限不等审稿：没走四道关的照样可以填报，页面上会标明",
    )
    ungated_why = forms.CharField(
        label="没有走四道关的原因",
        max_length=400,
        required=False,
        help_text="没有走的写一句为什么；一时写不了可以以后补",
    )
    kind = forms.ChoiceField(label="类型", choices=Release.Kind.choices, widget=forms.RadioSelect, initial="notice")
    title = forms.CharField(label="标题", max_length=200)
    channel = forms.CharField(
        label="渠道",
        max_length=100,
        widget=forms.TextInput(attrs={"list": "channels"}),
        help_text="门户、微博、微信、报纸、现场公告",
    )
    publisher = forms.ModelChoiceField(
        label="发布单位", queryset=Department.objects.filter(active=True), required=False, empty_label="未填"
    )
    link = forms.URLField(
        label="链接", required=False, max_length=1000, help_text="网上发布的，填原文网址", assume_scheme="https"
    )
    published_at = MomentField(label="发布时间", help_text="页面上写的发布时间；算数的是它，不是填报的时刻")
    copy = CopyField(label="存证", help_text="保存的网页、截图或 PDF，不超过 20 MB；系统记下它的指纹")

    def __init__(self, *args: Any, drafts: Iterable[ReleaseDraft] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["draft"]
        assert isinstance(field, forms.ChoiceField)
        named = [(str(draft.pk), f"{draft.name}（{draft.get_state_display()}）") for draft in drafts]
        field.choices = [("", "没有走四道关"), *named]

    def run(self, issue: Issue, *, by: User, at: datetime) -> Release:
        self.ask_if_long_ago("published_at", at=at)
        data = dict(self.cleaned_data)
        file = data.pop("copy")
        data.pop("sure")
        data["draft"] = draft_for(issue, int(data["draft"]) if data["draft"] else None)
        return evidence.enter_release(issue=issue, by=by, at=at, copy=file.read(), copy_name=file.name, **data)


class ConferenceForm(DatedForm):
    kind = forms.ChoiceField(
        label="类型",
        choices=Conference.Kind.choices,
        widget=forms.RadioSelect,
        initial="press_conference",
        help_text="只有新闻发布会能停 24 小时时限",
    )
    title = forms.CharField(label="主题", max_length=200)
    place = forms.CharField(label="地点", max_length=100, required=False)
    host = forms.CharField(label="主持人、发布人", max_length=60, required=False)
    chief_attended = forms.BooleanField(label="主要负责同志参加", required=False)
    held_at = MomentField(label="开始时间", help_text="真正开始的时刻；预告和安排不停表")
    link = forms.URLField(
        label="链接", required=False, max_length=1000, help_text="实录或报道的网址", assume_scheme="https"
    )
    copy = CopyField(label="存证", required=False, help_text="实录、照片或 PDF，不超过 20 MB；没有链接时必须有")

    def run(self, issue: Issue, *, by: User, at: datetime) -> Conference:
        self.ask_if_long_ago("held_at", at=at)
        data = dict(self.cleaned_data)
        file = data.pop("copy")
        data.pop("sure")
        # The one that was planned, or planned and sent back: its steps go on with it.
        open_states = (Conference.State.PLANNED, Conference.State.REFUSED)
        mine = issue.conferences.filter(state__in=open_states, kind=data["kind"], steps__isnull=False)
        planned = mine.order_by("state", "-pk").first()
        return evidence.enter_conference(
            issue=issue,
            by=by,
            at=at,
            copy=file.read() if file else b"",
            copy_name=file.name if file else "",
            conference=planned,
            **data,
        )


class CheckForm(DeskForm):
    """The second person opens the link and the copy, and says what they found."""

    accept = forms.ChoiceField(
        label="核对结果", choices=[("yes", "属实，停表"), ("no", "退回")], widget=forms.RadioSelect
    )
    note = words("核对说明", hint="对过链接、时间、存证；退回的写明差什么", required=False)
    reason_again = words("单人值守：理由", required=False, hint="一人填一人核时，再写一遍理由，标“单人”")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("accept") == "no" and not data.get("note"):
            self.add_error("note", "退回要写明差什么")
        return data


class ReportForm(DatedForm):
    """人工报送: what a person tells by telephone, 12345, a street's report, a letter, an order. Under a minute."""

    ORIGINS = [(origin.value, origin.label) for origin in leads.RECEIVED]

    origin = forms.ChoiceField(label="来路", choices=ORIGINS, widget=forms.RadioSelect, initial="phone")
    title = forms.CharField(label="什么事", max_length=200, help_text="地点加事由，一句话")
    level = LevelField(initial=4, label="报送等级")
    is_emergency = forms.BooleanField(label="突发事件，正在发生", required=False)
    occurred_at = MomentField(label="事件发生", required=False, help_text="知道几时几分就填，时限从它起算")
    place = forms.CharField(label="地点", max_length=100, required=False)
    unit = forms.ModelChoiceField(
        label="责任单位", queryset=Department.objects.filter(active=True), required=False, empty_label="未定"
    )
    text = words("经过", required=False, hint="谁报的、说了什么；电话和姓名会自动去除", long=True)

    def run(self, *, by: User, at: datetime) -> Issue:
        data = self.cleaned_data
        self.ask_if_long_ago("occurred_at", at=at)
        return leads.report_by_hand(
            by=by,
            at=at,
            origin=data["origin"],
            title=data["title"],
            text=data["text"] or data["title"],
            level=Level(data["level"]),
            place=data["place"],
            occurred_at=data["occurred_at"],
            unit=data["unit"],
            is_emergency=data["is_emergency"],
        )
