"""A small world for the briefs: sources, posts with readings, topics, leads with clocks; rows and no machinery."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts.models import Clock, Matter
from analysis.models import Membership, Reading, Topic
from crawlers.models import Post, Source
from responses.models import Issue


@dataclass
class World:
    """Everything is made by hand, with plain facts."""

    made: list[Post] = field(default_factory=list)

    def source(self, name: str, *, voice: str = "public", **more: Any) -> Source:
        row, _ = Source.objects.get_or_create(
            name=name,
            defaults={
                "key": f"s{Source.objects.count()}",
                "klass": "board",
                "kind": "board",
                "voice": voice,
                "platform": name,
                "scope": "district",
                "enabled": True,
                **more,
            },
        )
        return row

    def post(
        self,
        at: datetime,
        text: str = "路灯坏了没人修",
        *,
        source: str = "区留言板",
        voice: str = "public",
        who: str = "",
        feeling: str = "negative",
        relevant: bool = True,
        copy_of: Post | None = None,
        topic: Topic | None = None,
        fetched_at: datetime | None = None,
        confidence: float = 0.9,
        media_class: str = "",
        **more: Any,
    ) -> Post:
        place = self.source(source, voice=voice, media_class=media_class)
        row = Post.objects.create(
            source=place,
            platform=place.platform,
            voice=voice,
            handle=who or f"h{len(self.made)}",
            title=more.pop("title", ""),
            text=text,
            text_key=f"t{len(self.made)}",
            published_at=at,
            precision="minute",
            fetched_at=fetched_at or at + timedelta(minutes=3),
            seen_at=at,
            step=2,
            copy_of=copy_of,
            history=more.pop("history", False),
            repeats=more.pop("repeats", 0),
        )
        Reading.objects.create(
            post=row,
            version="test",
            at=at,
            relevant=relevant,
            confidence=confidence,
            sentiment=feeling,
            klass=more.pop("klass", "市政设施"),
            kind="投诉",
            streets=more.pop("streets", []),
            units=more.pop("units", []),
            asks=more.pop("asks", []),
            **more,
        )
        if topic is not None:
            Membership.objects.create(post=row, topic=topic, at=at)
        self.made.append(row)
        return row

    def topic(self, title: str, at: datetime, **more: Any) -> Topic:
        return Topic.objects.create(
            title=title, first_post_at=at, last_post_at=at, episode_started_at=at, changed_at=at, **more
        )

    def issue(
        self,
        title: str,
        at: datetime,
        *,
        level: int = 4,
        decided: int | None = None,
        state: str = "lead",
        topic: Topic | None = None,
        **more: Any,
    ) -> Issue:
        matter = Matter.objects.create(
            topic=topic,
            title=title,
            level_proposed=level,
            level_decided=decided,
            detected_at=at,
            first_public_at=at,
            provisional=decided is None,
        )
        return Issue.objects.create(
            matter=matter,
            number=Issue.objects.count() + 1,
            state=state,
            origin="machine",
            opened_at=at,
            confirmed_at=at if decided else None,
            **more,
        )

    def clock(self, issue: Issue, anchor: datetime, *, kind: str = "response", hours: int = 48, **more: Any) -> Clock:
        return Clock.objects.create(
            **{
                "matter": issue.matter,
                "kind": kind,
                "status": "provisional" if issue.state == "lead" else "running",
                "minutes": hours * 60,
                "anchor_kind": "line_met",
                "anchor_at": anchor,
                "due_at": anchor + timedelta(hours=hours),
                "wording": "",
                "document": "",
                "started_at": anchor,
                **more,
            }
        )
