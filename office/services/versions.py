"""Two people saving one form: a row is written only as it was read, and the second hears who was first."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone

from office.errors import Changed
from office.models import Department, Trail, User

KINDS = {User: "user", Department: "department"}


def save_versioned(row: User | Department, *, version: int | None, **values: Any) -> None:
    """Write columns and move the version. `version` is what the form was filled on; None asks for none.

    Raises Changed with who saved when, where the row has moved since.
    """
    model = type(row)
    rows = model._default_manager.filter(pk=row.pk)
    if version is not None:
        rows = rows.filter(version=version)
    if rows.update(version=F("version") + 1, **values) != 1:
        raise Changed(who_was_first(KINDS[model], row.pk))
    for name, value in values.items():
        setattr(row, name, value)
    row.version = model._default_manager.values_list("version", flat=True).get(pk=row.pk)


def who_was_first(kind: str, key: object) -> str:
    """“李卓 14:02 先存了一次，请对照两份，再存一次。”"""
    last = Trail.objects.filter(object_kind=kind, object_id=str(key)).select_related("by").order_by("-seq").first()
    if last is None:
        return "别人先存了一次，请对照两份，再存一次。"
    who = last.by.name if last.by is not None else "系统"
    return f"{who} {_time(last.at)} 先存了一次，请对照两份，再存一次。"


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%H:%M}"
