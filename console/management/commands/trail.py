"""`manage.py trail verify`: read the whole chain of what people did; status 1 where a row was changed or is missing."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from office import trail
from office.models import Trail


class Command(BaseCommand):
    help = "核对履历链：指出被改、缺失或调换顺序的记录；有问题时以状态 1 结束"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["verify"], help="verify：从头到尾核对一遍")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = trail.verify()
        answer = {"rows": Trail.objects.count(), "whole": not faults, "faults": faults}
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if faults:
            sys.exit(1)
