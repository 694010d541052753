"""`manage.py mask [FILE…]`: `{id, text}` a line in; the same with personal data replaced by its kind out."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.post_lines import LineFault, json_lines
from crawlers.items import text_of
from crawlers.masking import mask


class Command(BaseCommand):
    help = "去除个人信息：每行一条 JSON {id, text}，输出同样的行，个人信息换成它的种类"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON Lines；不写就读标准输入")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for _, given in json_lines(options["files"]):
                official = given.get("voice") in ("official", "own")
                masked = {
                    key: mask(text_of(given[key]), official=official).text for key in ("title", "text") if key in given
                }
                kept = {key: value for key, value in given.items() if key != "author"}
                self.stdout.write(json.dumps({**kept, **masked}, ensure_ascii=False))
        except LineFault as fault:
            raise CommandError(str(fault)) from fault
