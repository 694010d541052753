"""Acts on sources and the import of files."""

from django import forms
from django.db.models import Case, When

from console.forms.fields import DeskForm, words
from crawlers.models import Source


class ReasonForm(DeskForm):
    reason = words("理由", required=False)


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
