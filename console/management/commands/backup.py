"""`manage.py backup DIR`: a consistent backup while the service runs, with a hash of every file."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.backup import Backup, BackupFault, nightly
from console.backup.faults import size_in_words
from office import clock


class Command(BaseCommand):
    help = "备份：服务不用停；DIR 下得到一个文件夹和一个密钥文件，密钥请另处保存"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="备份放在这个目录下，最好在另一块磁盘或另一台机器")
        parser.add_argument("--keys", type=Path, metavar="DIR", help="密钥文件放到这里；不写就放在备份旁边")
        parser.add_argument("--nightly", action="store_true", help="按每日备份记录和清理（由服务自己使用）")
        parser.add_argument("--parent", type=int, metavar="PID", help="随这个进程一同结束（由服务自己使用）")

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        at = clock.now()
        folder = options["folder"].expanduser().resolve()
        keys = options["keys"].expanduser().resolve() if options["keys"] else None
        try:
            if options["nightly"]:
                nightly.make(folder, keys_folder=keys, at=at, parent=options["parent"])
                return
            made = nightly.make_by_hand(folder, keys_folder=keys, at=at)
        except BackupFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(in_words(made))
        if made.manifest.trail_faults:
            raise CommandError(
                f"备份做好了，但履历链核对不上：{made.manifest.trail_faults[0]}。请运行 manage.py trail verify。"
            )


def in_words(made: Backup) -> str:
    """What was made and what has to be kept apart."""
    rows = made.manifest.rows
    checked = f"履历 {made.manifest.trail_rows} 条已核对，用时 {made.seconds:.0f} 秒"
    return (
        f"备份好了：{made.folder}（{size_in_words(made.manifest.size)}，{len(made.manifest.files)} 个文件，"
        f"帖文 {rows.get('crawlers_post', 0)} 条，{checked}）\n"
        f"密钥另存：{made.keys}\n"
        "请把密钥文件移到别处、加密保存，不要与备份放在一起。恢复时两样都要："
        f"manage.py restore {made.folder.name} --keys {made.keys.name}"
    )
