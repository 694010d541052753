"""Posts as commands take them: JSON Lines from files or standard input, masked before anything else is done."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from analysis.reader import PostIn
from crawlers.canonical import text_key
from crawlers.dates import parse_when
from crawlers.items import FIELDS, MAX_TEXT, MAX_TITLE, count_of, text_of
from crawlers.masking import mask
from office.pack import Pack

T = TypeVar("T")
VOICES = ("public", "media", "official", "own")


class LineFault(Exception):
    """A line that is no post; `str(error)` names file, line and reason in Chinese."""


@dataclass(frozen=True)
class PostLine:
    """A post of the input. `id` as given (or the number of the line); `passed`: fields that are none of ours.

    `who`: the author within the platform, only for counting voices in memory; never written out. `words`: key of the
    normalised text.
    """

    id: Any
    passed: dict[str, Any]
    post: PostIn
    platform: str
    who: str
    words: str
    interactions: int
    is_repost: bool


def json_lines(files: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects with their place (“文件 第 n 行”); blank lines are skipped. Progress on a terminal. Raises LineFault."""
    for path in files or (None,):
        name = path.name if path else "标准输入"
        try:
            stream = path.open("rb") if path else sys.stdin.buffer
        except OSError as error:
            raise LineFault(f"读不到文件 {path}（{error.strerror}）") from error
        with stream:
            bar = tqdm(stream, unit=" 行", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False)
            for number, raw in enumerate(bar, start=1):
                if not raw.strip():
                    continue
                place = f"{name} 第 {number} 行"
                try:
                    value = json.loads(raw.decode("utf-8-sig"))
                except (UnicodeDecodeError, json.JSONDecodeError) as error:
                    raise LineFault(f"{place}：不是 UTF-8 的 JSON") from error
                if not isinstance(value, dict):
                    raise LineFault(f"{place}：应为一个 JSON 对象")
                yield place, value


def post_lines(files: Sequence[Path], *, pack: Pack, at: datetime) -> Iterator[PostLine]:
    """Posts by the field list of docs/commands.md. Raises LineFault where a line can not be taken."""
    registered = {name: source for source in pack.sources.sources for name in (source.id, source.name)}
    by_file = next((source for source in pack.sources.sources if source.kind == "file"), None)
    for number, (place, given) in enumerate(json_lines(files), start=1):
        name = text_of(given.get("source"))
        source = registered.get(name, by_file)
        voice = text_of(given.get("voice")) or (source.voice if source else "public")
        if voice not in VOICES:
            raise LineFault(f"{place}：voice 写的是“{voice}”，只能是 {'、'.join(VOICES)}")
        official = voice in ("official", "own")
        text = mask(text_of(given.get("text"))[:MAX_TEXT], official=official).text
        platform = text_of(given.get("platform")) or name or (source.platform if source else "")
        author = text_of(given.get("author"))
        yield PostLine(
            id=given.get("id", number),
            passed={key: value for key, value in given.items() if key not in FIELDS},
            post=PostIn(
                id=str(number),
                text=text,
                title=mask(text_of(given.get("title"))[:MAX_TITLE], official=official).text,
                voice=voice,
                scope=source.scope if source else "open",
                source=name or (source.name if source else ""),
                published_at=parse_when(given.get("published_at"), pack.zone, fetched_at=at).at,
            ),
            platform=platform,
            who=f"{platform}\n{author}" if author else f"\n{number}",
            words=text_key(text)[0],
            interactions=sum(count_of(given.get(key)) or 0 for key in ("likes", "reposts", "comments")),
            is_repost=bool(given.get("is_repost")),
        )


def batches(rows: Iterable[T], size: int = 200) -> Iterator[list[T]]:
    """Rows in lists of at most `size`."""
    several = iter(rows)
    while batch := list(islice(several, size)):
        yield batch
