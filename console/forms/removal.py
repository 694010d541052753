"""明确拒绝: finding what a request is about, and removing it."""

from django import forms

from console.forms.fields import DeskForm


class FindForm(DeskForm):
    words = forms.CharField(
        label="找哪一帖",
        max_length=2000,
        help_text="网址、帖文编号，或原文里连着的一段话",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RemoveForm(DeskForm):
    reference = forms.CharField(
        label="请求编号", max_length=100, help_text="本单位收文或登记的编号，例如 信〔2026〕31号；不写本人姓名"
    )
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写依据，不写个人信息",
    )
