"""Bells on a real Redis: one unheard bell a sweep, whatever is away, doubled or emptied."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from pytest_django.fixtures import Settings

from config.beat import Beat
from config.celery import beat_table
from console import doorbell
from tests.gateways import redis


@pytest.fixture(scope="module")
def bells() -> Iterator[redis.Server]:
    with redis.server() as running:
        yield running


@pytest.fixture
def app(bells: redis.Server) -> Iterator[Celery]:
    bells.empty()
    made = Celery("bells", broker=bells.address(0), set_as_current=False)
    yield made
    made.close()


@pytest.fixture
def beats(app: Celery, settings: Settings, tmp_path: Path) -> list[Any]:
    settings.HOME = tmp_path
    made = [Beat(app=app, lazy=True, schedule_filename=str(tmp_path / str(n))) for n in (1, 2)]
    for beat in made:
        beat.pool = app.pool
    return made


def ring(beat: Any, *names: str) -> None:
    table = beat_table()
    for name in names:
        line = table[name]
        beat.apply_entry(
            SimpleNamespace(name=name, task=line["task"], args=line["args"], kwargs={}, options=line["options"]),
            producer=beat.producer,
        )


def waiting(beat: Any, queue: str = "read") -> int:
    return int(beat.producer.channel.client.llen(queue))


def test_of_two_beats_and_many_rounds_one_bell_a_sweep_waits(beats: list[Any]) -> None:
    for _ in range(4):
        for beat in beats:
            ring(beat, "read", "file", "warn")
    assert waiting(beats[0]) == 3


def test_who_hears_a_bell_makes_room_for_the_next_of_that_sweep_alone(beats: list[Any]) -> None:
    one, _ = beats
    ring(one, "read", "file")
    doorbell.heard(one.producer.channel.client, "file")
    ring(one, "read", "file", "warn")
    assert waiting(one) == 4


def test_an_emptied_redis_is_rung_anew_and_marks_end_by_themselves(beats: list[Any], bells: redis.Server) -> None:
    one, _ = beats
    ring(one, "read")
    client = one.producer.channel.client
    assert 0 < client.ttl("huiying:rung:read") <= 30
    bells.empty()
    ring(one, "read")
    assert waiting(one) == 1


def test_a_queue_nobody_listens_to_does_not_grow_for_ever(beats: list[Any]) -> None:
    one, _ = beats
    for _ in range(100):
        ring(one, "read", "file")
        for name in ("read", "file"):
            doorbell.heard(one.producer.channel.client, name)  # as if its mark were over
    assert waiting(one) <= doorbell.MOST * 10
