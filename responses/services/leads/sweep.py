"""From alerts to leads: one topic, one open lead, and it grows (rules.md 2, 3, 6)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from alerts.deadlines import reopens
from alerts.models import Alert
from alerts.queries.candidates import topic_candidates
from alerts.services.matters import grow, open_matter
from alerts.services.notices import tell
from alerts.services.speaking import tell_lead
from analysis.models import Topic
from office.errors import Refused
from office.pack.current import current_pack
from office.statements import PreparedRows
from responses.flow import LEVEL_NAMES
from responses.models import Issue
from responses.services.claiming import note, touch
from responses.services.decide.dismissing import return_to_lead
from responses.services.evidence.again import apply_checked
from responses.services.leads.following import final_topic, follow_joined_topics, follow_title, look_for_anchors
from responses.services.leads.opening import is_own_unit, lead_roles, next_number, tell_own_unit
from responses.services.leads.reasons import (
    alerts_of,
    answered_until,
    how_detected,
    is_emergency,
    reasons_of,
    repeat_line,
)
from responses.services.leads.waiting import mark_looked, newest_member, what_waits
from responses.services.progress import settle_state
from responses.services.proposals import addressees

_last_issues = PreparedRows(
    lambda topic: Issue.objects.filter(topic_id=topic).select_related("matter", "topic").order_by("-pk")[:20], topic=int
)


def open_leads(*, at: datetime, limit: int = 200) -> int:
    """One sweep: joined topics, fresh alerts, anchors learnt since, dismissed leads that came again.

    Returns how many leads were opened or opened again. Done twice, or by two workers at once, it makes one lead: the
    alerts are claimed by conditional update and an open issue per topic is unique.
    """
    waits = what_waits()
    if waits.joined:
        follow_joined_topics(waits.joined, at=at)
    opened = handle_alerts(waits.alerts[:limit], at=at) if waits.alerts else 0
    if waits.changed or waits.telling:
        look_for_anchors(waits, at=at, limit=limit)
    return opened + (return_dismissed(waits.dismissed, at=at) if waits.dismissed else 0)


def handle_alerts(keys: list[int], *, at: datetime) -> int:
    """Fresh alerts, topic by topic in the order the lines were met."""
    fresh = list(Alert.objects.filter(pk__in=keys, handled_at=None).select_related("topic").order_by("met_at", "pk"))
    by_topic: dict[int, list[Alert]] = {}
    topics: dict[int, Topic] = {}
    for alert in fresh:
        topic = final_topic(alert.topic)
        topics[topic.pk] = topic
        by_topic.setdefault(topic.pk, []).append(alert)
    return sum(handle_topic(topics[pk], alerts, at=at) for pk, alerts in by_topic.items())


def handle_topic(topic: Topic, alerts: list[Alert], *, at: datetime) -> bool:
    """Open a lead for the topic, open its dismissed one again, or let the open one grow. True where one opened."""
    try:
        with transaction.atomic():
            return _handle(topic, alerts, at=at)
    except IntegrityError:
        # Another worker opened the lead between our look and our write: now it is there, and this is growth.
        with transaction.atomic():
            return _handle(topic, alerts, at=at)


def _handle(topic: Topic, alerts: list[Alert], *, at: datetime) -> bool:
    claimed = Alert.objects.filter(pk__in=[a.pk for a in alerts], handled_at=None).update(
        handled_at=at, handled_level=F("level")
    )
    if not claimed:
        return False
    level = min(alert.level for alert in alerts)
    last = standing_issue(topic)
    if last is not None and last.is_open:
        _grow(last, topic, alerts, at=at)
        return False
    if last is not None and last.state == Issue.State.DISMISSED and last.episode == topic.episode:
        if not _comes_again(last, topic, level=level):
            return False
        again = _open_again(last, topic, at=at)
        _grow(again, topic, alerts, at=at, told=True)
        return True
    _open(topic, alerts, level=level, earlier=last, at=at)
    return True


def standing_issue(topic: Topic) -> Issue | None:
    """The topic's open issue, else its last one; a merged one stands for what it was merged into while that is open."""
    rows = _last_issues(topic=topic.pk)
    found = next((row for row in rows if row.is_open), rows[0] if rows else None)
    survivor = found
    while survivor is not None and survivor.state == Issue.State.MERGED and survivor.merged_into_id is not None:
        survivor = Issue.objects.select_related("matter", "topic").get(pk=survivor.merged_into_id)
    return survivor if survivor is not None and survivor.is_open else found


