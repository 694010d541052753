"""Figures that people put into a draft or mend there: by name, as frozen, known afterwards by the words beside them."""

from collections.abc import Iterable, Mapping

from office.errors import Refused
from reports.document import printable
from reports.figures import Spot, named, settle, standing, still_there
from reports.models import Brief
from reports.services.drafting import sections_of

Places = Iterable[Mapping[str, str]]


def places_of(brief: Brief) -> list[dict[str, str]]:
    """Where figures stand: as the draft was written, and as people put them in since."""
    return [*brief.numbers.get("places", []), *brief.content.get("places", [])]


def put_in(brief: Brief, texts: Mapping[str, str], places: Places = ()) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The texts by section with `{监测条数}` made the frozen figure of that name; and the places people made so far.

    `places`: those a page has kept since it was opened, beside what is stored. A figure without words beside it can
    not be known again: it stands in the text and in no place.
    """
    figures = brief.numbers["figures"]
    plain: dict[str, str] = {}
    made = [*brief.content.get("places", []), *places]
    for key, text in texts.items():
        plain[key], found = settle(key, named(printable(text), figures), figures)
        made += found
    stored = {section["key"]: section["text"] for section in sections_of(brief)}
    first = brief.numbers.get("places", [])
    return plain, [place for place in still_there(made, stored | plain, figures) if place not in first]


def spots_of(brief: Brief, texts: Mapping[str, str], places: Places = ()) -> dict[str, list[Spot]]:
    """Section key -> its figures where they stand in these texts, right and wrong, by the rule of `check_brief`."""
    numbers = brief.numbers
    every = [*places_of(brief), *places]
    return {
        key: standing({"key": key, "text": text}, numbers["figures"], every, allowed=numbers.get("allowed", []))
        for key, text in texts.items()
    }


def with_frozen(brief: Brief, texts: Mapping[str, str], wanted: str, places: Places = ()) -> dict[str, str]:
    """The texts with one wrong figure made the frozen one. `wanted`: `section:begins:typed`, as the page showed it.

    Where the text moved since, the nearest of that wording is meant. Raises Refused where there is none any more.
    """
    key, _, rest = wanted.partition(":")
    begins, _, typed = rest.partition(":")
    text = texts.get(key, "")
    found = [
        spot
        for spot in spots_of(brief, {key: text}, places)[key]
        if spot.frozen and not spot.right and text[spot.begins : spot.ends] == typed
    ]
    if not found or not begins.isdecimal():
        raise Refused("这一处已经变了，请再看一次。写的都在。")
    spot = min(found, key=lambda each: abs(each.begins - int(begins)))
    return {**texts, key: text[: spot.begins] + spot.frozen + text[spot.ends :]}
