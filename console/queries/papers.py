"""What stands beside a brief: its steps, its frozen figures with the records behind each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.urls import reverse

from reports.document import Document
from reports.figures import Finding, Spot
from reports.models import Brief, Signature
from reports.plan import Plan
from reports.services import brief as doors


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
class Fix:
    """用冻结数: what the button sends, and for the page's script the field and its places in UTF-16 units."""

    name: str
    field: str
    begins: int
    ends: int


@dataclass(frozen=True)
class Piece:
    """A stretch of a line; `spot`: the figure it is, `url`: its posts where it is right, `fix`: mends a wrong one."""

    text: str
    spot: Spot | None = None
    url: str = ""
    fix: Fix | None = None


@dataclass(frozen=True)
class Check:
    """One wrong figure in the list beside the text."""

    field: str
    typed: str
    spot: Spot
    fix: Fix | None


@dataclass(frozen=True)
class PaperLine:
    """A paragraph of the printed paper in pieces; `kind` as in `reports.document.Line`."""

    kind: str
    pieces: list[Piece]


def paper_lines(brief: Brief, document: Document, links: Mapping[str, str]) -> list[PaperLine]:
    """The paper with its figures marked: right ones as links (`links`: figure key -> page), wrong ones with theirs."""
    drawn = []
    for line in document.lines:
        told = {} if line.kind in ("guide", "first") else doors.spots_of(brief, {line.section: line.text})
        drawn.append(PaperLine(line.kind, _pieces(line.text, told.get(line.section, []), links)))
    return drawn


def _pieces(text: str, spots: Sequence[Spot], links: Mapping[str, str]) -> list[Piece]:
    pieces, read = [], 0
    for spot in spots:
        pieces += [Piece(text[read : spot.begins])]
        pieces += [Piece(text[spot.begins : spot.ends], spot, links.get(spot.key, "") if spot.right else "")]
        read = spot.ends
    return [*pieces, Piece(text[read:])]


def checks(texts: Mapping[str, str], spots: Mapping[str, Sequence[Spot]]) -> list[Check]:
    """The wrong figures of all sections, in the order of the paper."""
    return [
        Check(f"s_{key}", texts[key][spot.begins : spot.ends], spot, _fix(key, texts[key], spot))
        for key, found in spots.items()
        for spot in found
        if not spot.right
    ]


def _fix(key: str, text: str, spot: Spot) -> Fix | None:
    if not spot.frozen:
        return None
    typed = text[spot.begins : spot.ends]
    return Fix(f"{key}:{spot.begins}:{typed}", f"s_{key}", units(text, spot.begins), units(text, spot.ends))


def units(text: str, place: int) -> int:
    """A place in a text as a browser counts it: in UTF-16 units."""
    return len(text[:place].encode("utf-16-le")) // 2


def wrong_lines(key: str, text: str, wrong: Sequence[Spot]) -> list[list[Piece]]:
    """The lines of a section that hold a wrong figure, in pieces."""
    lines, begins = [], 0
    for line in text.splitlines(keepends=True):
        here = [spot for spot in wrong if begins <= spot.begins < begins + len(line) and not spot.right]
        pieces, read = [], begins
        for spot in here:
            pieces += [
                Piece(text[read : spot.begins]),
                Piece(text[spot.begins : spot.ends], spot, fix=_fix(key, text, spot)),
            ]
            read = spot.ends
        begins += len(line)
        if here:
            lines.append([*pieces, Piece(text[read:begins])])
    return lines


@dataclass(frozen=True)
class FigureLine:
    """One frozen figure with the records behind it, and how the text has it: 相符, 不符, 未引用."""

    key: str
    label: str
    text: str
    day: str
    week: str
    url: str
    cited: str


CITED = {"must": "不符", "kept": "相符", "absent": "未引用"}


def figures(brief: Brief, findings: Sequence[Finding]) -> list[FigureLine]:
    """The frozen figures, each a link to what was counted."""
    found: Mapping[str, Mapping[str, Any]] = brief.numbers.get("figures", {})
    grades: dict[str, set[str]] = {}
    for finding in findings:
        grades.setdefault(finding.key, set()).add(finding.grade)
    return [
        FigureLine(
            key,
            f["label"],
            str(f["text"]),
            f.get("day") or "–",
            f.get("week") or "–",
            address(brief, key, f.get("query") or {}),
            next((words for grade, words in CITED.items() if grade in grades.get(key, ())), CITED["absent"]),
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
