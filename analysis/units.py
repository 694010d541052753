"""Which units answer: those the post names, the one its class belongs to, the street office of a certain place."""

from analysis.places import Finding
from analysis.taxonomy import ClassReading
from analysis.text import Body
from office.pack import Pack

MOST = 6


class UnitReader:
    """Gathers units with the reason for each."""

    def __init__(self, pack: Pack) -> None:
        self._office = pack.departments.street_office
        self._any_street = {d.name for d in pack.departments.departments if d.kind == "street"}

    def read(self, body: Body, finding: Finding, klass: ClassReading, streets: list[str]) -> list[dict[str, str]]:
        """[{name, why}], the likeliest first, each unit once."""
        found: dict[str, str] = {}
        for hit in finding.units:
            # a generic word such as 居委会 or 派出所 names no unit by itself
            if not hit.name.ctx or len(hit.word) >= 3:
                found.setdefault(hit.name.name, f"文中提到“{hit.word}”")
        offices = [self._office.format(street=s) for s in streets]
        if klass.unit in self._any_street and offices:
            for office, street in zip(offices, streets, strict=True):
                found.setdefault(office, f"“{klass.name}”类由属地答复，地点在{street}")
        elif klass.unit:
            found.setdefault(klass.unit, f"“{klass.name}”类由其答复（{'、'.join(klass.words[:3])}）")
        for office, street in zip(offices, streets, strict=True):
            found.setdefault(office, f"属地：地点在{street}")
        return [{"name": name, "why": why} for name, why in list(found.items())[:MOST]]
