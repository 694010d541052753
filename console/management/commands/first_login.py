"""`manage.py first_login`: a new password for the first account, as long as nobody has used it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office import clock
from office.errors import Refused
from office.services.people import first_account, renew_first_password


class Command(BaseCommand):
    help = "重新生成首个账号的初始口令；已有人登录过就不再给"

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            user, password = first_account(at=at) or renew_first_password(at=at)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"首次登录：用户名 {user.username}  口令 {password}\n（只显示这一次，登录后须立即修改）")
