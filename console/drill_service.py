"""The door to drills: start, watch, enter, end, delete. The real trail keeps only that one began and ended."""

import json
import secrets
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from console.database import keeper
from console.drill import entries, home
from console.drill.district import prepare_world
from console.drill.home import PLAYING
from console.drill.progress import Progress, playing, read_progress
from console.drill.reopening import await_readable
from console.drill.scenario import ScenarioFault, load_scenario, names
from console.journal import log
from office import trail
from office.errors import Refused
from office.models import Trail, User
from office.pack import PackError
from office.roles import Act
from office.services.acts import require

SLOWEST, FASTEST = 1.0, 100_000.0
HANDS_ON_SPEED = 60.0  # a minute a second: five minutes for the first release
STOPS_WITHIN = 8.0  # seconds a drill that was told to stop is waited for; a spider may be out
PAGES_WITHIN = 15.0  # seconds until the drill's own pages must answer


@dataclass(frozen=True)
class ScenarioChoice:
    """A scenario to choose. `minutes`: real minutes of the quick drill."""

    name: str
    title: str
    summary: str
    minutes: int


@dataclass(frozen=True)
class Told:
    """A line of a drill's story at its simulated moment."""

    at: datetime
    line: str


@dataclass(frozen=True)
class DrillState:
    """A drill as the page shows it. `state`: starting, running, ended, failed; `share` 0..1 of its simulated span.

    `told`: what happened, newest first.
    """

    name: str
    title: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    line: str
    share: float
    faults: tuple[str, ...]
    told: tuple[Told, ...]


def scenarios() -> list[ScenarioChoice]:
    """What can be played; a scenario that is badly written is left out and named in the log."""
    found = []
    for name in names():
        try:
            scenario = load_scenario(name)
        except ScenarioFault as fault:
            log("scenario_refused", level="warning", reason=str(fault))
            continue
        found.append(ScenarioChoice(name, scenario.title, scenario.summary, scenario.minutes(full=False)))
    return found


def drills(*, at: datetime) -> list[DrillState]:
    """Every drill of this home, newest first; inside a drill, itself alone."""
    if settings.DRILL:
        return [_state(settings.HOME, at=at)]
    return [_state(folder, at=at) for folder in home.folders(settings.HOME)]


def _state(folder: Path, *, at: datetime) -> DrillState:
    asked = home.read_json(folder / "drill.json")
    progress = read_progress(folder)
    state, line = progress.state, progress.line
    if state in PLAYING and not settings.DRILL and not playing(folder, at=at):
        stopped = (folder / "stop").exists()
        state, line = ("ended", "提前结束") if stopped else ("failed", f"演练在中途断了，停在：{progress.line}")
    began = datetime.fromisoformat(str(asked["began_at"]))
    ended = datetime.fromisoformat(progress.ended_at) if progress.ended_at else None
    if ended is None and state not in PLAYING:
        ended = began
    told = tuple(Told(datetime.fromisoformat(row["at"]), row["line"]) for row in reversed(progress.told))
    return DrillState(
        folder.name, str(asked["title"]), state, began, ended, line, progress.share, tuple(progress.faults), told
    )


def start_drill(
    *,
    by: User | None,
    at: datetime,
    scenario: str = "",
    speed: float | None = None,
    full: bool = False,
    hands_on: bool = False,
) -> DrillState:
    """Make the drill's home and ask for its processes. `by` None: a person at the terminal of this machine.

    `hands_on`: the visitor sits at the desk as a monitor, in slow time; the cast does what he leaves undone.

    Raises Refused: no right, an unknown scenario, one that runs already (two starts at once make one).
    """
    if settings.DRILL:
        raise Refused("您正在演练里，不能在演练里再开演练。")
    if by is not None:
        require(by, Act.RUN_DRILL)
    try:
        chosen = load_scenario(scenario or (names() or ["qinghuai"])[0])
    except ScenarioFault as fault:
        raise Refused(f"{fault}。") from fault
    rate = speed if speed is not None else HANDS_ON_SPEED if hands_on else chosen.speed
    if not SLOWEST <= rate <= FASTEST:
        raise Refused(f"速度应在 {SLOWEST:g} 到 {FASTEST:g} 倍之间。")
    with home.one_at_a_time(settings.HOME):
        for folder in home.folders(settings.HOME):
            if not _is_over(folder, at=at):
                raise Refused(f"一场演练正在进行（{read_progress(folder).line}），结束后再开始下一场。")
        _settle(at=at)
        folder = home.drills_folder(settings.HOME) / f"drill-{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        folder.mkdir(mode=0o700)
        asked = {
            "title": chosen.title,
            "scenario": chosen.name,
            "full": full,
            "hands_on": hands_on,
            "speed": rate,
            "site_port": _free_port(),
            "began_at": at.isoformat(),
        }
        home.write_json(folder / "drill.json", asked)
        try:
            prepare_world(folder)
        except (ScenarioFault, PackError, OSError) as fault:
            home.remove(folder)
            raise Refused(f"演练没有准备好：{fault}。") from fault
        Progress(folder).write()
        note(kind="drill.began", by=by, at=at, name=folder.name, text=f"开始演练：{chosen.title}")
        home.want(settings.HOME, folder)
    return _state(folder, at=at)


def end_drill(*, name: str, by: User, at: datetime) -> None:
    """Ask a drill to end; it stays readable. Raises Refused where it has ended."""
    require(by, Act.RUN_DRILL)
    folder = _folder(name)
    if not playing(folder, at=at):
        raise Refused("这场演练已经结束。")
    stop(folder)
    with home.one_at_a_time(settings.HOME):
        _note_end(folder, by=by, at=at)


