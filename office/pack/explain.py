"""A schema's complaint told in Chinese: which file, line and key, what was found, what is allowed."""

from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from office.pack.errors import PackError
from office.pack.yaml_file import Step, YamlFile

_TYPES = {
    "string_type": "一段文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "int_from_float": "整数",
    "float_type": "数",
    "float_parsing": "数",
    "bool_type": "true 或 false",
    "bool_parsing": "true 或 false",
    "list_type": "列表",
    "tuple_type": "列表",
    "dict_type": "键与值的对照表",
    "model_type": "键与值的对照表",
    "date_from_datetime_parsing": "日期，如 2026-11-21",
    "date_parsing": "日期，如 2026-11-21",
    "date_type": "日期，如 2026-11-21",
    "time_parsing": "时刻，如 08:00",
    "none_required": "空",
}


def pack_error(file: YamlFile, schema: type[BaseModel], error: ValidationError) -> PackError:
    """All complaints of one file, the first three in words."""
    complaints = error.errors(include_url=False)
    lines = [_sentence(file, schema, c) for c in complaints[:3]]
    if len(complaints) > 3:
        lines.append(f"……另有 {len(complaints) - 3} 处")
    return PackError("；".join(lines))


def _sentence(file: YamlFile, schema: type[BaseModel], complaint: Any) -> str:
    steps = _real_steps(file, complaint["loc"])
    key = ".".join(str(s + 1) if isinstance(s, int) else s for s in steps) or "（整个文件）"
    line = file.line_of(steps)
    kind = complaint["type"]
    if kind == "extra_forbidden":
        return f"{file.name} 第 {line} 行，{key}：不认识的键；这里允许的键是 {_allowed_keys(schema, steps[:-1])}"
    if kind == "missing":
        return f"{file.name} 第 {line} 行，{key}：缺少这个键；这里允许的键是 {_allowed_keys(schema, steps[:-1])}"
    return f"{file.name} 第 {line} 行，{key}：写的是 {_found(complaint)}，允许的是 {allowed_of(complaint)}"


def _found(complaint: Any) -> str:
    found = repr(complaint["input"])
    return found if len(found) <= 60 else found[:57] + "…"


def allowed_of(complaint: Any) -> str:
    """What would have been right, in words: `整数`, `> 0 的数`, or the sentence of a check of ours."""
    kind, context = complaint["type"], complaint.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return str(context.get("expected", "")).replace(" or ", "、").replace(", ", "、")
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", complaint["msg"]))
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        sign = {"greater_than_equal": "≥", "greater_than": ">", "less_than_equal": "≤", "less_than": "<"}[kind]
        limit = context.get("ge", context.get("gt", context.get("le", context.get("lt"))))
        return f"{sign} {limit:g} 的数"
    if kind in ("too_short", "string_too_short"):
        return "不能空着"
    return str(complaint["msg"])


def _real_steps(file: YamlFile, location: tuple[Step, ...]) -> tuple[Step, ...]:
    # pydantic puts the names of a union's members into the location; only what stands in the file counts.
    steps: list[Step] = []
    data = file.data
    for i, step in enumerate(location):
        last = i == len(location) - 1
        if isinstance(data, dict):
            if step in data:
                data = data[step]
                steps.append(step)
            elif last:
                steps.append(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
            steps.append(step)
    return tuple(steps)


def _allowed_keys(schema: type[BaseModel], steps: tuple[Step, ...]) -> str:
    kinds: list[Any] = [schema]
    for step in steps:
        kinds = [k for kind in kinds for k in _step_into(kind, step)]
    keys: list[str] = []
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += [f.alias or name for name, f in kind.model_fields.items()]
    return "、".join(dict.fromkeys(keys)) or "（没有登记）"


def _step_into(kind: Any, step: Step) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if step in (name, field.alias):
                return _members(field.annotation)
        return []
    arguments = get_args(kind)
    if get_origin(kind) in (list, tuple, set, frozenset) and isinstance(step, int):
        return [m for a in arguments for m in _members(a)]
    if get_origin(kind) is dict and len(arguments) == 2:
        return _members(arguments[1])
    return []


def _members(kind: Any) -> list[Any]:
    if get_origin(kind) in (Union, UnionType):
        return [m for a in get_args(kind) for m in _members(a)]
    if hasattr(kind, "__metadata__"):
        return _members(get_args(kind)[0])
    return [kind]
