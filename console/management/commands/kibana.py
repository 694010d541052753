"""`manage.py kibana push|refill`: our boards into the Kibana the settings name; all they count to the node anew."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.search import node
from reports.kibana import KibanaFault, push
from reports.services import board_feed


class Command(BaseCommand):
    help = (
        "看板：push 把空间、数据视图和五个看板推送到 HUIYING_KIBANA_URL 的 Kibana 8.19，推送几次都是同样的对象；"
        "refill 把看板的数据全部重送检索节点"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["push", "refill"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "refill":
            if not node.used():
                raise CommandError("没有设 HUIYING_SEARCH_URL，没有检索节点可送。")
            board_feed.refill()
            self.stdout.write("看板的数据随后由服务全部重送。")
            return
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
