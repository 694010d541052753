"""A made stock of posts in a throw-away home, written in bulk: what the benches of keeping an installation work on.

Loaded after the home is known (settings read the environment). Posts are read, filed under topics, with snapshots and
entries in the index of copies; nothing waits for a sweep. Texts are put together from fixed phrases, some 150
characters long; nobody's words.
"""

import random
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - after setup
from django.test import Client  # noqa: E402

from alerts.models import Matter  # noqa: E402
from analysis.copies import whole  # noqa: E402
from analysis.models import CopyKey, Membership, Reading, SearchPending, Topic, TopicDay  # noqa: E402
from analysis.services.indexing import settle  # noqa: E402
from analysis.similarity import copy_keys  # noqa: E402
from bench.homes import manage  # noqa: E402
from crawlers.models import Post, Snapshot, Source, Tombstone  # noqa: E402
from office.models import User  # noqa: E402
from office.roles import Role  # noqa: E402
from office.services import access  # noqa: E402
from responses.models import Issue  # noqa: E402

BATCH = 5000
PHRASES = (
    "小区里的路灯坏了一个多星期，晚上走路看不见，老人孩子出门都要打手电",
    "打了几次电话都说已经登记，可是一直没有人来看，也没有人回电话",
    "楼下的饭馆油烟很大，一开窗全是味道，夏天只能关着窗户睡觉",
    "停水也不提前通知，早上起来没法做饭洗漱，上班都迟到了",
    "地下车库积水有半个月了，车位交着钱不能用，物业说要等上面批",
    "公园门口的共享单车堆成一片，盲道都占满了，轮椅根本过不去",
    "希望有关部门能来看一看，给大家一个准确的说法和时间",
    "孩子上学的路口没有红绿灯，早晚高峰车开得很快，家长都很担心",
    "电梯一个月坏了四回，住在十二层的老人被困在家里下不来",
    "施工到后半夜还在响，工地的灯照得屋里通亮，整条街都睡不好",
)


