"""YAML read with the place of every value kept, so that an error can name its line."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from office.pack.errors import PackError

Step: TypeAlias = str | int


@dataclass(frozen=True)
class YamlFile:
    """One file of a pack: its name as shown to people, its bytes, the values and the nodes they came from."""

    name: str
    raw: bytes
    data: object
    node: yaml.Node | None

    def line_of(self, steps: tuple[Step, ...]) -> int:
        """Line (from 1) of the value that `steps` lead to, or of the nearest one above it."""
        node, line = self.node, 1
        for step in steps:
            found = _child(node, step)
            if found is None:
                break
            key_line, node = found
            line = key_line
        return line


def read_yaml(path: Path, *, shown_as: str) -> YamlFile:
    """The file's values. A missing file, broken YAML or a key written twice raises PackError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PackError(f"{shown_as}：文件读不到（{error.strerror}）；辖区资料包必须有这个文件") from error
    return parse_yaml(raw, shown_as=shown_as)


def parse_yaml(raw: bytes, *, shown_as: str) -> YamlFile:
    """The values of a file already read. Broken YAML or a key written twice raises PackError."""
    loader = yaml.CSafeLoader(raw)
    try:
        node = loader.get_single_node()
        if node is not None:
            _refuse_double_keys(node, shown_as)
        data = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise PackError(f"{shown_as} 第 {line} 行：不是合法的 YAML（{error.problem}）") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise PackError(f"{shown_as} 第 1 行：不是合法的 YAML 或不是 UTF-8 编码（{error}）") from error
    finally:
        loader.dispose()
    return YamlFile(shown_as, raw, data, node)


def _child(node: yaml.Node | None, step: Step) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        value = node.value[step]
        return value.start_mark.line + 1, value
    return None


def _refuse_double_keys(node: yaml.Node, name: str) -> None:
    # YAML lets the last of two equal keys win in silence; in a register of sources that loses a line.
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, yaml.MappingNode):
            seen: dict[str, int] = {}
            for key, value in at.value:
                line = key.start_mark.line + 1
                if key.value in seen:
                    raise PackError(f"{name} 第 {line} 行，{key.value}：同一个键在第 {seen[key.value]} 行已经写过")
                seen[key.value] = line
                waiting.append(value)
        elif isinstance(at, yaml.SequenceNode):
            waiting.extend(at.value)
