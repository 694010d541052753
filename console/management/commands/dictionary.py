"""`manage.py dictionary [--check]`: writes docs/data-dictionary.md from the models, so that it stays true."""

import inspect
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Field, ForeignKey, Model

APPS = ("office", "crawlers", "analysis", "alerts", "responses", "reports")
HEAD = """# 数据字典 · Data dictionary

Made from the models by `manage.py dictionary`; a test refuses a stale page. Times are stored as UTC; text is masked
before it is stored. Keys that name a table in another part follow the arrows of docs/design.md.
"""


class Command(BaseCommand):
    help = "由数据模型生成 docs/data-dictionary.md；--check 只核对是否最新"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="不写文件，只核对")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "data-dictionary.md"
        text = dictionary()
        if options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError("docs/data-dictionary.md 不是最新，请运行 manage.py dictionary")
            return
        path.write_text(text, encoding="utf-8")


def dictionary() -> str:
    """The whole page: one section a table, one line a column."""
    parts = [HEAD]
    for label in APPS:
        parts.append(f"\n## {label}\n")
        for model in apps.get_app_config(label).get_models():
            parts.append(_table(model))
    return "\n".join(parts)


def _table(model: type[Model]) -> str:
    notes = _comments(model)
    lines = [
        f"### {model.__name__} (`{model._meta.db_table}`)\n",
        inspect.cleandoc(model.__doc__ or "") + "\n",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for field in model._meta.local_fields:
        lines.append(f"| `{field.name}` | {_kind(field)} | {notes.get(field.name, '')} |")
    return "\n".join(lines) + "\n"


def _kind(field: "Field[Any, Any]") -> str:
    name = type(field).__name__.removesuffix("Field")
    if isinstance(field, ForeignKey):
        name = f"→ {field.related_model.__name__}"
    if field.choices:
        name += ": " + ", ".join(f"{value} {label}" for value, label in field.flatchoices)
    return name + (", may be empty" if field.null else "")


def _comments(model: type[Model]) -> dict[str, str]:
    """The comment behind or above a column in the source."""
    found: dict[str, str] = {}
    above = ""
    for line in inspect.getsource(model).splitlines():
        words = line.strip()
        if words.startswith("# "):
            above = f"{above} {words[2:]}".strip()
            continue
        match = re.match(r"(\w+)(?::[^=]+)? = \w*\.?\w+\(", words)
        if match is not None:
            behind = words.rsplit(")  # ", 1)
            note = behind[1] if len(behind) == 2 else above
            if note and not note.startswith(("type:", "noqa")):
                found[match.group(1)] = note.replace("|", "\\|")
        above = ""
    return found