def _open(topic: Topic, alerts: list[Alert], *, level: int, earlier: Issue | None, at: datetime) -> Issue:
    known = alerts_of(topic)
    repeat = repeat_line(topic, earlier, at=at)
    level = min([level, *(line["level"] for line in repeat)])
    matter = open_matter(
        topic=topic,
        title=topic.title,
        level=level,
        reasons=[*repeat, *reasons_of(known)],
        candidates=topic_candidates(
            topic,
            known,
            detected_at=at,
            policy=current_pack().policy,
            how_detected=how_detected(alerts, at=at),
            since=answered_until(earlier),
        ),
        emergency=is_emergency(known),
        at=at,
    )
    issue = Issue.objects.create(
        matter=matter,
        topic=topic,
        episode=topic.episode,
        earlier=earlier,
        number=next_number(),
        state=Issue.State.LEAD,
        origin=Issue.Origin.MACHINE,
        opened_at=at,
        own_unit=is_own_unit(names(topic.departments)),
        looked_at=topic.changed_at,
        looked_member=newest_member(topic.pk),
    )
    tell_lead(matter, at=at, level=level)
    tell_own_unit(issue, at=at)
    return issue


def _grow(issue: Issue, topic: Topic, alerts: list[Alert], *, at: datetime, told: bool = False) -> None:
    known = alerts_of(topic)
    follow_title(issue, topic, at=at)
    matter = issue.matter
    level = min((alert.level for alert in alerts), default=matter.level_proposed)
    rose = grow(
        matter,
        level=level,
        reasons=reasons_of(known),
        candidates=topic_candidates(
            topic,
            known,
            detected_at=matter.detected_at,
            policy=current_pack().policy,
            since=answered_until(issue.earlier),
        ),
        emergency=is_emergency(alerts),
        at=at,
    )
    if issue.topic_id == topic.pk:
        mark_looked(issue.pk, changed_at=topic.changed_at, member=newest_member(topic.pk))
    if rose:
        touch(issue)
        note(
            issue,
            kind="issue.grow",
            by=None,
            at=at,
            text=f"新帖文使建议等级升为{LEVEL_NAMES[matter.level_proposed]}：{alerts[0].reason}",
            data={"level_proposed": matter.level_proposed, "rules": sorted(a.rule for a in alerts)},
        )
        tell_lead(matter, at=at, level=matter.level_proposed, rose=True)
        apply_checked(issue, at=at)
        settle_state(issue, at=at)
    elif not told:
        _tell_growth(issue, alerts, at=at)


def _tell_growth(issue: Issue, alerts: list[Alert], *, at: datetime) -> None:
    rules = "+".join(sorted(f"{a.rule}.{a.episode}" for a in alerts))
    matter = issue.matter
    tell(
        people=addressees(lead_roles(matter.level_proposed), at),
        event=f"grow:{matter.pk}:{rules}"[:120],
        title=f"{issue.label} 又满足一条：{alerts[0].reason}",
        body="\n".join([matter.title, *(f"· {a.reason}" for a in alerts)]),
        at=at,
        matter=matter,
    )


def _comes_again(issue: Issue, topic: Topic, *, level: int) -> bool:
    return reopens(
        dismissed_level=issue.dismissed_level,
        dismissed_voices=issue.dismissed_voices,
        level=level,
        voices=topic.voices,
        policy=current_pack().policy,
    )


def _open_again(issue: Issue, topic: Topic, *, at: datetime) -> Issue:
    words = f"排除后人数由 {issue.dismissed_voices} 增到 {topic.voices}，或满足更高等级"
    again = return_to_lead(issue, by=None, at=at, reason=words)
    matter = again.matter
    tell(
        people=addressees(lead_roles(matter.level_proposed), at),
        event=f"reopen:{matter.pk}:{again.version}",
        title=f"已排除的线索再次提醒：{again.label} {matter.title}",
        body=f"{words}。原时限按原起算时间恢复。",
        at=at,
        matter=matter,
    )
    tell_own_unit(again, at=at)
    return again


def return_dismissed(keys: list[int], *, at: datetime) -> int:
    """Dismissed leads whose voices have at least doubled since, and grown by one, in the same episode."""
    again = 0
    for issue in Issue.objects.filter(pk__in=keys).select_related("matter", "topic").order_by("number"):
        assert issue.topic is not None
        try:
            with transaction.atomic():
                lead = _open_again(issue, issue.topic, at=at)
                # Lines met while it was dismissed belong to its reasons too.
                _grow(lead, issue.topic, alerts_of(issue.topic), at=at, told=True)
                again += 1
        except Refused:
            continue  # the topic has another open issue, or another worker was faster: nothing is lost
    return again


def names(departments: Iterable[Any]) -> list[str]:
    """Units of a topic, whether kept by name or with their reason."""
    return [str(d["name"] if isinstance(d, dict) else d) for d in departments]
