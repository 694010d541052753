"""`manage.py tick [--forever] [--only NAME,…]`: runs the sweeps that are due."""

import os
import threading
import time
from argparse import ArgumentParser
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from console import journal, sweeps
from office import clock, lifeline

PING_EVERY = 60.0  # seconds; watchdog services count in minutes
CLOCK_SWEEP = "clocks"


class Command(BaseCommand):
    help = "运行到期的步骤；--forever 一直运行，直到收到停止信号"
    # The checks would load every page and its libraries; a broken page must not stop a clock.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="一直运行")
        parser.add_argument("--only", default="", metavar="NAME[,NAME]", help="只运行这些步骤或步骤组")
        parser.add_argument("--every", type=float, metavar="SECONDS", help="所有步骤都用这个间隔（演练用）")
        parser.add_argument("--parent", type=int, metavar="PID", help="随这个进程一同结束（由服务自己使用）")
        parser.add_argument("--process", default="tick", metavar="NAME", help="日志和脉搏文件中的进程名")

    def handle(self, *args: Any, **options: Any) -> None:
        journal.set_up(options["process"])
        try:
            chosen = sweeps.choose(sweeps.schedule(settings.SCHEDULE, every=options["every"]), options["only"])
        except sweeps.UnknownSweep as error:
            raise CommandError(str(error)) from error
        if options["forever"]:
            run_for_ever(chosen, process=options["process"], parent=options["parent"])
            return
        outcomes = [sweeps.run_sweep(sweep) for sweep in sweeps.due_by_rows(chosen, at=clock.now())]
        sweeps.note(outcomes, at=clock.now())
        for outcome in outcomes:
            self.stdout.write(f"{outcome.name}: {outcome.error or outcome.did or '无事可做'}")
        if failed := [outcome.name for outcome in outcomes if outcome.error]:
            raise CommandError(f"出错的步骤：{'、'.join(failed)}（详见上面的日志）")


def run_for_ever(chosen: list[sweeps.Sweep], *, process: str, parent: int | None) -> None:
    """Rounds until the bell rings. A sweep that is running when it rings is finished, the next is not begun."""
    bell = lifeline.StopBell()
    if parent is not None:
        lifeline.die_with_parent(parent)
    pulse = lifeline.Pulse(settings.HOME / "run" / f"{process}.pulse")
    rhythm = sweeps.Round(chosen)
    ping = Ping(settings.PING_URL)

    def before(name: str) -> bool:
        pulse.beat(name)
        return not bell.ringing

    journal.log("started", pid=os.getpid(), sweeps=[sweep.name for sweep in chosen])
    while not bell.ringing and not (parent is not None and lifeline.orphaned(parent)):
        outcomes = rhythm.run_due(moment=time.monotonic, before=before)
        if any(outcome.name == CLOCK_SWEEP and not outcome.error for outcome in outcomes):
            ping.send(moment=time.monotonic())
        if ready := rhythm.to_note(outcomes, moment=time.monotonic()):
            sweeps.note(ready, at=clock.now())
        pulse.beat()
        bell.wait(rhythm.pause(moment=time.monotonic()))
    if ready := rhythm.to_note([], moment=float("inf")):
        sweeps.note(ready, at=clock.now())
    journal.log("stopped", pid=os.getpid())


class Ping:
    """Tells a watchdog outside that a clock sweep has really run; its silence is the alarm. Never delays a sweep."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._sent = float("-inf")
        self._thread: threading.Thread | None = None

    def send(self, *, moment: float) -> None:
        if not self._address or moment - self._sent < PING_EVERY or (self._thread and self._thread.is_alive()):
            return
        self._sent = moment
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()

    def _call(self) -> None:
        try:
            with urlopen(self._address, timeout=10) as answer:
                answer.read(1)
        except (URLError, OSError, ValueError) as error:
            journal.log("ping_failed", level="warning", reason=type(error).__name__)
