"""Hundreds of clocks in one sweep ring as each of them alone would, and two sweeps at once ring each of them once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from alerts.models import Clock, Delivery, Matter, Notice, Rung
from alerts.services.rungs import TOGETHER, fire_rungs, repeat_rungs
from tests.people import Office, clock

MANY = TOGETHER + 30  # more than one transaction


def promise(number: int) -> Clock:
    """A firm 48 h promise of a matter of level IV, due on the 17th at 12:30; only its due moment is ahead."""
    matter = Matter.objects.create(title=f"第 {number} 件", level_proposed=4, detected_at=clock("09:00"))
    due = clock("12:30")
    made = Clock.objects.create(
        matter=matter,
        kind="response",
        status="running",
        minutes=2880,
        anchor_kind="line_met",
        anchor_at=due - timedelta(hours=48),
        due_at=due,
        wording="48 小时内回应",
        document="",
        started_at=due - timedelta(hours=48),
        firm_at=due - timedelta(hours=47),
        next_rung_at=due,
    )
    key = f"{made.pk}:{int(due.timestamp())}:m10"
    last = due - timedelta(minutes=10)
    Rung.objects.create(
        clock=made, matter=matter, key=key, name="m10", due_at=last, fired_at=last, next_repeat_at=due, sentence="剩"
    )
    return made


@pytest.mark.django_db
def test_every_clock_of_a_long_list_rings_breaches_and_goes_up_the_chain(office: Office) -> None:
    clocks = [promise(number) for number in range(MANY)]
    at = clock("12:30")
    assert fire_rungs(at=at) == MANY
    due = Rung.objects.filter(name="due")
    assert set(due.values_list("clock_id", flat=True)) == {one.pk for one in clocks}
    assert set(due.values_list("next_repeat_at", flat=True)) == {at + timedelta(minutes=10)}
    assert not Rung.objects.filter(name="m10", next_repeat_at__isnull=False).exists()  # the newest alone waits
    told = Notice.objects.filter(rung__name="due")
    assert set(Counter(told.values_list("clock_id", flat=True)).values()) == {1}  # the monitor on duty, each once
    assert told.filter(person=office.wang).count() == Delivery.objects.filter(channel="mail").count() == MANY
    first = told.order_by("pk")[0]
    assert first.title == "《第 0 件》 48 小时回应：时限已到，未见发布"
    assert first.body.startswith(
        "第 0 件\n等级：一般（系统建议）\n\n48 小时回应：超时 0时00分，11月17日 12:30 到期（已定）"
    )
    assert set(Clock.objects.values_list("status", "breached_at", "next_rung_at")) == {
        ("overdue", at, at + timedelta(minutes=30))
    }
    assert fire_rungs(at=at) == 0
    assert repeat_rungs(at=at + timedelta(minutes=10)) == MANY  # nobody took note
    assert repeat_rungs(at=at + timedelta(minutes=10)) == 0
    again = Notice.objects.filter(number=1)
    assert again.count() == again.filter(person=office.zhao).count() == MANY
    assert set(due.values_list("repeats", "next_repeat_at")) == {(1, at + timedelta(minutes=20))}


@pytest.mark.django_db
def test_what_was_acknowledged_or_closed_meanwhile_is_not_repeated(office: Office) -> None:
    known, closed, silent = (promise(number) for number in range(3))
    fire_rungs(at=clock("12:30"))
    Rung.objects.filter(clock=known).update(acknowledged_at=clock("12:35"))
    Clock.objects.filter(pk=closed.pk).update(closed_at=clock("12:36"), status="met")
    assert repeat_rungs(at=clock("12:40")) == 1
    assert set(Notice.objects.filter(number=1).values_list("clock_id", flat=True)) == {silent.pk}


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_ring_each_clock_once(transactional_db: None, office: Office) -> None:
    for number in range(MANY):
        promise(number)
    ready, fired, broken = threading.Barrier(2), [], []

    def sweep(seconds: int) -> None:
        ready.wait()
        try:
            fired.append(fire_rungs(at=clock("12:30") + timedelta(seconds=seconds)))
        except BaseException as error:  # handed on: the test fails with it
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep, args=(seconds,)) for seconds in (0, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert sum(fired) == MANY
    assert Rung.objects.filter(name="due").count() == Notice.objects.filter(rung__name="due").count() == MANY
    assert set(Clock.objects.values_list("status", "next_rung_at")) == {("overdue", clock("13:00"))}
