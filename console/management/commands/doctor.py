"""`manage.py doctor`: what is wrong with this installation, in plain words."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from console.doctor import examine
from console.findings import Weight
from office import clock


class Command(BaseCommand):
    help = "说明这套安装有什么问题；有必须处理的问题时以非零状态结束"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="只显示提示和要处理的")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = dict.fromkeys(Weight, 0)
        for finding in examine(at=clock.now()):
            counts[finding.weight] += 1
            if not (options["quiet"] and finding.weight is Weight.GOOD):
                self.stdout.write(f"[{finding.weight}] {finding.sentence}")
        told = "，".join(f"{weight} {counts[weight]}" for weight in reversed(Weight))
        self.stdout.write(f"共 {sum(counts.values())} 项：{told}")
        if counts[Weight.MUST]:
            sys.exit(1)
