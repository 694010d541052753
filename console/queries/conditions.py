"""The conditions in an address: what they ask of the index, and the chips that say them and take them away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.http import urlencode

from analysis.models import Topic
from analysis.search import BadWords, Order, Query, parse
from console.queries import addresses
from console.queries.asked import posts_of
from crawlers.models import Post, Source
from responses.models import Issue

VOICES = {"public": "公众", "media": "媒体", "official": "官方", "own": "自有"}
FEELINGS = {"negative": "负面", "neutral": "中性", "positive": "正面"}
SPANS = {"1": "今天", "3": "近 3 天", "7": "近 7 天", "30": "近 30 天", "90": "近 90 天", "365": "近一年"}
MOST_VALUES = 20  # of one condition
MOST_NUMBERS = 2000  # posts named one by one


@dataclass(frozen=True)
class Chip:
    """One condition: its name, its value in words, the parameters that carry it, the address without it."""

    name: str
    words: str
    keys: tuple[str, ...]
    without: str = ""


@dataclass(frozen=True)
class Asked:
    """What an address asks: the query and its words, or the sentence that says why it can not be asked."""

    line: str
    query: Query
    chips: list[Chip]
    given: Mapping[str, str]
    refused: str = ""

    @property
    def told(self) -> str:
        """The search in one line, for the trail and the head of a file."""
        parts = [f"找 {self.line}"] if self.line else []
        return "；".join([*parts, *(f"{chip.name} {chip.words}" for chip in self.chips)]) or "全部帖文"

    @property
    def words_skipped(self) -> str:
        """What of the line could not be searched: `“😡”`."""
        return "、".join(f"“{piece}”" for piece in self.query.words.skipped)

    @property
    def address(self) -> str:
        """The parameters of this search, without the page; the same search has the same address."""
        return urlencode(self.given)


@dataclass
class _Building:
    """Conditions read so far: fields of the query and chips."""

    given: Mapping[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    chips: list[Chip] = field(default_factory=list)

    def chip(self, name: str, words: Any, *keys: str) -> None:
        rest = {key: value for key, value in self.given.items() if key not in keys}
        self.chips.append(Chip(name, str(words), keys, f"?{urlencode(rest)}"))

    def values(self, key: str) -> tuple[str, ...]:
        """The values of a parameter, parted by commas."""
        parts = (part.strip() for part in self.given.get(key, "").split(","))
        return tuple(dict.fromkeys(part for part in parts if part))[:MOST_VALUES]


def asked(params: Mapping[str, Any], *, at: datetime) -> Asked:
    """The conditions of an address. What cannot be one is none; words that cannot be searched are refused."""
    given = {
        k: v
        for k, v in params.items()
        if isinstance(v, str) and v and k not in ("page", "saved", "csrfmiddlewaretoken")
    }
    building = _Building(given)
    line = given.get("q", "").strip()
    refused = ""
    try:
        building.fields["words"] = parse(line)
    except BadWords as error:
        refused = str(error)
    _names(building)
    _sets(building)
    _only(building)
    _time(building, at=at)
    if given.get("order") == Order.BEST and line:
        building.fields["order"] = Order.BEST
    return Asked(line, replace(Query(), **building.fields), building.chips, given, refused)


def _names(building: _Building) -> None:
    """Conditions on what a post was read to be."""
    kinds: tuple[tuple[str, str, Mapping[str, str]], ...] = (
        ("klass", "类别", {}),
        ("kind", "诉求", {}),
        ("sentiment", "情绪", FEELINGS),
        ("voice", "声音", VOICES),
        ("street", "街道", {}),
        ("place", "地名", {}),
        ("unit", "单位", {}),
        ("platform", "平台", {}),
    )
    for key, name, words in kinds:
        if values := building.values(key):
            building.fields[key] = values
            building.chip(name, "、".join(words.get(value, value) for value in values), key)
    if sources := addresses.numbers(building.given.get("source", ""))[:MOST_VALUES]:
        building.fields["source"] = tuple(sources)
        names = Source.objects.filter(pk__in=sources).values_list("name", flat=True)
        building.chip("来源", "、".join(names) or "没有这个来源", "source")


def _sets(building: _Building) -> None:
    """Conditions that name a small set of posts."""
    given = building.given
    topics: tuple[int, ...] | None = None
    if number := addresses.number(given.get("topic")):
        topics = (number,)
        title = Topic.objects.filter(pk=number).values_list("title", flat=True).first()
        building.chip("热点", title or "没有这个热点", "topic", "episode")
    if number := addresses.number(given.get("episode")):
        building.fields["episode"] = number
        building.chip("段", f"第 {number} 段", "episode")
    if number := addresses.number(given.get("issue")):
        issue = Issue.objects.select_related("matter").filter(pk=number).first()
        of_issue = tuple(Topic.objects.filter(matters__issue=number).values_list("pk", flat=True))
        topics = of_issue if topics is None else tuple(set(topics) & set(of_issue))
        building.chip("舆情", issue.matter.title if issue else "没有这件舆情", "issue")
    if topics is not None:
        building.fields["topic"] = topics
    if number := addresses.number(given.get("copy_of")):
        building.fields["copies_of"] = number
        building.chip("同文", f"与第 {number} 帖", "copy_of")
    if number := addresses.number(given.get("question")):
        asking = posts_of(number)
        building.fields["posts"] = tuple(asking)
        building.chip("只看", f"问同一个问题的 {len(asking)} 帖", "question")
    if number := addresses.number(given.get("after")):
        fresh = list(Post.objects.filter(pk__gt=number).order_by("-pk").values_list("pk", flat=True)[:MOST_NUMBERS])
        building.fields["posts"] = tuple(fresh) or (0,)  # no post has this number
        most = f"，只看最近的 {MOST_NUMBERS} 帖" if len(fresh) == MOST_NUMBERS else ""
        building.chip("只看", f"上次看过以后新到的{most}", "after")
    if numbers := addresses.numbers(given.get("ids", ""))[:MOST_NUMBERS]:
        building.fields["posts"] = tuple(numbers)
        building.chip("只看", f"依据的 {len(numbers)} 帖", "ids")


def _only(building: _Building) -> None:
    given = building.given
    if given.get("relevant") in {"0", "1"}:
        building.fields["relevant"] = given["relevant"] == "1"
        building.chip("只看", "与本区相关" if given["relevant"] == "1" else "不相关", "relevant")
    if given.get("first"):
        building.fields["first"] = True
        building.chip("同文", "只看首发（不含同文、转发）", "first")
    elif given.get("copies"):
        building.fields["copies"] = True
        building.chip("同文", "只看同文、转发", "copies")


def _time(building: _Building, *, at: datetime) -> None:
    """The span of time: a day, the last days, from a day to a day (both included), from a moment to a moment."""
    given = building.given
    since: list[datetime] = []
    until: list[datetime] = []
    if day := addresses.day(given.get("day", "")):
        since.append(day[0])
        until.append(day[1])
        building.chip("日期", f"{day[0]:%Y-%m-%d}", "day")
    if days := SPANS.get(given.get("span", "")):
        today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        since.append(today - timedelta(days=int(given["span"]) - 1))
        building.chip("时间", days, "span")
    for key, name, bounds, end in (("from", "从", since, 0), ("to", "到", until, 1)):
        if day := addresses.day(given.get(key, "")):
            bounds.append(day[end])
            building.chip(name, f"{day[0]:%Y-%m-%d}", key)
    for key, name, bounds in (("since", "从", since), ("until", "到", until)):
        if moment := addresses.moment(given.get(key, "")):
            bounds.append(moment)
            building.chip(name, f"{timezone.localtime(moment):%Y-%m-%d %H:%M}", key)
    if since:
        building.fields["since"] = max(since)
    if until:
        building.fields["until"] = min(until)


def kept(given: Mapping[str, str], shown: Iterable[str]) -> list[tuple[str, str]]:
    """Parameters that the form has no field for: they go along hidden."""
    fields = set(shown)
    return [(key, value) for key, value in given.items() if key not in fields]
