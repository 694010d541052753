"""Signing in and the password."""

from typing import Any

from django import forms

from console.forms.fields import DeskForm


class SignInForm(DeskForm):
    username = forms.CharField(
        label="用户名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="口令",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class UnlockForm(DeskForm):
    _password = forms.CharField(strip=False, max_length=200)


class ForgotForm(DeskForm):
    username = forms.CharField(
        label="用户名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )


class NewPasswordForm(DeskForm):
    """A password of one's own, typed twice. The rules are the service's."""

    new = forms.CharField(
        label="新口令",
        strip=False,
        max_length=200,
        help_text="至少 8 位，大写、小写、数字、符号中至少三种，不含用户名",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="新口令，再写一遍",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两遍写的不一样")
        return data


class PasswordForm(NewPasswordForm):
    """One's own: the one in use comes first."""

    old = forms.CharField(
        label="现在的口令", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    field_order = ("old", "new", "again")
