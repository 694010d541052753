"""Drawing a brief: DOCX, HTML, and PDF where the machine can. Signed ones are kept as files, drafts only shown."""

import hashlib
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from reports.document import Document, document_of
from reports.docx import draw_docx
from reports.html import draw_html
from reports.models import Brief
from reports.pdf_words import CANNOT
from reports.services.drafting import current_plan, sections_of

PDF_SECONDS = 30


def document(brief: Brief) -> Document:
    """The brief laid out, as far as it has come."""
    plan = current_plan()
    signed = [
        f"{s.name}：{s.by.name}{'（单人）' if s.solo else ''}"
        for s in brief.signatures.select_related("by").order_by("step")
    ]
    corrects = brief.corrects
    return document_of(
        plan=plan,
        day=brief.day,
        issue_no=brief.issue_no,
        running_no=brief.running_no,
        sections=sections_of(brief),
        numbers=brief.numbers,
        signatures=signed,
        corrects=f"第{corrects.issue_no}期" if corrects else "",
        drill=settings.DRILL,
    )


def preview_docx(brief: Brief) -> tuple[str, bytes]:
    """(file name, content) of the brief as it stands now: for a draft, marked 未签发."""
    drawn = document(brief)
    return f"{drawn.name}.docx", draw_docx(drawn)


def preview_html(brief: Brief) -> str:
    """The brief as it stands now, as a page that prints like the document."""
    return draw_html(document(brief))


def keep_documents(brief: Brief) -> Brief:
    """Draw the files of a signed brief under HUIYING_HOME/briefs. Drawing twice gives the same files.

    PDF that can not be made is no reason to wait: the sentence stands in `documents_error`.
    """
    drawn = document(brief)
    folder = Path(settings.HOME) / "briefs" / str(brief.day.year)
    folder.mkdir(parents=True, exist_ok=True)
    docx, html, pdf = (folder / f"{drawn.name}.{ending}" for ending in ("docx", "html", "pdf"))
    content = draw_docx(drawn)
    _write(docx, content)
    _write(html, draw_html(drawn).encode())
    error = make_pdf(html, pdf)
    brief.docx_path, brief.html_path = (str(path.relative_to(settings.HOME)) for path in (docx, html))
    brief.pdf_path = "" if error else str(pdf.relative_to(settings.HOME))
    brief.document_sha256 = hashlib.sha256(content).hexdigest()
    brief.documents_error = error
    brief.save(update_fields=["docx_path", "html_path", "pdf_path", "document_sha256", "documents_error"])
    return brief


def make_pdf(html: Path, pdf: Path) -> str:
    """PDF in a child process, so that no other process loads WeasyPrint. Empty, or a sentence on why there is none."""
    command = [sys.executable, "-m", "reports.pdf_child", str(html), str(pdf)]
    try:
        done = subprocess.run(
            command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=PDF_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"生成 PDF 超过 {PDF_SECONDS} 秒，已放弃；DOCX 和网页版照常。"
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return last if done.returncode == CANNOT else f"生成 PDF 出错：{last}；DOCX 和网页版照常。"


def file_of(brief: Brief, kind: str) -> Path | None:
    """The kept file of a signed brief: `docx`, `html` or `pdf`; None where it was not made."""
    name = {"docx": brief.docx_path, "html": brief.html_path, "pdf": brief.pdf_path}[kind]
    path = Path(settings.HOME) / name
    return path if name and path.is_file() else None


def _write(path: Path, content: bytes) -> None:
    half = path.with_name(f"{path.name}.half")
    half.write_bytes(content)
    half.replace(path)
