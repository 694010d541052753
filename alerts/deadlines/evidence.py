"""What may stop a clock: evidence only, entered by one and checked by another (rules.md 5)."""

from dataclasses import dataclass
from datetime import datetime

from alerts.deadlines.clocks import ClockFacts
from office.pack.policy import ClockKind, PolicyPack


@dataclass(frozen=True, slots=True)
class Evidence:
    """A publication or a conference as entered. `published_at`: publishing time, or when the conference was opened.

    `copy_sha256`: of the stored page or of the uploaded file; `uploaded`: it is a file, so no address is needed.
    `what`: release, or the kind of the conference (press_conference, media_briefing, …). `solo`: 单人值守.
    """

    what: str
    published_at: datetime | None
    address: str = ""
    copy_sha256: str = ""
    uploaded: bool = False
    entered_by: int | None = None
    checked_by: int | None = None
    solo: bool = False
    names_merged: bool = False  # two people name it as the answer to a merged lead


def check_evidence(
    evidence: Evidence,
    *,
    at: datetime,
    event_at: datetime | None,
    episode_first_at: datetime | None,
    checking: bool = False,
) -> str | None:
    """None where it may be taken, else the sentence for the person. `checking`: the second person's turn.

    `event_at`: the event time that counts (not 待核); `episode_first_at`: first post of the episode of any voice, the
    official one included, used where the event time is unknown.
    """
    what = "发布" if evidence.what == "release" else "举行"
    if evidence.published_at is None:
        return f"请填写{what}时间。"
    if evidence.published_at > at:
        return f"{what}时间在将来，尚未{what}的不能作为凭据。"
    if event_at is not None:
        if evidence.published_at < event_at:
            return f"{what}时间早于事发时间，不能作为本事项的凭据。"
    elif episode_first_at is not None and evidence.published_at < episode_first_at:
        return f"{what}时间早于本事项的第一条帖文，不能作为凭据。"
    if not evidence.copy_sha256:
        return "缺少存档：请保存网页副本，或上传文件。"
    if not evidence.address and not evidence.uploaded:
        return "请填写链接；没有链接的，请上传文件。"
    if checking:
        if evidence.checked_by is None:
            return "须由另一人复核。"
        if evidence.checked_by == evidence.entered_by and not evidence.solo:
            return "录入人不能复核自己录入的凭据，请另一人复核。"
    return None


def stops(evidence: Evidence, clock: ClockFacts, policy: PolicyPack) -> bool:
    """Whether checked evidence of this sort answers a clock of this kind at all; when is `meet`'s matter.

    Only a 新闻发布会 that was opened stops the 24 h clock, only a publication the others. A clock that came with a
    merged lead is answered by what was published after that lead's first post, or what two people name as its answer.
    """
    if evidence.published_at is None or not clock.is_open:
        return False
    wanted = stopped_by(clock.kind, policy)
    if wanted == "conference" and evidence.what != "press_conference":
        return False
    if wanted == "release" and evidence.what != "release":
        return False
    if clock.merged and clock.merged_first_post_at is not None and not evidence.names_merged:
        return evidence.published_at > clock.merged_first_post_at
    if clock.kind == "followup_release":
        return evidence.published_at > clock.anchor_at  # a round begins with a release: only a later one answers it
    return True


def stopped_by(kind: ClockKind, policy: PolicyPack) -> str:
    """`release` or `conference`."""
    return next(rule.stopped_by for rule in policy.clocks if rule.kind == kind)
