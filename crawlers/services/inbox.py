"""From the inbox into the database, line by line, in short transactions that remember how far they came.

The place in the file moves in the same transaction as the posts it brought: killed anywhere, nothing is lost and
nothing comes twice. Two workers on one file: the place moves by conditional update, and the slower one steps back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from crawlers.bylines import hidden_author
from crawlers.files import FileFault, Row, columns_of, formats_of, physical_lines, read_rows
from crawlers.handles import Keys, current_keys
from crawlers.items import BadLine, Door, PostItem, made_item, parse_line, text_of
from crawlers.masking import mask
from crawlers.models import InboxFile, Quarantine, Source
from crawlers.services.ingest import ingest_items, sources_of
from office.pack.current import current_pack

BATCH = 200  # lines of one transaction: some 100 ms, so that other writers get their turn
PER_SWEEP = 1000  # lines of one sweep, so that reading begins on what is there
KEPT = timedelta(hours=1)  # of a crawled file that was taken in; with a line in quarantine it stays
PREVIEW = 2000  # letters (rules.md 11)
SETTLED = timedelta(minutes=1)  # after it, a last line without its end will not get one any more


@dataclass
class _Line:
    """One line on its way in: an item, or the reason it is none."""

    line: int
    offset: int
    length: int
    item: PostItem | None = None
    reason: str = ""
    raw: str = ""


@dataclass
class Taken:
    """What a sweep took in."""

    lines: int = 0
    stored: int = 0
    repeats: int = 0
    quarantined: int = 0
    post_ids: list[int] = field(default_factory=list)


class Overtaken(Exception):
    """Another worker moved this file on; it goes on alone."""


def keys_in_force(at: datetime) -> Keys:
    return current_keys(Path(settings.HOME) / "keys" / "handles.json", at=at)


def ingest_files(*, at: datetime, limit: int = PER_SWEEP) -> Taken:
    """Take in what lies in the inbox, crawled files first, some `limit` lines. Database errors pass through."""
    register_files(at=at)
    total = Taken()
    waiting = InboxFile.objects.filter(done_at=None).select_related("source")
    for inbox in waiting.order_by(F("kind").asc(), "arrived_at", "id"):  # crawl before import
        if total.lines >= limit:
            break
        try:
            _take_file(inbox, total, at=at, limit=limit)
        except Overtaken:
            continue
    return total


def register_files(*, at: datetime) -> int:
    """Note files that appeared in the inbox; files that grew are open again; old ones that are done go away."""
    folder = Path(settings.HOME) / "inbox"
    if not folder.is_dir():
        return 0
    sizes = {f"inbox/{p.name}": p.stat().st_size for p in sorted(folder.glob("*.jsonl"))}
    if not sizes:
        return 0
    known = {f.path: f for f in InboxFile.objects.filter(path__in=list(sizes))}
    fresh = [InboxFile(path=name, kind="crawl", arrived_at=at) for name in sizes if name not in known]
    if fresh:
        InboxFile.objects.bulk_create(fresh, ignore_conflicts=True)
    for name, row in known.items():
        if row.done_at is None:
            continue
        if sizes[name] > row.offset:
            InboxFile.objects.filter(pk=row.pk).update(done_at=None)
        elif row.done_at < at - KEPT and not Quarantine.objects.filter(inbox=row, retaken_at=None).exists():
            (Path(settings.HOME) / name).unlink(missing_ok=True)
    return len(fresh)


def _take_file(inbox: InboxFile, total: Taken, *, at: datetime, limit: int) -> None:
    path = Path(settings.HOME) / inbox.path
    lines = _import_lines(inbox, path, at=at) if inbox.kind == "import" else _crawl_lines(inbox, path, at=at)
    while total.lines < limit:
        try:
            batch = list(islice(lines, BATCH))
        except (FileFault, OSError) as fault:
            words = str(fault) if isinstance(fault, FileFault) else f"文件读不出来：{fault.strerror}"
            InboxFile.objects.filter(pk=inbox.pk).update(done_at=at, error=words)
            return
        _take_batch(inbox, batch, total, at=at, last=len(batch) < BATCH)
        if len(batch) < BATCH:
            return


def _take_batch(inbox: InboxFile, batch: list[_Line], total: Taken, *, at: datetime, last: bool) -> None:
    known = sources_of(line.item for line in batch if line.item is not None) if inbox.source is None else {}
    for line in batch:  # lines already made name their source; it may have left the register
        if line.item is not None and inbox.source is None and line.item.source not in known:
            line.reason, line.raw = f"来源“{line.item.source[:60]}”没有登记", line.item.text
            line.item = None
    good = [line.item for line in batch if line.item is not None]
    bad = [line for line in batch if line.item is None and line.reason]
    end = batch[-1].offset + batch[-1].length if batch else inbox.offset
    with transaction.atomic():
        moved = InboxFile.objects.filter(pk=inbox.pk, offset=inbox.offset, done_at=None).update(
            offset=end,
            lines=F("lines") + len(batch),
            quarantined=F("quarantined") + len(bad),
            done_at=at if last else None,
        )
        if not moved:
            raise Overtaken
        result = ingest_items(good, source=inbox.source, at=at, history=inbox.historical)
        if good:
            InboxFile.objects.filter(pk=inbox.pk).update(
                stored=F("stored") + result.stored, repeats=F("repeats") + result.repeats
            )
        Quarantine.objects.bulk_create(
            [
                Quarantine(
                    inbox=inbox,
                    line=b.line,
                    offset=b.offset,
                    length=b.length,
                    reason=b.reason[:300],
                    preview=mask(hidden_author(b.raw[: PREVIEW * 2]).replace("\0", "␀")).text[:PREVIEW],
                    at=at,
                )
                for b in bad
            ],
            ignore_conflicts=True,
        )
    inbox.offset = end
    total.lines += len(batch)
    total.stored += result.stored
    total.repeats += result.repeats
    total.quarantined += len(bad)
    total.post_ids += result.post_ids


class Doors:
    """The door of each registered source, for lines that come raw."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._doors: dict[str, Door] = {}

    def read(self, piece: bytes, *, at: datetime) -> PostItem:
        """The item of a line of an inbox file. Raises BadLine."""
        data = parse_line(piece)
        item = made_item(data)
        if item is None:
            item = self._of(text_of(data.get("source"))).admit(data, fetched_at=at)
        if not item.source:
            raise BadLine("没有写明来源")
        return item

    def _of(self, key: str) -> Door:
        if key not in self._doors:
            source = Source.objects.filter(key=key).first()
            if source is None:
                raise BadLine(f"来源“{key[:60]}”没有登记" if key else "没有写明来源")
            self._doors[key] = door_of(source, keys=self._keys)
        return self._doors[key]


