"""`manage.py sources check [ID…]`: one polite visit of each source now, and what each of them answered."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.installation import take_in_pack
from crawlers.models import Source
from crawlers.services import check_sources
from office import clock
from office.pack.errors import PackError

REFUSED = (Source.State.FORBIDDEN,)


class Command(BaseCommand):
    help = "来源核对：现在各访问一次，说明哪些看到了、对方怎么答；被拒绝过的不再访问"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["check"], help="check：访问并核对")
        parser.add_argument("keys", nargs="*", metavar="ID", help="来源编号；不写就是全部启用的来源")
        parser.add_argument("--json", action="store_true", help="每个来源一行 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            take_in_pack(at=at)
        except PackError as error:
            raise CommandError(f"E20 辖区资料包有误：{error}") from error
        sources = chosen(options["keys"])
        results = check_sources(sources, at=at)
        rows = {row.pk: row for row in Source.objects.filter(pk__in=[source.pk for source in sources])}
        seen = 0
        for source, result in zip(sources, results, strict=True):
            row = rows[source.pk]
            verified = row.verified_at is not None and row.verified_at >= at
            seen += verified
            if options["json"]:
                facts = {"id": row.key, "verdict": str(result.verdict), "state": row.state, "verified": verified}
                self.stdout.write(
                    json.dumps({**facts, "status": result.status, "note": result.note}, ensure_ascii=False)
                )
            else:
                self.stdout.write(
                    f"[{'看到' if verified else '没看到'}] {row.key} {row.name}：{result.note or result.verdict}"
                )
        if not options["json"]:
            self.stdout.write(f"共 {len(sources)} 个，看到 {seen} 个，没看到 {len(sources) - seen} 个")
        if seen < len(sources):
            raise CommandError(f"{len(sources) - seen} 个来源没有看到，页面上仍标为未联网核对或中断")


def chosen(keys: list[str]) -> list[Source]:
    """The sources named, else all that are switched on; one that refused us is visited only after a person's review."""
    wanted = Source.objects.filter(key__in=keys) if keys else Source.objects.filter(enabled=True)
    found = list(wanted.exclude(address="").order_by("key"))
    if missing := sorted(set(keys) - {source.key for source in found}):
        raise CommandError(f"登记册里没有可访问的来源 {'、'.join(missing)}")
    if refused := [source.key for source in found if source.state in REFUSED]:
        if keys:
            raise CommandError(f"{'、'.join(refused)} 曾拒绝访问，须先由人在“来源”页复核")
        found = [source for source in found if source.state not in REFUSED]
    return found
