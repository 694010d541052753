"""A person opens a lead from a topic that met no line: into the same queue, with the clocks of the rules."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from alerts.deadlines import Candidate
from alerts.models import Weighing
from alerts.queries.candidates import topic_candidates
from alerts.services.matters import open_matter
from alerts.services.speaking import tell_lead
from analysis.models import Topic
from crawlers.masking import mask
from office.errors import Refused
from office.models import Department, User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require
from responses.models import Issue, Note
from responses.services.claiming import clean, note
from responses.services.decide.confirming import checked_level
from responses.services.leads.following import final_topic
from responses.services.leads.opening import is_own_unit, next_number, tell_own_unit
from responses.services.leads.reasons import alerts_of, reasons_of
from responses.services.leads.sweep import names, standing_issue
from responses.services.leads.waiting import newest_member

SOURCE = "热点转入"


def open_lead(
    *, topic: Topic, by: User, at: datetime, level: int, reason: str, title: str = "", unit: Department | None = None
) -> Issue:
    """A lead at the level the person says, its provisional clocks from the event where posts tell it, else from now.

    Raises Refused without the right or a reason, and where the topic has an open issue, or a dismissed one of this
    episode: that one is opened again, with its old clocks.
    """
    require(by, Act.REPORT_BY_HAND)
    checked_level(level)
    why = mask(clean(reason, "开线索的理由")).text
    name = mask(title.strip()).text
    for _ in range(3):
        try:
            with transaction.atomic():
                fresh = final_topic(Topic.objects.get(pk=topic.pk))
                earlier = _earlier(fresh)
                return _open(fresh, by=by, at=at, level=level, why=why, title=name, unit=unit, earlier=earlier)
        except IntegrityError:
            continue  # the number, or the topic's one open issue, was taken: the next look says which
    raise Refused("开线索的人太多，没有排上号，请再提交一次；填写的内容没有丢。")


def _earlier(topic: Topic) -> Issue | None:
    """The topic's last issue, which the new lead points back to. Raises Refused where that one is the place to go."""
    last = standing_issue(topic)
    if last is None:
        return None
    if last.is_open:
        raise Refused(f"这个热点已有未了结的事项 {last.label}（{last.get_state_display()}），请在那里办理。")
    if last.state == Issue.State.DISMISSED and last.episode == topic.episode:
        raise Refused(f"这个热点的线索 {last.label} 已被排除：请打开那一条写明理由重新打开，原时限按原起算时间恢复。")
    return last


def _open(
    topic: Topic,
    *,
    by: User,
    at: datetime,
    level: int,
    why: str,
    title: str,
    unit: Department | None,
    earlier: Issue | None,
) -> Issue:
    known = alerts_of(topic)
    since = earlier.closed_at if earlier is not None else None
    told = topic_candidates(topic, known, detected_at=at, policy=current_pack().policy, how_detected=SOURCE)
    # What an earlier issue of the topic closed with was answered or untrue: nothing starts there again.
    candidates = [c for c in told if c.kind == "detected" or since is None or c.at > since]
    candidates.append(Candidate(kind="line_met", at=at, source=f"{by.name} 由热点开线索", level=level))
    sentence = f"{by.name} 由热点开线索：{why}"
    matter = open_matter(
        topic=topic,
        title=title or topic.title,
        level=level,
        reasons=[_line(sentence, level=level, at=at), *_lines(topic, reasons_of(known))],
        candidates=candidates,
        emergency=any(c.tells_event and not c.pending for c in candidates),
        at=at,
        lead_unit=unit,
    )
    issue = Issue.objects.create(
        matter=matter,
        topic=topic,
        episode=topic.episode,
        earlier=earlier,
        number=next_number(),
        state=Issue.State.LEAD,
        origin=Issue.Origin.TOPIC,
        opened_at=at,
        opened_by=by,
        own_unit=is_own_unit([*names(topic.departments), *([unit.name] if unit is not None else [])]),
        looked_at=topic.changed_at,
        looked_member=newest_member(topic.pk),
    )
    Note.objects.create(issue=issue, by=by, at=at, text=why)
    data = {"origin": issue.origin, "level": level, "topic": topic.pk}
    note(issue, kind="issue.report", by=by, at=at, text=sentence, data=data)
    tell_lead(matter, at=at, level=level)
    tell_own_unit(issue, at=at)
    return issue


def _line(sentence: str, *, level: int, at: datetime) -> dict[str, Any]:
    return {
        "rule": "by_hand",
        "level": level,
        "met": True,
        "sentence": sentence,
        "have": None,
        "need": None,
        "posts": [],
        "met_at": at.isoformat(),
        "met_by": None,
    }


def _lines(topic: Topic, met: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rule line by line: those met, and from the last weighing those that were not."""
    weighing = Weighing.objects.filter(topic=topic).first()
    settled = {line["rule"] for line in met}
    rest = [line for line in (weighing.lines if weighing else []) if line["rule"] not in settled]
    return [*met, *({"posts": [], "met_at": None, "met_by": None, **line} for line in rest)]
