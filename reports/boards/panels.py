"""Builders of Kibana's saved objects: data views, Lens charts and dashboards of 8.19. Pure.

Shapes and versions: what Kibana 8.19 imports (an older version is migrated up, a newer one refuses the whole file).
Strings of JSON inside an object are written compactly with keys in order, so that a diff shows what changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
CORE = "8.8.0"
VERSIONS = {"index-pattern": "8.0.0", "lens": "8.9.0", "dashboard": "10.2.0"}
LAYER = "layer"


@dataclass(frozen=True)
class Chart:
    """A Lens object: over which data view, what its columns are (buckets first, outermost first), how it is drawn."""

    id: str
    title: str
    view: str
    columns: Mapping[str, Json]
    drawn: Json
    kind: str
    query: str = ""
    says: str = ""


@dataclass(frozen=True)
class Board:
    """A dashboard: `rows` of (chart, width of 48); a row is as high as `heights` says."""

    id: str
    title: str
    says: str
    note: str
    rows: Sequence[Sequence[tuple[Chart, int]]]
    heights: Sequence[int]
    since: str = "now-30d/d"
    until: str = "now"


def packed(value: Any) -> str:
    """Compact JSON with keys in order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


# --- columns -------------------------------------------------------------------------------------------------------


def by_day(name: str, label: str, interval: str = "d") -> Json:
    """A bucket a day of a moment; empty days are shown."""
    params = {"interval": interval, "includeEmptyRows": True, "dropPartials": False}
    return _column(label, "date", "date_histogram", "interval", sourceField=name, isBucketed=True, params=params)


def by_word(name: str, label: str, size: int, *, by: str = "count", rest: bool = False) -> Json:
    """A bucket a value of a keyword, the largest by the column `by` first; `rest`: one more for all others."""
    params = {
        "size": size,
        "orderBy": {"type": "column", "columnId": by},
        "orderDirection": "desc",
        "otherBucket": rest,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": False,
        "excludeIsRegex": False,
    }
    return _column(label, "string", "terms", "ordinal", sourceField=name, isBucketed=True, params=params)


def by_query(label: str, wanted: Mapping[str, str]) -> Json:
    """A bucket for each query, under its label."""
    filters = [{"label": name, "input": {"query": query, "language": "kuery"}} for name, query in wanted.items()]
    return _column(label, "string", "filters", "ordinal", isBucketed=True, params={"filters": filters})


def count(label: str, query: str = "") -> Json:
    """How many; `query`: of which."""
    params: Json = {"emptyAsNull": not query}
    return _column(
        label, "number", "count", "ratio", query, sourceField="___records___", isBucketed=False, params=params
    )


def metric(operation: str, name: str, label: str, *, decimals: int = 0, shown: str = "number", query: str = "") -> Json:
    """average, sum, min, max, median or unique_count of a number."""
    params: Json = {"format": {"id": shown, "params": {"decimals": decimals}}}
    return _column(label, "number", operation, "ratio", query, sourceField=name, isBucketed=False, params=params)


def percentile(name: str, label: str, percent: int, *, decimals: int = 0) -> Json:
    """Below which `percent` of a hundred lie."""
    params: Json = {"percentile": percent, "format": {"id": "number", "params": {"decimals": decimals}}}
    return _column(label, "number", "percentile", "ratio", sourceField=name, isBucketed=False, params=params)


def _column(label: str, data: str, operation: str, scale: str, query: str = "", **more: Any) -> Json:
    made: Json = {"label": label, "customLabel": True, "dataType": data, "operationType": operation, "scale": scale}
    if query:
        made["filter"] = {"query": query, "language": "kuery"}
    return made | more


# --- drawings ------------------------------------------------------------------------------------------------------


