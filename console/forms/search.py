"""导出: why, for which case, as what."""

import re

from django import forms

from console.forms.fields import DeskForm, words
from reports.services.exporting import MOST
from responses.models import Issue

_LABEL = re.compile(r"(?:[Ll]-?)?0*([1-9][0-9]{0,8})")


class ExportForm(DeskForm):
    reason = words("理由", hint="给谁、做什么用；写入留痕")
    issue = forms.CharField(label="关联舆情", required=False, max_length=20, help_text="编号，如 L-0602；没有可不填")
    kind = forms.ChoiceField(
        label="格式",
        choices=[("xlsx", "XLSX"), ("csv", "CSV")],
        initial="xlsx",
        widget=forms.RadioSelect,
        help_text=f"一次最多 {MOST} 帖，新的在前；不含作者",
    )

    def clean_issue(self) -> Issue | None:
        """The case of that number, as it stands on every page (`L-0602`), with or without its letter."""
        written = str(self.cleaned_data["issue"]).strip()
        if not written:
            return None
        label = _LABEL.fullmatch(written)
        found = Issue.objects.filter(number=int(label[1])).first() if label else None
        if found is None:
            raise forms.ValidationError(f"没有编号为“{written}”的舆情，请照页上的写，如 L-0602，或不填")
        return found
