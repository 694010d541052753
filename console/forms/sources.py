"""Acts on sources, adding one by its address, and the import of files."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Case, When

from console.forms.fields import DeskForm, words
from console.queries.sources import CLASSES, VOICES
from crawlers.models import Source
from crawlers.rhythm import LEAST, MOST
from crawlers.services import Registration

# Classes a person gives to an address; own accounts and files are not visited.
KINDS = [("", "自动判断"), ("feed", "订阅"), ("page", "网页"), ("board", "论坛"), ("json_api", "接口")]
SCOPES = [("district", "整源属本区"), ("open", "逐条判断")]
MEDIA = [("", "不是媒体"), ("central", "中央媒体"), ("city", "市级媒体"), ("other", "其他媒体")]
SAME, OTHER, UNSURE = "same", "other", "unsure"
PLATFORM = [
    (SAME, "是同一个：用户名并成一本，一个人只算一个声音"),
    (OTHER, "不是：两本用户名，各算各的；同文照样认作同文"),
    (UNSURE, "说不准：先登记，不启用"),
]


class ReasonForm(DeskForm):
    reason = words("理由", required=False)


class EditForm(DeskForm):
    """Rhythm and voice of a source."""

    rhythm_minutes = forms.IntegerField(
        label="节律（分钟）",
        min_value=LEAST,
        max_value=MOST,
        error_messages={"min_value": f"不少于 {LEAST} 分钟", "max_value": "不多于 7 天（10080 分钟）"},
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    voice = forms.ChoiceField(label="声音", choices=VOICES, widget=forms.RadioSelect)
    reason = words("为什么改")


class AddressForm(DeskForm):
    """The pasted address. Kind and pattern only where the guess was wrong."""

    address = forms.CharField(label="粘贴地址", max_length=2000, widget=forms.TextInput(attrs={"inputmode": "url"}))
    kind = forms.ChoiceField(label="取法", choices=KINDS, required=False)
    list_hint = forms.CharField(
        label="条目地址的样式", max_length=300, required=False, help_text="正则表达式，认错条目时才填"
    )


class KeepForm(DeskForm):
    """What a person decides about a tried address; `twin`: the source it may share its platform with."""

    name = forms.CharField(label="名称", max_length=60)
    klass = forms.ChoiceField(
        label="类别", choices=[("", "请选"), *((k, v) for k, v in CLASSES.items() if k not in ("own", "file"))]
    )
    media_class = forms.ChoiceField(label="媒体层级", choices=MEDIA, required=False)
    voice = forms.ChoiceField(label="声音", choices=VOICES[:3], widget=forms.RadioSelect)
    scope = forms.ChoiceField(label="范围", choices=SCOPES, widget=forms.RadioSelect)
    rhythm_minutes = forms.IntegerField(label="节律（分钟）", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    legal_basis = words("法律依据", long=True)
    impact = words("影响评估", long=True, hint="为什么要采、里面可能出现哪些个人信息、怎样少留；跟着来源存")
    review_by = forms.DateField(
        label="复核日期",
        help_text="最长一年，到日子在列表里提醒",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "日期看不懂，请写成 2027-01-31"},
    )
    platform = forms.ChoiceField(label="和它是同一个平台吗", choices=PLATFORM, widget=forms.RadioSelect, required=False)
    why = words("为什么登记")

    def __init__(self, *args: Any, twin: dict[str, Any] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.twin = twin
        if twin is None:
            del self.fields["platform"]
        else:
            self.fields["platform"].widget.attrs["form"] = "keep"  # drawn beside the form, not in it
            self.fields["platform"].label = f"和“{twin['name']}”是同一个平台吗"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.twin is not None and not data.get("platform"):
            self.add_error("platform", "没答：答错了，一个人会算成两个声音，或者两个人算成一个")
        if data.get("klass") in ("media", "hot_list") and not data.get("media_class"):
            self.add_error("media_class", "是媒体的，要写明层级：级别规则按它算")
        return data

    def missing(self) -> list[tuple[str, str]]:
        """(field, what to do) of what still stands empty, in the order of the page: it can not be kept like this."""
        asked = {"platform": "答：是不是同一个平台", "klass": "选：类别"}
        empty = [name for name, field in self.fields.items() if name in asked or field.required]
        empty = [name for name in empty if not str(self[name].value() or "").strip()]
        return [(name, asked.get(name, f"填：{self.fields[name].label}")) for name in empty]

    @property
    def may_run(self) -> bool:
        """Whether it may be switched on: not while nobody knows whose platform it is."""
        return str(self.cleaned_data.get("platform") or "") != UNSURE

    def registration(self) -> Registration:
        data = self.cleaned_data
        review: date = data["review_by"]
        same = self.twin is not None and data.get("platform") == SAME
        return Registration(
            name=data["name"],
            klass=data["klass"],
            voice=data["voice"],
            scope=data["scope"],
            rhythm_minutes=data["rhythm_minutes"],
            legal_basis=data["legal_basis"],
            impact=data["impact"],
            review_by=review,
            media_class=data["media_class"] if data["klass"] in ("media", "hot_list") else "",
            platform=str(self.twin["platform"]) if same and self.twin is not None else "",
        )


class ImportForm(DeskForm):
    file = forms.FileField(label="文件", help_text="CSV、XLSX 或 JSON Lines；列名按来源登记的对应表认")
    source = forms.ModelChoiceField(
        label="算哪个来源",
        queryset=Source.objects.order_by(Case(When(kind="file", then=0), default=1), "name"),
        empty_label="请选",
        help_text="决定声音（公众、媒体、官方）和列的对应",
    )
    historical = forms.BooleanField(
        label="历史数据", required=False, initial=True, help_text="48 小时以前的帖文只作检索和基线，不开线索"
    )
