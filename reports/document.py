"""《今日舆情》 as a document: head, sections, tables, foot. One value, drawn as DOCX, HTML and PDF alike. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from reports.plan import Plan
from reports.words import STANCES

# What XML 1.0 can not hold, and what turns the direction of writing: crawled text may carry both.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
PAGE_LINES, LINE_LETTERS = 22, 28
HEAD_LINES, FOOT_LINES = 8, 4  # the masthead's and the foot's height in lines of the text; read off a drawn brief
TABLE_PITCH = 20 / 28.95  # a table's row to a line of the text: reports/templates/reports/brief.html
SECOND_LEVEL = re.compile(r"^（[一二三四五六七八九十]+）")


@dataclass(frozen=True)
class Line:
    """A paragraph: 一、 (`first`), （一） (`second`) or body text, and the section it stands in."""

    kind: Literal["guide", "first", "second", "body"]
    text: str
    section: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the annex; `rows` are texts, as many as `head`."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Document:
    """Everything that is printed, already as text."""

    marking: str
    number: str
    title: str
    issue: str
    issuer: str
    day: str
    banner: str  # 演练, 草稿, 更正: stands over the head; empty = none
    lines: tuple[Line, ...]
    tables: tuple[Table, ...]
    note: str
    foot: tuple[str, ...]
    copies: str
    name: str  # file name without ending


def document_of(
    *,
    plan: Plan,
    day: date,
    issue_no: int | None,
    running_no: int | None,
    sections: Sequence[Mapping[str, str]],
    numbers: Mapping[str, Any],
    signatures: list[str],
    corrects: str = "",
    drill: bool = False,
) -> Document:
    """Lay a brief out. Unsigned, its number stays open and it says 未签发."""
    lines: list[Line] = []
    for section in sections:
        key = section["key"]
        lines.append(Line("guide" if key == "guide" else "first", printable(section["title"]), key))
        for raw in printable(section["text"]).split("\n"):
            text = raw.strip()
            if text:
                lines.append(Line("second" if SECOND_LEVEL.match(text) and len(text) <= 60 else "body", text, key))
    number = (
        f"{plan_year(day)}年第{issue_no}期（总第{running_no}期）"
        if issue_no
        else f"{plan_year(day)}年第　期（总第　期）"
    )
    banner = "　".join(
        words
        for words in ("演练" if drill else "", f"更正（{corrects}）" if corrects else "", "" if issue_no else "未签发")
        if words
    )
    return Document(
        marking=plan.marking,
        number=str(issue_no) if issue_no else "",
        title=plan.title,
        issue=number,
        issuer=f"{plan.issuer}编",
        day=f"{day.year}年{day.month}月{day.day}日",
        banner=banner,
        lines=tuple(lines),
        tables=tables_of(numbers),
        note=_note(numbers, plan, signatures),
        foot=tuple(
            f"{word}：{'，'.join(names)}"
            for word, names in (("报", plan.report), ("送", plan.send), ("发", plan.issue))
            if names
        ),
        copies=f"共印{plan.copies}份",
        name=_file_name(plan, day, issue_no, drill=drill),
    )


def pages_about(document: Document) -> int:
    """How many pages this makes at 22 lines of 28 characters (GB/T 9704), where nobody can count them; an estimate."""
    body = HEAD_LINES + sum(math.ceil((len(line.text) + 2) / LINE_LETTERS) for line in document.lines)
    rows = sum(len(table.rows) + 2 for table in document.tables)
    annex = rows * TABLE_PITCH + FOOT_LINES + len(document.foot)
    return math.ceil(body / PAGE_LINES) + math.ceil(annex / PAGE_LINES)


def plan_year(day: date) -> int:
    """Numbers start anew each calendar year."""
    return day.year


def printable(text: str) -> str:
    """Without characters no document may hold; line ends are line feeds, tabs blanks."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def tables_of(numbers: Mapping[str, Any]) -> tuple[Table, ...]:
    """附表: streets, classes, sources, and the media reports where there are many. What is zero stands in one row."""
    streets, classes, sources = (
        _without_zeros(numbers[key], word)
        for key, word in (("streets", "街道"), ("classes", "类别"), ("sources", "来源"))
    )
    tables = [
        _table("附表1　按街道", ("街道", "条数", "其中负面"), streets, empty="资料包未列街道"),
        _table("附表2　按类别", ("类别", "条数", "其中负面"), classes),
        _table("附表3　按来源", ("来源", "条数", "去重后"), sources),
    ]
    if len(numbers["media"]) > 8:
        rows = [[m["outlet"], m["title"] or "（无标题）", STANCES.get(m["stance"], "中性")] for m in numbers["media"]]
        tables.append(_table("附表4　媒体报道", ("媒体", "标题", "态度"), rows))
    return tuple(tables)


def _without_zeros(rows: list[list[Any]], word: str) -> list[list[Any]]:
    """Rows that are all zero in one row at the end that names them: `其余12个街道：德胜、什刹海、…`."""
    told = [row for row in rows if any(row[1:])]
    silent = [row for row in rows if not any(row[1:])]
    if len(silent) < 2:
        return rows
    names = "、".join(str(row[0]).removesuffix(word) for row in silent)
    return [*told, [f"{'其余' if told else ''}{len(silent)}个{word}：{names}", *(0 for _ in silent[0][1:])]]


def _table(title: str, head: tuple[str, ...], rows: list[list[Any]], *, empty: str = "期内无") -> Table:
    cells = tuple(tuple(printable(str(cell)) for cell in row) for row in rows)
    return Table(title, head, cells or ((empty, *("–" for _ in head[1:])),))


def _note(numbers: Mapping[str, Any], plan: Plan, signatures: list[str]) -> str:
    frozen = datetime.fromisoformat(numbers["frozen_at"]).astimezone(plan.zone)
    said = [
        f"数据口径：按发布时间统计，{frozen:%m月%d日%H时%M分}冻结；涉区公开信息含转载，去重后不含；"
        "负面、中性、正面按去重后的公众发声计；本单位账号不计入"
    ]
    said.extend(signatures)
    return "；".join(said) + "。"


def _file_name(plan: Plan, day: date, issue_no: int | None, *, drill: bool) -> str:
    number = f"第{issue_no}期" if issue_no else "草稿"
    return f"{'演练-' if drill else ''}{plan.title}-{day:%Y%m%d}-{number}"
