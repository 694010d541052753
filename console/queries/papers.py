"""What stands beside a brief: its steps, its frozen figures with the records behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.urls import reverse

from reports.figures import Spot
from reports.models import Brief, Signature
from reports.plan import Plan


@dataclass(frozen=True)
class StepLine:
    """起草, then the steps of the pack, then 编号 and 发出."""

    name: str
    who: str
    at: datetime | None
    done: bool
    solo: bool = False


def steps(brief: Brief, signatures: list[Signature], plan: Plan) -> list[StepLine]:
    editor = brief.editor.name if brief.editor is not None else "系统"
    lines = [StepLine("起草", editor, brief.edited_at or brief.drafted_at, True)]
    taken = {s.step: s for s in signatures}
    for number, step in enumerate(plan.steps, start=1):
        sign = taken.get(number)
        lines.append(
            StepLine(
                step.name,
                sign.by.name if sign else "",
                sign.at if sign else None,
                sign is not None,
                bool(sign and sign.solo),
            )
        )
    number_words = f"第 {brief.issue_no} 期" if brief.issue_no else "签后取号"
    lines.append(StepLine("编号", number_words, brief.signed_at, brief.issue_no is not None))
    lines.append(StepLine("发出", "", brief.sent_at, brief.sent_at is not None))
    return lines


@dataclass(frozen=True)
class Piece:
    """A stretch of a line; `spot`: the wrong figure it is."""

    text: str
    spot: Spot | None = None


def wrong_lines(text: str, wrong: Sequence[Spot]) -> list[list[Piece]]:
    """The lines of the text that hold a wrong figure, in pieces."""
    lines, begins = [], 0
    for line in text.splitlines(keepends=True):
        here = [spot for spot in wrong if begins <= spot.begins < begins + len(line)]
        pieces, read = [], begins
        for spot in here:
            pieces += [Piece(text[read : spot.begins]), Piece(text[spot.begins : spot.ends], spot)]
            read = spot.ends
        begins += len(line)
        if here:
            lines.append([*pieces, Piece(text[read:begins])])
    return lines


@dataclass(frozen=True)
class FigureLine:
    """One frozen figure with the records behind it."""

    key: str
    label: str
    text: str
    day: str
    week: str
    url: str


def figures(brief: Brief) -> list[FigureLine]:
    """The frozen figures, each a link to what was counted."""
    found: Mapping[str, Mapping[str, Any]] = brief.numbers.get("figures", {})
    return [
        FigureLine(
            key,
            f["label"],
            str(f["text"]),
            f.get("day") or "–",
            f.get("week") or "–",
            address(brief, key, f.get("query") or {}),
        )
        for key, f in found.items()
    ]


def address(brief: Brief, key: str, query: Mapping[str, Any]) -> str:
    """The page that lists what a figure was counted from."""
    of = str(query.get("of"))
    ids = ",".join(str(i) for i in query.get("ids", [])[:300])
    if of == "posts":
        return reverse("brief-figure", args=[brief.pk, key])
    if of in {"issues", "clocks"}:
        return f"/ledger/?which=all&{of}={ids or 0}"
    return {"sources": "/sources/", "alerts": "/leads/", "trail": "/trail/?solo=1"}.get(of, "/ledger/")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep, its name also in Chinese; never shown inside the desk's pages."""
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    )
