"""Codes of classes and kinds in the numbers of posts. A pack may change its classes; a code once given stays."""

from collections.abc import Iterable

from analysis.models import SearchLabel
from analysis.search import docid as numbers
from office.statements import Prepared

_of = Prepared(lambda field: SearchLabel.objects.filter(field=field).values_list("name", "code"), field=str)


def codes_of(field: str, names: Iterable[str]) -> list[int]:
    """The codes of those names that have one."""
    known = _codes(field)
    return [known[name] for name in names if name in known]


def names_of(field: str) -> dict[int, str]:
    """Code -> name; 0 is no name."""
    return {code: name for name, code in _codes(field).items()}


def code_for(field: str, name: str, known: dict[str, int]) -> int:
    """The code of a name, given now where it has none; 0 where all are given. `known` is `known_codes` and kept up."""
    if not name or name in known:
        return known.get(name, 0)
    code = max(known.values(), default=0) + 1
    if code > numbers.most(field):
        return 0
    SearchLabel.objects.create(field=field, name=name, code=code)
    known[name] = code
    return code


def known_codes(field: str) -> dict[str, int]:
    """Name -> code, to be handed to `code_for`."""
    return _codes(field)


def _codes(field: str) -> dict[str, int]:
    return {str(name): int(code) for name, code in _of(field=field)}
