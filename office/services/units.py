"""The units of the pack as rows, so that people, leads and assignments can point at them."""

from django.db import transaction

from office.models import Department
from office.pack.loading import Pack

LONGEST_SHORT = Department._meta.get_field("short").max_length or 60


@transaction.atomic
def sync_units(pack: Pack) -> int:
    """Make and mend the rows of the pack's units and street offices; a unit that left the pack stays, inactive.

    Returns how many rows were made or changed.
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
        facts = (short, kind, jurisdiction, True)
        if row.pk is None or (row.short, row.kind, row.jurisdiction, row.active) != facts:
            row.short, row.kind, row.jurisdiction, row.active = facts
            row.save()
            changed += 1
    return changed + Department.objects.filter(active=True).exclude(name__in=wanted).update(active=False)
