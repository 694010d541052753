"""导出: why, for which case, as what."""

from django import forms

from console.forms.fields import DeskForm, words
from reports.services.exporting import MOST


class ExportForm(DeskForm):
    reason = words("理由", hint="给谁、做什么用；写入留痕")
    issue = forms.IntegerField(
        label="关联舆情",
        required=False,
        min_value=1,
        help_text="舆情的编号，没有可不填",
        error_messages={"invalid": "请填舆情网址里的数字"},
    )
    kind = forms.ChoiceField(
        label="格式",
        choices=[("xlsx", "XLSX"), ("csv", "CSV")],
        initial="xlsx",
        widget=forms.RadioSelect,
        help_text=f"一次最多 {MOST} 帖，新的在前；不含作者",
    )
