"""Files people bring: every shape they come in, and each fault in a sentence."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from crawlers.dates import parse_when
from crawlers.files import FileFault, check_file, columns_of, formats_of, kind_of, read_rows, row_at

ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = columns_of(
    {
        "留言编号": "id",
        "留言用户": "author",
        "留言主题": "title",
        "留言时间": {"field": "published_at", "formats": ["%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"]},
        "留言详情": "text",
        "点赞数": "likes",
    }
)
HEAD = "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数"
ROWS = [
    '1,A1,路灯,2019/1/2 3:04,"\n\t\t路灯坏了，\n\t\t请修\n",0,3',
    '2,A2,"停水,停电",2019-01-02 03:04:05,"他说""没水""",1,0',
]


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_csv_is_read_with_line_ends_and_quotes_inside_its_fields(tmp_path: Path) -> None:
    rows = list(read_rows(write(tmp_path, "a.csv", "\r\n".join([HEAD, *ROWS]) + "\r\n"), COLUMNS))
    assert [r.line for r in rows] == [2, 6]
    assert rows[0].data == {
        "id": "1", "author": "A1", "title": "路灯", "published_at": "2019/1/2 3:04",
        "text": "\n\t\t路灯坏了，\n\t\t请修\n", "反对数": "0", "likes": "3",
    }  # fmt: skip
    assert rows[1].data is not None and rows[1].data["text"] == '他说"没水"'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_without_a_label_is_read_in_its_own_letters(tmp_path: Path, encoding: str) -> None:
    rows = list(read_rows(write(tmp_path, "a.csv", "\n".join([HEAD, *ROWS]), encoding), COLUMNS))
    assert [r.data["title"] for r in rows if r.data] == ["路灯", "停水,停电"]


def test_reading_goes_on_from_any_row_and_a_row_can_be_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "\n".join([HEAD, *(f"{n},A,题{n},2019-01-01,正文{n},0,0" for n in range(5))]))
    rows = list(read_rows(path, COLUMNS))
    assert [r.line for r in read_rows(path, COLUMNS, offset=rows[2].offset)] == [4, 5, 6]
    again = row_at(path, COLUMNS, offset=rows[3].offset)
    assert again == rows[3]


def test_two_forms_of_dates_in_one_column_give_the_same_moment(tmp_path: Path) -> None:
    rows = list(read_rows(write(tmp_path, "a.csv", "\n".join([HEAD, *ROWS])), COLUMNS))
    at = datetime(2026, 11, 17, tzinfo=UTC)
    found = [parse_when(r.data["published_at"], ZONE, formats_of(COLUMNS), fetched_at=at) for r in rows if r.data]
    assert [(w.at, w.precision) for w in found] == [
        (datetime(2019, 1, 1, 19, 4, tzinfo=UTC), "minute"),
        (datetime(2019, 1, 1, 19, 4, 5, tzinfo=UTC), "minute"),
    ]


def test_columns_may_be_declared_either_way_round_or_not_at_all(tmp_path: Path) -> None:
    other = columns_of(
        {"id": "留言编号", "text": "留言详情", "published_at": {"column": "留言时间", "formats": ["%Y"]}}
    )
    path = write(tmp_path, "a.csv", "\n".join([HEAD, *ROWS]))
    assert [r.data["id"] for r in read_rows(path, other) if r.data] == ["1", "2"]
    assert [r.data["author"] for r in read_rows(path, columns_of({})) if r.data] == ["A1", "A2"]


def test_bad_rows_come_with_their_reason_and_lose_no_other(tmp_path: Path) -> None:
    body = b"\n".join(
        [
            HEAD.encode(),
            "1,A,题,2019-01-01,正文一,0,0".encode(),
            b"2,A,\x00,2019-01-01,text,0,0",
            b"3,A,\xff\xfe,2019-01-01,text,0,0",
            b"4,A,t,2019-01-01," + b"x" * 10_000_000 + b",0,0",
            "5,A,题,2019-01-01,正文五,0,0".encode(),
            '6,A,"没有收尾的引号,2019-01-01,正文六,0,0'.encode(),
            *(f"{n},A,题,2019-01-01,{'字' * 400},0,0".encode() for n in range(7, 1007)),
        ]
    )
    path = tmp_path / "bad.csv"
    path.write_bytes(body)
    rows = list(read_rows(path, COLUMNS))
    reasons = {r.line: r.reason for r in rows if r.reason}
    assert "NUL" in reasons[3] and "编码" in reasons[4] and "1 MB" in reasons[5] and "引号" in reasons[7]
    assert len(reasons) == 4
    assert {r.data["id"] for r in rows if r.data} == {"1", "5", *(str(n) for n in range(7, 1007))}


