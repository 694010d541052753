"""Celery: the beat's table and one task per sweep, made from the same SCHEDULE as the tick's rounds.

The message is a doorbell: it carries the name of a sweep and nothing else. What is due stands in the database, so a
message that is lost, doubled or late changes nothing but when somebody looks. The clocks do not need any of this:
`manage.py tick --forever --only clocks,notices` runs beside it.

    celery -A config.celery worker --queues crawl,read,clocks,notices,reports
    celery -A config.celery beat
"""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings  # the variable above has to stand before the settings are read

BELL = "huiying.sweep"  # the one task
# A bell that nobody heard for so many rounds of its sweep is thrown away: the next one rings anyway.
ROUNDS = 3
SHORTEST = 30.0  # seconds a bell is kept at least

app = Celery("huiying", broker=settings.REDIS, set_as_current=True)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_queue="read",
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # Redis comes back when it comes back
    # What a worker had taken and died with comes back after these seconds and not after an hour; Redis is asked for
    # it every 5 s (kombu asks every 10 s by every tenth look only: 102 s where this takes 17).
    broker_transport_options={
        "visibility_timeout": 120,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 15,
        "socket_connect_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    timezone=settings.TIME_ZONE,
    enable_utc=True,
    beat_scheduler="config.beat:Beat",
    beat_schedule_filename=str(settings.HOME / "run" / "beat"),
    beat_max_loop_interval=5,
)


def beat_table() -> dict[str, dict[str, Any]]:
    """The beat's table: for each sweep its rhythm, its queue, and how long a bell counts."""
    schedule: list[dict[str, Any]] = settings.SCHEDULE
    return {
        line["name"]: {
            "task": BELL,
            "args": (line["name"],),
            "schedule": max(float(line["every"]), 1.0),
            "options": {"queue": line["queue"], "expires": max(SHORTEST, ROUNDS * float(line["every"]))},
        }
        for line in schedule
    }


app.conf.beat_schedule = beat_table()
app.conf.imports = ("console.bells",)
