"""Rows of a workbook (.xlsx), streamed. Standard library only: a full workbook library weighs 30 MB in every process.

Of ISO/IEC 29500 only what a table of posts needs is read: values, shared and inline strings, dates by their number
format. No formulas are computed, no links followed, no entities expanded. Raises BadSheet with a sentence in Chinese.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse

MAX_UNPACKED = 200_000_000  # bytes of a workbook unpacked: above it, a bomb or not for a person's hands
MAX_RATIO = 150
MAX_COLUMNS = 500
_TORN = "不是完整的 Excel 文件（.xlsx）"
# Built-in number formats that show a date or a time (ECMA-376 18.8.30), among them those of Chinese sheets.
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_FAULTS = (zipfile.BadZipFile, KeyError, ParseError, EOFError, ValueError, OSError, NotImplementedError, RuntimeError)


class BadSheet(Exception):
    """The workbook can not be read; `str(error)` is a sentence in Chinese."""


def sheet_rows(path: Path) -> Iterator[Iterator[tuple[int, list[object]]]]:
    """For each sheet in order, its rows as (number of the row, cells); empty cells are None, dates naive datetimes."""
    _check_bomb(path)
    try:
        with zipfile.ZipFile(path) as archive:
            strings = _strings(archive)
            dates = _date_styles(archive)
            names, old_epoch = _sheets(archive)
            for name in names:
                yield _rows(archive, name, strings, dates, old_epoch=old_epoch)
    except _FAULTS as error:
        raise BadSheet(_TORN) from error


def _check_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _FAULTS:
        raise BadSheet(_TORN) from None
    unpacked = sum(e.file_size for e in entries)
    packed = max(1, sum(e.compress_size for e in entries))
    if len(entries) > 5000 or unpacked > MAX_UNPACKED or (unpacked > 20_000_000 and unpacked / packed > MAX_RATIO):
        raise BadSheet(f"这个 .xlsx 解开后有 {unpacked / 1e6:.0f} MB，像是压缩炸弹，不予打开")


def _open(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A part of the workbook; one that declares entities is refused, since no spreadsheet writes them."""
    with archive.open(name) as part:
        top = part.read(2048)
    if b"<!" in top and (b"DOCTYPE" in top or b"ENTITY" in top):
        raise BadSheet("表格里有不该有的实体声明，不予打开")
    return archive.open(name)


def _elements(archive: zipfile.ZipFile, name: str, *wanted: str) -> Iterator[Element]:
    """Elements of these local names, each whole, then forgotten."""
    with _open(archive, name) as part:
        for _event, element in iterparse(part):
            local = element.tag.rpartition("}")[2]
            if local in wanted:
                yield element
                element.clear()


def _text(element: Element) -> str:
    """Text of a string item: its runs together, without phonetic hints."""
    pieces = []
    for child in element:
        local = child.tag.rpartition("}")[2]
        if local == "t":
            pieces.append(child.text or "")
        elif local == "r":
            pieces += [t.text or "" for t in child if t.tag.endswith("}t")]
    return "".join(pieces)


def _strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(e) for e in _elements(archive, "xl/sharedStrings.xml", "si")]


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Indexes of the cell styles that show dates."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    custom: set[int] = set()
    dates: set[int] = set()
    for element in _elements(archive, "xl/styles.xml", "numFmts", "cellXfs"):
        if element.tag.endswith("}numFmts"):
            for form in element:
                code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form.get("formatCode", "")).lower()
                if re.search(r"[ymdhs年月日时]", code) and "general" not in code:
                    custom.add(int(form.get("numFmtId", "0")))
        else:
            for index, style in enumerate(element):
                number = int(style.get("numFmtId", "0"))
                if number in _DATE_FORMATS or number in custom:
                    dates.add(index)
    return frozenset(dates)


def _sheets(archive: zipfile.ZipFile) -> tuple[list[str], bool]:
    """Parts of the sheets in the order of the workbook, and whether its days count from 1904."""
    targets = {}
    for element in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship"):
        target = element.get("Target", "")
        targets[element.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    names, old_epoch = [], False
    for element in _elements(archive, "xl/workbook.xml", "workbookPr", "sheet"):
        if element.tag.endswith("}workbookPr"):
            old_epoch = element.get("date1904") in ("1", "true")
            continue
        relation = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
        if "worksheets/" in targets.get(relation, ""):
            names.append(targets[relation])
    return names, old_epoch


def _rows(
    archive: zipfile.ZipFile, name: str, strings: list[str], dates: frozenset[int], *, old_epoch: bool
) -> Iterator[tuple[int, list[object]]]:
    try:
        number = 0
        for row in _elements(archive, name, "row"):
            number = int(row.get("r") or number + 1)
            cells: list[object] = []
            for place, cell in enumerate(row):
                column = _column(cell.get("r") or "", place)
                if column >= MAX_COLUMNS:
                    break
                cells += [None] * (column - len(cells))
                cells.append(_value(cell, strings, dates, old_epoch=old_epoch))
            yield number, cells
    except _FAULTS as error:
        raise BadSheet(_TORN) from error


def _column(reference: str, place: int) -> int:
    """Position of a cell from its reference: C7 → 2."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return place
    index = 0
    for letter in letters.group():
        index = index * 26 + ord(letter) - 64
    return max(index - 1, 0)


def _value(cell: Element, strings: list[str], dates: frozenset[int], *, old_epoch: bool) -> object:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return next((_text(child) for child in cell if child.tag.endswith("}is")), None)
    told = next((child.text for child in cell if child.tag.endswith("}v")), None)
    if told is None or kind == "e":
        return None
    if kind == "s":
        return strings[int(told)]
    if kind in ("str", "d"):
        return told
    if kind == "b":
        return told == "1"
    number = float(told)
    if int(cell.get("s") or 0) in dates:
        return _moment(number, old_epoch=old_epoch)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _moment(number: float, *, old_epoch: bool) -> object:
    """A day number as a naive datetime, to the second; a number outside the calendar stays a number."""
    base = datetime(1904, 1, 1) if old_epoch else datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone
    if not 1 <= number < 2_958_466:
        return number
    return base + timedelta(days=int(number), seconds=round(number % 1 * 86400))
