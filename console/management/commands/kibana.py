"""`manage.py kibana push`: our boards into the Kibana the settings name."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.kibana import KibanaFault, push


class Command(BaseCommand):
    help = "看板：push 把空间、数据视图和五个看板推送到 HUIYING_KIBANA_URL 的 Kibana 8.19；推送几次都是同样的对象"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["push"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = push()
        except KibanaFault as fault:
            raise CommandError(str(fault)) from fault
        told = {
            "kibana": done.version,
            "space": done.space,
            "space_made": done.made,
            "objects": done.objects,
            "boards": [{"title": title, "address": address} for title, address in done.boards],
        }
        self.stdout.write(json.dumps(told, ensure_ascii=False))
