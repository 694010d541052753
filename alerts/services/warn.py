"""Weighing topics that changed: each line of the rules newly met becomes an Alert with its reasons."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction

from alerts.grading import Grade, LineResult, grade
from alerts.models import Alert, Weighing
from alerts.queries.facts import topic_facts
from alerts.queries.past import Past
from analysis.models import Topic
from office.pack.current import current_pack
from office.statements import PreparedRows, run

_FIELDS = (
    "id",
    "title",
    "first_post_at",
    "last_post_at",
    "episode",
    "episode_started_at",
    "changed_at",
    "weigh_from",
    "merged_into",
)


_WEIGHING = Weighing._meta.db_table
_KEEP = (
    f"INSERT INTO {_WEIGHING} (topic_id, at, lines) VALUES (%s,%s,%s)"
    " ON CONFLICT (topic_id) DO UPDATE SET at=excluded.at, lines=excluded.lines"
)
_SHOWN = ("rule", "level", "met", "sentence", "have", "need")


@lru_cache(maxsize=4)
def _changed(limit: int) -> PreparedRows[Topic]:
    """Topics with moments not yet weighed, longest waiting first."""
    waiting = Topic.objects.filter(weigh_from__isnull=False).order_by("changed_at", "pk")
    return PreparedRows(lambda: waiting.only(*_FIELDS)[:limit])


_past = Past()  # can be thrown away: rebuilt from readings


def weigh_topics(*, at: datetime, limit: int = 200, past: Past | None = None) -> int:
    """Weigh up to `limit` topics with moments not yet weighed; returns how many alerts were raised.

    Weighing twice is harmless: one alert a rule and episode (unique key). A post that came while we weighed keeps
    the topic waiting, because the mark is only cleared where the topic has not changed since it was read.
    """
    topics = _changed(limit)()
    if not topics:
        return 0
    volumes = past or _past
    volumes.refresh(at=at)
    return sum(_weigh(topic, past=volumes, at=at) for topic in topics)


def _weigh(topic: Topic, *, past: Past, at: datetime) -> int:
    if topic.merged_into_id is not None:  # what it held is weighed where it went
        Topic.objects.filter(pk=topic.pk).update(weigh_from=None)
        return 0
    policy = current_pack().policy
    answer = grade(topic_facts(topic, policy=policy, past=past, at=at), policy)
    with transaction.atomic(savepoint=False):  # inside another transaction it stands and falls with that one
        raised = _raise_alerts(topic, answer, at=at) if answer.lead else 0
        _keep_lines(topic, answer, at=at)
        # Only where nothing came while we weighed: else the mark stays, and the topic is weighed again.
        run(
            f"UPDATE {Topic._meta.db_table} SET weigh_from=NULL WHERE id=%s AND changed_at=%s",
            [topic.pk, topic.changed_at],
        )
    return raised


def _raise_alerts(topic: Topic, answer: Grade, *, at: datetime) -> int:
    lines = [line_value(line) for line in answer.lines]
    rows = [
        Alert(
            topic=topic,
            rule=line.rule,
            episode=topic.episode,
            level=line.level,
            reason=line.sentence,
            figures={"have": line.have, "need": line.need, "posts": list(line.posts), "lines": lines},
            met_at=line.met_at or at,
            met_by_id=line.met_by,
            raised_at=at,
            updated_at=at,
        )
        for line in answer.met
    ]
    Alert.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _keep_lines(topic: Topic, answer: Grade, *, at: datetime) -> None:
    """What the topic's page shows of it: each line with its figures, one row a topic."""
    if answer.lines:
        lines = [{name: getattr(line, name) for name in _SHOWN} for line in answer.lines]
        run(_KEEP, [topic.pk, at, json.dumps(lines, ensure_ascii=False)])


def line_value(line: LineResult) -> dict[str, Any]:
    """A line as stored on alerts and matters: `{rule, level, met, sentence, have, need, posts, met_at, met_by}`."""
    return {
        "rule": line.rule,
        "level": line.level,
        "met": line.met,
        "sentence": line.sentence,
        "have": line.have,
        "need": line.need,
        "posts": list(line.posts),
        "met_at": line.met_at.isoformat() if line.met_at else None,
        "met_by": line.met_by,
    }