def _crawl_lines(inbox: InboxFile, path: Path, *, at: datetime) -> Iterator[_Line]:
    """Lines of an inbox file from where it stopped. A last line without its end is left until it has one."""
    doors = Doors(keys_in_force(at))
    number = inbox.lines
    with path.open("rb") as file:
        for offset, length, piece in physical_lines(file, inbox.offset):
            if piece is not None and not piece.endswith(b"\n") and _unfinished(piece, inbox, at=at):
                return
            number += 1
            line = _Line(number, offset, length)
            if piece is None:
                line.reason = f"一行有 {length / 1e6:.1f} MB，超过 1 MB 的上限"
            elif piece.strip():
                try:
                    line.item = doors.read(piece, at=at)
                except BadLine as error:
                    line.reason = str(error)
                    line.raw = piece[: PREVIEW * 4].decode("utf-8", errors="replace")
            yield line


def _unfinished(piece: bytes, inbox: InboxFile, *, at: datetime) -> bool:
    """A writer may still be at the last line; crawled files come whole, so this is a file put there by hand."""
    return not piece.rstrip().endswith(b"}") and at - inbox.arrived_at < SETTLED


def _import_lines(inbox: InboxFile, path: Path, *, at: datetime) -> Iterator[_Line]:
    source = inbox.source
    if source is None:
        raise FileFault("导入文件没有来源")
    columns = columns_of(source.config.get("columns"))
    door = door_of(source, keys=keys_in_force(at))
    for row in read_rows(path, columns, offset=inbox.offset):
        yield _line_of(row, door, fetched_at=inbox.arrived_at)


def _line_of(row: Row, door: Door, *, fetched_at: datetime) -> _Line:
    line = _Line(row.line, row.offset, row.length, reason=row.reason, raw=row.raw)
    if row.data is not None:
        try:
            line.item = door.admit(row.data, fetched_at=fetched_at)
        except BadLine as error:
            line.reason = str(error)
            line.raw = hidden_author(line.raw, text_of(row.data.get("author")))
    return line


def door_of(source: Source, *, keys: Keys) -> Door:
    """The door of a file source: its platform and voice, the pack's zone, its columns' date formats."""
    return Door(
        source=source.key,
        platform=source.platform,
        voice=source.voice,
        zone=current_pack().zone,
        keys=keys,
        kind="file",
        formats=formats_of(columns_of(source.config.get("columns"))),
    )
