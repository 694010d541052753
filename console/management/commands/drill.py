"""`manage.py drill [SCENARIO] [--speed N] [--full]`: a rehearsal in a home of its own, through the real spiders."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import SUPPRESS, ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from tqdm import tqdm

from console import drill_service, journal
from console.drill import home
from console.drill.player import Player
from console.drill.progress import Progress, playing, read_progress
from console.drill.reopening import reopen
from console.drill.scenario import ScenarioFault
from console.processes import ROOT, Part, child_environment, drill_parts
from office import clock, lifeline
from office.errors import Refused
from office.pack import PackError

LOOK_EVERY = 0.5
STOP_WITHIN = 20.0  # seconds: a spider that is out is waited for


class Command(BaseCommand):
    help = "演练：编好的事件从第一条帖文走到《今日舆情》，用它自己的库和时间，不发给真实的人"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scenario", nargs="?", default="", metavar="SCENARIO", help="drills/ 下的名字")
        parser.add_argument("--speed", type=float, metavar="N", help="快多少倍（默认见脚本，一般 720）")
        parser.add_argument("--full", action="store_true", help="演到 48 小时时限（约 6 分钟）")
        parser.add_argument("--hands-on", action="store_true", help="我来办：进去的人以值班员身份办理，时间走得慢")
        parser.add_argument("--play", action="store_true", help=SUPPRESS)  # the drill's own process

    def handle(self, *args: Any, **options: Any) -> None:
        if options["play"]:
            self._play()
        else:
            self._watch(options)

    # --- the process that plays ------------------------------------------------------------------------------------

    def _play(self) -> None:
        if not settings.DRILL:
            raise CommandError("--play 只由演练自己使用。")
        lifeline.die_with_parent(os.getppid())
        bell = lifeline.StopBell()
        journal.set_up("drill-play")
        folder = Path(settings.HOME)
        stage = home.take_stage_soon(folder)
        if stage is None:
            return  # it is being played
        if read_progress(folder).state != "starting":
            reopen(folder)
            return  # it was played; its pages stay readable
        stopped = folder / "stop"

        def stop(seconds: float) -> bool:
            return bell.wait(seconds) or stopped.exists()

        try:
            player = Player(folder)
        except (ScenarioFault, OSError) as fault:
            _fail(folder, f"演练没有开始：{fault}")
            raise CommandError(str(fault)) from fault
        try:
            played = player.play(player.prepare(), stop=stop)
            ok = player.finish(played=played, ended_at=datetime.now(UTC))  # noqa: TID251 - the real end, beside simulated time
        except Exception as fault:  # the border of the process: whatever it was stands in the story before it ends
            _fail(folder, f"演练中途出错：{type(fault).__name__} {fault}")
            raise
        os.close(stage)
        if not ok:
            raise CommandError(player.progress.line)

    # --- the person at the terminal --------------------------------------------------------------------------------

    def _watch(self, options: dict[str, Any]) -> None:
        began = time.monotonic()
        try:
            state = drill_service.start_drill(
                by=None,
                at=clock.now(),
                scenario=options["scenario"],
                speed=options["speed"],
                full=options["full"],
                hands_on=options["hands_on"],
            )
        except (Refused, PackError) as refused:
            raise CommandError(str(refused)) from refused
        connections.close_all()
        folder = home.drills_folder(settings.HOME) / state.name
        # A word to look at, not an exception: one that is raised in the wrong moment (a finalizer) is lost.
        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):  # a script's background jobs begin with SIGINT ignored
            signal.signal(number, lambda *_: asked.set())
        children = [] if home.service_runs(settings.HOME) else self._start(folder)
        try:
            self._follow(folder, children, asked)
            if asked.is_set() and playing(folder, at=clock.now()):
                self.stderr.write("正在结束演练……")
                drill_service.stop(folder)
                self._await_end(folder)
        finally:
            _end(children)
            drill_service.settle_drills(at=clock.now())
        if report := drill_service.report_of(folder):
            self.stdout.write(report)
        progress = read_progress(folder)
        self.stderr.write(f"演练用时 {time.monotonic() - began:.0f} 秒，留在 {folder}")
        if home.read_json(folder / "report.json").get("ended_early"):
            raise CommandError(f"演练没有走完：{progress.line}。")
        if progress.state != "ended":
            broken = "" if progress.state == "failed" else "演练在中途断了，停在："
            raise CommandError(f"{broken}{progress.line}")

    def _start(self, folder: Path) -> list[subprocess.Popen[bytes]]:
        """The same processes as the service would start, as children of this command."""
        host, port = settings.LISTEN[0], settings.DRILL_PORT
        listen = f"{host}:{settings.LISTEN[1]}"
        parts = drill_parts(home=settings.HOME, listen=listen, port=port, parent=os.getpid())
        if not _free(host, port):
            self.stderr.write(f"{host}:{port} 已被占用，这次演练没有网页；HUIYING_DRILL_PORT 可换一个端口。")
            parts = [part for part in parts if part.name != "drill-web"]
        return [_begin(part, folder) for part in parts]

    def _follow(self, folder: Path, children: list[subprocess.Popen[bytes]], asked: threading.Event) -> None:
        """Progress on the terminal until the drill ends, or somebody asks for its end."""
        told = 0
        linked = False
        form = "{l_bar}{bar}| {elapsed}"
        with tqdm(total=100, bar_format=form, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            # The player is the last of the children; one that dies before it could say so ends the waiting.
            while playing(folder, at=clock.now()) and not asked.is_set() and not _gone(children):
                progress = read_progress(folder)
                bar.set_description(f"演练 {_local(progress)}")
                bar.update(max(0.0, progress.share * 100 - bar.n))
                for row in progress.told[told:]:
                    bar.write(f"{_hm(row['at'])} {row['line']}", file=sys.stderr)
                told = len(progress.told)
                if not linked and progress.state == "running" and drill_service.await_pages(folder, seconds=0):
                    linked = True
                    bar.write(f"演练的页面（链接用一次）：{drill_service.link_into(folder)}", file=sys.stderr)
                asked.wait(LOOK_EVERY)
            for row in read_progress(folder).told[told:]:
                bar.write(f"{_hm(row['at'])} {row['line']}", file=sys.stderr)

    def _await_end(self, folder: Path) -> None:
        until = time.monotonic() + STOP_WITHIN
        while playing(folder, at=clock.now()) and time.monotonic() < until:
            time.sleep(0.2)


def _gone(children: list[subprocess.Popen[bytes]]) -> bool:
    """Whether the player, the last of the children, is gone; where the service plays, it is not ours to know."""
    return bool(children) and children[-1].poll() is not None


def _begin(part: Part, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "log").mkdir(exist_ok=True)
    with (folder / "log" / f"{part.name}.log").open("ab") as log:
        return subprocess.Popen(
            part.argv,
            cwd=ROOT,
            env=child_environment(part),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this command alone, which ends them in order
        )


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=STOP_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host.strip("[]"), port))
        except OSError:
            return False
    return True


def _fail(folder: Path, line: str) -> None:
    progress = read_progress(folder)
    progress.state, progress.line = "failed", line
    progress.faults.append(line)
    progress.ended_at = datetime.now(UTC).isoformat()  # noqa: TID251 - the real end, beside simulated time
    progress.write()


def _local(progress: Progress) -> str:
    return f"{_hm(progress.moment)} {progress.line[:40]}" if progress.moment else progress.line


def _hm(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%m-%d %H:%M")
