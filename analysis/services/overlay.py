"""A person's word laid over what the machine read of a post; what the machine had read is kept under it.

A reading shows what is in force. Whenever the machine reads a post again, its new answers go under the same words, so
it never undoes a person. What follows from a judgement (streets of a post that is ours after all, the unit of a class)
is worked out by the same pure rules, without loading a model: a page may ask.
"""

from collections.abc import Mapping
from typing import Any

from analysis.models import Judgement, Reading
from analysis.places import Finding, PlaceReader
from analysis.taxonomy import ClassReading
from analysis.text import Body
from analysis.units import UnitReader
from crawlers.models import Post
from office.pack.current import current_pack

LETTERS = 6000  # as `analysis.reader.READ_CHARACTERS`
FIELDS = ("relevant", "confidence", "places", "streets", "units", "sentiment", "klass", "klass_p", "priority")
SAVED = (*FIELDS, "machine")
BY_HAND = "人工改定"
Values = Mapping[str, Any]  # judgement -> what a person said
_readers: dict[str, tuple[PlaceReader, UnitReader]] = {}  # by pack digest


def overlay(reading: Reading, post: Post, wanted: Values) -> bool:
    """Lay these words over a reading (none: the machine's own stand again); whether anything is otherwise now.

    The reading is not saved. `post` with its source.
    """
    stood = {name: getattr(reading, name) for name in SAVED}
    machine: dict[str, Any] = reading.machine or {name: getattr(reading, name) for name in FIELDS}
    said = {name: value for name, value in wanted.items() if name != Judgement.TOPIC}
    values = {**machine, **(_worked_out(reading, post, machine, said) if said else {})}
    for name in FIELDS:
        setattr(reading, name, values[name])
    reading.machine = machine if said else None
    return stood != {name: getattr(reading, name) for name in SAVED}


def machine_said(reading: Reading) -> dict[str, Any]:
    """What the machine itself answered, by judgement; `place`: the first certain street, or ""."""
    return _by_judgement(reading.machine or {name: getattr(reading, name) for name in FIELDS})


def in_force(reading: Reading) -> dict[str, Any]:
    """What stands now, by judgement, whoever said it."""
    return _by_judgement({name: getattr(reading, name) for name in FIELDS})


def _by_judgement(values: Values) -> dict[str, Any]:
    return {
        Judgement.RELEVANT.value: values["relevant"],
        Judgement.KLASS.value: values["klass"],
        Judgement.SENTIMENT.value: values["sentiment"],
        Judgement.PLACE.value: next(iter(values["streets"]), ""),
    }


def _worked_out(reading: Reading, post: Post, machine: Values, said: Values) -> dict[str, Any]:
    relevant = bool(said.get(Judgement.RELEVANT, machine["relevant"]))
    values: dict[str, Any] = {"relevant": relevant}
    if Judgement.RELEVANT in said:
        values["confidence"] = 1.0
    if Judgement.SENTIMENT in said:
        values["sentiment"] = said[Judgement.SENTIMENT]
    klass = str(said.get(Judgement.KLASS, machine["klass"]))
    if Judgement.KLASS in said:
        known = current_pack().taxonomy.named(klass)
        values |= {"klass": klass, "klass_p": 1.0, "priority": bool(known and known.priority)}
    if not relevant:
        return {**values, "streets": [], "units": []}
    asked = {name for name, value in said.items() if name != Judgement.SENTIMENT and value != _said(machine, name)}
    if asked:
        values |= _followed(post, machine, said, klass)
    return values


def _said(machine: Values, name: str) -> Any:
    return _by_judgement(machine)[name]


def _followed(post: Post, machine: Values, said: Values, klass: str) -> dict[str, Any]:
    """Streets, places and units as they follow from the words of a person and those of the post."""
    places, units = _in_force()
    body = Body.of(post.title, post.text[:LETTERS])
    found: Finding = places.find(body, scope=post.source.scope, source=post.source.name)
    streets = list(machine["streets"] or found.streets)
    named = list(machine["places"])
    if Judgement.PLACE in said:
        street = str(said[Judgement.PLACE])
        streets = [street] if street else []
        if street and all(place.get("name") != street for place in named):
            named.append({"name": street, "kind": "street", "street": street})
    known = current_pack().taxonomy.named(klass)
    told = ClassReading(
        klass,
        1.0,
        bool(known and known.priority),
        known.unit if known else "",
        known.co_units if known else (),
        (BY_HAND,) if Judgement.KLASS in said else (),
    )
    return {"streets": streets, "places": named, "units": units.read(body, found, told, streets)}


def _in_force() -> tuple[PlaceReader, UnitReader]:
    pack = current_pack()
    if pack.digest not in _readers:
        _readers.clear()
        _readers[pack.digest] = (PlaceReader(pack), UnitReader(pack))
    return _readers[pack.digest]
