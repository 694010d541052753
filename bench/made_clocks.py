"""A million open clocks, some due in each round: what `bench.clocks` measures. Loaded once its home is known."""

import statistics
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - after setup
from django.db.models import Model, QuerySet  # noqa: E402

from alerts.models import Clock, Delivery, Matter, Notice, Rung  # noqa: E402
from alerts.services.rungs import fire_rungs, repeat_rungs  # noqa: E402
from bench.stock import prepare  # noqa: E402
from office import trail  # noqa: E402
from office.models import Duty, User  # noqa: E402
from office.pack.current import current_pack  # noqa: E402
from office.roles import Role  # noqa: E402
from office.statements import fetch, run  # noqa: E402

AT = datetime(2026, 11, 18, 3, 14, tzinfo=UTC)  # of the first round; the others follow minute by minute
MINUTE = timedelta(minutes=1)
PATTERN = 1000  # matters that are copied
_WRITTEN = (Rung, Notice, Delivery)


def measure(name: str, count: int, due: int, rounds: int) -> float:
    """Print the row of one database; the median of the rounds in seconds."""
    prepare()
    _three_on_duty()
    begun = time.monotonic()
    _stock(count, due, rounds)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    said = f"{count} clocks made in {time.monotonic() - begun:.0f} s"
    times, raw = [], []
    for number in range(rounds):
        at = AT + MINUTE * number
        before = _counts()
        begun = time.perf_counter()
        fired = fire_rungs(at=at)
        repeated = repeat_rungs(at=at)
        times.append(time.perf_counter() - begun)
        wrote = [now - then for now, then in zip(_counts(), before, strict=True)]
        assert (fired, repeated, wrote) == (due, 0, [due, 3 * due, 3 * due]), (fired, repeated, wrote)
        assert Clock.objects.filter(breached_at=at).count() == due // 2
        raw.append(_raw(at))
    begun = time.perf_counter()
    repeated = repeat_rungs(at=AT + MINUTE * 10)  # nobody has acknowledged what the first round told
    silence = time.perf_counter() - begun
    assert repeated == due, repeated
    assert trail.verify() == []
    middle = statistics.median(times)
    told = ", ".join(f"{one:.2f}" for one in times)
    print(
        f"| {name} | {Clock.objects.filter(closed_at=None).count()} | {due} | {', '.join(map(str, wrote))} |"
        f" **{middle:.2f}** | {told} | {statistics.median(raw):.2f} | {silence:.2f} |  <!-- {said} -->",
        flush=True,
    )
    return middle


def _counts() -> tuple[int, int, int]:
    return Rung.objects.count(), Notice.objects.count(), Delivery.objects.count()


def _three_on_duty() -> None:
    """Two monitors and a duty leader hear of a lead of level II; from its due moment on three heads of propaganda."""
    User.objects.update(is_active=False)
    for number, role in enumerate((Role.MONITOR, Role.MONITOR, Role.DUTY_LEAD)):
        person = User.objects.create(
            username=f"duty{number}",
            name=f"值班{number}",
            roles=[role.value, Role.PROPAGANDA_LEAD.value],
            email=f"duty{number}@office.test",
            created_at=AT - timedelta(days=300),
            must_change_password=False,
        )
        Duty.objects.create(
            user=person, role=role.value, starts_at=AT - timedelta(days=1), ends_at=AT + timedelta(days=1)
        )


