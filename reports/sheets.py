"""Tables as files an office keeps: CSV and XLSX. Pure; standard library only (as crawlers/sheets.py).

A cell that a spreadsheet would take for a formula gets an apostrophe in front: what was crawled never computes.
XLSX after ISO/IEC 29500: one part a sheet, strings inline, no formulas, no links.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

Cell = str | int | float | None
LONGEST = 32_000  # characters of a cell; spreadsheets take 32 767

# Full-width signs too: some spreadsheets read them as their ASCII forms.
_FORMULA = re.compile(r"^[\s\u200b-\u200f\u202a-\u202e\ufeff]*[=+\-@＝＋－＠\t\r]")
# XML 1.0 has no place for these.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EPOCH = (2000, 1, 1, 0, 0, 0)

_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" \
ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" \
ContentType="application/xml"/><Override PartName="/xl/workbook.xml" \
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{sheets}</Types>"""
_TYPE = """<Override PartName="/xl/worksheets/sheet{n}.xml" \
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"""
_RELATION = """<Relationship Id="rId{n}" \
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>"""
_BOOK = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" \
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets></workbook>"""
_SHEET = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"""


def defused(value: Cell) -> Cell:
    """The value, a text that looks like a formula with an apostrophe in front."""
    if isinstance(value, str):
        value = _UNWRITABLE.sub("", value)[:LONGEST]
        return f"'{value}" if _FORMULA.match(value) else value
    return value


def csv_file(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark in front, so that a spreadsheet on an office's desk shows Chinese."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def xlsx_file(sheets: Sequence[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """A workbook of (name, rows); the same rows give the same bytes."""
    out = io.BytesIO()
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def part(name: str, text: str) -> None:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)

        part("[Content_Types].xml", _TYPES.format(sheets="".join(_TYPE.format(n=n) for n in numbers)))
        part("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        part("xl/_rels/workbook.xml.rels", _relations([("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]))
        names = "".join(
            f'<sheet name="{escape(name[:31])}" sheetId="{n}" r:id="rId{n}"/>'
            for n, (name, _) in zip(numbers, sheets, strict=True)
        )
        part("xl/workbook.xml", _BOOK.format(sheets=names))
        for n, (_, rows) in zip(numbers, sheets, strict=True):
            part(f"xl/worksheets/sheet{n}.xml", _SHEET.format(rows="".join(map(_row, rows))))
    return out.getvalue()


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = [_RELATION.format(n=n, kind=kind, target=target) for n, (kind, target) in enumerate(targets, start=1)]
    return _RELATIONS.format(relations="".join(rows))


def _row(cells: Sequence[Cell]) -> str:
    return f"<row>{''.join(map(_cell, map(defused, cells)))}</row>"


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
