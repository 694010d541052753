"""`manage.py gazetteer check [--pack P] [--texts FILE]`: what the author of a pack should look at."""

import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from analysis.gazetteer_check import remarks
from office.pack import PackError, load_pack

MOST = 100_000  # lines of a file of texts


class Command(BaseCommand):
    help = "地名表核对：单字名、一名多处、没有规则的两字名、与外地同名；给一份文本时，列出其中会被认作本区地名的词"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["check"], help="check：核对")
        parser.add_argument("--pack", default=str(settings.DISTRICT), help="辖区资料包：districts/ 下的名字，或路径")
        parser.add_argument("--texts", type=Path, help="文本文件，一行一条；最好是与本区无关的日常文本")
        parser.add_argument("--json", action="store_true", help="每条一行 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pack = load_pack(options["pack"])
        except PackError as error:
            raise CommandError(f"E20 辖区资料包有误：{error}") from error
        found = remarks(pack, _texts(options["texts"]) if options["texts"] else ())
        for remark in found:
            if options["json"]:
                facts = {"kind": remark.kind, "word": remark.word, "told": remark.told, "examples": remark.examples}
                self.stdout.write(json.dumps(facts, ensure_ascii=False))
            else:
                self.stdout.write(f"[{remark.kind}] {remark.word}：{remark.told}")
                for example in remark.examples:
                    self.stdout.write(f"    …{example}…")
        if not options["json"]:
            counts = Counter(remark.kind for remark in found)
            self.stdout.write("、".join(f"{kind} {count}" for kind, count in counts.items()) or "没有要核对的名称")
        if any(remark.kind == "单字" for remark in found):
            raise CommandError("有只有一个字的名称，判读时找不到，请写全")


def _texts(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            return [line.strip() for line, _ in zip(lines, range(MOST), strict=False) if line.strip()]
    except OSError as error:
        raise CommandError(f"读不到文件 {path}（{error.strerror}），请检查路径和权限") from error
