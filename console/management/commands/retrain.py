"""`manage.py retrain`: a candidate from people's corrections, measured; adopted by two people, left by one."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.models import LearntModel
from analysis.sentiment import WeightsError
from analysis.services import learning
from console.installation import take_in_pack
from console.queries import judging
from office import clock
from office.errors import Refused
from office.models import User
from office.pack.errors import PackError


class Command(BaseCommand):
    help = "由人工更正训练候选版本，量出对照表；采用须两个人，退回一个人"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", metavar="USERNAME", required=True, help="谁在办（账号名），留痕")
        step = parser.add_mutually_exclusive_group()
        step.add_argument("--propose", type=int, metavar="N", help="提出采用第 N 版，写明 --reason")
        step.add_argument(
            "--adopt", type=int, metavar="N", help="另一个人同意采用第 N 版（单人值守：再写一遍 --reason）"
        )
        step.add_argument("--back", type=int, metavar="N", help="退回第 N 版；0 是随程序发布的版本，写明 --reason")
        parser.add_argument("--reason", default="", help="理由")
        parser.add_argument("--json", action="store_true", help="对照表写成 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(f"没有账号 {options['by']}")
        try:
            take_in_pack(at=at)
            self._do(options, by, at)
        except PackError as error:
            raise CommandError(f"E20 辖区资料包有误：{error}") from error
        except (Refused, WeightsError) as error:
            raise CommandError(str(error)) from error

    def _do(self, options: dict[str, Any], by: User, at: Any) -> None:
        reason = options["reason"]
        if options["propose"] is not None:
            learning.propose(model=_model(options["propose"]), by=by, at=at, reason=reason)
            self.stdout.write(f"已提出采用第 {options['propose']} 版，等另一个人同意。")
        elif options["adopt"] is not None:
            learning.confirm(model=_model(options["adopt"]), by=by, at=at, reason_again=reason or None)
            self.stdout.write(f"已采用第 {options['adopt']} 版；旧帖由服务从新到旧逐步重读。")
        elif options["back"] is not None:
            to = _model(options["back"]) if options["back"] else None
            learning.go_back(to=to, by=by, at=at, reason=reason)
            self.stdout.write("已退回；旧帖由服务从新到旧逐步重读。")
        else:
            self._show(learning.build(learning.ask(by=by, at=at), at=at), as_json=options["json"])

    def _show(self, row: LearntModel, *, as_json: bool) -> None:
        if row.state == LearntModel.State.FAILED:
            raise CommandError(row.fault)
        if as_json:
            told = {"model": row.pk, "digest": row.digest, "base": row.base, **row.table}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        learnt = row.table["learnt_from"]
        self.stdout.write(f"第 {row.pk} 版（候选）：学了情绪 {learnt['sentiment']} 条、类别 {learnt['klass']} 条")
        self.stdout.write("判读\t在哪里量\t条\t随程序判对\t在用判对\t候选判对")
        for line in judging.lines(row):
            few = "（条数太少）" if line.candidate.few else ""
            counts = f"{line.candidate.all}\t{line.shipped.some}\t{line.in_force.some}\t{line.candidate.some}{few}"
            self.stdout.write(f"{line.judgement}\t{line.on}\t{counts}")
        changed = row.table["changed"]
        self.stdout.write(
            f"最近 {row.table['everyday']} 条平常帖中改判：情绪 {changed['sentiment']} 条，类别 {changed['klass']} 条。"
            f"看过再办：manage.py retrain --by 账号 --propose {row.pk} --reason 理由，再由另一个人 --adopt {row.pk}。"
        )


def _model(number: int) -> LearntModel:
    row = LearntModel.objects.filter(pk=number).first()
    if row is None:
        raise CommandError(f"没有第 {number} 版")
    return row