def _stock(count: int, due: int, rounds: int) -> None:
    """Two clocks a matter, half the first ones of a round at their due moment, half at 40 %; a rung behind each.

    Those that no round rings are copies of a thousand matters, made by the database itself.
    """
    rules = {rule.kind: rule for rule in current_pack().policy.clocks}
    span = timedelta(minutes=rules["first_release"].minutes)
    for number in range(rounds):
        at = AT + MINUTE * number
        _write(rules, [(at - (span if n % 2 else span * 2 / 5), at) for n in range(due)])
    last = _last_keys()
    # 40 % lies behind these, 60 % (three hours) ahead of the first sweep.
    anchors = [AT - span / 2 + MINUTE * (n % 29) for n in range(PATTERN)]
    _write(rules, [(anchor, anchor + span * 3 / 5) for anchor in anchors])
    times = (count // 2 - due * rounds) // PATTERN
    for first in range(1, times, 50):
        _copy(last, range(first, min(first + 50, times)))
    for model in (Matter, Clock, Rung) if connection.vendor == "postgresql" else ():
        table = model._meta.db_table
        fetch(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _last_keys() -> dict[type[Model], int]:
    return {
        model: int(fetch(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")[0][0])
        for model in (Matter, Clock, Rung)
    }


def _write(rules: Mapping[Any, Any], moments: list[tuple[datetime, datetime]]) -> None:
    """Matters whose first clock has this anchor and next rung."""
    matters = Matter.objects.bulk_create(_matter(number) for number in range(len(moments)))
    second = rules["press_conference"]
    clocks: list[Clock] = []
    for matter, (anchor, upcoming) in zip(matters, moments, strict=True):
        clocks += (
            _clock(matter, rules["first_release"], anchor, upcoming),
            _clock(matter, second, anchor, anchor + timedelta(minutes=second.minutes * 2 // 5)),
        )
    Clock.objects.bulk_create(clocks)
    Rung.objects.bulk_create(_rungs_behind(clocks[::2]))


def _copy(last: Mapping[type[Model], int], numbers: range) -> None:
    """The rows after `last` once more for each number, under keys of their own."""
    far = {Matter: PATTERN, Clock: 2 * PATTERN, Rung: PATTERN}
    of = {"id": None, "matter_id": Matter, "clock_id": Clock}
    place = "instr(s.key, ':')" if connection.vendor == "sqlite" else "strpos(s.key, ':')"
    marks = ", ".join(f"({number})" for number in numbers)
    with transaction.atomic():
        for model, apart in far.items():
            columns = {}
            for field in model._meta.local_concrete_fields:
                name = str(field.column)
                columns[name] = f's."{name}"'
                if name in of:
                    columns[name] += f" + c.n * {far[of[name] or model]}"
                elif name == "key":
                    columns[name] = f"(s.clock_id + c.n * {far[Clock]}) || substr(s.key, {place})"
            names = ", ".join(f'"{name}"' for name in columns)
            run(
                f"WITH c(n) AS (VALUES {marks}) INSERT INTO {model._meta.db_table} ({names})"
                f" SELECT {', '.join(columns.values())} FROM {model._meta.db_table} s CROSS JOIN c"
                f" WHERE s.id > {last[model]} AND s.id <= {last[model] + apart}",
                [],
            )


def _matter(number: int) -> Matter:
    return Matter(
        title=f"第 {number} 件：地铁站出口发生火情，有人受伤",
        level_proposed=2,
        detected_at=AT - timedelta(hours=1),
        is_emergency=True,
        reasons=[{"rule": "emergency", "level": 2, "met": True, "sentence": "一帖说有人死亡，达到Ⅱ级", "posts": [1]}],
    )


def _clock(matter: Matter, rule: Any, anchor: datetime, upcoming: datetime) -> Clock:
    return Clock(
        matter=matter,
        kind=rule.kind,
        status="provisional",
        minutes=rule.minutes,
        anchor_kind="event",
        anchor_at=anchor,
        due_at=anchor + timedelta(minutes=rule.minutes),
        wording=rule.wording,
        document=rule.document,
        started_at=anchor,
        next_rung_at=upcoming,
    )


def _rungs_behind(clocks: Iterable[Clock]) -> Iterator[Rung]:
    for clock in clocks:
        assert clock.next_rung_at is not None
        left = clock.due_at - clock.next_rung_at
        if left * 5 == (clock.due_at - clock.anchor_at) * 3:  # 40 % is its first rung
            continue
        name, behind = ("p40", clock.anchor_at + (clock.due_at - clock.anchor_at) * 2 / 5) if left else ("m10", None)
        moment = behind or clock.due_at - MINUTE * 10
        yield Rung(
            clock=clock,
            matter=clock.matter,
            key=f"{clock.pk}:{int(clock.due_at.timestamp())}:{name}",
            name=name,
            due_at=moment,
            fired_at=moment,
            step=2,
            sentence="已提醒",
            acknowledged_at=moment,
        )


def _raw(at: datetime) -> float:
    """Seconds for the same rows by plain statements of the driver, in one transaction that is then taken back."""
    found: list[QuerySet[Any]] = [
        Rung.objects.filter(fired_at=at),
        Notice.objects.filter(created_at=at),
        Delivery.objects.filter(notice__created_at=at),
    ]
    lots = [_inserts(model, list(rows)) for model, rows in zip(_WRITTEN, found, strict=True)]
    clocks = list(Rung.objects.filter(fired_at=at).values_list("clock_id", flat=True))
    update = f"UPDATE {Clock._meta.db_table} SET status = %s WHERE id = %s"
    with transaction.atomic(), connection.cursor() as cursor:
        begun = time.perf_counter()
        for sql, rows in lots:
            cursor.executemany(sql, rows)
        cursor.executemany(update, [("overdue", clock) for clock in clocks])
        took = time.perf_counter() - begun
        transaction.set_rollback(True)
    return took


def _inserts(model: type[Model], rows: list[Any]) -> tuple[str, list[list[Any]]]:
    """The statement and the values of rows as they are, under unique keys of their own."""
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    for row in rows:
        if isinstance(row, Delivery):
            row.channel = "raw"
        elif isinstance(row, Rung):
            row.key = f"raw{row.key}"
        else:
            row.event = f"raw{row.event}"
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows]
    names = ", ".join(str(field.column) for field in fields)
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({', '.join(['%s'] * len(fields))})", values
