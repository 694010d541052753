"""The documents: the form of official papers, and crawled text that stays text."""

import io
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from docx import Document
from docx.document import Document as Word
from docx.oxml.ns import qn
from docx.shared import Mm
from pytest_django import Settings

from reports.document import tables_of
from reports.models import Brief
from reports.services.brief import draft_due, keep_documents, preview_docx, preview_html
from reports.services.documents import make_pdf
from tests import needs
from tests.people import Office, clock
from tests.reports.world import World

pytestmark = pytest.mark.usefixtures("begun")
# The order of ECMA-376 for what we write; Word calls a file with another order damaged.
ORDER = {
    "w:pPr": "keepNext widowControl pBdr tabs autoSpaceDE autoSpaceDN spacing ind jc rPr sectPr",
    "w:rPr": "rFonts color spacing sz lang",
    "w:tblPr": "tblStyle tblpPr tblW jc tblLayout tblLook",
    "w:tcPr": "tcW tcBorders",
}
NUL = "\x00" if connection.vendor == "sqlite" else ""  # no text of PostgreSQL holds one
HOSTILE = "<script>alert(1)</script>\x00\x0b\x1b[31m&amp; \ud800]]> \u202e路灯"


@pytest.fixture
def brief(world: World) -> Brief:
    world.issue(f"青槐路<b>路灯</b>{NUL}不亮", clock("10:00", day=16), decided=3, state="responding")
    world.post(clock("10:00", day=16), voice="media", source="某报<script>", title="路灯\x0b<img src=x onerror=1>")
    row = draft_due(at=clock("08:01"))
    assert row is not None
    row.content["sections"][-1]["text"] = HOSTILE.replace("\x00", "").encode("utf-8", "ignore").decode()
    return row


def opened(brief: Brief) -> tuple[str, Word]:
    name, content = preview_docx(brief)
    return name, Document(io.BytesIO(content))


def test_the_page_is_that_of_an_official_paper(brief: Brief) -> None:
    _, word = opened(brief)
    for section in word.sections:
        page = (section.page_width, section.page_height)
        margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round((m or 0) / Mm(1)) for m in (*page, *margins)] == [210, 297, 37, 35, 28, 26]
        grids = [grid.get(qn("w:linePitch")) for grid in section._sectPr.iter(qn("w:docGrid"))]
        assert grids == ["579"]


def test_every_run_names_its_chinese_face(brief: Brief) -> None:
    _, word = opened(brief)
    faces: dict[str, str] = {}
    for element in word.element.body.iter(qn("w:r")):
        fonts = element.find(qn("w:rPr")).find(qn("w:rFonts"))
        text = "".join(t.text or "" for t in element.iter(qn("w:t")))
        faces[text] = fonts.get(qn("w:eastAsia"))
        assert faces[text]
    assert faces["今日舆"] == faces["情"] == "方正小标宋简体"
    assert faces["【本期导读】"] == faces["一、总体情况"] == "黑体"
    assert next(face for text, face in faces.items() if text.startswith("（一）")) == "楷体_GB2312"
    assert next(face for text, face in faces.items() if "监测涉区公开信息" in text) == "仿宋_GB2312"


def test_the_elements_stand_in_the_order_the_format_asks_for(brief: Brief) -> None:
    _, word = opened(brief)
    for tag, names in ORDER.items():
        order = {qn(f"w:{name}"): place for place, name in enumerate(names.split())}
        for element in word.element.body.iter(qn(tag)):
            places = [order[child.tag] for child in element]
            assert places == sorted(places), [child.tag for child in element]


def test_the_head_is_red_and_the_page_number_stands_outside(brief: Brief) -> None:
    _, word = opened(brief)
    xml = word.element.xml
    assert "C8161D" in xml and '<w:color w:val="C8161D"/>' in xml
    assert word.settings.odd_and_even_pages_header_footer
    odd, even = word.sections[0].footer.paragraphs[0], word.sections[0].even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (2, 0)
    assert odd.text.startswith("— ") and "PAGE" in odd._element.xml


def test_all_streets_stand_in_the_annex_the_silent_ones_in_one_row_and_the_foot_names_the_readers(
    brief: Brief,
) -> None:
    _, word = opened(brief)
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    head, silent = tables[0]
    assert head == ["街道", "条数", "其中负面"]
    assert silent[0].startswith("15个街道：西长安街、") and silent[0].count("、") == 14 and silent[1:] == ["0", "0"]
    assert any("报：" in row[0] for row in tables[-1]) and tables[-1][-1] == ["共印20份"]


def test_a_street_that_was_spoken_of_stands_before_the_silent_ones(brief: Brief) -> None:
    streets = [["甲街道", 3, 1], ["乙街道", 0, 0], ["丙街道", 2, 0], ["丁街道", 0, 0]]
    table = tables_of({**brief.numbers, "streets": streets})[0]
    assert table.rows == (("甲街道", "3", "1"), ("丙街道", "2", "0"), ("其余2个街道：乙、丁", "0", "0"))
    one = tables_of({**brief.numbers, "streets": streets[:3]})[0]
    assert one.rows[1] == ("乙街道", "0", "0")


def test_a_draft_says_that_it_is_unsigned(brief: Brief) -> None:
    name, word = opened(brief)
    assert "草稿" in name and any("未签发" in p.text for p in word.paragraphs)


def test_crawled_markup_stays_words_in_the_document(brief: Brief) -> None:
    _, content = preview_docx(brief)
    text = "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs)
    assert "<script>alert(1)</script>" in text and "青槐路<b>路灯</b>不亮" in text
    assert not set(text) & {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0x202E)}
    raw = zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    assert "<script" not in raw and "&lt;script&gt;" in raw


def test_crawled_markup_stays_words_on_the_page(brief: Brief) -> None:
    page = preview_html(brief)
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_brief_gives_the_same_file(brief: Brief) -> None:
    assert preview_docx(brief) == preview_docx(brief)


def test_the_kept_files_lie_in_the_home_with_their_hash(brief: Brief, settings: Settings) -> None:
    brief.refresh_from_db()
    keep_documents(brief)
    home = Path(settings.HOME)
    assert (home / brief.docx_path).is_file() and (home / brief.html_path).is_file()
    assert len(brief.document_sha256) == 64


def test_where_its_library_is_the_brief_is_kept_as_pdf_too(brief: Brief, settings: Settings) -> None:
    needs.pango()
    keep_documents(brief)
    brief.refresh_from_db()
    assert brief.documents_error == ""
    assert (Path(settings.HOME) / brief.pdf_path).read_bytes().startswith(b"%PDF")


def test_without_a_usable_pdf_library_a_sentence_says_so_and_the_rest_is_there(
    brief: Brief, office: Office, tmp_path: Path
) -> None:
    page = tmp_path / "none.html"
    assert "DOCX 和网页版照常" in make_pdf(page, tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()
