"""A day at the desk for the worked cases: people say things, the sweeps run at chosen moments, people act.

Posts pass the door, the inbox's service, the real reader with the pack of the district, filing and weighing. Day and
people are those of `tests/people.py`. No sentence here was said by anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.models import Clock, Notice, Rung
from alerts.queries.past import Past
from alerts.services.rungs import fire_rungs, repeat_rungs
from alerts.services.warn import weigh_topics
from analysis.models import Reading, Topic
from analysis.services.filing import file_posts
from analysis.services.reading import read_posts
from crawlers.items import Door, PostItem
from crawlers.models import Post, Source
from crawlers.services.inbox import keys_in_force
from crawlers.services.ingest import ingest_items
from office.models import User
from responses.models import Issue, Release
from responses.services.decide import confirm_lead, decide_proposal, dismiss_lead, regrade
from responses.services.evidence import check_release, enter_release
from responses.services.leads import open_leads
from tests.people import BEIJING, Office, clock

FIRE = "今早7点半白纸坊东街一栋居民楼起火，有人受伤，楼下来了好多消防车。"
GRAVE = "今早7点半白纸坊东街一栋居民楼起火，3人死亡，楼下来了好多消防车。"
MINUTE = timedelta(minutes=1)


def place(key: str, *, voice: str = "public", platform: str = "", scope: str = "open", klass: str = "board") -> Source:
    """A source that stands in the register; made at first use."""
    return Source.objects.get_or_create(
        key=key,
        defaults={
            "name": key,
            "klass": klass,
            "kind": "board",
            "voice": voice,
            "platform": platform or key,
            "scope": scope,
        },
    )[0]


@dataclass
class Desk:
    """The service between two moments. `say` makes a post, `look` runs every sweep once."""

    office: Office
    _past: Past = field(default_factory=Past)
    _number: int = 0

    def say(
        self,
        text: str,
        *,
        at: datetime | str,
        found: datetime | None = None,
        by: str | None = None,
        source: Source | None = None,
        first_visit: bool = False,
        not_before: datetime | None = None,
        **fields: Any,
    ) -> Post:
        """Somebody publishes `text` at `at` (a day alone, “2026-11-17”, where it is a string); stored at `found`."""
        self._number += 1
        where = source or place("居民论坛")
        raw = {
            "text": text,
            "author": by or f"居民{self._number}",
            "published_at": at if isinstance(at, str) else at.isoformat(),
            **fields,
        }
        if isinstance(at, str):
            assert found is not None
        seen = found or (at + MINUTE if isinstance(at, datetime) else clock("12:00"))
        item = self.door(where).admit(raw, fetched_at=seen, first_visit=first_visit, not_before=not_before)
        return self.take([item], source=where, at=seen)[0]

    def door(self, source: Source) -> Door:
        keys = keys_in_force(clock("00:00"))
        return Door(source.key, source.platform, source.voice, BEIJING, keys)

    def take(self, items: list[PostItem], *, source: Source, at: datetime) -> list[Post]:
        done = ingest_items(items, source=source, at=at)
        return list(Post.objects.filter(pk__in=done.post_ids or [Post.objects.latest("pk").pk]))

    def look(self, at: datetime, *, past: Past | None = None) -> None:
        """Every sweep of a post's way, and the ladder, once at `at`."""
        while read_posts(at=at):
            pass
        while file_posts(at=at):
            pass
        weigh_topics(at=at, past=past or self._past)
        open_leads(at=at)
        self.ring(at)

    def ring(self, at: datetime) -> None:
        """The ladder alone."""
        fire_rungs(at=at)
        repeat_rungs(at=at)

    def ring_until(self, until: datetime, *, begun: datetime, every: timedelta = timedelta(minutes=5)) -> None:
        """The ladder's sweep goes on, every few minutes."""
        at = begun
        while at <= until:
            self.ring(at)
            at += every

    def told(self, *, at: datetime | str, **words: Any) -> Issue:
        """Somebody says it, the service looks a minute later (or at `found`), and one lead stands."""
        post = self.say(at=at, **words)
        self.look(post.fetched_at)
        return lead()

    def told_of_another(self, *, at: datetime) -> Issue:
        """A second incident elsewhere in the district becomes the second lead."""
        known = list(Issue.objects.values_list("pk", flat=True))
        self.say("刚刚什刹海前海西街一家餐馆着火了，有人受伤！", at=at)
        self.look(at + MINUTE)
        return Issue.objects.select_related("matter").exclude(pk__in=known).get()

    def topic(self) -> Topic:
        """The only topic there is."""
        return Topic.objects.get(merged_into=None)

    # --- people ----------------------------------------------------------------------------------------------------

    def confirm(self, issue: Issue, *, at: datetime, level: int, by: User | None = None, **words: Any) -> Issue:
        """A monitor confirms as told; below a proposal of I-II the propaganda lead with the government office."""
        done = confirm_lead(issue=issue, by=by or self.office.wang, at=at, level=level, version=None, **words)
        assert isinstance(done, Issue)
        return done

    def dismiss(self, issue: Issue, *, at: datetime, code: str = "misjudged", both: bool = False) -> Issue:
        """By the monitor, with the duty lead where it takes two."""
        done = dismiss_lead(issue=issue, by=self.office.wang, at=at, code=code, sentence="核实不是这回事", version=None)
        if both:
            assert not isinstance(done, Issue)
            done = decide_proposal(proposal=done, by=self.office.zhao, at=at, accept=True)
        assert isinstance(done, Issue)
        return done

    def lower(self, issue: Issue, *, at: datetime, level: int) -> Issue:
        """The propaganda lead and the government office lower the level."""
        asked = regrade(
            issue=issue, by=self.office.chen, at=at, level=level, version=None, reason="情况不重", source="区应急局电话"
        )
        assert not isinstance(asked, Issue)
        return decide_proposal(proposal=asked, by=self.office.sun, at=at, accept=True)

    def publish(
        self, issue: Issue, *, published: datetime, entered: datetime, checked: datetime | None = None, **words: Any
    ) -> Release:
        """The press office enters a release and, where `checked` is given, another of it checks it."""
        told = {"kind": "notice", "title": "情况通报", "copy": f"<html>{published}</html>".encode(), **words}
        release = enter_release(
            issue=issue,
            by=self.office.zhou,
            at=entered,
            channel="区政府网站",
            link="https://www.bjxch.gov.cn/tongbao.html",
            published_at=published,
            copy_name="tongbao.html",
            **told,
        )
        if checked is not None:
            check_release(release=release, by=self.office.wu, at=checked, accept=True, note="已核对")
        return release


