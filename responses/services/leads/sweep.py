"""From alerts to leads: one topic, one open lead, and it grows (rules.md 2, 3, 6)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q

from alerts.deadlines import reopens
from alerts.grading import emergencies
from alerts.models import Alert
from alerts.queries.candidates import DETECTED, STOOD_STILL, topic_candidates
from alerts.services.anchors import follow_anchors, keep_candidates
from alerts.services.matters import grow, open_matter
from alerts.services.notices import tell
from alerts.services.rungs import tell_lead
from analysis.models import Topic
from crawlers.queries import standstill_before
from office.errors import Refused
from office.pack.current import current_pack
from office.roles import Role
from responses.flow import LEVEL_NAMES
from responses.models import Issue
from responses.services.claiming import note, touch
from responses.services.decide.dismissing import return_to_lead
from responses.services.decide.merging import join
from responses.services.evidence.again import apply_checked
from responses.services.leads.waiting import Waiting, mark_looked, newest_member, what_waits
from responses.services.progress import settle_state
from responses.services.proposals import addressees

EMERGENCY_RULES = (emergencies.GRAVEST, emergencies.GRAVE, emergencies.OTHER)


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


def final_topic(topic: Topic) -> Topic:
    """The topic itself, or the one it was joined into."""
    while topic.merged_into_id is not None:
        topic = Topic.objects.get(pk=topic.merged_into_id)
    return topic


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
    last = _standing(topic)
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


def _standing(topic: Topic) -> Issue | None:
    """The topic's open issue, else its last one; a merged one stands for what it was merged into while that is open."""
    rows = list(Issue.objects.filter(topic=topic).select_related("matter", "topic").order_by("-pk")[:20])
    found = next((row for row in rows if row.is_open), rows[0] if rows else None)
    survivor = found
    while survivor is not None and survivor.state == Issue.State.MERGED and survivor.merged_into_id is not None:
        survivor = Issue.objects.select_related("matter", "topic").get(pk=survivor.merged_into_id)
    return survivor if survivor is not None and survivor.is_open else found


def _open(topic: Topic, alerts: list[Alert], *, level: int, earlier: Issue | None, at: datetime) -> Issue:
    known = _alerts_of(topic)
    repeat = _repeat_line(topic, earlier, at=at)
    level = min([level, *(line["level"] for line in repeat)])
    matter = open_matter(
        topic=topic,
        title=topic.title,
        level=level,
        reasons=[*repeat, *_reasons(known)],
        candidates=topic_candidates(
            topic,
            known,
            detected_at=at,
            policy=current_pack().policy,
            how_detected=_how_detected(alerts, at=at),
            since=_answered_until(earlier),
        ),
        emergency=_is_emergency(known),
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
        own_unit=is_own_unit(_names(topic.departments)),
        looked_at=topic.changed_at,
        looked_member=newest_member(topic.pk),
    )
    tell_lead(matter, at=at, level=level)
    tell_own_unit(issue, at=at)
    return issue


def _answered_until(earlier: Issue | None) -> datetime | None:
    """Until when the topic's talk was answered by an issue that is closed; no clock starts before."""
    return earlier.closed_at if earlier is not None and earlier.state == Issue.State.CLOSED else None


def _repeat_line(topic: Topic, earlier: Issue | None, *, at: datetime) -> list[dict[str, Any]]:
    """A closed matter that comes again weighs more than a first complaint (domain.md C, level III)."""
    rule = current_pack().policy.lines.repeat
    if rule is None or earlier is None or earlier.state != Issue.State.CLOSED or earlier.closed_at is None:
        return []
    day = f"{earlier.closed_at.astimezone(current_pack().zone):%Y年%m月%d日}"
    return [
        {
            "rule": "repeat_of_closed",
            "level": rule.level,
            "met": True,
            "sentence": f"{earlier.label} 已于{day}办结，同一话题再次达到提示标准",
            "have": 1,
            "need": 1,
            "posts": [],
            "met_at": at.isoformat(),
            "met_by": None,
        }
    ]


def _how_detected(alerts: list[Alert], *, at: datetime) -> str:
    """“系统发现”, or that and why so late: the service stood still when the line was met."""
    stood = standstill_before(at, said_at=min(alert.met_at for alert in alerts)) if alerts else None
    if stood is None:
        return DETECTED
    zone = current_pack().zone
    since, until = (moment.astimezone(zone) for moment in stood)
    return (
        f"{at.astimezone(zone):%H:%M} 发现，{STOOD_STILL}（{since:%m月%d日 %H:%M} 至 {until:%m月%d日 %H:%M} 没有采集）"
    )


