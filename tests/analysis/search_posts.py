"""Posts for the tests of search, with readings as the reader would leave them."""

import random
from datetime import datetime, timedelta
from typing import Any

from analysis.models import Membership, Reading, Topic
from crawlers.models import Post, Source
from tests.people import clock

AT = clock("12:00")
# Words that run into each other, signs, full-width letters, traditional forms, codes, faces.
CHUNKS = [
    "停水", "停电", "水务局", "物业公司", "西城区", "城区", "月坛", "青槐路", "垃圾", "老人", "的", "了", "不", "有",
    "，", "。", "！", " ", "\n", "　", "、", "《", "》", "*", "😡", "ＧＰＳ", "gps", "GPS定位", "2019", "20号", "3.5",
    "地鐵", "地铁", "暖氣", "暖气", "A1", "b", "№", "％", "_", "·", "-", "水", "电",
]  # fmt: skip


def source(key: str = "board", voice: str = "public") -> Source:
    made, _ = Source.objects.get_or_create(
        key=key,
        defaults={"name": f"{key} 板", "klass": "board", "kind": "board", "voice": voice, "platform": key},
    )
    return made


def post(text: str, title: str = "", *, at: datetime = AT, key: str = "board", **more: Any) -> Post:
    """A stored post without a reading."""
    values = {
        "source": source(key),
        "platform": key,
        "voice": "public",
        "title": title,
        "text": text,
        "text_key": f"{abs(hash((text, at))):064d}"[:64],
        "published_at": at,
        "precision": "minute",
        "fetched_at": at,
        "seen_at": at,
        "step": 1,
    }
    return Post.objects.create(**{**values, **more})


def read(row: Post, **more: Any) -> Reading:
    """The reading of a post."""
    values = {
        "version": "made",
        "at": AT,
        "relevant": True,
        "confidence": 0.9,
        "sentiment": "neutral",
        "klass": "供水",
        "kind": "投诉",
    }
    return Reading.objects.create(post=row, **{**values, **more})


def told(text: str, title: str = "", *, at: datetime = AT, key: str = "board", **reading: Any) -> Post:
    """A post with a reading."""
    row = post(text, title, at=at, key=key)
    read(row, **reading)
    return row


def topic(*posts: Post) -> Topic:
    """A topic that holds these posts."""
    made = Topic.objects.create(
        title="一件事", first_post_at=AT, last_post_at=AT, episode_started_at=AT, changed_at=AT, posts_count=len(posts)
    )
    for one in posts:
        Membership.objects.create(post=one, topic=made, at=one.seen_at)
    return made


def scattered(count: int, *, seed: int = 11) -> list[Post]:
    """Posts of random chunks over forty days, with readings of every kind; always the same for the same seed."""
    dice = random.Random(seed)
    sources = [source(key, voice) for key, voice in (("a", "public"), ("b", "media"), ("c", "official"), ("d", "own"))]
    rows = []
    for number in range(count):
        whole = dice.choice(sources)
        at = AT - timedelta(minutes=dice.randrange(40 * 1440))
        if dice.random() < 0.2:
            at = at.replace(hour=16, minute=0)  # posts dated by day stand at one moment
        rows.append(
            Post(
                source=whole,
                platform=whole.key,
                voice=whole.voice,
                title="".join(dice.choices(CHUNKS, k=dice.randrange(4))),
                text="".join(dice.choices(CHUNKS, k=dice.randrange(1, 14))),
                text_key=f"{number:064d}",
                precision="minute",
                fetched_at=at,
                seen_at=at,
                is_repost=dice.random() < 0.1,
                step=1,
            )
        )
    Post.objects.bulk_create(rows)
    Reading.objects.bulk_create(
        Reading(
            post=row,
            version="made",
            at=AT,
            relevant=dice.random() < 0.6,
            confidence=0.5,
            sentiment=dice.choice(["negative", "neutral", "positive"]),
            klass=dice.choice(["供水", "供电", "其他", ""]),
            kind=dice.choice(["投诉", "咨询"]),
            streets=dice.sample(["月坛街道", "德胜街道"], dice.randrange(3)),
            places=[{"name": name} for name in dice.sample(["青槐路", "福谊里"], dice.randrange(3))],
            units=[{"name": "区水务局", "why": "名"}] if dice.random() < 0.3 else [],
        )
        for row in rows
    )
    return rows
