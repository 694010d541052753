"""Reading files people bring: CSV, XLSX, JSON Lines, in UTF-8 or GB18030 (design.md 5). No Django, no Scrapy.

Rows stream with their place, so that reading can stop and go on, and a row can be read again: byte offset and length
in CSV and JSON Lines, number of the row in XLSX. A row that can not be read is a row with a reason; a file that can
not be read at all raises FileFault with a sentence in Chinese.
"""

import codecs
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from crawlers.items import FIELDS, MAX_LINE
from crawlers.sheets import BadSheet, sheet_rows

MAX_FILE = 500_000_000  # bytes of a file taken in
HEAD_ROWS = 12  # merged titles may stand above the heads

# Heads people use, where a source has no `columns:`.
COMMON_HEADS = {
    "id": ("id", "编号", "序号", "留言编号", "信件编号", "帖子id", "mid"),
    "title": ("title", "标题", "主题", "留言主题", "信件标题"),
    "text": ("text", "正文", "内容", "详情", "留言详情", "留言内容", "信件内容", "帖子内容", "博文", "content"),
    "author": ("author", "作者", "用户", "用户名", "昵称", "留言用户", "发布者", "博主"),
    "published_at": ("published_at", "时间", "发布时间", "留言时间", "发表时间", "日期", "time", "date"),
    "url": ("url", "链接", "网址", "地址链接", "原文链接", "link"),
    "reads": ("reads", "阅读", "阅读数", "阅读量", "浏览量"),
    "likes": ("likes", "点赞", "点赞数", "赞"),
    "reposts": ("reposts", "转发", "转发数"),
    "comments": ("comments", "评论", "评论数", "回复数"),
    "official_reply": ("official_reply", "答复", "回复内容", "答复意见", "答复内容"),
}


class FileFault(Exception):
    """The whole file can not be read; `str(error)` is a sentence in Chinese."""


@dataclass(frozen=True)
class Column:
    """A column of a file: our field, and the formats of its dates (strptime)."""

    field: str
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """`line`: number for people (the head is 1). Either `data` (field → value), or `reason` why it could not be read.

    `raw`: the beginning of the row as written, for the preview; not masked yet.
    """

    line: int
    offset: int
    length: int
    data: Mapping[str, object] | None
    reason: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Heads:
    """What was found at the top: our field for each column (None = passed through under its own name), in order."""

    fields: tuple[str, ...]
    row: int  # number of the row of heads
    after: int  # where the first row of data begins


def columns_of(declared: Mapping[str, object] | None) -> dict[str, Column]:
    """`columns:` of a source as head → Column. Both ways round are read: `留言编号: id` and `id: 留言编号`.

    A date column may say its formats: `留言时间: {field: published_at, formats: ["%Y/%m/%d %H:%M:%S"]}`.
    """
    columns: dict[str, Column] = {}
    for left, right in (declared or {}).items():
        formats: tuple[str, ...] = ()
        if isinstance(right, Mapping):
            formats = tuple(str(f) for f in right.get("formats") or ())
            right = right.get("field") or right.get("column") or ""
        left, right = str(left), str(right)
        if left in FIELDS and right not in FIELDS:
            left, right = right, left
        columns[_head(left)] = Column(right, formats)
    if columns:
        return columns
    return {_head(name): Column(ours) for ours, names in COMMON_HEADS.items() for name in names}


def formats_of(columns: Mapping[str, Column]) -> tuple[str, ...]:
    """The date formats that the columns declare."""
    return tuple(f for c in columns.values() if c.field == "published_at" for f in c.formats)


def _head(name: object) -> str:
    return "".join(str(name if name is not None else "").split()).strip("\ufeff：:*").lower()


def read_rows(path: Path, columns: Mapping[str, Column], *, offset: int = 0) -> Iterator[Row]:
    """Rows from `offset` on (0 = the beginning; else where an earlier row ended). Raises FileFault."""
    kind = kind_of(path)
    if kind == "xlsx":
        yield from _xlsx_rows(path, columns, offset)
    elif kind == "json":
        yield from _array_rows(path, columns, offset)
    else:
        encoding = encoding_of(path)
        with path.open("rb") as file:
            reader = _csv_rows if kind == "csv" else _line_rows
            yield from reader(file, encoding, columns, offset)


def check_file(path: Path, columns: Mapping[str, Column]) -> None:
    """Read the top of a file before it is taken. Raises FileFault."""
    for _row in read_rows(path, columns):
        return
    raise FileFault("文件里没有一行数据")


def row_at(path: Path, columns: Mapping[str, Column], *, offset: int) -> Row | None:
    """The one row that begins at `offset`, for taking it in again."""
    return next(iter(read_rows(path, columns, offset=offset)), None)


