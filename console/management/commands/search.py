"""`manage.py search rebuild|status`: make the search index anew from the posts, or say how far it is."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from analysis.models import Reading, SearchEntry
from analysis.services.indexing import rebuild, waiting
from office import clock


class Command(BaseCommand):
    help = "检索索引：rebuild 由帖文重建（新帖在先，期间检索照常，只是不全）；status 说明已收多少、待收多少"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["rebuild", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "rebuild":
            with tqdm(
                total=Reading.objects.count(), unit=" 帖", file=sys.stderr, disable=not sys.stderr.isatty()
            ) as bar:
                rebuild(at=clock.now(), told=lambda done: bar.update(done - bar.n))
        self.stdout.write(json.dumps({"indexed": SearchEntry.objects.count(), "waiting": waiting()}))
