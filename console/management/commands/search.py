"""`manage.py search rebuild|status|counts`: make the search index anew, say how far it is, count posts for a table."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict, astuple
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from analysis.models import Reading, SearchEntry, SearchNode, SearchOutbox, SearchRefused
from analysis.search import BadWords, Query, engine, node, parse
from analysis.search.engine import Unit
from analysis.search.faults import NodeFault
from analysis.services import outbox
from analysis.services.indexing import rebuild, waiting
from office import clock


class Command(BaseCommand):
    help = (
        "检索索引：rebuild 由帖文重建（新帖在先，期间检索照常；设了检索节点就在节点上另建一份，建好才换上；"
        "--database 重建数据库里的，期间检索不全）；status 说明已收多少、待收多少；"
        "counts 按小时或按天 × 类别 × 情绪 × 街道数帖（北京时间），一行一格 JSON"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["rebuild", "status", "counts"])
        parser.add_argument("--database", action="store_true", help="重建数据库里的索引（检索节点随后自己重建）")

        parser.add_argument("--words", default="", help="counts：检索词，与检索页相同")
        parser.add_argument("--by", choices=["hour", "day"], default="day", help="counts：按小时或按天")
        parser.add_argument("--days", type=int, default=14, help="counts：最近几天，今天算一天")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "counts":
            self._counts(options["words"], options["by"], options["days"])
            return
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

    def _counts(self, words: str, unit: Unit, days: int) -> None:
        midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            query = Query(parse(words), since=midnight - timedelta(days=max(1, days) - 1))
        except BadWords as error:
            raise CommandError(str(error)) from error
        cells = engine().crossed(query, unit=unit).items()
        for cell, posts in sorted(cells, key=lambda one: astuple(one[0])):
            told = asdict(cell) | {"begin": cell.begin.isoformat(), "posts": posts}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
