"""Looking at the week's sample: what a person finds wrong is counted, and corrected by the same door as everywhere."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from alerts.services.notices import tell
from analysis.models import Judgement, Reading, SampledPost
from analysis.services.overlay import in_force
from crawlers.canonical import REMOVED
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import User
from office.roles import Act, Role
from office.services.acts import require
from responses.services.corrections import correct
from responses.services.proposals import addressees

DAY = timedelta(days=1)
ORDER = (Judgement.RELEVANT, Judgement.KLASS, Judgement.SENTIMENT, Judgement.PLACE)


def announce(*, at: datetime) -> int:
    """Tell the analysts and the duty lead, once, that a week's posts were drawn; how many people were told."""
    drawn = SampledPost.objects.filter(drawn_at__gt=at - DAY)
    monday = drawn.aggregate(last=Max("week"))["last"]
    if monday is None:
        return 0
    told = tell(
        people=addressees([Role.ANALYST, Role.DUTY_LEAD], at),
        event=f"reading-sample:{monday.isoformat()}",
        title=f"判读抽样：{drawn.filter(week=monday).count()} 帖待核",
        body=f"{monday:%m-%d} 起一周收到的帖里随机抽出，请在“判读质量”里用键盘核，几分钟可以核完。",
        at=at,
    )
    return len(told)


def check(*, sample: SampledPost, truth: Mapping[str, Any], by: User, at: datetime) -> SampledPost:
    """What a person says of one drawn post, judgement by judgement; of a post that is not ours only that counts.

    Where the post stands otherwise than that, it is corrected. Raises Refused.
    """
    require(by, Act.CORRECT_READING)
    with transaction.atomic():
        post = Post.objects.filter(pk=sample.post_id or 0).first()
        if post is None or post.text == REMOVED:
            raise Refused("这一帖已清理或移除，不用再核。")
        ours = bool(truth[Judgement.RELEVANT])
        asked = ORDER if ours else ORDER[:1]
        wrong = [judgement.value for judgement in asked if truth[judgement] != sample.said[judgement]]
        marked = SampledPost.objects.filter(pk=sample.pk, wrong__isnull=True).update(wrong=wrong, by=by, at=at)
        if not marked:
            raise Refused("这一帖已经核过了。")
        for judgement in asked:
            # Only what this person says otherwise than the machine did at the draw: what another has corrected since,
            # or what follows from a correction (a post that is ours has a street), is no word of his.
            said_so = truth[judgement] != sample.said[judgement]
            if said_so and in_force(Reading.objects.get(post=post))[judgement] != truth[judgement]:
                correct(post=post, judgement=judgement, value=truth[judgement], by=by, at=at)
        _note(sample, "reading.check", f"抽查第 {sample.place} 帖：{'有误' if wrong else '都对'}", by=by, at=at)
    sample.refresh_from_db()
    return sample


def uncheck(*, sample: SampledPost, by: User, at: datetime) -> None:
    """It is looked at once more; corrections that were made stand until they are taken back on the post's page."""
    require(by, Act.CORRECT_READING)
    with transaction.atomic():
        if not SampledPost.objects.filter(pk=sample.pk, wrong__isnull=False).update(wrong=None, by=None, at=None):
            raise Refused("这一帖还没有核过。")
        _note(sample, "reading.uncheck", f"抽查第 {sample.place} 帖：重新核", by=by, at=at)


def _note(sample: SampledPost, kind: str, words: str, *, by: User, at: datetime) -> None:
    week = f"（{sample.week:%m-%d} 起一周）"
    trail.record(by=by, kind=kind, at=at, object_kind="sampled", object_id=str(sample.pk), text=words + week)