def stop(folder: Path) -> None:
    """The word to the player: it finishes what it is doing and ends."""
    (folder / "stop").touch()


def delete_drill(*, name: str, by: User, at: datetime) -> None:
    """Delete a drill that has ended, folder and database. Raises Refused while it runs."""
    require(by, Act.RUN_DRILL)
    folder = _folder(name)
    with home.one_at_a_time(settings.HOME):
        if playing(folder, at=at):
            raise Refused("这场演练还在进行，先停再删。")
        _note_end(folder, by=by, at=at)
        if home.wanted(settings.HOME) == folder:
            home.want(settings.HOME, None)
        home.remove(folder)
        keeper().drop(home.database_of(folder))


def enter_link(*, name: str, by: User, at: datetime) -> str:
    """A one-time link into the drill's own pages, once they answer.

    Raises Refused: another drill runs, or the service that serves the pages does not.
    """
    require(by, Act.RUN_DRILL)
    folder = _folder(name)
    with home.one_at_a_time(settings.HOME):
        served = home.wanted(settings.HOME)
        if served is not None and served != folder and not _is_over(served, at=at):
            raise Refused("另一场演练正在进行，结束后才能进去看这一场。")
        if served != folder:
            home.want(settings.HOME, folder)
    if not home.service_runs(settings.HOME):
        raise Refused("演练的页面由服务提供，服务没有在运行。请先运行 make run。")
    if not await_pages(folder, seconds=PAGES_WITHIN):
        raise Refused("演练的页面还没有起来，请过几秒再点一次。")
    if not playing(folder, at=at):
        await_readable(folder, seconds=PAGES_WITHIN)
    return link_into(folder)


def _is_over(folder: Path, *, at: datetime) -> bool:
    """Whether a drill has ended; one that was told to stop is waited for. Raises Refused where it takes longer."""
    until = time.monotonic() + STOPS_WITHIN
    while playing(folder, at=at):
        if not (folder / "stop").exists():
            return False
        if time.monotonic() > until:
            raise Refused("上一场演练正在收尾，请过几秒再点一次。")
        time.sleep(0.2)
    return True


def link_into(folder: Path) -> str:
    """A fresh one-time link; whoever follows it first is the guest of this drill."""
    return f"{pages_address(folder)}/enter/{entries.issue(folder)}/"


def pages_address(folder: Path) -> str:
    listen = f"{settings.LISTEN[0]}:{settings.DRILL_PORT}"
    return home.environment(folder, listen=listen)["HUIYING_URL"]


def await_pages(folder: Path, *, seconds: float) -> bool:
    """Wait until the pages of just this drill answer."""
    until = time.monotonic() + seconds
    host = {"0.0.0.0": "127.0.0.1"}.get(settings.LISTEN[0], settings.LISTEN[0])
    while True:
        try:
            with urlopen(f"http://{host}:{settings.DRILL_PORT}/enter/", timeout=2) as answer:
                if answer.read(200).decode("utf-8", "replace") == folder.name:
                    return True
        except (URLError, OSError):
            pass
        if time.monotonic() > until:
            return False
        time.sleep(0.2)


def settle_drills(*, at: datetime) -> int:
    """Note in the trail that drills have ended by themselves; returns how many. Doing it twice notes nothing twice."""
    if settings.DRILL or not home.folders(settings.HOME):
        return 0
    with home.one_at_a_time(settings.HOME):
        return _settle(at=at)


def _settle(*, at: datetime) -> int:
    over = [folder for folder in home.folders(settings.HOME) if not playing(folder, at=at)]
    return sum(_note_end(folder, by=None, at=at) for folder in over if not (folder / "noted").exists())


def _note_end(folder: Path, *, by: User | None, at: datetime) -> bool:
    """Under the lock of `one_at_a_time`."""
    if (folder / "noted").exists():
        return False
    if _has_trail() and Trail.objects.filter(kind="drill.ended", object_id=folder.name).exists():
        (folder / "noted").touch()
        return False
    title = home.read_json(folder / "drill.json").get("title", "")
    note(kind="drill.ended", by=by, at=at, name=folder.name, text=f"演练结束：{title}")
    (folder / "noted").touch()
    return True


def note(*, kind: str, by: User | None, at: datetime, name: str, text: str) -> None:
    """A row of the real trail; where nothing is installed yet there is no trail."""
    if not _has_trail():
        return
    with transaction.atomic():
        trail.record(by=by, kind=kind, at=at, object_kind="drill", object_id=name, text=text)


def _has_trail() -> bool:
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return False  # asking would make the file
    try:
        return "office_trail" in connection.introspection.table_names()
    except DatabaseError as error:
        log("trail_not_reached", level="warning", error=error)
        return False


def _folder(name: str) -> Path:
    folder = home.folder_of(settings.HOME, name)
    if folder is None:
        raise Refused("没有这场演练，可能已被删除。")
    return folder


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def hands_on() -> bool:
    """Whether these are the pages of a drill whose visitor works at the desk too."""
    return bool(settings.DRILL and home.read_json(settings.HOME / "drill.json").get("hands_on"))


def report_of(folder: Path) -> str:
    """The report a finished drill left, as JSON text; empty where it left none."""
    report = home.read_json(folder / "report.json")
    return json.dumps(report, ensure_ascii=False, indent=1) if report else ""
