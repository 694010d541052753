"""`manage.py search rebuild|status`: make the search index anew from the posts, or say how far it is."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analysis.models import Reading, SearchEntry, SearchNode, SearchOutbox, SearchRefused
from analysis.search import node
from analysis.search.faults import NodeFault
from analysis.services import outbox
from analysis.services.indexing import rebuild, waiting
from office import clock


class Command(BaseCommand):
    help = (
        "检索索引：rebuild 由帖文重建（新帖在先，期间检索照常；设了检索节点就在节点上另建一份，建好才换上；"
        "--database 重建数据库里的，期间检索不全）；status 说明已收多少、待收多少"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["rebuild", "status"])
        parser.add_argument("--database", action="store_true", help="重建数据库里的索引（检索节点随后自己重建）")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "rebuild":
            of_node = node.used() and not options["database"]
            total = (SearchEntry if of_node else Reading).objects.count()
            with tqdm(total=total, unit=" 帖", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
                try:
                    made = outbox.rebuild if of_node else rebuild
                    made(at=clock.now(), told=lambda done: bar.update(done - bar.n))
                except NodeFault as fault:
                    raise CommandError(str(fault)) from fault
        told: dict[str, Any] = {"indexed": SearchEntry.objects.count(), "waiting": waiting()}
        if row := SearchNode.objects.first() if node.used() else None:
            told["node"] = {
                "answers": bool(row.serving and not row.failures),
                "filling": bool(row.filling),
                "unsent": SearchOutbox.objects.count(),
                "refused": SearchRefused.objects.count(),
                "fault": row.fault,
            }
        self.stdout.write(json.dumps(told, ensure_ascii=False))
