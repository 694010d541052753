"""The roster: one shift of one day, an odd span, a swap."""

from collections.abc import Sequence
from typing import Any

from django import forms

from console.forms.fields import DeskForm, MomentField, words
from console.templatetags.desk import local
from console.templatetags.words import short_role
from office.models import Duty, User
from office.roles import Role
from office.services.roster import Cell

ON_ROSTER = (
    Role.DUTY_LEAD,
    Role.MONITOR,
    Role.ANALYST,
    Role.PRESS_OFFICER,
    Role.SPOKESPERSON,
    Role.SECRECY_REVIEWER,
)
SHIFTS = [(role.value, short_role(role)) for role in ON_ROSTER]


class CellForm(DeskForm):
    """Who is on this shift, by role. Offered are those who hold the role and those who are on it now."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, cell: Cell, people: Sequence[User], suggested: tuple[str, int] | None = None, **kwargs: Any
    ) -> None:
        self.cell = cell
        there: dict[str, list[int]] = self.stored(cell)
        if suggested is not None and suggested[0] in there:
            there[suggested[0]].append(suggested[1])  # (role, person): ticked, saved by the planner
        super().__init__(*args, initial={"seen": cell.seen, **there}, **kwargs)
        self.offered = {person.pk: person for person in people} | {d.user_id: d.user for d in cell.duties}
        for role in cell.roles:
            fit = [p for p in self.offered.values() if p.holds(role) or p in cell.people(role)]
            self.fields[role.value] = forms.TypedMultipleChoiceField(
                label=short_role(role),
                required=False,
                coerce=int,
                choices=[(p.pk, p.name) for p in fit],
                widget=forms.CheckboxSelectMultiple,
                help_text="" if fit else "没有人持有这个角色，先由安全保密管理员赋予",
            )

    def wanted(self) -> dict[str, list[User]]:
        return {role.value: [self.offered[pk] for pk in self.cleaned_data[role.value]] for role in self.cell.roles}

    def stored(self, cell: Cell) -> dict[str, list[int]]:
        """What is stored now, by field."""
        return {role.value: [person.pk for person in cell.people(role)] for role in cell.roles}


class DutyForm(DeskForm):
    """A span that fits no shift."""

    user = forms.ModelChoiceField(label="谁", queryset=User.objects.filter(is_active=True), empty_label="请选")
    role = forms.ChoiceField(label="角色", choices=SHIFTS)
    starts_at = MomentField(label="上班")
    ends_at = MomentField(label="下班")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.fields["user"]
        assert isinstance(user, forms.ModelChoiceField)
        setattr(user, "label_from_instance", lambda person: f"{person.name}（{person.username}）")  # noqa: B010 - the field has no other way


class SwapForm(DeskForm):
    """A coming shift given to somebody, perhaps against one of theirs."""

    duty = forms.ModelChoiceField(label="换哪一班", queryset=Duty.objects.none(), empty_label="请选")
    taker = forms.ModelChoiceField(label="换给谁", queryset=User.objects.none(), empty_label="请选")
    back = forms.ModelChoiceField(
        label="换回对方哪一班", required=False, queryset=Duty.objects.none(), empty_label="不换回，只请对方代班"
    )
    reason = words("原因", required=False)

    def __init__(
        self, *args: Any, duties: Sequence[Duty], others: Sequence[Duty], takers: Sequence[User], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self._rows("duty", duties)
        self._rows("back", others)
        taker = self.fields["taker"]
        assert isinstance(taker, forms.ModelChoiceField)
        taker.queryset = User.objects.filter(pk__in=[p.pk for p in takers]).order_by("name")

    def _rows(self, name: str, rows: Sequence[Duty]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Duty.objects.filter(pk__in=[d.pk for d in rows]).select_related("user").order_by("starts_at")
        setattr(field, "label_from_instance", duty_words)  # noqa: B010 - as above

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        back, taker = data.get("back"), data.get("taker")
        if back is not None and taker is not None and back.user_id != taker.pk:
            self.add_error("back", f"这一班不是{taker.name}的")
        return data


def duty_words(duty: Duty) -> str:
    """“李卓 11-18 20:00 至 08:00，值守”."""
    start, end = local(duty.starts_at), local(duty.ends_at)
    return f"{duty.user.name} {start:%m-%d %H:%M} 至 {end:%H:%M}，{short_role(duty.role)}"
