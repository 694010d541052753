"""Moving an embedded installation to PostgreSQL: every row, in one transaction, compared before it counts.

Runs in a process whose database is the new one; the old one is a file that is only read. What proves right stays, all
else leaves the new database as it was. The index of the search is not moved: it is filled again from the posts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.db.models import Field, Model

from alerts.models import Clock
from analysis.models import SearchEntry, SearchGone, SearchNode, SearchOutbox, SearchPending, SearchRefused
from analysis.search import triggers
from console.faults import BackupFault
from console.upgrade import waiting_migrations
from crawlers.models import Post
from office import trail
from office.models import Trail, User

_GUARDS = [
    import_module(name) for name in ("office.migrations.0002_trail_triggers", "alerts.migrations.0006_clock_guard")
]
_TELLING: tuple[type[Model], ...] = (User, Trail, Post)  # who has these has been at work
OLD = "old"  # alias of the file that is moved
REFILLED: tuple[type[Model], ...] = (SearchEntry, SearchGone, SearchPending, SearchNode, SearchOutbox, SearchRefused)
REFILL = "INSERT INTO analysis_searchpending (post) SELECT post_id FROM analysis_reading"
CHUNK = 2000  # rows
REMARK = "huiying: moved, trail"  # on the new database, until the service has worked on it
Told = Callable[[str, int, int], object]  # table, rows so far, rows in all


@dataclass(frozen=True)
class Moved:
    """What was moved: rows by table, clocks that were compared, texts that lost a NUL no PostgreSQL text can hold."""

    rows: dict[str, int]
    trail_rows: int
    clocks: int
    cleaned: int


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """The old database under its alias; nobody can write through it."""
    connections.databases[OLD] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{quote(str(file))}?mode=ro",
        "OPTIONS": {"uri": True},
    }
    try:
        yield
    finally:
        connections[OLD].close()
        del connections[OLD]
        del connections.databases[OLD]


def move(file: Path, *, told: Told = lambda *_: None) -> Moved:
    """Fill this database from the embedded one. Raises BackupFault, with nothing changed, where that is not possible:
    the old one is of another version or its trail is broken, the new one is not empty, or a comparison fails."""
    with reading(file):
        _refuse_old()
        with transaction.atomic():
            _refuse_full()
            moved = _copy(told)
            _compare(moved)
            _leave_mark()
    return moved


def models() -> list[type[Model]]:
    """Every table of ours but those that are filled again."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return sorted((m for m in found if m not in REFILLED and not m._meta.proxy), key=lambda m: m._meta.db_table)


def _refuse_old() -> None:
    behind = waiting_migrations(using=OLD)
    if behind:
        raise BackupFault(f"E49 原来的库还没有升级到本版本（差 {len(behind)} 步）。请先 make run 一次，停下后再搬。")
    if faults := trail.verify(using=OLD):
        raise BackupFault(f"E49 原来的库履历链核对不上（{faults[0]}），没有搬。请先查清。")


def _refuse_full() -> None:
    """Only an empty database takes an installation, or one that such a move filled and nobody has used since."""
    used = [model._meta.db_table for model in _TELLING if model._base_manager.exists()]
    if used and _mark() != _head("default"):
        raise BackupFault(f"E46 新库不是空的（{'、'.join(used[:3])} 里有内容），没有搬。请换一个空的库。")
    with connection.cursor() as cursor:
        for statement in (each for guard in _GUARDS for each in guard.falling(connection.vendor)):
            cursor.execute(statement)
        for model in [*models(), *REFILLED]:  # what the migrations put in, or the move before
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
        for statement in (each for guard in _GUARDS for each in guard.standing(connection.vendor)):
            cursor.execute(statement)


def _copy(told: Told) -> Moved:
    triggers.take_down()  # or every reading that comes would wait for the index twice
    rows: dict[str, int] = {}
    cleaned = 0
    for model in models():
        count, mended = _copy_table(model, told)
        rows[model._meta.db_table] = count
        cleaned += mended
    triggers.put_up()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models()):
            cursor.execute(statement)
        cursor.execute(REFILL)
    return Moved(rows, Trail.objects.count(), Clock.objects.count(), cleaned)


def _copy_table(model: type[Model], told: Told) -> tuple[int, int]:
    fields = [field for field in model._meta.local_concrete_fields if field.column]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    total = model._base_manager.using(OLD).count()
    done = cleaned = 0
    rows = model._base_manager.using(OLD).order_by().values_list(*(field.attname for field in fields))
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN") as line,
    ):
        for row in rows.iterator(chunk_size=CHUNK):
            values = [_adapted(field, value) for field, value in zip(fields, row, strict=True)]
            cleaned += sum(mended for _, mended in values)
            line.write_row([value for value, _ in values])
            done += 1
            if done % CHUNK == 0:
                told(model._meta.db_table, done, total)
    told(model._meta.db_table, done, total)
    return done, cleaned


def _adapted(field: "Field[Any, Any]", value: Any) -> tuple[Any, bool]:
    mended = False
    if isinstance(value, str) and "\x00" in value:
        value, mended = value.replace("\x00", ""), True
    elif isinstance(value, (dict, list)) and _holds_nul(value):
        value, mended = _without_nul(value), True
    return field.get_db_prep_save(value, connection=connection), mended


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_holds_nul(part) for part in value)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(part) for key, part in value.items()}
    return [_without_nul(part) for part in value] if isinstance(value, list) else value


def _compare(moved: Moved) -> None:
    """Counts of every table, the chain of the trail, every clock. Raises BackupFault where one differs."""
    for model in models():
        old, new = (model._base_manager.using(alias).count() for alias in (OLD, "default"))
        if old != new:
            raise BackupFault(f"E49 {model._meta.db_table} 原有 {old} 行，搬到 {new} 行，没有搬成；原来的库没有动。")
    if faults := trail.verify():
        raise BackupFault(f"E49 搬过去的履历链核对不上（{faults[0]}），没有搬成；原来的库没有动。")
    if _head(OLD) != _head("default"):
        raise BackupFault("E49 履历链的末端不一样，没有搬成；原来的库没有动。")
    for here, there in zip(_clocks(OLD), _clocks("default"), strict=True):
        if here != there:
            raise BackupFault(f"E49 时限 {here['id']} 搬过去不一样，没有搬成；原来的库没有动。")


def _clocks(alias: str) -> Iterator[Any]:
    return Clock.objects.using(alias).order_by("pk").values().iterator(chunk_size=CHUNK)


def _head(alias: str) -> str:
    """The end of the trail and how many posts there are: both move as soon as somebody works."""
    last = Trail.objects.using(alias).order_by("-seq").first()
    return f"{last.seq if last else 0} {last.hash if last else ''} {Post.objects.using(alias).count()}"


def _mark() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        told = str(cursor.fetchone()[0] or "")
    return told.removeprefix(REMARK).strip() if told.startswith(REMARK) else ""


def _leave_mark() -> None:
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
        cursor.execute(f"COMMENT ON DATABASE {name} IS '{REMARK} {_head('default')}'")
