"""What we ship for Kibana is what Kibana 8.19 can show: shapes, names that resolve, fields that are indexed."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analysis.search import node_index
from reports import boards
from reports.boards import made
from reports.boards.fields import FIELDS
from reports.kibana import prefixed
from tests.kibana import check_objects as check

SCHEMA = Path(check.__file__).with_name("objects.schema.json")
STRICT = check.Options(server=(8, 19, 0), external=frozenset(), lenient=False)


def line_schema(part: str = "") -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({**schema, "oneOf": [{"$ref": f"#/$defs/{part}"}]} if part else schema)


def faults(objects: list[dict[str, Any]]) -> list[str]:
    """What the schema and the checker say against these objects."""
    found: list[str] = []
    whole, parts = line_schema(), {name: line_schema(name) for name in ("panels", "options", "searchSource")}
    for one in objects:
        found += [error.message for error in whole.iter_errors(one)]
        if one["type"] == "dashboard":
            attributes = one["attributes"]
            for name, text in (
                ("panels", attributes["panelsJSON"]),
                ("options", attributes["optionsJSON"]),
                ("searchSource", attributes["kibanaSavedObjectMeta"]["searchSourceJSON"]),
            ):
                if isinstance(text, str):
                    found += [error.message for error in parts[name].iter_errors(json.loads(text))]
    data = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects).encode()
    return found + [finding.render("huiying.ndjson") for finding in check.check_file(data, STRICT)]


def shipped() -> list[dict[str, Any]]:
    return [json.loads(line) for line in made.FILE.read_text(encoding="utf-8").splitlines()]


def test_the_file_is_as_the_builders_make_it() -> None:
    assert boards.__doc__
    assert made.FILE.read_text(encoding="utf-8") == made.made(), "run python -m reports.boards"


def test_neither_the_schema_nor_the_checker_has_anything_against_the_file() -> None:
    assert faults(shipped()) == []


def test_nor_against_what_is_pushed_by_an_installation_of_another_name() -> None:
    objects = prefixed("west-2")
    assert faults(objects) == []
    said = json.dumps(objects)
    assert '"id": "huiying-' not in said and '"title": "huiying-' not in said
    assert {one["attributes"]["title"] for one in objects if one["type"] == "index-pattern"} >= {"west-2-posts"}


def test_all_five_boards_are_there_under_fixed_ids_and_data_views_come_first() -> None:
    kinds = [one["type"] for one in shipped()]
    assert kinds == sorted(kinds, key=["index-pattern", "lens", "dashboard"].index)
    titles = {one["id"]: one["attributes"]["title"] for one in shipped() if one["type"] == "dashboard"}
    assert titles == {
        "huiying-board-overview": "回应：态势总览",
        "huiying-board-streets": "回应：街道与部门",
        "huiying-board-clocks": "回应：时限",
        "huiying-board-sources": "回应：来源健康",
        "huiying-board-chain": "回应：传播链时延",
    }


def test_every_field_a_board_asks_for_is_indexed_and_of_a_type_that_can_be_counted() -> None:
    known: dict[str, dict[str, str]] = {kind: {n: f["type"] for n, f in of.items()} for kind, of in FIELDS.items()}
    known["posts"] = {name: str(f.get("type", "object")) for name, f in node_index.MAPPING["properties"].items()}
    wanted = {"terms": {"keyword"}, "date_histogram": {"date"}}
    for one in shipped():
        if one["type"] == "index-pattern":
            kind = one["attributes"]["title"].removeprefix("huiying-")
            assert known[kind][one["attributes"]["timeFieldName"]] == "date"
            assert json.loads(one["attributes"]["fieldAttrs"]).keys() <= known[kind].keys()
        if one["type"] == "lens":
            kind = one["references"][0]["id"].removeprefix("huiying-")
            state = one["attributes"]["state"]
            layers = state["datasourceStates"]["formBased"]["layers"]
            queries = [state["query"]["query"]]
            for column, beside in (
                (column, of["columns"]) for of in layers.values() for column in of["columns"].values()
            ):
                assert column.get("params", {}).get("orderBy", {}).get("columnId", "count") in {*beside, "count"}
                assert column["operationType"] != "terms" or "count" in beside
                queries += [column.get("filter", {}).get("query", "")]
                queries += [f["input"]["query"] for f in column.get("params", {}).get("filters", [])]
                field = column.get("sourceField", "___records___")
                if field != "___records___":
                    numbers = {"double", "long", "integer", "short"}
                    assert known[kind][field] in wanted.get(column["operationType"], numbers), (one["id"], field)
            for query in filter(None, queries):
                fields = {word.removeprefix("not ").partition(":")[0] for word in _parts(query)}
                assert fields <= known[kind].keys(), (one["id"], query)


def _parts(query: str) -> list[str]:
    return query.replace(" or ", " and ").split(" and ")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda objects: objects[-1]["references"].pop(),
        lambda objects: objects[-1].pop("typeMigrationVersion"),
        lambda objects: objects[-1].update(typeMigrationVersion="10.4.0"),
        lambda objects: objects[-1]["attributes"].update(panelsJSON=[]),
        lambda objects: objects.pop(0),
        lambda objects: objects.append(objects[0]),
        lambda objects: objects[8]["references"][0].update(name="indexpattern-datasource-layer-other"),
        lambda objects: objects[8]["attributes"].update(colour="red"),
    ],
)
def test_a_spoilt_file_is_found_out(spoil: Any) -> None:
    objects = shipped()
    spoil(objects)
    assert faults(objects)
