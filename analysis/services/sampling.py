"""Fifty posts of every week, drawn at random for people to look at: how often the machine is wrong, and where.

Drawn when the week is over, from all posts fetched in it that were read (of a group of copies the first), by the
fingerprint of week and number: the same on any machine and at any time, and nobody can choose. What the machine had
answered is kept with the draw, so a later correction does not make it look better.
"""

import hashlib
import heapq
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from analysis.models import Reading, SampledPost
from analysis.services.overlay import machine_said
from crawlers.canonical import REMOVED
from crawlers.models import Post
from office.state import get_state, set_state

DRAWN = 50
WEEK = timedelta(days=7)
STATE = "reading_sample_week"  # the last week that was looked at


def draw(*, at: datetime) -> int:
    """Draw from last week, once; returns how many were drawn now. A week without posts is passed over."""
    monday = last_week(at)
    if get_state(STATE) == monday.isoformat():
        return 0
    chosen = heapq.nsmallest(DRAWN, _numbers(monday), key=lambda pk: mark(monday, pk))
    with transaction.atomic():
        if SampledPost.objects.filter(week=monday).exists():
            return 0
        rows = {row.post_id: row for row in Reading.objects.filter(post__in=chosen).select_related("post__source")}
        drawn = [
            SampledPost(
                week=monday,
                place=place,
                post_id=pk,
                source=rows[pk].post.source.name,
                said=machine_said(rows[pk]),
                version=rows[pk].version,
                drawn_at=at,
            )
            for place, pk in enumerate((pk for pk in chosen if pk in rows), start=1)
        ]
        SampledPost.objects.bulk_create(drawn)
        set_state(STATE, monday.isoformat(), by=None, at=at)
    return len(drawn)


def last_week(at: datetime) -> date:
    """The Monday of the last week that is over, by the district's calendar."""
    today = timezone.localdate(at)
    return today - timedelta(days=today.weekday()) - WEEK


def mark(monday: date, post: int) -> str:
    """By what the posts of a week are ordered: those that come first are drawn."""
    return hashlib.sha256(f"{monday.isoformat()}:{post}".encode()).hexdigest()


def _numbers(monday: date) -> Iterator[int]:
    begin = timezone.make_aware(datetime.combine(monday, time()))
    posts = Post.objects.filter(fetched_at__gte=begin, fetched_at__lt=begin + WEEK, step=2, copy_of=None, history=False)
    return posts.exclude(text=REMOVED).order_by().values_list("pk", flat=True).iterator(chunk_size=2000)
