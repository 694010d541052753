"""`manage.py restore DIR`: fills an empty home from a backup; everything is checked before anything is changed."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.search import node
from console.backup import BackupFault, Restored, restore_backup
from console.backup.restoring import refuse_full_home
from console.service_lock import take_lock
from office import clock


class Command(BaseCommand):
    help = "恢复：把备份放回空的数据目录；先核对全部校验值、版本和履历，有一处不对就什么都不动"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="一份备份，或放备份的目录（取最新的一份）")
        parser.add_argument("--keys", type=Path, metavar="FILE", help="这份备份的密钥文件；不写就在备份旁边找")
        parser.add_argument("--without-keys", action="store_true", help="密钥确实丢了")

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        try:
            take_lock(otherwise="没有恢复。请先停下服务，把数据目录移到一边，再恢复。")
            refuse_full_home()
            done = restore_backup(
                options["folder"].expanduser().resolve(),
                at=clock.now(),
                keys_path=options["keys"].expanduser().resolve() if options["keys"] else None,
                without_keys=options["without_keys"],
            )
        except BackupFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(in_words(done))


def in_words(done: Restored) -> str:
    """What stands here now, and what is left to do."""
    rows, lines = done.manifest.rows, []
    lines.append(
        f"恢复好了：{done.manifest.name}（版本 {done.manifest.version}，帖文 {rows.get('crawlers_post', 0)} 条，"
        f"事项 {rows.get('responses_issue', 0)} 件，履历 {done.facts.trail_rows} 条核对无误）。"
    )
    if done.facts.trail_faults:
        lines.append(f"备份时履历链就有 {len(done.facts.trail_faults)} 处不符，未作改动，请核查。")
    if not done.with_keys:
        lines.append("没有密钥：作者代号从此接不上，已发出的链接失效，所有人须重新登录。")
    if done.pack is not None:
        lines.append(f"备份里的辖区资料包与本机的不同，放在 {done.pack}；要用它，请设 HUIYING_DISTRICT={done.pack}")
    if done.older:
        lines.append(f"备份比本机的程序旧 {done.older} 步，下次 make run 会先留副本再升级。")
    if node.used():
        lines.append("检索节点里还是恢复之前的帖文：升级好数据库后先运行 manage.py search rebuild，再启动服务。")
    lines.append("接下来：make doctor，然后 make run。备份之后发生的事不在库里，请对照消息和简报补录。")
    return "\n".join(lines)
