"""What the search node keeps for the boards beside the posts: kinds, and the closed list of fields of each. Pure.

No field names or tells of a person: no recipient, no name, no handle, no title, no word of a post, no note.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_WORD: Mapping[str, Any] = {"type": "keyword", "ignore_above": 200}
_WHOLE: Mapping[str, Any] = {"type": "long"}
_REAL: Mapping[str, Any] = {"type": "double"}
_MOMENT: Mapping[str, Any] = {"type": "date"}
_YES_NO: Mapping[str, Any] = {"type": "boolean"}


def _all(names: str, kind: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return dict.fromkeys(names.split(), kind)


# kind -> its fields. Spans are in the unit their name says.
FIELDS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    # One clock. on_time: 1 met in time, 0 late or overdue and open, absent where nothing is decided yet.
    "clocks": {
        **_all("clock matter round level limit_minutes", _WHOLE),
        **_all("kind status unit streets anchor", _WORD),
        **_all("anchor_at due_at started_at breached_at met_at closed_at", _MOMENT),
        **_all("open overdue provisional decided emergency", _YES_NO),
        **_all("on_time used_percent used_minutes late_minutes", _REAL),
    },
    # One visit of a source that has ended. `status`: the answer's HTTP number.
    "runs": {
        **_all("run items status", _WHOLE),
        **_all("source class voice verdict", _WORD),
        **_all("started_at ended_at", _MOMENT),
        **_all("good", _YES_NO),
        **_all("seconds", _REAL),
    },
    # One stretch in which a source could not be read.
    "gaps": {
        **_all("gap items", _WHOLE),
        **_all("source class", _WORD),
        **_all("since until", _MOMENT),
        **_all("open", _YES_NO),
        **_all("hours", _REAL),
    },
    # One notice, whoever it is for.
    "notices": {
        **_all("notice matter clock number", _WHOLE),
        **_all("rung states", _WORD),
        **_all("due_at created_at sent_at read_at acknowledged_at", _MOMENT),
        **_all("sent acknowledged", _YES_NO),
        **_all("send_seconds acknowledge_minutes", _REAL),
    },
    # One lead: from the post that met the line to the first notice that left.
    "leads": {
        **_all("matter level", _WHOLE),
        **_all("unit streets", _WORD),
        **_all("posted_at fetched_at read_at flagged_at notified_at", _MOMENT),
        **_all("confirmed", _YES_NO),
        **_all("fetch_minutes read_seconds flag_seconds notify_seconds whole_minutes", _REAL),
    },
    # One post's way in; spans only of posts whose minute is known, and not of history.
    "ways": {
        **_all("post", _WHOLE),
        **_all("source class voice platform", _WORD),
        **_all("published_at fetched_at stored_at read_at", _MOMENT),
        **_all("history", _YES_NO),
        **_all("fetch_minutes store_seconds read_seconds whole_minutes", _REAL),
    },
}
KINDS = tuple(FIELDS)
SETTINGS: Mapping[str, Any] = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "gc_deletes": "1h"}


def mapping(kind: str) -> dict[str, Any]:
    """Of the index of a kind; a field that is not listed is refused."""
    return {"dynamic": "strict", "properties": {name: dict(field) for name, field in FIELDS[kind].items()}}


def rules(kind: str) -> str:
    """A digest of what decides what an index of the kind holds: another one has it filled anew."""
    return hashlib.sha256(json.dumps([mapping(kind), dict(SETTINGS)], sort_keys=True).encode()).hexdigest()[:16]
