"""`manage.py replay FILE… --pack P --report OUT.json [--step 5m]`: what would we have seen, when, which clocks."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from tqdm import tqdm

from console.replay.report import report
from console.replay.run import play
from console.replay.stream import read_stream
from crawlers.files import FileFault
from office import clock, trail
from office.pack import PackError
from office.pack.current import current_pack


class Command(BaseCommand):
    help = "回放一段历史留言：当时会看到什么、什么时候、哪些时限会走；用临时的库，不动正式数据"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV、XLSX 或 JSON Lines")
        parser.add_argument("--pack", default=str(settings.DISTRICT), help="辖区资料包：districts/ 下的名字，或路径")
        parser.add_argument("--report", type=Path, required=True, metavar="OUT.json", help="报告写到哪里")
        parser.add_argument("--step", default="5m", help="各步骤的间隔，例如 1m、5m、1h（默认 5m）")
        parser.add_argument("--keep", action="store_true", help="保留回放的库（默认结束后删除）")

    def handle(self, *args: Any, **options: Any) -> None:
        step = span_of(options["step"])
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"没有这个文件：{path}")
        refuse_no_place(options["report"])
        if settings.REPLAY:
            self._inside(options["files"], report_path=options["report"], step=step)
            return
        self._outside(options)

    def _outside(self, options: dict[str, Any]) -> None:
        """Start the replay in a process of its own, with a home of its own; the real trail keeps only that it was."""
        at = clock.now()
        home = settings.HOME / "drills" / f"replay-{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        home.mkdir(parents=True)
        _note("replay.began", at=at, name=home.name)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("HUIYING_")}
        pack = Path(options["pack"])
        environment = {
            **inherited,
            "HUIYING_HOME": str(home),
            "HUIYING_DISTRICT": str(pack.resolve()) if pack.is_dir() else options["pack"],
            "HUIYING_REPLAY": "1",
            "HUIYING_SENTIMENT": settings.SENTIMENT,
            # Sums of floats must not depend on how many threads shared them (rules.md 10).
            **{name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")},
            "PYTHONHASHSEED": "0",
        }
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "replay"]
        command += [str(path.resolve()) for path in options["files"]]
        command += ["--report", str(options["report"].resolve()), "--step", options["step"]]
        try:
            status = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=False).returncode
        finally:
            if not options["keep"]:
                shutil.rmtree(home, ignore_errors=True)
            _note("replay.ended", at=clock.now(), name=home.name)
        if status:
            raise CommandError("回放没有完成，原因见上一行。")
        if options["keep"]:
            self.stderr.write(f"回放的库留在 {home}")

    def _inside(self, files: list[Path], *, report_path: Path, step: timedelta) -> None:
        try:
            pack = current_pack()
            stream = read_stream(files, pack=pack, at=clock.now())
        except (PackError, FileFault) as fault:
            raise CommandError(str(fault)) from fault
        call_command("migrate", verbosity=0)
        with tqdm(total=len(stream.items), unit="帖", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
            played = play(stream, pack=pack, step=step, progress=bar.update)
        answer = report(stream, played, pack=pack)
        fresh = report_path.with_name(f"{report_path.name}.part")
        fresh.write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        fresh.replace(report_path)
        self.stderr.write(
            f"读 {answer['posts_read']} 条，存 {answer['posts_stored']} 帖，重复 {answer['duplicates']}，"
            f"隔离 {len(answer['quarantined'])}；线索 {len(answer['issues'])} 条，简报 {len(answer['briefs'])} 期；"
            f"{answer['seconds']} 秒，每秒 {answer['posts_per_second']} 帖"
        )


def refuse_no_place(report: Path) -> None:
    """A clear sentence now instead of a lost report at the end."""
    folder = report.resolve().parent
    if not folder.is_dir():
        raise CommandError(f"--report {report}：没有 {folder} 这个目录，请先建好")
    if report.is_dir() or not os.access(folder, os.W_OK):
        raise CommandError(f"--report {report}：不能写在这里，请换一个文件名或目录")


def span_of(text: str) -> timedelta:
    """`90s`, `5m`, `1h` as a span. Raises CommandError."""
    match = re.fullmatch(r"(\d+)([smh])", text.strip())
    if match is None or int(match.group(1)) == 0:
        raise CommandError(f"--step {text}：应为数字加 s、m 或 h，例如 5m")
    unit = {"s": "seconds", "m": "minutes", "h": "hours"}[match.group(2)]
    return timedelta(**{unit: int(match.group(1))})


def _note(kind: str, *, at: datetime, name: str) -> None:
    """The real trail keeps that a replay began and ended; where nothing is installed yet there is no trail."""
    try:
        if "office_trail" in connection.introspection.table_names():
            trail.record(by=None, kind=kind, at=at, object_kind="replay", object_id=name, text="历史回放")
    except DatabaseError as error:
        sys.stderr.write(f"留痕没有写成：{error}\n")
    finally:
        connection.close()
