"""What the Kibana of the tests keeps, and by which rules it takes spaces, data views and files of saved objects."""

import json
import re
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

Answer = dict[str, Any]
MOST_OBJECTS = 10_000
NEWEST = {"index-pattern": "8.0.0", "lens": "8.9.0", "dashboard": "10.3.0", "tag": "8.0.0", "map": "8.4.0"}
KINDS = {*NEWEST, "visualization", "search", "links", "query", "config", "url", "event-annotation-group"}
SHARED = {"index-pattern"}  # such an object may stand in several spaces; of the others a second space gets a copy
STRICT = {"lens": {"title", "description", "visualizationType", "state"}}
SPACE_KEYS = {"id", "name", "description", "initials", "color", "disabledFeatures", "imageUrl", "solution"}
VIEW_KEYS = {
    *("id", "title", "name", "timeFieldName", "sourceFilters", "fields", "fieldFormats", "fieldAttrs", "version"),
    *("runtimeFieldMap", "allowNoIndex", "type", "typeMeta", "namespaces"),
}
QUERY = {"overwrite", "createNewCopies", "compatibilityMode"}


def refusal(status: int, message: str) -> Answer:
    return {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}


def wrong_query(asked: dict[str, str]) -> str:
    """What is wrong with the query of an import; empty: nothing."""
    for name, value in asked.items():
        if name not in QUERY:
            return f"[request query.{name}]: definition for this key is missing"
        if value not in ("true", "false"):
            return f"[request query.{name}]: expected value of type [boolean] but got [string]"
    said = {name for name, value in asked.items() if value == "true"}
    if {"overwrite", "createNewCopies"} <= said:
        return "cannot use [overwrite] with [createNewCopies]"
    if {"createNewCopies", "compatibilityMode"} <= said:
        return "cannot use [createNewCopies] with [compatibilityMode]"
    return ""


@dataclass
class Kept:
    """One saved object; `origin`: the id it had in the file, where it got another."""

    kind: str
    id: str
    space: str
    body: Answer
    origin: str = ""

    def exported(self) -> Answer:
        return {**self.body, "id": self.id} | ({"originId": self.origin} if self.origin else {})


@dataclass
class Store:
    """Spaces by id, objects by type and id; `written`: how often an object was written."""

    spaces: dict[str, Answer] = field(default_factory=lambda: {"default": {"id": "default", "name": "Default"}})
    objects: dict[tuple[str, str], Kept] = field(default_factory=dict)
    written: int = 0

    def make_space(self, told: Any) -> tuple[int, Answer]:
        if not isinstance(told, dict):
            return 400, refusal(400, "[request body]: expected a plain object value")
        if unknown := sorted(told.keys() - SPACE_KEYS):
            return 400, refusal(400, f"[request body.{unknown[0]}]: definition for this key is missing")
        if not isinstance(told.get("id"), str) or not re.fullmatch(r"[a-z0-9_-]+", told["id"]):
            return 400, refusal(400, "[request body.id]: must be lower case, a-z, 0-9, '_', and '-' are allowed")
        if not isinstance(told.get("name"), str) or not told["name"]:
            return 400, refusal(
                400, "[request body.name]: value has length [0] but it must have a minimum length of [1]."
            )
        if len(told.get("initials", "")) > 2:
            return 400, refusal(
                400, "[request body.initials]: value has length [3] but it must have a maximum length of [2]."
            )
        if told["id"] in self.spaces:
            return 409, refusal(409, f"A space with the identifier {told['id']} already exists.")
        self.spaces[told["id"]] = {"disabledFeatures": [], **told}
        return 200, self.spaces[told["id"]]

    def make_data_view(self, space: str, told: Any) -> tuple[int, Answer]:
        view = told.get("data_view") if isinstance(told, dict) else None
        if not isinstance(view, dict) or not isinstance(view.get("title"), str):
            return 400, refusal(400, "[request body.data_view.title]: expected value of type [string]")
        if unknown := sorted(view.keys() - VIEW_KEYS):
            return 400, refusal(400, f"[request body.data_view.{unknown[0]}]: definition for this key is missing")
        name = view.get("name") or view["title"]
        same = [
            key
            for key, row in self.objects.items()
            if row.kind == "index-pattern" and row.space == space and _name(row.body) == name
        ]
        if same and not told.get("override"):
            return 400, refusal(400, f"Duplicate data view: {name}")
        for key in same:  # whatever id it has: boards that used it are broken then
            del self.objects[key]
        made = {**view, "id": view.get("id") or str(uuid.uuid4())}
        body = {"type": "index-pattern", "attributes": {k: v for k, v in made.items() if k != "id"}, "references": []}
        self.objects["index-pattern", made["id"]] = Kept("index-pattern", made["id"], space, body)
        return 200, {"data_view": made}

    # --- import ------------------------------------------------------------------------------------------------------

    def take(self, data: bytes, space: str, *, overwrite: bool, server: str) -> tuple[int, Answer]:
        """One file of saved objects."""
        try:
            lines = [json.loads(line) for line in data.decode().split("\n") if line.strip()]
        except ValueError as error:
            return 400, refusal(400, str(error))
        objects = [one for one in lines if "exportedCount" not in one]
        if len(objects) > MOST_OBJECTS:
            return 400, refusal(400, f"Can't import more than {MOST_OBJECTS} objects")
        keys = [(str(one.get("type")), str(one.get("id"))) for one in objects]
        if twice := sorted({f"[{kind}:{key}]" for kind, key in keys if keys.count((kind, key)) > 1}):
            return 400, refusal(400, f"Non-unique import objects detected: {','.join(twice)}")
        known = [one for one in objects if one.get("type") in KINDS]
        if newer := next(filter(None, (_newer(one, server) for one in known)), ""):
            return 422, {"statusCode": 422, "error": "Unprocessable Entity", "message": newer}
        errors = [_error(one, {"type": "unsupported_type"}) for one in objects if one not in known]
        homes = {(one["type"], one["id"]): self._home(one, space) for one in known}
        stops = self._missing(known, space) + ([] if overwrite else self._conflicts(known, homes))
        wrong = {(one["type"], one["id"]): why for one in known if (why := _refused(one))}
        errors += [_error(one, wrong[one["type"], one["id"]]) for one in known if (one["type"], one["id"]) in wrong]
        good = [one for one in known if (one["type"], one["id"]) not in wrong]
        results = [_result(one, homes[one["type"], one["id"]], overwrite, self.objects) for one in good]
        if not stops:  # else nothing at all is written, though the others are listed as if they were
            for one in good:
                self._write(one, space, homes)
        return 200, _told(errors + stops, results)

    def _home(self, one: Answer, space: str) -> str:
        """The id under which the object stands in this space."""
        there = self.objects.get((one["type"], one["id"]))
        if there is None or there.space == space or one["type"] in SHARED:
            return str(one["id"])
        copies = (row.id for row in self.objects.values() if row.space == space and row.origin == one["id"])
        return next(copies, "") or str(uuid.uuid4())

    def _missing(self, objects: list[Answer], space: str) -> list[Answer]:
        """Data views and searches that are referred to and are nowhere; of charts Kibana does not look."""
        sent = {(one["type"], one["id"]) for one in objects}
        found = []
        for one in objects:
            gone = [
                {"type": r["type"], "id": r["id"]}
                for r in one.get("references", [])
                if r["type"] in ("index-pattern", "search")
                and (r["type"], r["id"]) not in sent
                and (r["type"], r["id"]) not in self.objects
            ]
            if gone:
                found.append(_error(one, {"type": "missing_references", "references": gone}))
        return found

    def _conflicts(self, objects: list[Answer], homes: dict[tuple[str, str], str]) -> list[Answer]:
        return [
            _error(one, {"type": "conflict"})
            for one in objects
            if (one["type"], homes[one["type"], one["id"]]) in self.objects
        ]

    def _write(self, one: Answer, space: str, homes: dict[tuple[str, str], str]) -> None:
        kind, own = one["type"], one["id"]
        home = homes[kind, own]
        references = [{**r, "id": homes.get((r["type"], r["id"]), r["id"])} for r in one.get("references", [])]
        kept = {key: one[key] for key in ("type", "attributes", "coreMigrationVersion", "managed") if key in one}
        version = NEWEST.get(kind, one.get("typeMigrationVersion", ""))
        body = kept | {"references": references, "typeMigrationVersion": version}
        self.objects[kind, home] = Kept(kind, home, space, body, own if home != own else "")
        self.written += 1


