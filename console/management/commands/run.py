"""`manage.py run`: makes the installation ready, then becomes the supervisor of the service."""

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from console.backup import BackupFault
from console.doctor_keeping import network
from console.installation import prepare
from console.service_lock import take_lock
from office import clock
from office.pack.errors import PackError


class Command(BaseCommand):
    help = "启动服务：准备数据库和辖区资料，然后运行网页、时钟和阅读三个进程；Ctrl-C 停止"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare-only", action="store_true", help="只准备数据库和辖区资料，不启动")

    def handle(self, *args: Any, **options: Any) -> None:
        # Posts, sessions, evidence and logs are for the service's own user; the processes it starts inherit this.
        os.umask(0o077)
        lock = take_lock()
        host, port = settings.LISTEN
        if not options["prepare_only"]:
            refuse_port_in_use(host, port)
        try:
            first = prepare(at=clock.now(), say=self.stdout.write)
        except PackError as error:
            raise CommandError(f"E20 辖区资料包有误：{error}") from error
        except BackupFault as fault:
            raise CommandError(str(fault)) from fault
        except (DatabaseError, OSError) as error:
            raise CommandError(
                f"E13 数据库用不了：{error}。请运行 make doctor；文件损坏时见 docs/operations.md“恢复”。"
            ) from error
        connections.close_all()
        if first:
            self.stdout.write(
                f"首次登录：用户名 {first.username}  口令 {first.password}\n"
                "（只显示这一次，登录后须立即修改；没有记下可运行 manage.py first_login 重新生成）"
            )
        if options["prepare_only"]:
            return
        for finding in network():  # how other desks reach it: said where it is set, not found out later
            self.stdout.write(f"[{finding.weight}] {finding.sentence}")
        self.stdout.flush()
        words = ("--lock", str(lock), "--home", str(settings.HOME), "--listen", f"{host}:{port}")
        drill = ("--drill-port", str(settings.DRILL_PORT))
        # The same process goes on as the supervisor, without Django in its memory; the lock goes with it.
        os.chdir(settings.BASE_DIR)
        os.set_inheritable(lock, True)
        os.execv(sys.executable, [sys.executable, "-m", "console.supervisor", *words, *drill])


def refuse_port_in_use(host: str, port: int) -> None:
    """A clear sentence now instead of a web process that dies again and again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host.strip("[]"), port))
        except OSError as error:
            raise CommandError(
                f"E12 {host}:{port} 用不了（{os.strerror(error.errno or 0)}）。"
                f"请停掉占用它的程序，或换一个地址，例如 HUIYING_LISTEN={host}:{port + 10}"
            ) from error
