"""`manage.py roles [--check]`: writes docs/roles.md, role × page × act, from the gates of the addresses."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from console.permissions import table


class Command(BaseCommand):
    help = "由程序的权限表生成 docs/roles.md；--check 只核对是否最新"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="不写文件，只核对")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "roles.md"
        text = table()
        if not options["check"]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError("docs/roles.md 不是最新，请运行 manage.py roles")
