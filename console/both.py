"""Two people saved one form: what stands now beside what this person wrote, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True)
class Both:
    """One field that differs. `theirs` is stored now, `yours` was typed and is still in the form."""

    label: str
    theirs: str
    yours: str


def compare(form: forms.Form, stored: Mapping[str, Any]) -> list[Both]:
    """The fields of a bound form that differ from what is stored, in the form's order."""
    found = []
    for name, now in stored.items():
        field = form.fields[name]
        typed = form.cleaned_data.get(name, form.data.get(name))
        theirs, yours = _words(field, now), _words(field, typed)
        if theirs != yours:
            found.append(Both(str(field.label or name), theirs or "（空）", yours or "（空）"))
    return found


def renew(form: forms.Form, **hidden: Any) -> None:
    """Give the form the present version, so that saving again replaces the other's text knowingly."""
    data: Any = form.data  # what the browser sent: a QueryDict
    data = data.copy()
    for name, value in hidden.items():
        data[name] = str(value)
    form.data = data


def _words(field: forms.Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, forms.MultipleChoiceField):
        names = dict(field.choices)  # type: ignore[arg-type]  # always pairs here
        return "、".join(str(name) for key, name in names.items() if key in value)
    return str(value)
