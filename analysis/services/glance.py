"""What the machine would read of a text that is not stored: whether it is ours, where, of what class.

The rules of `analysis.reader` without feelings and emergencies, so that a page may ask: no model is loaded for it.
"""

from dataclasses import dataclass

from analysis.places import PlaceReader
from analysis.relevance import RelevanceReader
from analysis.taxonomy import ClassReader
from analysis.text import Body
from office.pack.current import current_pack

LETTERS = 6000  # as `analysis.reader.READ_CHARACTERS`
_readers: dict[str, tuple[PlaceReader, RelevanceReader, ClassReader]] = {}  # by pack digest


@dataclass(frozen=True)
class Glance:
    """`where`: certain streets, else the places named; empty where none is. `klass`: name of the class."""

    relevant: bool
    where: list[str]
    klass: str


def glance(title: str, text: str, *, scope: str, voice: str, source: str = "") -> Glance:
    """Read one text as a post of a source with that scope (district, open) and voice."""
    places, relevances, classes = _in_force()
    body = Body.of(title, text[:LETTERS])
    found = places.find(body, scope=scope, source=source)
    judged = relevances.judge(body, found, scope=scope, voice=voice)
    names = [str(place["name"]) for place in found.as_json()]
    return Glance(judged.relevant, found.streets or names, classes.read(body).name)


def _in_force() -> tuple[PlaceReader, RelevanceReader, ClassReader]:
    pack = current_pack()
    if pack.digest not in _readers:
        _readers.clear()
        _readers[pack.digest] = (PlaceReader(pack), RelevanceReader(pack), ClassReader(pack.taxonomy))
    return _readers[pack.digest]
