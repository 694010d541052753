"""Entry of a child process: HTML in, PDF out. Where the machine lacks libpango it says so in one sentence.

`python -m reports.pdf_child in.html out.pdf`; exit 0, or 3 where PDF can not be made on this machine, 1 otherwise.
`python -m reports.pdf_child --pages` reads the HTML from standard input and answers `{"pages": 3, "starts": {id: 1}}`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from reports.pdf_words import CANNOT, NO_PANGO, PAGES

# WeasyPrint loads libpango while it is imported: without the library the import itself fails with OSError.
try:
    from weasyprint import HTML
except OSError:
    HTML = None


def refuse(address: str, *args: Any, **more: Any) -> dict[str, Any]:
    """The document has everything in itself: nothing is fetched, whatever crawled text may say."""
    raise ValueError(f"not fetched: {address}")


def count(html: str) -> dict[str, Any]:
    """How many pages it makes, and on which each named heading stands (from 1)."""
    pages = HTML(string=html, url_fetcher=refuse).render().pages
    starts = {name: number for number, page in reversed(list(enumerate(pages, 1))) for name in page.anchors}
    return {"pages": len(pages), "starts": starts}


def main(arguments: list[str]) -> int:
    """Make the PDF beside its place first, then move it there, so that a half file is never taken for a whole one."""
    if HTML is None:
        print(NO_PANGO, file=sys.stderr)
        return CANNOT
    if arguments == [PAGES]:
        print(json.dumps(count(sys.stdin.buffer.read().decode())))
        return 0
    source, target = Path(arguments[0]), Path(arguments[1])
    half = target.with_suffix(".half")
    HTML(string=source.read_text(encoding="utf-8"), url_fetcher=refuse).write_pdf(half)
    half.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
