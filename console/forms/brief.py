"""The brief's editor and the steps after it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms

from console.forms.fields import DeskForm, MomentField, words
from office.models import User
from reports.models import Brief
from reports.services import brief as doors


class BriefForm(DeskForm):
    """One text area per section of the brief."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, sections: Sequence[dict[str, str]], version: int, **kwargs: Any) -> None:
        start = {f"s_{s['key']}": s["text"] for s in sections} | {"version": version}
        super().__init__(*args, initial=start, **kwargs)
        self.keys = [s["key"] for s in sections]
        for part in sections:
            rows = max(2, min(24, part["text"].count("\n") + len(part["text"]) // 34 + 1))
            self.fields[f"s_{part['key']}"] = forms.CharField(
                label=part["title"], required=False, strip=False, widget=forms.Textarea(attrs={"rows": rows})
            )

    def content(self, texts: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What the service takes: sections by key (`texts`: instead of what was typed), places made meanwhile."""
        given = texts or {key: self.cleaned_data[f"s_{key}"] for key in self.keys}
        return {"sections": [{"key": key, "text": given[key]} for key in self.keys], "places": self.places()}

    def places(self) -> list[dict[str, str]]:
        """Where figures stand that were put in since the page was opened; the service looks at each again."""
        try:
            given = json.loads(str(self.data.get("_places") or "[]"))
        except (ValueError, RecursionError):  # nothing of ours: the figures stand in the text all the same
            return []
        return [place for place in given if isinstance(place, dict)] if isinstance(given, list) else []

    def texts(self) -> dict[str, str]:
        """Section key -> its text as the page shows it: as typed, else as kept."""
        return {key: str(self[f"s_{key}"].value() or "").replace("\r\n", "\n") for key in self.keys}

    def parts(self) -> list[forms.BoundField]:
        return [self[f"s_{key}"] for key in self.keys]


class StepForm(DeskForm):
    """A step on a brief; `run` returns the brief to show next and the sentence for the page."""

    def run(self, brief: Brief, *, by: User, at: datetime) -> tuple[Brief, str]:
        raise NotImplementedError


class SignForm(StepForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason_again = words("单人值守：签字理由", required=False, hint="编的人自己签时写，标“单人”")

    def run(self, brief: Brief, *, by: User, at: datetime) -> tuple[Brief, str]:
        data = self.cleaned_data
        signature = doors.sign_brief(
            brief=brief, by=by, at=at, reason_again=data["reason_again"] or None, version=data["version"]
        )
        return brief, f"已{signature.name}。"


class PutOffForm(StepForm):
    reason = words("缓发原因")
    until = MomentField(label="缓到", required=False, help_text="留空就是时间另定，不再催")

    def run(self, brief: Brief, *, by: User, at: datetime) -> tuple[Brief, str]:
        data = self.cleaned_data
        return doors.put_off(brief=brief, by=by, at=at, reason=data["reason"], until=data["until"]), "已缓发。"


class SendBackForm(StepForm):
    reason = words("退回原因")

    def run(self, brief: Brief, *, by: User, at: datetime) -> tuple[Brief, str]:
        return doors.send_back(brief=brief, by=by, at=at, reason=self.cleaned_data["reason"]), "已退回起草。"


class CorrectForm(StepForm):
    reason = words("更正什么、为什么")

    def run(self, brief: Brief, *, by: User, at: datetime) -> tuple[Brief, str]:
        made = doors.correct_brief(brief=brief, by=by, at=at, reason=self.cleaned_data["reason"])
        return made, "更正已起草，另编新期；原期不动。"
