"""Fields as the desk draws them: the label above, the hint under it, nothing carried by a placeholder."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from console.kept import FILES_LOST
from office.errors import Refused

EARLIEST, LATEST = 2000, 2100  # years; before 2000 a time is unknown (docs/design.md, time)
LONG_AGO = timedelta(days=7)  # a time of an event or a proof older than this is asked about once
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

    def _post_clean(self) -> None:
        """A form that came back after a password came without its files (`console.kept`): they are chosen again."""
        if FILES_LOST in self.data:
            self.add_error(None, "文字都在，文件没有跟着回来：请重新选文件，再提交一次。")


class DatedForm(DeskForm):
    """A form with times of what happened: one that lies far back is taken only when the person says it is meant."""

    sure = forms.BooleanField(label="时间无误，就是这一天", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get(self.add_prefix("sure")):
            self._show_question()

    def ask_if_long_ago(self, *names: str, at: datetime) -> None:
        """Raise Refused for a time further back than `LONG_AGO` until the box is ticked, which it shows."""
        for name in names:
            moment = self.cleaned_data.get(name)
            if moment is None or at - moment <= LONG_AGO or self.cleaned_data["sure"]:
                continue
            self._show_question()
            day = f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
            raise Refused(
                f"{self.fields[name].label}填的是 {(at - moment).days} 天前（{day}），请核对；"
                "确实是这个时间的，勾选“时间无误”再提交。"
            )

    def _show_question(self) -> None:
        self.fields["sure"].widget = forms.CheckboxInput()


class LevelField(forms.TypedChoiceField):
    """舆情等级, drawn as four marks."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "舆情等级")
        super().__init__(choices=LEVELS, coerce=int, empty_value=None, widget=forms.RadioSelect, **kwargs)


def words(label: str, *, hint: str = "", required: bool = True, long: bool = False) -> forms.CharField:
    """A sentence a person types: one line, or a few."""
    widget = forms.Textarea(attrs={"rows": 3}) if long else forms.TextInput()
    return forms.CharField(label=label, help_text=hint, required=required, max_length=4000, widget=widget)
