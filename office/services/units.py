"""The units of the pack as rows, so that people, leads and assignments can point at them; and units of one's own."""

from datetime import datetime

from django.db import IntegrityError, transaction

from office import trail
from office.errors import Refused
from office.models import Department, User
from office.pack.loading import Pack
from office.roles import Act
from office.services.acts import require
from office.services.versions import save_versioned

LONGEST_SHORT = Department._meta.get_field("short").max_length or 60


@transaction.atomic
def sync_units(pack: Pack) -> int:
    """Make and mend the rows of the pack's units and street offices; a unit that left the pack stays, inactive.

    Units added here by a person are left alone, unless the pack now names one itself. Returns how many rows were made
    or changed.
    """
    wanted: dict[str, tuple[str, str, str]] = {
        unit.name: (min(unit.aliases, key=len, default="")[:LONGEST_SHORT], unit.kind, unit.jurisdiction)
        for unit in pack.departments.departments
    }
    for street in pack.gazetteer.streets:
        name = pack.departments.street_office.format(street=street.name)
        wanted.setdefault(name, (street.name, "street", "district"))
    changed = 0
    there = {row.name: row for row in Department.objects.all()}
    for name, (short, kind, jurisdiction) in wanted.items():
        row = there.get(name) or Department(name=name)
        facts = (short, kind, jurisdiction, True, False)
        if row.pk is None or (row.short, row.kind, row.jurisdiction, row.active, row.local) != facts:
            row.short, row.kind, row.jurisdiction, row.active, row.local = facts
            row.save()
            changed += 1
    gone = Department.objects.filter(active=True, local=False).exclude(name__in=wanted)
    return changed + gone.update(active=False)


def add_unit(*, name: str, short: str, by: User, at: datetime) -> Department:
    """A unit the pack does not know: a section of the office, a body set up for a time."""
    require(by, Act.MANAGE_PEOPLE)
    name, short = name.strip(), short.strip()
    if not name:
        raise Refused("单位名称要填。")
    try:
        with transaction.atomic():
            unit = Department.objects.create(name=name, short=short[:LONGEST_SHORT], kind="office", local=True)
            _leave_row(unit, by=by, at=at, text=f"新增单位 {name}")
    except IntegrityError as error:
        raise Refused(f"已有“{name}”这个单位。") from error
    return unit


def change_unit(
    *, unit: Department, name: str, short: str, active: bool, version: int | None, by: User, at: datetime
) -> Department:
    """Rename or close a unit of one's own. The pack's are changed in the pack. Raises Changed (see save_versioned)."""
    require(by, Act.MANAGE_PEOPLE)
    if not unit.local:
        raise Refused("这个单位来自辖区资料包，要在资料包里改。")
    if not name.strip():
        raise Refused("单位名称要填。")
    if not active and User.objects.filter(department=unit, is_active=True).exists():
        raise Refused("这个单位还有在用的账号，先把人转到别的单位。")
    before = {"name": unit.name, "short": unit.short, "active": unit.active}
    try:
        with transaction.atomic():
            save_versioned(unit, version=version, name=name.strip(), short=short.strip()[:LONGEST_SHORT], active=active)
            words = f"修改单位 {before['name']}" if active else f"停用单位 {before['name']}"
            _leave_row(unit, by=by, at=at, text=words, before=before)
    except IntegrityError as error:
        raise Refused(f"已有“{name.strip()}”这个单位。") from error
    return unit


def _leave_row(unit: Department, *, by: User, at: datetime, text: str, before: dict[str, object] | None = None) -> None:
    trail.record(
        by=by,
        kind="people.unit",
        at=at,
        object_kind="department",
        object_id=str(unit.pk),
        text=text,
        data={"before": before, "after": {"name": unit.name, "short": unit.short, "active": unit.active}},
    )
