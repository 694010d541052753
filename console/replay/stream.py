"""A historical stream as items in the order they were published, and the lines that can not be taken."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers.dates import parse_when
from crawlers.files import columns_of, formats_of, read_rows
from crawlers.handles import Keys, single
from crawlers.items import BadLine, Door, PostItem, moment_of, text_of
from office.pack import Pack

# One key for all of a replay (rules.md 1), and always the same one, so that two runs give the same report.
REPLAY_KEYS: Keys = single(hashlib.sha256(b"huiying.replay").digest())


@dataclass
class Stream:
    """Items by publishing time (ties in the order of the files), lines refused, and the sources they name."""

    items: list[tuple[datetime, PostItem]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    voices: dict[str, str] = field(default_factory=dict)


def read_stream(paths: Iterable[Path], *, pack: Pack, at: datetime) -> Stream:
    """Read every file whole. A row without a usable time can not be placed in a replay and is quarantined.

    Raises crawlers.files.FileFault where a file can not be read at all.
    """
    stream = Stream()
    declared = next((source for source in pack.sources.sources if source.kind == "file"), None)
    config = declared.config() if declared is not None else {}
    columns = columns_of(config.get("columns"))
    formats = formats_of(columns)
    for path in paths:
        for row in read_rows(path, columns):
            stream.read += 1
            try:
                if row.data is None:
                    raise BadLine(row.reason)
                item = _item(row.data, pack=pack, config=config, formats=formats, at=at)
            except BadLine as fault:
                stream.quarantined.append({"file": path.name, "line": row.line, "reason": str(fault)})
                continue
            moment = moment_of(item.published_at)
            assert moment is not None  # _item refuses what has no time
            stream.voices.setdefault(item.source, item.voice)
            stream.items.append((moment, item))
    order = {id(item): place for place, (_, item) in enumerate(stream.items)}
    stream.items.sort(key=lambda pair: (pair[0], order[id(pair[1])]))
    return stream


def _item(
    data: Mapping[str, object], *, pack: Pack, config: Mapping[str, Any], formats: tuple[str, ...], at: datetime
) -> PostItem:
    when = parse_when(data.get("published_at"), pack.zone, formats, fetched_at=at)
    if when.at is None:
        raise BadLine(f"没有可用的发布时间（{text_of(data.get('published_at'))[:40] or '空'}），回放无法安排先后")
    name = text_of(data.get("source")) or str(config.get("name") or "导入文件")
    door = Door(
        source=name,
        platform=text_of(data.get("platform")) or (name if data.get("source") else str(config.get("platform") or name)),
        voice=text_of(data.get("voice")) or str(config.get("voice") or "public"),
        zone=pack.zone,
        keys=REPLAY_KEYS,
        kind="file",
        formats=formats,
    )
    # What a visitor would have fetched is fetched the moment it was published: a replay has no delay of its own.
    item = door.admit(data, fetched_at=when.at.astimezone(UTC))
    if item.voice not in ("public", "media", "official", "own"):
        raise BadLine(f"声音“{item.voice}”不认识，只能是 public、media、official、own")
    return item
