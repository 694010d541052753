"""Words that lie in kept files: lines of the inbox and of imports, overwritten in their place or gone with the file."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

from crawlers.canonical import address_key, text_key
from crawlers.files import physical_lines
from crawlers.items import BadLine, parse_line
from crawlers.models import InboxFile, Post, Quarantine

LINES = (".jsonl", ".csv", ".tsv", ".txt")  # files in which a line has its place


def drop_imports(posts: Iterable[Post]) -> int:
    """Imported files that these posts came from: they hold what was said before it was masked. How many went.

    A line of such a file that was not taken in can not be taken in any more.
    """
    gone = 0
    for source, arrived in {(post.source_id, post.fetched_at) for post in posts}:
        for inbox in InboxFile.objects.filter(kind="import", source=source, arrived_at=arrived, done_at__isnull=False):
            path = Path(settings.HOME) / inbox.path
            gone += path.exists()
            path.unlink(missing_ok=True)
    return gone


def blank_line(line: Quarantine) -> int:
    """Overwrite one line of a kept file with blanks; where lines have no place of their own the file goes. 1 or 0."""
    path = Path(settings.HOME) / line.inbox.path
    if not path.exists():
        return 0
    if path.suffix not in LINES:
        path.unlink(missing_ok=True)
        return 1
    _blank(path, line.offset, line.length)
    return 1


def blank_inbox(keys: Sequence[str] | set[str]) -> int:
    """Lines of the inbox that hold something removed; how many. Those not yet taken in are turned away anyhow."""
    found = 0
    for path in sorted((Path(settings.HOME) / "inbox").glob("*.jsonl")):
        with path.open("rb") as file:
            places = [(offset, length) for offset, length, piece in physical_lines(file, 0) if _holds(piece, keys)]
        for offset, length in places:
            _blank(path, offset, length)
        found += len(places)
    return found


def _holds(piece: bytes | None, keys: Sequence[str] | set[str]) -> bool:
    if not piece or not piece.strip():
        return False
    try:
        data = parse_line(piece)
    except (BadLine, json.JSONDecodeError):
        return False
    address = address_key(str(data.get("url") or data.get("address") or ""))
    return text_key(str(data.get("text") or ""))[0] in keys or (address is not None and address in keys)


def _blank(path: Path, offset: int, length: int) -> None:
    """The end of the line stays, so that the places of all others do."""
    with path.open("r+b") as file:
        file.seek(offset)
        ends = len(piece := file.read(length)) - len(piece.rstrip(b"\r\n"))
        file.seek(offset)
        file.write(b" " * (len(piece) - ends))