def prepare() -> User:
    """Tables, pack, one person who holds every role."""
    done = subprocess.run(manage("run", "--prepare-only"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    settle(at=datetime.now(UTC))  # the search index notes by which rules it is made, while there is nothing to index
    return User.objects.create(
        username="bench",
        name="测速",
        roles=[role.value for role in Role],
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        must_change_password=False,
    )


def fill(
    count: int, *, begin: datetime, days: int, topics: int, cases: int = 0, copies: bool = True, seed: int = 1
) -> None:
    """`count` posts fetched evenly over `days` from `begin`, under `topics` topics; the first `cases` have a case."""
    dice = random.Random(seed)
    source, _ = Source.objects.get_or_create(
        key="made",
        defaults={
            "name": "测速来源",
            "klass": "board",
            "kind": "file",
            "voice": "public",
            "platform": "made",
            "scope": "district",
        },
    )
    made = _topics(topics, begin, days)
    for topic in made[:cases]:
        _case(topic, begin)
    step = timedelta(days=days) / count
    start = Post.objects.count()
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        with transaction.atomic():
            _write(source, made, [(start + n, begin + step * n) for n in numbers], dice, copies=copies)


def _write(
    source: Source, topics: list[Topic], places: list[tuple[int, datetime]], dice: random.Random, *, copies: bool
) -> None:
    posts = Post.objects.bulk_create(
        Post(
            source=source,
            address=f"https://made.test/t/{n}",
            address_key=f"{n:064x}",
            platform="made",
            voice="public",
            handle=f"{n % 90_000:064x}",
            title=f"第 {n} 号反映",
            text=f"{n}号反映：" + "。".join(dice.sample(PHRASES, 4)) + f"。位置在第{dice.randrange(9999)}号院。",
            text_key=f"{n:064x}",
            published_at=at,
            precision="minute",
            fetched_at=at,
            seen_at=at,
            step=2,
            likes=n % 300,
        )
        for n, at in places
    )
    Snapshot.objects.bulk_create(
        Snapshot(post=p, fetched_at=p.fetched_at, address=p.address, page_sha256=p.text_key, text=p.text) for p in posts
    )
    Reading.objects.bulk_create(
        Reading(
            post=p,
            version="made",
            at=p.fetched_at,
            relevant=True,
            confidence=0.9,
            sentiment="negative",
            klass="市政设施",
            kind="投诉",
            demand=True,
            streets=["德胜街道"],
            asks=["给大家一个准确的说法"],
        )
        for p in posts
    )
    Membership.objects.bulk_create(
        Membership(post=p, topic=topics[n % len(topics)], at=p.seen_at) for p, (n, _) in zip(posts, places, strict=True)
    )
    if copies:
        rows = [(key, p.pk) for p in posts for key in copy_keys(whole(p.title, p.text))]
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {CopyKey._meta.db_table} (key, post) VALUES (%s, %s)", rows)


def _topics(count: int, begin: datetime, days: int) -> list[Topic]:
    last = begin + timedelta(days=days)
    made = Topic.objects.bulk_create(
        Topic(
            title=f"第 {n} 件：路灯坏了没有人修",
            first_post_at=begin,
            last_post_at=last,
            episode_started_at=begin,
            changed_at=last,
            heat=n % 97,
            posts_count=200,
            voices=60,
        )
        for n in range(count)
    )
    TopicDay.objects.bulk_create(  # a topic without any day would be counted anew by `tidy`
        TopicDay(topic=t, day=last.date(), posts=5, copies=0, voices=5, heat=1.0, last_at=last, standing=1.0)
        for t in made
    )
    return made


def _case(topic: Topic, at: datetime) -> None:
    matter = Matter.objects.create(
        topic=topic, title=topic.title, level_proposed=4, level_decided=4, detected_at=at, provisional=False
    )
    Issue.objects.create(
        matter=matter,
        topic=topic,
        number=Issue.objects.count() + 1,
        state="responding",
        origin="machine",
        opened_at=at,
    )


def index_all(*, at: datetime) -> float:
    """Bring every post into the search index; seconds it took."""
    begun = time.monotonic()
    while settle(at=at, limit=BATCH):
        continue
    return time.monotonic() - begun


def forget_pending() -> None:
    """No sweep is to index what is not measured here."""
    SearchPending.objects.all().delete()


def chunks(seconds: float, every: float) -> Iterator[float]:
    """Moments (monotonic) `every` seconds apart for `seconds`."""
    begun = time.monotonic()
    for number in range(int(seconds / every)):
        wait = begun + number * every - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        yield time.monotonic()


def person() -> User:
    """Who was made by `prepare`."""
    return User.objects.get(username="bench")


def write_a_row(person: User) -> None:
    """What opening a post writes."""
    access.log(by=person, at=datetime.now(UTC), kind="post", what="post 0")


def close() -> None:
    """Let go of the database, its write-ahead log written back."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def client_of(person: User) -> Client:
    """A browser that is signed in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def examples() -> dict[str, int]:
    """An issue that is open, its topic, a young post of it."""
    issue = Issue.objects.order_by("-id").first()
    assert issue is not None
    post = Membership.objects.filter(topic=issue.topic).order_by("-at").values_list("post_id", flat=True).first()
    return {"issue": issue.pk, "topic": issue.topic_id or 0, "post": post or 0}


def needed_posts() -> int:
    """Posts of topics with a case."""
    return Post.objects.filter(membership__topic__issues__isnull=False).count()


def counts() -> str:
    """What is left."""
    return f"{Post.objects.count()} posts, {Topic.objects.count()} topics, {Tombstone.objects.count()} tombstones"


def cookie_of(person: User) -> str:
    """The cookie of a browser that is signed in."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client_of(person).cookies.items())


def bench_source() -> None:
    """A source whose lines are dropped into the inbox by hand."""
    Source.objects.create(
        key="bench", name="测速收件", klass="board", kind="file", voice="public", platform="bench", scope="district"
    )
