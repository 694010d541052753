"""A million made posts for the search bench, written in bulk, and the clocks around a search. Loaded after the home."""

import csv
import gzip
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after setup
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Model, Q  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402

from analysis.models import Membership, Reading, Topic  # noqa: E402
from analysis.search import COUNTED, Query  # noqa: E402
from analysis.services.indexing import settle, waiting  # noqa: E402
from bench.homes import SEARCHED_AT as AT  # noqa: E402
from console.queries import search  # noqa: E402
from console.queries.conditions import asked  # noqa: E402
from crawlers.models import Post, Source  # noqa: E402
from office.models import User  # noqa: E402
from office.pack.current import current_pack  # noqa: E402
from office.roles import Role  # noqa: E402

# Stock phrases of letters, written for this bench: long searches that many posts answer.
STOCK = (
    "尊敬的领导您好我是本小区业主",
    "希望有关部门尽快解决还居民安宁",
    "严重影响居民正常生活休息",
    "多次打电话投诉一直没有人来处理",
    "请问什么时候能够恢复正常供应",
    "门口的路灯坏了一个月晚上看不见路",
)
LENGTHS = (30, 50, 70, 100)
SOURCES, TOPICS, DAYS = 120, 2000, 365
KINDS = ("投诉", "求助", "咨询", "建议", "其他")
BATCH = 5000
ROUNDS = 5  # of each search, after one that warms; the median counts


@dataclass(frozen=True)
class Measured:
    """Milliseconds of the results (wall clock: median and best round; processor) and of the page; number of hits."""

    results: float
    best: float
    processor: float
    page: float
    hits: int


def prepare(posts: int, *, say: Callable[[str], object]) -> None:
    """The database with that many posts, indexed; one that is there already is used as it is."""
    call_command("migrate", verbosity=0)
    have = Post.objects.count()
    if have < posts:
        began = time.monotonic()
        _people_and_sources()
        _posts(range(have, posts), _clauses(Path(settings.DATA)))
        say(f"{posts} posts made in {time.monotonic() - began:.0f} s, mean {_mean():.0f} characters")
    if left := waiting():
        began = time.monotonic()
        while settle(at=AT):
            pass
        seconds = time.monotonic() - began
        say(f"{left} posts indexed in {seconds:.0f} s, {left / seconds:.0f} posts/s")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'analysis_searchindex%'")
        index = cursor.fetchone()[0]
    whole = Path(str(connection.settings_dict["NAME"])).stat().st_size
    say(f"index {index / 1e6:.0f} MB of {whole / 1e6:.0f} MB")


def measure(words: str, conditions: str) -> Measured:
    """One search, warm."""
    params = QueryDict(conditions, mutable=True)
    params["q"] = words
    found = asked(params.dict(), at=AT)
    hits = 0
    times, busy = [], []
    for _ in range(ROUNDS + 1):
        began, worked = time.perf_counter(), time.thread_time()
        hits = _results(found.query)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - worked) * 1000)
    client = _client()
    began = time.perf_counter()
    answer = client.get(f"/search/?{params.urlencode()}")
    page = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, (words, conditions, answer.status_code)
    return Measured(statistics.median(times[1:]), min(times[1:]), statistics.median(busy[1:]), page, hits)


def like(words: str, conditions: str) -> float:
    """Milliseconds of the same search by LIKE: the 20 newest and the count up to 10 000."""
    params = QueryDict(conditions, mutable=True)
    params["q"] = words
    query = asked(params.dict(), at=AT).query
    began = time.perf_counter()
    rows = _by_like(query).order_by("-seen_at", "-id").select_related("source", "reading", "membership__topic")
    list(rows[: search.PER_PAGE])
    _by_like(query).order_by().values("pk")[: COUNTED + 1].count()
    return (time.perf_counter() - began) * 1000


def _results(query: Query) -> int:
    posts, _ = search.page_of(query, 1)
    hits = search.hits(posts, query.words)
    newest = search.newest_of(query, hits, first_page=True)
    return search.beside(query, at=AT, newest=newest).figures.total


def _client() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="bench"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _by_like(query: Query) -> Any:
    posts = Post.objects.all()
    for group in query.words.every:
        posts = posts.filter(_any(Q(text__icontains=t.written) | Q(title__icontains=t.written) for t in group))
    for term in query.words.none:
        posts = posts.exclude(Q(text__icontains=term.written) | Q(title__icontains=term.written))
    fields = {"reading__klass": query.klass, "reading__kind": query.kind, "reading__sentiment": query.sentiment}
    for path, values in {**fields, "voice": query.voice, "source": query.source}.items():
        if values:
            posts = posts.filter(**{f"{path}__in": values})
    for path, names in (("streets", query.street), ("places", query.place), ("units", query.unit)):
        for name in names:  # names of a list in JSON, as it is written
            escaped = json.dumps(name)[1:-1]
            posts = posts.filter(**{f"reading__{path}__icontains": escaped})
    if query.relevant is not None:
        posts = posts.filter(reading__relevant=query.relevant)
    if query.first:
        posts = posts.filter(copy_of=None, is_repost=False)
    if query.topic is not None:
        posts = posts.filter(membership__topic__in=query.topic)
    if query.since is not None:
        posts = posts.filter(seen_at__gte=query.since)
    return posts if query.until is None else posts.filter(seen_at__lt=query.until)


def _any(conditions: Iterator[Q]) -> Q:
    whole = Q()
    for condition in conditions:
        whole |= condition
    return whole


# --- making ----------------------------------------------------------------------------------------------------------


