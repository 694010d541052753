"""People, units, settings."""

from collections.abc import Sequence
from typing import Any

from django import forms

from console.forms.fields import DeskForm, words
from office.models import Department, User
from office.roles import ROLE_NAMES, Act, Role, may

ROLES = [(r.value, ROLE_NAMES[r]) for r in Role]
WAYS = [("hand", "当面给：链接在下一页显示一次"), ("mail", "发到邮箱")]
EMAIL_WRONG = {"invalid": "邮箱地址不对，应像 name@example.cn 这样写"}


def _unit() -> "forms.ModelChoiceField[Department]":
    return forms.ModelChoiceField(
        label="单位", required=False, queryset=Department.objects.filter(active=True), empty_label="未填"
    )


def _email() -> forms.EmailField:
    return forms.EmailField(
        label="邮箱", required=False, max_length=120, help_text="收提醒和简报", error_messages=EMAIL_WRONG
    )


def _tail() -> forms.CharField:
    return forms.RegexField(
        label="手机尾号",
        regex=r"^\d{4}$",
        required=False,
        help_text="四位，认人用",
        error_messages={"invalid": "手机尾号是四位数字"},
    )


class VersionedForm(DeskForm):
    """`version` is what the person saw; the service refuses where somebody was faster."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class PersonForm(DeskForm):
    """A new person; the password is set by the person through a one-time link."""

    username = forms.CharField(label="用户名", max_length=60, help_text="一人一个，不共用")
    name = forms.CharField(label="姓名", max_length=40)
    department = _unit()
    email = _email()
    phone_tail = _tail()
    roles = forms.MultipleChoiceField(label="角色", choices=ROLES, widget=forms.CheckboxSelectMultiple, required=False)
    way = forms.ChoiceField(
        label="邀请链接怎么给",
        choices=WAYS,
        initial="hand",
        widget=forms.RadioSelect,
        help_text="本人点开链接，自己设口令；链接一次有效",
    )

    def __init__(self, *args: Any, gives_roles: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not gives_roles:
            del self.fields["roles"]


class RolesForm(VersionedForm):
    roles = forms.MultipleChoiceField(label="角色", choices=ROLES, widget=forms.CheckboxSelectMultiple, required=False)
    reason = words("理由")


class ParticularsForm(VersionedForm):
    name = forms.CharField(label="姓名", max_length=40)
    department = _unit()
    email = _email()
    phone_tail = _tail()


class ResetForm(DeskForm):
    password = forms.CharField(
        label="新的初始口令",
        strip=False,
        help_text="本人下次登录须改；它的登录全部结束",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ReasonForm(DeskForm):
    reason = words("理由")


class LeaveForm(DeskForm):
    """To whom each open case and each coming shift goes. `everything`: all cases to one person, unless said else."""

    reason = words("离岗原因", hint="调离、退休、借调……写进履历")
    everything = forms.ModelChoiceField(
        label="在办事项都交给", required=False, queryset=User.objects.none(), empty_label="逐件指定"
    )

    def __init__(
        self,
        *args: Any,
        issues: list[Any],
        duties: list[Any],
        takers: list[User],
        on_shift: list[User],
        drafts: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.issues, self.duties, self.drafts = issues, duties, drafts
        self._people("everything", takers)
        if not issues:
            del self.fields["everything"]
        for issue in issues:
            self._one(f"issue_{issue.pk}", issue.label, takers, "随上面" if len(issues) > 1 else "请选")
        for draft in drafts:
            writers = [person for person in on_shift if may(person.roles, Act.DRAFT_RELEASE)]
            self._one(f"draft_{draft.pk}", "发布稿", writers, "随事项的经办人")
        for duty in duties:
            fit = [person for person in on_shift if person.holds(duty.role)]
            self._one(f"duty_{duty.pk}", "班次", fit, "撤下，补人另排")

    def _one(self, name: str, label: str, people: list[User], empty: str) -> None:
        self.fields[name] = forms.ModelChoiceField(
            label=label, required=False, queryset=User.objects.none(), empty_label=empty
        )
        self._people(name, people)

    def _people(self, name: str, people: list[User]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name")

    def issue_rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(issue, self[f"issue_{issue.pk}"]) for issue in self.issues]

    def duty_rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(duty, self[f"duty_{duty.pk}"]) for duty in self.duties]

    def draft_rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(draft, self[f"draft_{draft.pk}"]) for draft in self.drafts]

    def drafts_to(self) -> dict[int, User]:
        found = {draft.pk: self.cleaned_data.get(f"draft_{draft.pk}") for draft in self.drafts}
        return {key: person for key, person in found.items() if person is not None}

    def issues_to(self) -> dict[int, User]:
        """Case -> person, of those that have one."""
        everybody = self.cleaned_data.get("everything")
        found = {i.pk: self.cleaned_data.get(f"issue_{i.pk}") or everybody for i in self.issues}
        return {key: person for key, person in found.items() if person is not None}

    def duties_to(self) -> dict[int, User]:
        found = {duty.pk: self.cleaned_data.get(f"duty_{duty.pk}") for duty in self.duties}
        return {key: person for key, person in found.items() if person is not None}


class UnitForm(VersionedForm):
    name = forms.CharField(label="名称", max_length=100)
    short = forms.CharField(label="简称", max_length=60, required=False)
    active = forms.BooleanField(label="在用", required=False, initial=True)


class SoloForm(DeskForm):
    reason = words("为什么单人值守")