def kind_of(path: Path) -> str:
    """csv, jsonl, json (one array) or xlsx, by what the file holds. Raises FileFault."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            top = file.read(4096)
    except OSError as error:
        raise FileFault(f"文件打不开：{error.strerror}") from error
    if size > MAX_FILE:
        raise FileFault(f"文件有 {size / 1e6:.0f} MB，超过 {MAX_FILE / 1e6:.0f} MB 的上限，请分成几个文件")
    if not top.strip():
        raise FileFault("文件是空的")
    if top.startswith(b"PK"):
        return "xlsx"
    if top.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileFault("这是旧版 .xls 或加密的表格，请另存为 .xlsx 或 CSV")
    if top.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileFault("文件是 UTF-16 编码，请另存为 UTF-8 的 CSV")
    plain = top.removeprefix(codecs.BOM_UTF8).lstrip()
    if path.suffix.lower() == ".xlsx":
        raise FileFault("扩展名是 .xlsx，内容却不是 Excel 表格")
    if plain.startswith(b"["):
        return "json"
    if plain.startswith(b"{") or path.suffix.lower() in (".jsonl", ".ndjson"):
        return "jsonl"
    return "csv"


def encoding_of(path: Path) -> str:
    """utf-8 where the first 8 MB are (files carry no label); else gb18030, in which government sheets are saved."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            for _ in range(8):
                block = file.read(1 << 20)
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    decoder.reset()
                    if not _mostly_utf8(block):
                        return "gb18030"
        finally:
            decoder.reset()
    return "utf-8"