def xy(series: str, x: str, values: Sequence[str], split: str = "") -> tuple[str, Json]:
    """Bars or lines."""
    layer: Json = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": series,
        "xAccessor": x,
        "accessors": list(values),
        "position": "top",
        "showGridlines": False,
    }
    if split:
        layer["splitAccessor"] = split
    shown = {"x": True, "yLeft": True, "yRight": True}
    return "lnsXY", {
        "legend": {"isVisible": True, "position": "bottom"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
        "tickLabelsVisibilitySettings": shown,
        "gridlinesVisibilitySettings": shown,
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "preferredSeriesType": series,
        "layers": [layer],
    }


def number(value: str) -> tuple[str, Json]:
    """One figure."""
    return "lnsMetric", {"layerId": LAYER, "layerType": "data", "metricAccessor": value}


def table(columns: Sequence[str], *, across: str = "", numbers: Sequence[str] = ()) -> tuple[str, Json]:
    """Rows; the values of the column `across` become columns."""
    shown: list[Json] = []
    for name in columns:
        one: Json = {"columnId": name, "isTransposed": name == across}
        shown.append(one | ({"alignment": "right"} if name in numbers else {}))
    return "lnsDatatable", {
        "layerId": LAYER,
        "layerType": "data",
        "columns": shown,
        "paging": {"enabled": True, "size": 20},
        "rowHeight": "single",
        "headerRowHeight": "single",
    }


# --- objects ---------------------------------------------------------------------------------------------------------


def data_view(key: str, title: str, name: str, moment: str, labels: Mapping[str, str]) -> Json:
    """A data view over the alias `title`; `labels`: what its fields are called."""
    attributes = {
        "title": title,
        "name": name,
        "timeFieldName": moment,
        "allowNoIndex": True,  # before the first post or clock there is no index yet
        "fields": "[]",
        "fieldAttrs": packed({field: {"customLabel": label} for field, label in labels.items()}),
        "fieldFormatMap": "{}",
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
    }
    return _object("index-pattern", key, attributes, [])


def lens(chart: Chart) -> Json:
    """A chart as a saved object."""
    layer = {
        "columns": dict(chart.columns),
        "columnOrder": list(chart.columns),
        "incompleteColumns": {},
        "sampling": 1,
        "ignoreGlobalFilters": False,
    }
    state = {
        "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
        "visualization": chart.drawn,
        "query": {"query": chart.query, "language": "kuery"},
        "filters": [],
        "internalReferences": [],
        "adHocDataViews": {},
    }
    attributes = {
        "title": chart.title,
        "description": chart.says,
        "visualizationType": chart.kind,
        "state": state,
    }
    reference = {"name": f"indexpattern-datasource-layer-{LAYER}", "type": "index-pattern", "id": chart.view}
    return _object("lens", chart.id, attributes, [reference])


def dashboard(board: Board) -> Json:
    """A board with a note on top and its charts in rows under it."""
    panels: list[Json] = [_note(board.note)]
    references: list[Json] = []
    y = 4
    for row, height in zip(board.rows, board.heights, strict=True):
        x = 0
        for chart, width in row:
            panel = chart.id.removeprefix("huiying-")
            panels.append(
                {
                    "type": "lens",
                    "panelIndex": panel,
                    "gridData": {"x": x, "y": y, "w": width, "h": height, "i": panel},
                    "embeddableConfig": {"enhancements": {}},
                    "panelRefName": f"panel_{panel}",
                }
            )
            references.append({"name": f"{panel}:panel_{panel}", "type": "lens", "id": chart.id})
            x += width
        y += height
    attributes = {
        "title": board.title,
        "description": board.says,
        "panelsJSON": packed(panels),
        "optionsJSON": packed(
            {
                "useMargins": True,
                "syncColors": False,
                "syncCursor": True,
                "syncTooltips": False,
                "hidePanelTitles": False,
            }
        ),
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": packed({"query": {"query": "", "language": "kuery"}, "filter": []})
        },
        "timeRestore": True,
        "timeFrom": board.since,
        "timeTo": board.until,
        "refreshInterval": {"pause": True, "value": 60000},
    }
    return _object("dashboard", board.id, attributes, references)


def _note(text: str) -> Json:
    data = {"aggs": [], "searchSource": {"query": {"query": "", "language": "kuery"}, "filter": []}}
    params = {"fontSize": 12, "openLinksInNewTab": False, "markdown": text}
    vis = {"id": "", "title": "", "description": "", "type": "markdown", "params": params, "uiState": {}, "data": data}
    return {
        "type": "visualization",
        "panelIndex": "note",
        "gridData": {"x": 0, "y": 0, "w": 48, "h": 4, "i": "note"},
        "embeddableConfig": {"savedVis": vis, "enhancements": {}},
    }


def _object(kind: str, key: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "type": kind,
        "id": key,
        "coreMigrationVersion": CORE,
        "typeMigrationVersion": VERSIONS[kind],
        "managed": True,  # people copy a board before they change it: the next push writes ours again
        "attributes": attributes,
        "references": references,
    }