def _clauses(folder: Path) -> list[str]:
    """Clauses of real posts, letters and hot titles, with the sign they end by."""
    if not folder.exists():
        sys.exit(f"{folder} is not there: set HUIYING_DATA to the folder of real data the posts are made from")
    texts: list[str] = []
    for name in ("usual_train.tsv", "virus_train.tsv"):
        lines = (folder / "emotion_weibo" / name).read_text(encoding="utf-8").splitlines()[1:]
        texts.extend(line.partition("\t")[2] for line in lines)
    for name in ("labelled_train.csv", "stream_before_2019-07.csv"):
        with (folder / "citizen_messages" / name).open(encoding="utf-8-sig", newline="") as file:
            texts.extend(value for row in csv.DictReader(file) for value in row.values() if value and len(value) > 15)
    comments = folder / "epidemic_comments" / "training_texts.csv"
    texts.extend(comments.read_text(encoding="utf-8", errors="ignore").splitlines()[1:])
    with gzip.open(folder / "hot_search" / "titles_2020-11_2021-12.tsv.gz", "rt", encoding="utf-8") as titles:
        texts.extend(line.split("\t")[-1] for line in titles)
    found = [
        clause.strip() for text in texts for clause in re.findall(r"[^。！？!?；;，,、\n]+[。！？!?；;，,、\n]?", text)
    ]
    return [clause for clause in found if 3 < len(clause) < 60]


def _people_and_sources() -> None:
    User.objects.get_or_create(
        username="bench",
        defaults={"name": "测速", "roles": [r.value for r in Role], "created_at": AT, "must_change_password": False},
    )
    if not Source.objects.exists():
        Source.objects.bulk_create(
            Source(
                key=f"made-{n}", name=f"测速来源{n}", klass="board", kind="board", voice=_voice(n), platform=f"made-{n}"
            )
            for n in range(SOURCES)
        )
        Topic.objects.bulk_create(
            Topic(title=f"第 {n} 件事", first_post_at=AT, last_post_at=AT, episode_started_at=AT, changed_at=AT)
            for n in range(TOPICS)
        )


def _voice(number: int) -> str:
    return "public" if number % 5 else "media" if number % 2 else "official"


def _posts(numbers: range, clauses: list[str]) -> None:
    dice = random.Random(numbers.start + 1)
    pack = current_pack()
    classes = [c.name for c in pack.taxonomy.classes] + [pack.taxonomy.other] * 8
    streets = [street.name for street in pack.gazetteer.streets]
    units = [unit.name for unit in pack.departments.departments[:40]]
    sources = list(Source.objects.order_by("pk"))
    topics = list(Topic.objects.order_by("pk").values_list("pk", flat=True))
    post_row, reading_row, member_row = _Bulk(Post), _Bulk(Reading), _Bulk(Membership)
    step = timedelta(days=DAYS) / max(1, numbers.stop)
    for first in range(numbers.start, numbers.stop, BATCH):
        posts, readings, members = [], [], []
        for number in range(first, min(first + BATCH, numbers.stop)):
            source = sources[min(len(sources) - 1, int(dice.expovariate(1 / 15)))]
            at = _moment(AT - timedelta(days=DAYS) + step * number)
            pk, relevant = number + 1, dice.random() < 0.4
            posts.append(
                post_row.of(
                    id=pk, source_id=source.pk, platform=source.platform, voice=source.voice, text=_text(dice, clauses),
                    title=dice.choice(clauses) if dice.random() < 0.3 else "", text_key=f"{pk:064d}", seen_at=at,
                    published_at=at, fetched_at=at, precision="minute", step=2, is_repost=dice.random() < 0.1,
                )
            )  # fmt: skip
            readings.append(
                reading_row.of(
                    id=pk, post_id=pk, version="made", at=at, relevant=relevant, confidence=0.9,
                    sentiment=dice.choice(("negative", "negative", "neutral", "neutral", "neutral", "positive")),
                    klass=dice.choice(classes), kind=dice.choice(KINDS),
                    streets=json.dumps([dice.choice(streets)] if relevant else []),
                    places=json.dumps([{"name": dice.choice(("青槐路", "福谊里"))}] if dice.random() < 0.05 else []),
                    units=json.dumps([{"name": dice.choice(units)}] if relevant else []),
                )
            )  # fmt: skip
            if relevant:
                topic = topics[int(dice.random() ** 2 * len(topics))]
                members.append(member_row.of(id=pk, post_id=pk, topic_id=topic, at=at))
        with transaction.atomic():
            for bulk, rows in ((post_row, posts), (reading_row, readings), (member_row, members)):
                bulk.write(rows)


class _Bulk:
    """Rows of a model by plain INSERT, its defaults filled in: ten times as fast as objects."""

    def __init__(self, model: type[Model]) -> None:
        fields = model._meta.local_concrete_fields
        self._columns = [str(field.column) for field in fields]
        self._defaults = {str(f.column): f.get_db_prep_save(f.get_default(), connection) for f in fields}
        names = ", ".join(f'"{column}"' for column in self._columns)
        marks = ", ".join("?" for _ in self._columns)
        self._sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})'

    def of(self, **values: Any) -> list[Any]:
        return [values.get(column, self._defaults[column]) for column in self._columns]

    def write(self, rows: list[list[Any]]) -> None:
        connection.connection.executemany(self._sql, rows)


def _text(dice: random.Random, clauses: list[str]) -> str:
    text, length = "", dice.choice(LENGTHS)
    if dice.random() < 0.1:
        text = dice.choice(STOCK) + "，"
    while len(text) < length:
        text += dice.choice(clauses)
    return text


def _moment(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _mean() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT avg(length(text)) FROM (SELECT text FROM crawlers_post LIMIT 20000)")
        return float(cursor.fetchone()[0])