def _mostly_utf8(block: bytes) -> bool:
    """A broken letter in a UTF-8 file is not a file in GB18030."""
    return len(block) > 0 and block.decode("utf-8", errors="replace").count("\ufffd") < max(1, len(block) // 500)


# --- JSON Lines -----------------------------------------------------------------------------------------------------


def physical_lines(file: BinaryIO, offset: int) -> Iterator[tuple[int, int, bytes | None]]:
    """(offset, length, line) from `offset` on; a line past MAX_LINE comes as None and is never held in memory."""
    file.seek(offset)
    while piece := file.readline(MAX_LINE + 1):
        length = len(piece)
        if not piece.endswith(b"\n") and length > MAX_LINE:
            while rest := file.readline(1 << 16):
                length += len(rest)
                if rest.endswith(b"\n"):
                    break
            yield offset, length, None
        else:
            yield offset, length, piece
        offset += length


def _line_rows(file: BinaryIO, encoding: str, columns: Mapping[str, Column], offset: int) -> Iterator[Row]:
    line = _lines_before(file, offset)
    for start, length, piece in physical_lines(file, offset):
        line += 1
        if piece is None:
            yield Row(line, start, length, None, f"一行有 {length / 1e6:.1f} MB，超过 1 MB 的上限")
            continue
        if not piece.strip():
            continue
        raw = piece[:4000].decode(encoding, errors="replace")
        if b"\0" in piece:
            yield Row(line, start, length, None, "含有 NUL 字节，文件可能已损坏", raw)
            continue
        try:
            data = json.loads(piece.decode(encoding).removeprefix("\ufeff"))
        except UnicodeDecodeError:
            yield Row(line, start, length, None, "文字编码不对，读不出来", raw)
        except (ValueError, RecursionError):
            yield Row(line, start, length, None, "不是完整的 JSON", raw)
        else:
            yield _object_row(data, columns, line, start, length, raw)


def _object_row(data: object, columns: Mapping[str, Column], line: int, start: int, length: int, raw: str) -> Row:
    if not isinstance(data, dict):
        return Row(line, start, length, None, "不是一条记录（应为 JSON 对象）", raw)
    named: dict[str, object] = {}
    for name, value in data.items():
        column = columns.get(_head(name))
        named[name if name in FIELDS or column is None else column.field] = value
    return Row(line, start, length, named, raw=raw)


def _array_rows(path: Path, columns: Mapping[str, Column], offset: int) -> Iterator[Row]:
    if path.stat().st_size > 50_000_000:
        raise FileFault("JSON 数组文件超过 50 MB，请改用一行一条的 JSON Lines")
    try:
        data = json.loads(path.read_bytes().decode(encoding_of(path)).removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise FileFault("不是完整的 JSON 文件") from None
    for index, entry in enumerate(data):
        if index >= offset:
            yield _object_row(entry, columns, index + 1, index, 1, str(entry)[:4000])


def _lines_before(file: BinaryIO, offset: int) -> int:
    file.seek(0)
    lines = left = 0
    left = offset
    while left > 0 and (block := file.read(min(left, 1 << 20))):
        lines += block.count(b"\n")
        left -= len(block)
    return lines


# --- CSV --------------------------------------------------------------------------------------------------------------


def _records(file: BinaryIO, offset: int, line: int) -> Iterator[tuple[int, int, int, bytes | None]]:
    """(line, offset, length, record): a record may hold line ends inside quotes. None = too long.

    A quote left open must not swallow the rest of the file: past MAX_LINE its first line alone is bad, and reading
    goes on with the next line.
    """
    held: list[bytes] = []
    begin, begin_line, quotes, size = offset, line, 0, 0
    again: int | None = offset
    while again is not None:
        start_at, again = again, None
        for start, length, piece in physical_lines(file, start_at):
            line += 1
            if not held:
                begin, begin_line, quotes, size = start, line, 0, 0
            if piece is None:
                yield begin_line, begin, start + length - begin, None
                held = []
                continue
            held.append(piece)
            size += length
            quotes += piece.count(b'"')
            if quotes % 2 == 0:
                yield begin_line, begin, size, b"".join(held)
                held = []
            elif size > MAX_LINE:
                first = held[0]
                held = []
                yield begin_line, begin, len(first), None
                line = begin_line
                again = begin + len(first)
                break
    if held:
        yield begin_line, begin, size, b"".join(held)


def _csv_rows(file: BinaryIO, encoding: str, columns: Mapping[str, Column], offset: int) -> Iterator[Row]:
    delimiter = _delimiter(file, encoding)
    heads = _csv_heads(file, encoding, columns, delimiter)
    begin = max(offset, heads.after)
    for line, start, length, record in _records(file, begin, _lines_before(file, begin)):
        if record is None:
            yield Row(line, start, length, None, "一行超过 1 MB，或引号没有配对")
            continue
        if not record.strip():
            continue
        raw = record[:4000].decode(encoding, errors="replace")
        if b"\0" in record:
            yield Row(line, start, length, None, "含有 NUL 字节，文件可能已损坏", raw)
            continue
        try:
            cells = next(csv.reader([record.decode(encoding).removeprefix("\ufeff")], delimiter=delimiter), [])
        except UnicodeDecodeError:
            yield Row(line, start, length, None, "文字编码不对，读不出来", raw)
        except csv.Error:
            yield Row(line, start, length, None, "这一行的引号或分隔符不对", raw)
        else:
            if any(c.strip() for c in cells):
                yield _cells_row(cells, heads, line, start, length, raw)


def _cells_row(cells: Sequence[object], heads: Heads, line: int, start: int, length: int, raw: str) -> Row:
    told = {name: value for name, value in zip(heads.fields, cells, strict=False) if name and value not in (None, "")}
    return Row(line, start, length, told, raw=raw)


def _delimiter(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    top = file.read(8192).decode(encoding, errors="replace").splitlines()[:HEAD_ROWS]
    return max(",\t;|", key=lambda d: max((line.count(d) for line in top), default=0))


def _csv_heads(file: BinaryIO, encoding: str, columns: Mapping[str, Column], delimiter: str) -> Heads:
    top: list[list[object]] = []
    ends: list[int] = []
    csv.field_size_limit(MAX_LINE * 2)
    for _line, start, length, record in _records(file, 0, 0):
        text = (record or b"").decode(encoding, errors="replace").removeprefix("\ufeff").replace("\0", "")
        top.append(list(next(csv.reader([text], delimiter=delimiter), [])))
        ends.append(start + length)
        if len(top) >= HEAD_ROWS:
            break
    return _heads(top, ends, columns)


def _heads(top: Sequence[Sequence[object]], ends: Sequence[int], columns: Mapping[str, Column]) -> Heads:
    """Find the row of heads: the one that names most of our columns, two rows read as one where cells are merged."""
    best: tuple[int, int, list[object]] | None = None
    for index, row in enumerate(top):
        names = list(row)
        if index:  # a merged cell stands in its first row only
            above = top[index - 1]
            names = [n if n not in (None, "") else (above[i] if i < len(above) else None) for i, n in enumerate(names)]
        found = {columns[_head(n)].field for n in names if _head(n) in columns}
        own = sum(1 for n in row if _head(n) in columns)
        if own and (best is None or len(found) > best[0]):
            best = (len(found), index, names)
    seen = "、".join(str(n) for n in (top[0] if top else ()) if n not in (None, ""))[:120]
    if best is None:
        raise FileFault(f"认不出表头。第一行是：{seen or '空行'}；请在来源的 columns 里写明各列对应什么")
    names = best[2]
    told = tuple(columns[_head(n)].field if _head(n) in columns else str(n or "").strip()[:60] for n in names)
    if "text" not in told and "title" not in told:
        raise FileFault(f"缺少必需的列：正文（或标题）。表头是：{'、'.join(str(n) for n in names if n)[:120]}")
    return Heads(told, best[1] + 1, ends[best[1]])


# --- XLSX -----------------------------------------------------------------------------------------------------------


def _xlsx_rows(path: Path, columns: Mapping[str, Column], offset: int) -> Iterator[Row]:
    """Rows of the first sheet whose heads are known; `offset` is the number of the last row read."""
    fault: FileFault | None = None
    try:
        for rows in sheet_rows(path):
            top = list(islice(rows, HEAD_ROWS))
            try:
                heads = _heads([cells for _n, cells in top], [number for number, _c in top], columns)
            except FileFault as error:
                fault = fault or error
                continue
            begin = max(offset, heads.after)
            for number, cells in chain(top, rows):
                if number > begin and any(c not in (None, "") for c in cells):
                    raw = "\t".join("" if c is None else str(c) for c in cells)[:4000]
                    yield _cells_row(cells, heads, number, number - 1, 1, raw)
            return
    except BadSheet as error:
        raise FileFault(str(error)) from error
    raise fault or FileFault("表格里没有数据")
