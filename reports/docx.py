"""The brief as DOCX in the form of domain.md B7 (GB/T 9704) and D1. Typefaces by name, none shipped.

Every run carries `w:eastAsia`, else Word sets Chinese in its own default face. Text goes in as text nodes only, so
crawled markup stays words.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document as new_document
from docx.document import Document as Word
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from reports.document import Document, Table

MASTHEAD, BODY, HEAD, SUBHEAD, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
RED = RGBColor(0xC8, 0x16, 0x1D)
SAN, XIAO_SI, SI = Pt(16), Pt(12), Pt(14)  # 三号, 小四, 四号
# 22 lines on a 版心 of 225 mm, 28 characters on 156 mm (GB/T 9704)
PITCH = Pt(28.95)
LINE_PITCH = 579  # the same in twentieths of a point
# 156 mm / 28 = 15.79 pt a character: 三号 drawn closer by 0.2 pt (twentieths of a point). Not by the grid's charSpace,
# which LibreOffice and WPS read each in their own way.
CLOSER = -4
TEXT_WIDTH = Mm(156)
MOMENT = datetime(2000, 1, 1, tzinfo=UTC)  # the file's own stamp; the brief's date stands in its text


def draw_docx(document: Document) -> bytes:
    """The finished file. The same document gives the same bytes."""
    word = new_document()
    word.core_properties.author = document.issuer.removesuffix("编")
    word.core_properties.title = f"{document.title} {document.issue}"
    word.core_properties.created = word.core_properties.modified = MOMENT
    word.core_properties.comments = ""
    _page(word.sections[0])
    _base_style(word)
    _page_numbers(word)
    _masthead(word, document)
    for line in document.lines:
        face = {"first": HEAD, "guide": HEAD, "second": SUBHEAD, "body": BODY}[line.kind]
        paragraph = _paragraph(word, line.text, face, indent=0 if line.kind == "guide" else 2)
        if line.kind != "body":
            paragraph.paragraph_format.keep_with_next = True
    _annex(word, document)
    _foot(word, document)
    out = io.BytesIO()
    word.save(out)
    return _timeless(out.getvalue())


def _timeless(content: bytes) -> bytes:
    """The same archive without the moment of packing, so that a hash speaks of the content."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for entry in packed.infolist():
            still = zipfile.ZipInfo(entry.filename)  # 1 January 1980
            still.compress_type = zipfile.ZIP_DEFLATED
            again.writestr(still, packed.read(entry))
    return out.getvalue()


def _page(section: Section) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(23)  # the number stands 7 mm under the 版心
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(_element("w:docGrid", type="lines", linePitch=str(LINE_PITCH)))


