"""`manage.py reset_password USERNAME`: the way back in for an administrator who is locked out. Leaves a trail row."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office import clock
from office.errors import Refused
from office.services.passwords import reset_on_server
from office.services.people import fresh_password


class Command(BaseCommand):
    help = "在服务器上给一个账号重设口令：解锁、结束它的登录、显示一次新口令，写进留痕"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="用户名")
        parser.add_argument("--reopen", action="store_true", help="账号已停用的，同时重新启用")

    def handle(self, *args: Any, **options: Any) -> None:
        password = fresh_password()
        try:
            user = reset_on_server(
                username=options["username"],
                new=password,
                at=clock.now(),
                who=getpass.getuser(),
                reopen=options["reopen"],
            )
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{user.name}（{user.username}）的新口令：{password}\n（只显示这一次，登录后须立即修改；已写进留痕）"
        )
