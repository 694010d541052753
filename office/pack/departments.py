"""departments.yaml: the units, what each answers for, the matters in citizens' words, own accounts."""

from typing import Literal

from pydantic import Field

from office.pack.part import Part


class Department(Part):
    """A unit. `handles`: matters in citizens' words; `lead_for`: kinds of emergency it leads."""

    name: str
    aliases: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    kind: Literal["party", "government", "institution", "vertical", "street", "utility", "city", "own"]
    handles: tuple[str, ...] = ()
    lead_for: tuple[str, ...] = ()
    jurisdiction: Literal["district", "city", "central"] = "district"
    src: str | tuple[str, ...] = ""
    trust: Literal["high", "medium", "low"] = "medium"
    note: str = ""


class Matter(Part):
    """One common matter in plain words, the unit that answers first, the units beside it."""

    matter: str
    unit: str
    co_units: tuple[str, ...] = ()
    note: str = ""


class OwnAccount(Part):
    """An account of the district itself: its posts are `own`."""

    name: str
    short: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    src: str = ""
    note: str = ""


class OwnAccounts(Part):
    totals: dict[str, int | str] = Field(default_factory=dict)
    named: tuple[OwnAccount, ...] = ()


class Departments(Part):
    departments_note: str = ""
    departments: tuple[Department, ...]
    street_office: str = "{street}办事处"
    matters_note: str = ""
    matters: tuple[Matter, ...] = ()
    own_accounts: OwnAccounts = OwnAccounts()

    def named(self, name: str) -> Department | None:
        """The unit of that official name."""
        return next((d for d in self.departments if d.name == name), None)
