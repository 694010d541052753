"""`manage.py read --pack P [FILE…]`: posts in (JSON Lines), readings out, in the order of the input."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analysis.reader import Reader
from analysis.sentiment_engine import sentiment_engine
from console.post_lines import LineFault, batches, post_lines
from office import clock
from office.pack import PackError, load_pack


class Command(BaseCommand):
    help = "判读帖文：每行一条 JSON，输出相关、地点、单位、情绪、分类、问题、突发事实，各带理由"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON Lines；不写就读标准输入")
        parser.add_argument("--pack", default=str(settings.DISTRICT), help="辖区资料包：districts/ 下的名字，或路径")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            pack = load_pack(options["pack"])
            reader = Reader(pack, sentiment_engine(settings.SENTIMENT))
            for batch in batches(post_lines(options["files"], pack=pack, at=at)):
                for line, reading in zip(batch, reader.read_batch([line.post for line in batch]), strict=True):
                    answer = {**line.passed, **reading.as_json(), "id": line.id}
                    self.stdout.write(json.dumps(answer, ensure_ascii=False))
        except (PackError, LineFault) as fault:
            raise CommandError(str(fault)) from fault
