"""Why a lead opens or grows, as the machine saw it: alerts of the episode, the rule line by line, when it was found."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from alerts.grading import emergencies
from alerts.models import Alert
from alerts.queries.candidates import DETECTED, STOOD_STILL
from analysis.models import Topic
from crawlers.queries import standstill_before
from office.pack.current import current_pack
from office.statements import PreparedRows
from responses.models import Issue

EMERGENCY_RULES = (emergencies.GRAVEST, emergencies.GRAVE, emergencies.OTHER)


_alerts = PreparedRows(
    lambda topic, episode: Alert.objects.filter(
        Q(topic_id=topic, episode=episode) | Q(topic__merged_into_id=topic)
    ).order_by("met_at", "pk"),
    topic=int,
    episode=int,
)


def alerts_of(topic: Topic) -> list[Alert]:
    """Every alert of the current episode, those of topics joined into this one too."""
    return _alerts(topic=topic.pk, episode=topic.episode)


def reasons_of(alerts: list[Alert]) -> list[dict[str, Any]]:
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


def is_emergency(alerts: Iterable[Alert]) -> bool:
    return any(alert.rule in EMERGENCY_RULES for alert in alerts)


def repeat_line(topic: Topic, earlier: Issue | None, *, at: datetime) -> list[dict[str, Any]]:
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


def how_detected(alerts: list[Alert], *, at: datetime) -> str:
    """“系统发现”, or that and why so late: the service stood still when the line was met."""
    stood = standstill_before(at, said_at=min(alert.met_at for alert in alerts)) if alerts else None
    if stood is None:
        return DETECTED
    zone = current_pack().zone
    since, until = (moment.astimezone(zone) for moment in stood)
    return (
        f"{at.astimezone(zone):%H:%M} 发现，{STOOD_STILL}（{since:%m月%d日 %H:%M} 至 {until:%m月%d日 %H:%M} 没有采集）"
    )


def answered_until(earlier: Issue | None) -> datetime | None:
    """Until when the topic's talk was answered by an issue that is closed; no clock starts before."""
    return earlier.closed_at if earlier is not None and earlier.state == Issue.State.CLOSED else None