def _base_style(word: Word) -> None:
    """The grid counts from the size of the default style: 三号."""
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = BODY, SAN
    properties = normal.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for slot in ("w:eastAsia", "w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(slot), BODY)
    properties.append(_element("w:lang", val="en-US", eastAsia="zh-CN"))


def _element(tag: str, **attributes: str) -> Any:
    """An element of the format with its attributes, both in Word's name space."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _run(paragraph: Paragraph, text: str, face: str, size: Length = SAN, *, red: bool = False) -> Run:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = face, size
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    for slot in ("w:eastAsia", "w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(slot), face)
    if size == SAN:
        _spread(run, twips=CLOSER)
    if red:
        run.font.color.rgb = RED
    return run


def _spread(run: Run, *, twips: int) -> None:
    """Room after each character, in twentieths of a point; negative draws them together."""
    room = _element("w:spacing", val=str(twips))
    properties = run._element.get_or_add_rPr()
    properties.insert_element_before(room, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")


def _paragraph(
    place: Word | _Cell,
    text: str,
    face: str,
    size: Length = SAN,
    *,
    indent: int = 0,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    pitch: Length | None = PITCH,
) -> Paragraph:
    """A paragraph on the grid; `indent` in characters, so that it follows the size of the face."""
    paragraph = place.add_paragraph()
    _set(paragraph, indent=indent, align=align, pitch=pitch)
    _run(paragraph, text, face, size)
    return paragraph


def _set(
    paragraph: Paragraph,
    *,
    indent: int = 0,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    pitch: Length | None = PITCH,
) -> None:
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.alignment = align
    form.widow_control = False  # 22 lines on every page
    if pitch is not None:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, pitch
    for gap in ("w:autoSpaceDE", "w:autoSpaceDN"):  # no room between Chinese and figures, as in official papers
        off = _element(gap, val="0")
        paragraph._element.get_or_add_pPr().insert_element_before(
            off, "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
    if indent:
        form.first_line_indent = Pt(16 * indent)
        paragraph._element.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(indent * 100))


def _masthead(word: Word, document: Document) -> None:
    word._body.clear_content()
    if document.banner:
        banner = _paragraph(word, document.banner, HEAD, SI, align=WD_ALIGN_PARAGRAPH.CENTER)
        _border(banner, "bottom", 4, "000000")
    _two_ends(word, document.marking, f"编号：{document.number}", HEAD)
    title = word.add_paragraph()
    _set(title, align=WD_ALIGN_PARAGRAPH.CENTER, pitch=Pt(84))
    _spread(_run(title, document.title[:-1], MASTHEAD, Pt(60), red=True), twips=560)
    _run(title, document.title[-1:], MASTHEAD, Pt(60), red=True)  # the last one without the gap: it stands centred
    _paragraph(word, document.issue, BODY, align=WD_ALIGN_PARAGRAPH.CENTER)
    last = _two_ends(word, document.issuer, document.day, BODY)
    _border(last, "bottom", 18, "C8161D")  # 2.25 pt
    last.paragraph_format.space_after = Pt(8)


def _two_ends(word: Word, left: str, right: str, face: str) -> Paragraph:
    paragraph = word.add_paragraph()
    _set(paragraph, align=WD_ALIGN_PARAGRAPH.LEFT)
    paragraph.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    _run(paragraph, left, face)
    _run(paragraph, "\t", face)
    _run(paragraph, right, face)
    return paragraph


def _border(paragraph: Paragraph, side: str, eighths: int, colour: str) -> None:
    """A rule; its weight in eighths of a point."""
    properties = paragraph._element.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = _element("w:pBdr")
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:autoSpaceDE", "w:autoSpaceDN", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
    borders.append(_element(f"w:{side}", val="single", sz=str(eighths), space="4", color=colour))


def _annex(word: Word, document: Document) -> None:
    section = word.add_section(WD_SECTION.NEW_PAGE)
    _page(section)
    for place, table in enumerate(document.tables):
        head = _paragraph(word, table.title, HEAD, align=WD_ALIGN_PARAGRAPH.LEFT)
        head.paragraph_format.keep_with_next = True
        if place:
            head.paragraph_format.space_before = Pt(10)
        _table(word, table)
    note = _paragraph(word, document.note, BODY, XIAO_SI, align=WD_ALIGN_PARAGRAPH.LEFT, pitch=Pt(18))
    note.paragraph_format.space_before = Pt(8)


def _table(word: Word, table: Table) -> None:
    grid = word.add_table(rows=1, cols=len(table.head))
    grid.style = "Table Grid"
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    rest = 56.0 if len(table.head) == 3 else 112.0
    widths = [Mm(156 - rest)] + [Mm(rest / (len(table.head) - 1))] * (len(table.head) - 1)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    _cells(grid, 0, table.head, widths, HEAD)
    grid.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader"))
    for row in table.rows:
        grid.add_row()
        _cells(grid, len(grid.rows) - 1, row, widths, BODY)
    for line in grid.rows:
        line._tr.get_or_add_trPr().append(_element("w:cantSplit"))


def _cells(grid: WordTable, row: int, texts: Iterable[str], widths: Sequence[Length], face: str) -> None:
    for place, (text, cell) in enumerate(zip(texts, grid.rows[row].cells, strict=False)):
        cell.width = widths[place]
        paragraph = cell.paragraphs[0]
        centred = WD_ALIGN_PARAGRAPH.LEFT if place == 0 else WD_ALIGN_PARAGRAPH.CENTER
        _set(paragraph, align=centred, pitch=Pt(20))
        _run(paragraph, text, face, XIAO_SI)


def _foot(word: Word, document: Document) -> None:
    """版记: thick rules first and last (0.35 mm), thin between (0.25 mm), 四号, one character in at both sides.

    It stands at the foot of the last page: a table anchored to the bottom of the 版心.
    """
    rows = [*document.foot, document.copies]
    grid = word.add_table(rows=len(rows), cols=1)
    grid.autofit = False
    place = _element(
        "w:tblpPr",
        leftFromText="0",
        rightFromText="0",
        topFromText="120",
        vertAnchor="margin",
        horzAnchor="margin",
        tblpX="0",
        tblpYSpec="bottom",
    )
    properties = grid._tbl.tblPr
    style = properties.find(qn("w:tblStyle"))
    properties.insert(0 if style is None else 1, place)  # the schema wants it right after the style
    grid.columns[0].width = TEXT_WIDTH
    for position, text in enumerate(rows):
        cell = grid.rows[position].cells[0]
        cell.width = TEXT_WIDTH
        paragraph = cell.paragraphs[0]
        last = position == len(rows) - 1
        _set(paragraph, align=WD_ALIGN_PARAGRAPH.RIGHT if last else WD_ALIGN_PARAGRAPH.LEFT, pitch=Pt(24))
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = SI
        _run(paragraph, text, BODY, SI)
        _cell_rules(cell, top=8 if position == 0 else 6, bottom=8 if last else None)
    tail = word.add_paragraph()  # Word wants a paragraph after a table
    _set(tail, pitch=Pt(1))


def _cell_rules(cell: _Cell, *, top: int, bottom: int | None) -> None:
    borders = OxmlElement("w:tcBorders")
    for side, eighths in (("top", top), ("bottom", bottom)):
        if eighths is None:
            continue
        borders.append(_element(f"w:{side}", val="single", sz=str(eighths), space="0", color="000000"))
    cell._tc.get_or_add_tcPr().append(borders)


def _page_numbers(word: Word) -> None:
    """四号 宋体 with a dash at each side, outside: right on odd pages, left on even ones, one character in."""
    word.settings.odd_and_even_pages_header_footer = True
    section = word.sections[0]
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        _set(paragraph, align=align, pitch=None)
        form = paragraph.paragraph_format
        form.left_indent = form.right_indent = SI
        _run(paragraph, "— ", SONG, SI)
        _field(paragraph, "PAGE")
        _run(paragraph, " —", SONG, SI)


def _field(paragraph: Paragraph, code: str) -> None:
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("text", "1"), ("end", "")):
        run = _run(paragraph, text if kind == "text" else "", SONG, SI)
        if kind == "":
            words = OxmlElement("w:instrText")
            words.set(qn("xml:space"), "preserve")
            words.text = f" {code} "
            run._element.append(words)
        elif kind != "text":
            run._element.append(_element("w:fldChar", fldCharType=kind))
