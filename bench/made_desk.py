"""Made rows for the page bench, written in bulk, and the clock around each page. Loaded after the home is known."""

import time
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after setup
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from alerts.models import Clock, Matter, Notice  # noqa: E402
from analysis.models import Membership, Reading, Topic  # noqa: E402
from analysis.services.figures import fill_days  # noqa: E402
from crawlers.models import Post, Source  # noqa: E402
from office.models import User  # noqa: E402
from office.roles import Role  # noqa: E402
from responses.models import Issue  # noqa: E402

AT = datetime(2026, 11, 18, 3, 14, tzinfo=UTC)
PAGES = ["/", "/leads/", "/leads/{lead}/", "/issues/", "/issues/{issue}/", "/search/?topic={topic}"]
PAGES += ["/topics/", "/topics/?days=30", "/topics/{topic}/"]
WORDS = "某小区停水一整天没有公告，打电话没人接，老人孩子怎么办，什么时候能恢复，请给一个说法。"
STREETS = ["德胜街道", "展览路街道", "月坛街道", "新街口街道", "广安门内街道"]


def prepare() -> None:
    """Tables, and one person who holds every role."""
    call_command("migrate", verbosity=0)
    User.objects.create(
        username="bench", name="测速", roles=[r.value for r in Role], created_at=AT, must_change_password=False
    )


def fill(posts: int, issues: int) -> None:
    """Bring the desk up to `posts` posts and `issues` open issues; an eighth as many leads beside them."""
    source, _ = Source.objects.get_or_create(
        key="made",
        defaults={
            "name": "测速来源",
            "klass": "board",
            "kind": "board",
            "voice": "public",
            "platform": "made",
            "enabled": True,
            "state": "ok",
        },
    )
    have = Issue.objects.count()
    wanted = issues + issues // 8 + 1
    for number in range(have, wanted):
        case(number, lead=number % 9 == 0)
    topics = list(Topic.objects.order_by("id"))
    start = Post.objects.count()
    for first in range(start, posts, 5000):
        _posts(source, topics, range(first, min(first + 5000, posts)))


def case(number: int, *, lead: bool, topic: Topic | None = None) -> Issue:
    """One case with two clocks and a notice, on `topic` or on one made for it."""
    opened = AT - timedelta(minutes=number * 7 % 2800 + 5)
    topic = topic or Topic.objects.create(
        title=f"第 {number} 件：停水没有公告",
        first_post_at=opened,
        last_post_at=AT,
        episode_started_at=opened,
        changed_at=AT,
        heat=number % 97,
        heat_parts={"人数": 8.0, "速度": 2.0},
        posts_count=200,
        voices=60,
        klass="供水",
        streets=[STREETS[number % 5]],
    )
    matter = Matter.objects.create(
        topic=topic,
        title=topic.title,
        level_proposed=3 + number % 2,
        level_decided=None if lead else 3,
        detected_at=opened,
        first_public_at=opened,
        line_met_at=opened,
        provisional=lead,
        reasons=[
            {
                "rule": "voices",
                "level": 3,
                "met": True,
                "sentence": "72 小时 3 人，优先类",
                "posts": [1, 2, 3],
                "met_at": None,
            }
        ]
        * 6,
    )
    issue = Issue.objects.create(
        matter=matter,
        topic=topic,
        number=number + 1,
        state="lead" if lead else "responding",
        origin="machine",
        opened_at=opened,
    )
    for kind, minutes in (("response", 2880), ("first_release", 300)):
        Clock.objects.create(
            matter=matter,
            kind=kind,
            status="provisional" if lead else "running",
            minutes=minutes,
            anchor_kind="line_met",
            anchor_at=opened,
            due_at=opened + timedelta(minutes=minutes),
            wording="48 小时内回应",
            document="国办发〔2016〕61号",
            started_at=opened,
            firm_at=None if lead else opened,
        )
    Notice.objects.create(
        person=User.objects.get(username="bench"),
        role="monitor",
        event=f"e{number}",
        matter=matter,
        title="提醒",
        body="剩 1时",
        due_at=AT,
        created_at=AT,
    )
    return issue


def _posts(source: Source, topics: list[Topic], numbers: range) -> None:
    made = [
        Post(
            source=source,
            platform="made",
            voice="public",
            handle=f"h{n % 9000}",
            text=f"{n} {WORDS}",
            text_key=f"k{n}",
            precision="minute",
            fetched_at=AT - timedelta(minutes=n % 40000),
            seen_at=AT - timedelta(minutes=n % 40000),
            step=2,
            likes=n % 300,
        )
        for n in numbers
    ]
    Post.objects.bulk_create(made)
    Reading.objects.bulk_create(
        Reading(
            post=p,
            version="made",
            at=AT,
            relevant=True,
            confidence=0.9,
            sentiment="negative",
            klass="供水",
            kind="投诉",
            streets=["德胜街道"],
            asks=[{"text": "什么时候恢复"}],
        )
        for p in made
    )
    Membership.objects.bulk_create(
        Membership(post=p, topic=topics[n % len(topics)], at=p.seen_at) for p, n in zip(made, numbers, strict=True)
    )


def measure(posts: int, issues: int, rounds: int) -> dict[str, tuple[list[float], int]]:
    """Page -> (milliseconds of each round, queries of one)."""
    fill(posts, issues)
    fill_days(at=AT, limit=issues * 2)
    client = Client()
    client.force_login(User.objects.get(username="bench"), backend="django.contrib.auth.backends.ModelBackend")
    lead = Issue.objects.filter(state="lead").order_by("id").last()
    issue = Issue.objects.filter(state="responding").order_by("id").last()
    assert lead is not None and issue is not None
    found: dict[str, tuple[list[float], int]] = {}
    for page in PAGES:
        address = page.format(lead=lead.pk, issue=issue.pk, topic=lead.topic_id)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        count = len(queries)
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            client.get(address)
            times.append((time.perf_counter() - began) * 1000)
        found[page] = (times, count)
    return found
