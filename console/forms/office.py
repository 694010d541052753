"""People, roster, settings."""

from typing import Any

from django import forms

from console.forms.fields import DeskForm, MomentField, words
from office.models import Department, User
from office.roles import ROLE_NAMES, Role

ROLES = [(r.value, ROLE_NAMES[r]) for r in Role]
SHIFTS = [(r.value, ROLE_NAMES[r]) for r in (Role.MONITOR, Role.DUTY_LEAD)]


class PersonForm(DeskForm):
    username = forms.CharField(label="用户名", max_length=60, help_text="一人一个，不共用")
    name = forms.CharField(label="姓名", max_length=40)
    department = forms.ModelChoiceField(
        label="单位", required=False, queryset=Department.objects.filter(active=True), empty_label="未填"
    )
    email = forms.EmailField(label="邮箱", required=False, help_text="收提醒和简报")
    roles = forms.MultipleChoiceField(label="角色", choices=ROLES, widget=forms.CheckboxSelectMultiple, required=False)
    password = forms.CharField(
        label="初始口令",
        strip=False,
        help_text="至少 8 位、三种字符；本人首次登录须改",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class RolesForm(DeskForm):
    roles = forms.MultipleChoiceField(label="角色", choices=ROLES, widget=forms.CheckboxSelectMultiple, required=False)
    reason = words("理由")


class ParticularsForm(DeskForm):
    name = forms.CharField(label="姓名", max_length=40)
    email = forms.EmailField(label="邮箱", required=False)


class ResetForm(DeskForm):
    password = forms.CharField(
        label="新的初始口令", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class DutyForm(DeskForm):
    user = forms.ModelChoiceField(label="谁", queryset=User.objects.filter(is_active=True), empty_label="请选")
    role = forms.ChoiceField(label="角色", choices=SHIFTS)
    starts_at = MomentField(label="上班")
    ends_at = MomentField(label="下班")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        setattr(user, "label_from_instance", lambda person: f"{person.name}（{person.username}）")  # noqa: B010 - the field has no other way


class SoloForm(DeskForm):
    reason = words("为什么单人值守")
