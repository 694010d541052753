"""Small switches of this installation, each a row with who changed it and when."""

from datetime import datetime
from typing import Any

from django.db import transaction

from office import trail
from office.models import OfficeState, User
from office.statements import Prepared

# A new installation sends nothing outward until an administrator says so (rules.md, issue: dry run is the default).
DEFAULTS: dict[str, Any] = {
    "dry_run": True,
    "solo_duty": None,  # {"reason", "by", "at"} while 单人值守 is declared
    "sending_hold": None,  # {"since", "wall_jump", …} after a jump of the clock
    "brief_issue_no": None,
    "brief_running_no": None,
    "pack_digest": "",
}

STATE_NAMES = {
    "dry_run": "试运行（不对外发送）",
    "solo_duty": "单人值守",
    "sending_hold": "暂停发送",
    "brief_issue_no": "期号",
    "brief_running_no": "总期号",
    "pack_digest": "辖区资料包",
}


_value = Prepared(lambda key: OfficeState.objects.filter(key=key).values_list("value"), key=str)


def get_state(key: str, default: Any = None) -> Any:
    """The value of `key`, else `default`, else the default of the installation."""
    rows = _value(key=key)
    if rows and rows[0][0] is not None:
        return rows[0][0]
    return default if default is not None else DEFAULTS.get(key)


def set_state(key: str, value: Any, *, by: User | None, at: datetime) -> None:
    """Write `key`. A change by a person leaves a trail row with the value before and after."""
    with transaction.atomic():
        before = get_state(key)
        OfficeState.objects.update_or_create(key=key, defaults={"value": value, "changed_at": at, "changed_by": by})
        if by is not None and before != value:
            trail.record(
                by=by,
                kind="settings.change",
                at=at,
                object_kind="state",
                object_id=key,
                text=f"修改设置“{STATE_NAMES.get(key, key)}”",
                data={"before": before, "after": value},
            )
