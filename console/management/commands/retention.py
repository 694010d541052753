"""`manage.py retention [--dry-run]`: removes what is past its time by the policy, or says what would go."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from console.retention import clean, preview
from office import clock
from office.pack.current import current_pack


class Command(BaseCommand):
    help = "按保存期限清理到期的数据；--dry-run 只说会清理什么，不动数据"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只统计，不删除")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        if options["dry_run"]:
            self._preview()
            return
        shown = ""

        def tell(name: str, removed: int) -> None:
            nonlocal shown
            if sys.stderr.isatty() and (line := f"\r{name}：{removed}") != shown:
                shown = line
                sys.stderr.write(line)

        words = clean(at=at, told=tell)
        if shown:
            sys.stderr.write("\n")
        self.stdout.write(words or "没有到期的数据，什么都没有删。")

    def _preview(self) -> None:
        policy = current_pack().policy
        self.stdout.write(f"保存期限：{policy.retention.source}（policy.yaml {policy.version}）\n")
        goes = 0
        for line in preview(at=clock.now()):
            kept = f"，其中 {line.due.needed} {line.kind.unit}须留（{line.kind.needs}）" if line.due.needed else ""
            self.stdout.write(
                f"{line.kind.name}：保存 {line.days} 天，到期 {line.due.past} {line.kind.unit}{kept}，"
                f"将清理 {line.due.goes} {line.kind.unit}"
            )
            goes += line.due.goes
        self.stdout.write("没有删除任何数据。" if goes else "没有到期的数据。")
