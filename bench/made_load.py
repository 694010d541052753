"""A desk of two thousand open cases over the million posts of `made_search`. Loaded after the home is known."""

import random
import time
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - after setup
from django.test import Client  # noqa: E402

from analysis.models import Topic  # noqa: E402
from analysis.services.figures import refresh_topics  # noqa: E402
from bench import made_desk, made_search  # noqa: E402
from bench.made_desk import AT  # noqa: E402
from crawlers.models import Post, Run, Source, SourceDay  # noqa: E402
from office import trail  # noqa: E402
from office.models import Department, Duty, User  # noqa: E402
from reports.models import Brief  # noqa: E402
from reports.services import brief as briefs  # noqa: E402
from responses.models import Issue  # noqa: E402

CASES_A_LEAD = 9  # one case of nine is a lead
DAYS = 28
WORDS = ("暖气", "停水 物业", "路灯", "学校", "电梯", "垃圾 -广告", "夜间施工", "小区")


def prepare(posts: int, issues: int, *, say: Callable[[str], object]) -> None:
    """The database with that many posts and open cases; one that is there already is used as it is."""
    made_search.prepare(posts, say=say)
    leads = issues // (CASES_A_LEAD - 1)
    have = Issue.objects.count()
    if have >= issues + leads:
        return
    began = time.monotonic()
    _sources()
    _people()
    topics = list(Topic.objects.order_by("pk"))
    with transaction.atomic():
        for number in range(have, issues + leads):
            topic = topics[number] if number < len(topics) else None
            issue = made_desk.case(number, lead=number % CASES_A_LEAD == 0, topic=topic)
            trail.record(
                by=None, kind="issue.open", at=AT - timedelta(minutes=number % 900), object_kind="issue",
                object_id=str(issue.pk), text="达到线索标准",
            )  # fmt: skip
    _figures(topics)
    briefs.draft_for(day=AT.date(), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    say(f"{issues} cases and {leads} leads made in {time.monotonic() - began:.0f} s")


def _sources() -> None:
    dice = random.Random(2)
    Source.objects.update(enabled=True, state="ok", scope="district", last_success_at=AT, rhythm_minutes=10)
    for source in Source.objects.all():
        days = [(AT - timedelta(days=n)).date() for n in range(DAYS)]
        SourceDay.objects.bulk_create(
            SourceDay(source=source, day=day, visits=140, good=140 - dice.randrange(4), items=dice.randrange(90))
            for day in days
        )
        Run.objects.bulk_create(
            Run(
                source=source, started_at=AT - timedelta(minutes=10 * n), ended_at=AT, verdict="ok", items=3, status=200
            )
            for n in range(200)
        )


def _people() -> None:
    """Sixty colleagues, and who is on duty this week."""
    unit, _ = Department.objects.get_or_create(name="区测速办")
    people = User.objects.bulk_create(
        User(username=f"bench{n}", name=f"测{n}", roles=["monitor"], department=unit, created_at=AT) for n in range(60)
    )
    first = AT - timedelta(days=3)
    Duty.objects.bulk_create(
        Duty(user=people[n], role=("monitor", "duty_lead")[n % 2], starts_at=start, ends_at=start + timedelta(hours=12))
        for n in range(28)
        for start in [first + timedelta(hours=12 * (n // 2))]
    )


def _figures(topics: list[Topic]) -> None:
    """What the sweep would have written of each topic, from its posts."""
    quarter = AT - timedelta(days=92)
    keys = [topic.pk for topic in topics]
    for first in range(0, len(keys), 100):
        with transaction.atomic():
            refresh_topics(dict.fromkeys(keys[first : first + 100], quarter), at=AT)


def cookie() -> str:
    """The cookies of one browser more that is signed in."""
    client = Client()
    client.force_login(User.objects.get(username="bench"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/more/").status_code == 200
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def examples(count: int = 40) -> dict[str, list[str]]:
    """Values for the parts of the addresses, several of each."""
    dice = random.Random(3)
    lead = list(Issue.objects.filter(state="lead").values_list("pk", flat=True))
    issue = list(Issue.objects.filter(state="responding").values_list("pk", flat=True))
    newest = Post.objects.latest("pk").pk
    source = list(Source.objects.values_list("key", flat=True)[:count])
    brief = Brief.objects.latest("pk").pk
    return {
        "lead": [str(pk) for pk in dice.sample(lead, min(count, len(lead)))],
        "issue": [str(pk) for pk in dice.sample(issue, min(count, len(issue)))],
        "topic": [str(pk) for pk in Topic.objects.order_by("-heat").values_list("pk", flat=True)[:count]],
        "post": [str(newest - dice.randrange(newest)) for _ in range(count)],
        "source": source,
        "brief": [str(brief)],
        "person": [str(User.objects.get(username="bench1").pk)],
        "words": list(WORDS),
    }
