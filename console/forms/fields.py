"""Fields as the desk draws them: the label above, the hint under it, nothing carried by a placeholder."""

from datetime import datetime
from typing import Any

from django import forms

EARLIEST, LATEST = 2000, 2100  # years; before 2000 a time is unknown (docs/design.md, time)
LEVELS = [(1, "特别重大"), (2, "重大"), (3, "较大"), (4, "一般")]


class MomentField(forms.DateTimeField):
    """A date and time in the district's zone; several ways of writing it are taken."""

    FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        kwargs.setdefault("error_messages", {"invalid": "时间看不懂，请写成 2026-01-31 08:30"})
        super().__init__(input_formats=self.FORMATS, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        """A year mistyped (0026) would start a clock that ran out long ago, or leave the calendar."""
        moment: datetime | None = super().to_python(value)
        if moment is not None and not EARLIEST <= moment.year <= LATEST:
            raise forms.ValidationError(f"年份应在 {EARLIEST} 到 {LATEST} 之间", code="year")
        return moment


class DeskForm(forms.Form):
    """Our sentences for empty fields; no `required` attribute games: the page says what is missing in its own box."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.error_messages.setdefault("required", "")
            field.error_messages["required"] = f"没填：{field.label or name}"
            field.error_messages.setdefault("invalid_choice", "这个选项不在单子里，请重选")
            if self.prefix is None:
                field.widget.attrs.setdefault("autocomplete", "off")


class LevelField(forms.TypedChoiceField):
    """舆情等级, drawn as four marks."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "舆情等级")
        super().__init__(choices=LEVELS, coerce=int, empty_value=None, widget=forms.RadioSelect, **kwargs)


def words(label: str, *, hint: str = "", required: bool = True, long: bool = False) -> forms.CharField:
    """A sentence a person types: one line, or a few."""
    widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
    return forms.CharField(label=label, help_text=hint, required=required, max_length=4000, widget=widget)
