"""`manage.py move --to URL`: an embedded installation goes over to PostgreSQL; the file it came from stays as it is."""

import os
import subprocess
import sys
from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from tqdm import tqdm

from console.database import keeper
from console.faults import BackupFault
from console.installation import renew_tables
from console.moving import move
from console.service_lock import take_lock

OTHERWISE = "请先停下服务，再搬数据库。"


class Command(BaseCommand):
    help = "把本机的 SQLite 库整个搬到 PostgreSQL；逐表核对行数、履历链和每个时限，原来的库不动"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", metavar="URL", help="postgresql://用户@主机:端口/库名（空库；没有就建）")
        parser.add_argument("--inside", action="store_true", help=SUPPRESS)  # the process whose database is the new one

    def handle(self, *args: Any, **options: Any) -> None:
        if options["inside"]:
            self._inside()
        elif not options["to"]:
            raise CommandError("请用 --to 写明搬到哪里，例如 --to postgresql://huiying@127.0.0.1:5432/huiying")
        else:
            self._outside(options["to"])

    def _outside(self, address: str) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("E49 现在用的已经是 PostgreSQL（HUIYING_DATABASE），没有可搬的本机库。")
        if not keeper().is_there():
            raise CommandError(f"E49 {settings.HOME} 里没有数据库，没有可搬的。")
        take_lock(otherwise=OTHERWISE)  # held by this process until the other has ended
        words = [sys.executable, str(settings.BASE_DIR / "manage.py"), "move", "--inside"]
        done = subprocess.run(words, env={**os.environ, "HUIYING_DATABASE": address}, check=False)
        if done.returncode:
            raise CommandError("没有搬成，原因见上一行。原来的库没有动，可以再试。")

    def _inside(self) -> None:
        try:
            keeper().make()
            renew_tables()
            with tqdm(unit="行", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

                def told(table: str, done: int, total: int) -> None:
                    bar.set_description(table)
                    bar.total, bar.n = total, done
                    bar.refresh()

                moved = move(settings.HOME / "huiying.sqlite3", told=told)
        except (BackupFault, DatabaseError, OSError) as fault:
            raise CommandError(str(fault).strip() or type(fault).__name__) from fault
        rows = sum(moved.rows.values())
        said = [
            f"搬好了：{len(moved.rows)} 张表 {rows} 行，履历 {moved.trail_rows} 条、"
            f"时限 {moved.clocks} 个逐一核对无误。"
        ]
        if moved.cleaned:
            said.append(f"{moved.cleaned} 处文字里的空字符（NUL）去掉了，PostgreSQL 存不下它。")
        said.append(
            "以后启动请设 HUIYING_DATABASE 为这个地址。检索的索引在启动后自己补齐；原来的库文件没有动，请留作备份。"
        )
        self.stdout.write("\n".join(said))