def _grow(issue: Issue, topic: Topic, alerts: list[Alert], *, at: datetime, told: bool = False) -> None:
    known = _alerts_of(topic)
    matter = issue.matter
    level = min((alert.level for alert in alerts), default=matter.level_proposed)
    rose = grow(
        matter,
        level=level,
        reasons=_reasons(known),
        candidates=topic_candidates(
            topic,
            known,
            detected_at=matter.detected_at,
            policy=current_pack().policy,
            since=_answered_until(issue.earlier),
        ),
        emergency=_is_emergency(alerts),
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
        people=addressees(_lead_roles(matter.level_proposed), at),
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
        people=addressees(_lead_roles(matter.level_proposed), at),
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
                _grow(lead, issue.topic, _alerts_of(issue.topic), at=at, told=True)
                again += 1
        except Refused:
            continue  # the topic has another open issue, or another worker was faster: nothing is lost
    return again


def look_for_anchors(waits: Waiting, *, at: datetime, limit: int) -> None:
    """Posts that joined the topic of an open issue without meeting a new line may still tell an earlier beginning."""
    keys = [*waits.telling, *waits.changed][:limit]
    telling = set(waits.telling)
    for issue in Issue.objects.filter(pk__in=keys).select_related("topic").order_by("pk"):
        topic = issue.topic
        assert topic is not None
        member = newest_member(topic.pk)
        if issue.pk not in telling:
            mark_looked(issue.pk, changed_at=topic.changed_at, member=member)
            continue
        with transaction.atomic():
            matter = issue.matter
            learnt = topic_candidates(
                topic,
                _alerts_of(topic),
                detected_at=matter.detected_at,
                policy=current_pack().policy,
                since=_answered_until(issue.earlier),
            )
            keep_candidates(matter, learnt, at=at)
            follow_anchors(matter, at=at)
            mark_looked(issue.pk, changed_at=topic.changed_at, member=member)


def follow_joined_topics(keys: list[int], *, at: datetime) -> None:
    """Topics the machine joined before confirmation take their leads along; the earliest anchor survives."""
    moved = Issue.objects.filter(pk__in=keys, state=Issue.State.LEAD).select_related("matter", "topic")
    for issue in moved.order_by("number"):
        assert issue.topic is not None
        topic = final_topic(issue.topic)
        with transaction.atomic():
            other = Issue.objects.filter(topic=topic, state__in=Issue.OPEN).select_related("matter").first()
            if other is not None:
                join(issue, into=other, by=None, at=at, reason="两个热点说的是同一件事，系统合并")
                continue
            moved_now = Issue.objects.filter(pk=issue.pk, version=issue.version, state=Issue.State.LEAD).update(
                topic=topic, episode=topic.episode, version=F("version") + 1
            )
            if moved_now:
                issue.matter.topic = topic
                issue.matter.save(update_fields=["topic"])
                note(issue, kind="issue.topic_joined", by=None, at=at, text="所在热点与另一热点合并，线索随之转入")


def next_number() -> int:
    """The next number in opening order; unique, so that of two workers one tries again."""
    last: int | None = Issue.objects.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def is_own_unit(units: Iterable[str]) -> bool:
    """True where a unit that runs this office is the subject."""
    return not set(units).isdisjoint(current_pack().district.leading_units)


def tell_own_unit(issue: Issue, *, at: datetime) -> None:
    """A lead about the office's own unit goes also to the government office (rules.md 6)."""
    if not issue.own_unit:
        return
    tell(
        people=addressees([Role.GOV_OFFICE], at),
        event=f"own:{issue.matter_id}:{issue.version}",
        title=f"涉及本单位的线索：{issue.label} {issue.matter.title}",
        body="这条线索说的是本单位，同时报送区政府办；不能只由本单位排除。",
        at=at,
        matter=issue.matter,
    )


def _alerts_of(topic: Topic) -> list[Alert]:
    """Every alert of the current episode, those of topics joined into this one too."""
    rows = Alert.objects.filter(Q(topic=topic, episode=topic.episode) | Q(topic__merged_into=topic))
    return list(rows.order_by("met_at", "pk"))


def _reasons(alerts: list[Alert]) -> list[dict[str, Any]]:
    """The rule line by line as last weighed, the ones met first and for good, the ones not met too."""
    lines: dict[str, dict[str, Any]] = {}
    for alert in sorted(alerts, key=lambda a: a.pk):
        for line in alert.figures.get("lines", ()):
            if line["met"] or not lines.get(line["rule"], {}).get("met"):
                lines[line["rule"]] = line
        if not lines.get(alert.rule, {}).get("met"):
            lines[alert.rule] = {
                "rule": alert.rule,
                "level": alert.level,
                "met": True,
                "sentence": alert.reason,
                "have": alert.figures.get("have"),
                "need": alert.figures.get("need"),
                "posts": alert.figures.get("posts", []),
                "met_at": alert.met_at.isoformat(),
                "met_by": alert.met_by_id,
            }
    return sorted(lines.values(), key=lambda line: (not line["met"], line["level"], line["rule"]))


def _is_emergency(alerts: Iterable[Alert]) -> bool:
    return any(alert.rule in EMERGENCY_RULES for alert in alerts)


def _lead_roles(level: int) -> list[str]:
    return list(current_pack().policy.escalation.provisional_roles[level])


def _names(departments: Iterable[Any]) -> list[str]:
    return [str(d["name"] if isinstance(d, dict) else d) for d in departments]
