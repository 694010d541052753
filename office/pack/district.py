"""district.yaml: who the district is, what its briefs are called and who gets them."""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from office.pack.part import Part


class Parent(Part):
    """The city or prefecture above; `words` are what people call it (a context for ambiguous place names).

    `source_words`: a source whose name holds one of these (or of `words`) speaks of that city.
    """

    name: str
    words: tuple[str, ...]
    source_words: tuple[str, ...] = ()


class Masthead(Part):
    """The head of one kind of brief (domain.md D): title, issuing unit, marking, first numbers."""

    kind: Literal["daily_brief", "mobile_brief", "special_report", "bulletin", "flash", "weekly", "yearly"]
    title: str
    issuer: str
    marking: str = ""
    first_issue_no: int = Field(default=1, ge=1)
    first_running_no: int = Field(default=1, ge=1)


class Distribution(Part):
    """Foot of a brief: 报 (leaders), 送 (partner units), 发 (units below)."""

    report: tuple[str, ...] = ()
    send: tuple[str, ...] = ()
    issue: tuple[str, ...] = ()
    copies: int | None = Field(default=None, ge=1)


class District(Part):
    """Names, code, zone and mastheads of the district. `borrowed`: files taken from another pack of districts/."""

    name: str
    short_name: str
    bare_name: str
    code: str
    parent: Parent
    time_zone: str
    aliases: tuple[str, ...]
    scope_words: tuple[str, ...] = ()
    anonymous: bool = False
    borrowed: dict[Literal["policy", "taxonomy", "departments"], str] = Field(default_factory=dict)
    seat: str = ""
    duty_phone: str = ""  # whom a person calls who can not sign in; shown before signing in
    streets_north_to_south: tuple[str, ...] = ()  # all of them or none; how pages set them side by side
    leading_units: tuple[str, ...] = ()
    mastheads: tuple[Masthead, ...] = ()
    distribution: Distribution = Distribution()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("时区名，如 Asia/Shanghai") from error
        return value

    def masthead(self, kind: str) -> Masthead | None:
        """The head of that kind of brief, if the pack has one."""
        return next((m for m in self.mastheads if m.kind == kind), None)
