"""Other rules: what lies on the disk is asked for; a second person agrees, sends back or withdraws."""

from django import forms

from console.forms.fields import DeskForm, words


class TakePackForm(DeskForm):
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = words("为什么采用", hint="依据哪份文件、谁定的")