def lead() -> Issue:
    """The only issue there is."""
    return Issue.objects.select_related("matter", "topic").get()


def of(issue: Issue, kind: str) -> Clock:
    """The latest clock of a kind."""
    return Clock.objects.filter(matter_id=issue.matter_id, kind=kind).latest("round")


def clocks(issue: Issue) -> dict[str, tuple[str, datetime]]:
    """State and due moment of each clock, the latest of its kind."""
    rows = Clock.objects.filter(matter_id=issue.matter_id).order_by("round")
    return {row.kind: (row.status, row.due_at) for row in rows}


def rungs(issue: Issue, kind: str) -> list[str]:
    """Names of the rungs of a clock that fired, in order."""
    rows = Rung.objects.filter(clock=of(issue, kind)).exclude(name="lead").order_by("due_at", "pk")
    return list(rows.values_list("name", flat=True))


def notices(person: User) -> list[Notice]:
    """What one person was told, in order."""
    return list(Notice.objects.filter(person=person).order_by("created_at", "pk"))


def once_each(rows: Iterable[Notice]) -> bool:
    """One notice per person and event."""
    pairs = [(row.person_id, row.event) for row in rows]
    return len(pairs) == len(set(pairs))


def busy(source: Source, *, until: datetime, days: int = 28, a_day: int = 60) -> None:
    """`source` has carried so many relevant posts a day that it is no quiet one: rows of facts, not read for it."""
    posts: list[Post] = []
    for number in range(days * a_day):
        at = until - timedelta(days=days) * (number + 1) / (days * a_day)
        posts.append(
            Post(
                source=source,
                platform=source.platform,
                voice="public",
                handle=f"{number:016x}",
                text="今天路过看了看",
                text_key=f"busy{number}",
                published_at=at,
                precision="minute",
                fetched_at=at,
                seen_at=at,
                step=2,
            )
        )
    Post.objects.bulk_create(posts, batch_size=500)
    readings = [
        Reading(
            post=post,
            version="made",
            at=until,
            relevant=True,
            confidence=1.0,
            sentiment="neutral",
            klass="绿化与公园",
            kind="其他",
            demand=False,
        )
        for post in posts
    ]
    Reading.objects.bulk_create(readings, batch_size=500)
