"""What both kinds of evidence have in common: may it be taken, and who must look at it."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min

from alerts.deadlines import Evidence, check_evidence
from alerts.services.notices import tell
from analysis.models import Membership
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from responses.models import Issue
from responses.services.proposals import addressees


def require_sound(evidence: Evidence, issue: Issue, *, at: datetime, checking: bool) -> None:
    """Raise Refused: a time in the future or before the event, no address or copy, checked by who entered it."""
    matter = issue.matter
    sentence = check_evidence(
        evidence,
        at=at,
        event_at=matter.occurred_at,
        episode_first_at=None if matter.occurred_at is not None else first_post_at(issue),
        checking=checking,
    )
    if sentence is not None:
        raise Refused(sentence)


def first_post_at(issue: Issue) -> datetime:
    """The episode's first post of any voice, the official one included; a report by hand counts from its own moment."""
    first = None
    if issue.topic_id is not None:
        posts = Membership.objects.filter(topic_id=issue.topic_id, episode=issue.episode)
        first = posts.aggregate(first=Min("at"))["first"]
    matter = issue.matter
    known = [moment for moment in (first, matter.first_public_at) if moment is not None]
    return min(known) if known else min(matter.line_met_at or matter.detected_at, matter.detected_at)


def require_link(link: str) -> str:
    """The address without blanks. Raises Refused for what is not a web address; empty is allowed with a file."""
    kept = link.strip()
    if kept and not kept.startswith(("http://", "https://")):
        raise Refused("链接须以 http:// 或 https:// 开头；没有链接的，请上传文件。")
    return kept[:1000]


def ask_checkers(issue: Issue, *, what: str, event: str, by: User, at: datetime, more: Iterable[str] = ()) -> None:
    """Tell the people who may check that something waits for them, never the one who entered it."""
    roles = [*current_pack().policy.ladder.checker_roles, *more]
    tell(
        people=[p for p in addressees(roles, at) if p.person != by],
        event=event,
        title=f"请复核：{issue.label} {what}",
        body=f"{by.name} 为“{issue.matter.title}”填报了{what}，请核对链接、时间和存档。复核通过后时限才停。",
        at=at,
        matter=issue.matter,
    )
