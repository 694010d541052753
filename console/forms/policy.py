"""Taking the pack that lies on the disk."""

from django import forms

from console.forms.fields import DeskForm, words


class TakePackForm(DeskForm):
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = words("为什么采用", hint="依据哪份文件、谁定的")
