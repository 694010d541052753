"""gazetteer.yaml: streets, communities, places, names that mislead, other places. Meaning of the keys: its head."""

import re
from typing import Literal

from pydantic import Field, field_validator

from office.pack.part import Part

Side = str | tuple[str, ...]
Trust = Literal["high", "medium", "low"]


class Community(Part):
    name: str
    distinct: bool
    note: str = ""


class Street(Part):
    """A street office (街道, 镇) with its communities. `former`: names of offices merged into it."""

    name: str
    nbs_code: str = ""
    aliases: tuple[str, ...] = ()
    community_count: int = 0
    clash: str = ""
    communities: tuple[Community, ...] = ()


class Place(Part):
    """A named place. `ctx`: counts only with a context token. `street` null: see `sides` or `parts`, or not known."""

    name: str
    street: str | None
    aliases: tuple[str, ...] = ()
    ctx: bool = True
    ctx_aliases: tuple[str, ...] = ()
    sides: dict[str, Side] = Field(default_factory=dict)
    parts: dict[str, Side] = Field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    src: str | tuple[str, ...] = ""
    trust: Trust = "medium"
    note: str = ""


class WordBorder(Part):
    """No hit where a text of `before` stands directly before the term or one of `after` directly behind it."""

    term: str
    longer: bool = False
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    note: str = ""


Action = Literal[
    "drop", "drop_if_with", "need_context", "accept", "accept_guarded", "route", "tag_central", "context_only"
]
Test = Literal["place_beside", "other_city", "list_of_districts", "comparison", "other_subject"]


class AmbiguousTerm(Part):
    """A line of the rules for names that mislead (matching_rules 10, 11)."""

    terms: tuple[str, ...]
    kind: str
    action: Action
    accept_with: tuple[str, ...] = ()
    and_with: tuple[str, ...] = ()
    reject_with: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    rule: str = ""
    reason: str = ""
    src: str = ""


class Homonym(Part):
    where: str
    code: str = ""


class OtherPlaces(Part):
    """Names that speak of another place. `words` are also everyday words and need a cue beside them; `pattern` is a
    regular expression for further ones."""

    note: str = ""
    districts: tuple[str, ...] = ()
    districts_short: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    pattern: str = ""

    @field_validator("pattern")
    @classmethod
    def _regular(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"正则表达式（{error}）") from error
        return value


class SeedTerms(Part):
    source: str = ""
    terms: tuple[str, ...] = ()


class Compound(Part):
    """A residential compound by name and business area. `street`: by its address or neighbours; null: not known."""

    name: str
    area: str = ""
    street: str | None = None


class Lane(Part):
    """A road, street or lane out of the addresses of compounds. `street` where all compounds on it agree."""

    name: str
    street: str | None = None


class Common(Part):
    """Names of the lists that many cities have: they need a context. All others count by themselves in a text that
    names no other place. `rule`: how they were chosen."""

    rule: str = ""
    names: tuple[str, ...] = ()


class MainlyHere(Part):
    """Names that need a context in everyday posts, but tell the place by themselves where a post tells an emergency
    and names no other place. `rule`: how they were chosen; `endings`: names of the pack that end so are such names."""

    rule: str = ""
    names: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


class Gazetteer(Part):
    meta: dict[str, str | int | tuple[str, ...]] = Field(default_factory=dict)
    sources: dict[str, str] = Field(default_factory=dict)
    matching_rules: tuple[str, ...] = ()
    streets: tuple[Street, ...]
    street_level: str = "街道"  # what the names of the first level end in; empty: they are no street offices
    places_note: str = ""
    places: dict[str, tuple[Place, ...]] = Field(default_factory=dict)
    compounds: tuple[Compound, ...] = ()
    schools: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    common: Common = Common()
    word_borders: tuple[WordBorder, ...] = ()
    ambiguous_terms: tuple[AmbiguousTerm, ...] = ()
    homonym_streets: tuple[Homonym, ...] = ()
    mainly_here: MainlyHere = MainlyHere()
    other_places: OtherPlaces = OtherPlaces()
    topic_seed_terms: SeedTerms = SeedTerms()