def test_json_lines_pass_unknown_fields_and_name_their_faults(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '{"id":1,"text":"a","more":2}\n\n{"id":\n[1]\n{"留言详情":"b"}\n')
    rows = list(read_rows(path, COLUMNS))
    assert [r.line for r in rows] == [1, 3, 4, 5]
    assert rows[0].data == {"id": 1, "text": "a", "more": 2} and rows[3].data == {"text": "b"}
    assert "JSON" in rows[1].reason and "对象" in rows[2].reason


def test_one_array_of_json_is_read_too(tmp_path: Path) -> None:
    assert [r.data for r in read_rows(write(tmp_path, "a.json", '[{"text":"一"},{"text":"二"}]'), COLUMNS)] == [
        {"text": "一"},
        {"text": "二"},
    ]


def workbook(folder: Path, rows: list[list[object]], merged: tuple[str, ...] = ()) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    path = folder / "a.xlsx"
    book.save(path)
    return path


def test_a_workbook_with_a_title_and_merged_heads_is_understood(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [
            ["2019年留言汇总", None, None, None, None],
            ["留言编号", "留言主题", "留言详情", "留言时间", "互动"],
            [None, None, None, None, "点赞数"],
            [188006, "路灯", "路灯坏了", datetime(2019, 1, 2, 3, 4), 3],  # noqa: DTZ001 - a cell has no zone
            [None, None, None, None, None],
            [188007, "停水", "停水了", "2019-01-02 03:04:05", 0],
        ],
        ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:D3"),
    )
    rows = list(read_rows(path, COLUMNS))
    assert [(r.line, r.data["id"], r.data["text"]) for r in rows if r.data] == [
        (4, 188006, "路灯坏了"),
        (6, 188007, "停水了"),
    ]
    assert rows[0].data is not None and rows[0].data["likes"] == 3
    assert rows[0].data["published_at"] == datetime(2019, 1, 2, 3, 4)  # noqa: DTZ001 - a cell has no zone
    assert [r.line for r in read_rows(path, COLUMNS, offset=rows[1].offset)] == [6]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "空的"),
        ("heads.csv", "留言编号,姓名\n1,2\n".encode(), "缺少必需的列"),
        ("none.csv", b"a,b\n1,2\n", "认不出表头"),
        ("only.csv", HEAD.encode() + b"\n", "没有一行"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100, "另存为"),
        ("utf16.csv", HEAD.encode("utf-16"), "UTF-16"),
        ("fake.xlsx", b"this is no workbook", "不是 Excel"),
        ("torn.xlsx", b"PK\x03\x04" + b"1" * 50, "不是完整的 Excel"),
    ],
)
def test_a_file_that_can_not_be_read_says_why(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileFault, match=words):
        check_file(path, COLUMNS)


def test_a_workbook_without_the_text_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="缺少必需的列"):
        check_file(workbook(tmp_path, [["留言编号", "留言时间"], [1, "2019-01-01"]]), COLUMNS)


def test_a_zip_bomb_named_xlsx_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as entry,
    ):
        for _ in range(300):
            entry.write(b"0" * 1_000_000)
    assert path.stat().st_size < 1_000_000
    assert kind_of(path) == "xlsx"
    with pytest.raises(FileFault, match="压缩炸弹"):
        check_file(path, COLUMNS)


def test_what_a_spreadsheet_writes_is_read_back(tmp_path: Path) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t")
    writer.writerow(["编号", "标题", "正文"])
    writer.writerow(["1", "题", 'a "quoted" b\nc'])
    rows = list(read_rows(write(tmp_path, "tabs.txt", out.getvalue()), columns_of(None)))
    assert rows[0].data == {"id": "1", "title": "题", "text": 'a "quoted" b\nc'}
