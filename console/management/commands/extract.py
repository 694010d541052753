"""`manage.py extract [--url U] [--list]`: a saved page on standard input, what is on it out.

The extracting libraries are heavy, so the work is done by the entry module of the spiders' process, in our place.
"""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "从标准输入的网页里取出标题、正文、时间、来源；--list 另列出其中的文章链接"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="网页原来的地址")
        parser.add_argument("--list", action="store_true", help="列出文章链接")

    def handle(self, *args: Any, **options: Any) -> None:
        words = ["--url", options["url"], *(["--list"] if options["list"] else [])]
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "crawlers.spiders.extract", *words])