def _newer(one: Answer, server: str) -> str:
    core, kind = one.get("coreMigrationVersion"), one.get("typeMigrationVersion")
    if core is not None and not re.fullmatch(r"\d+\.\d+\.\d+", str(core)):
        return (
            f'Document "{one.get("id")}" has an invalid "coreMigrationVersion" [{core}]. This must be a semver value.'
        )
    if core is not None and _parts(core) > _parts(server):
        return (
            f'Document "{one.get("id")}" has a "coreMigrationVersion" which belongs to a more recent version of Kibana '
            f"[{core}]. The current version is [{server}]."
        )
    last = NEWEST.get(str(one.get("type")))
    if kind and last and _parts(kind) > _parts(last):
        return (
            f'Document "{one.get("id")}" belongs to a more recent version of Kibana [{kind}] when the last known '
            f"version is [{last}]."
        )
    return ""


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _refused(one: Answer) -> Answer | None:
    """Why this object can not be written, as Kibana passes it on."""
    attributes = one.get("attributes") or {}
    if extra := sorted(set(attributes) - STRICT.get(one["type"], set(attributes))):
        return {"type": "unknown", "message": f"strict_dynamic_mapping_exception: [{extra[0]}] within [{one['type']}]"}
    strings = {"dashboard": ("panelsJSON", "optionsJSON"), "index-pattern": ("fields", "fieldAttrs")}
    for name in strings.get(one["type"], ()):
        if name in attributes and not isinstance(attributes[name], str):
            said = f"[attributes.{name}]: expected value of type [string] but got [{type(attributes[name]).__name__}]"
            return {"type": "unknown", "output": {"payload": {"message": said}}}
    if one["type"] == "dashboard" and not isinstance(attributes.get("title"), str):
        said = "[attributes.title]: expected value of type [string] but got [undefined]"
        return {"type": "unknown", "output": {"payload": {"message": said}}}
    return None


def _error(one: Answer, error: Answer) -> Answer:
    return {"type": one.get("type"), "id": one.get("id"), "meta": {"title": _name(one)}, "error": error}


def _result(one: Answer, home: str, overwrite: bool, objects: dict[tuple[str, str], Kept]) -> Answer:
    made = {"type": one["type"], "id": one["id"], "meta": {"title": _name(one)}, "managed": one.get("managed", False)}
    if overwrite and (one["type"], home) in objects:
        made["overwrite"] = True
    return made | ({"destinationId": home} if home != one["id"] else {})


def _told(errors: list[Answer], results: list[Answer]) -> Answer:
    told: Answer = {"success": not errors, "successCount": len(results), "warnings": []}
    if results:
        told["successResults"] = results
    return told | ({"errors": errors} if errors else {})


def _name(one: Answer) -> str:
    attributes = one.get("attributes") or {}
    return str(attributes.get("name") or attributes.get("title") or "")
