"""How far a drill is: a small file written by the process that plays it and read by everybody else."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from console.drill.home import PLAYING, on_stage, read_json, write_json

KEPT = 200  # lines of the story; a scenario has some sixty
STARTS_WITHIN = 60.0  # seconds a started drill may take until its process is there


@dataclass
class Progress:
    """`share` 0..1 of the simulated span. `line`: what happened last. `told`: the story so far, oldest first."""

    folder: Path
    state: str = "starting"
    line: str = "正在准备"
    share: float = 0.0
    moment: str = ""
    ended_at: str = ""
    crawls: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)

    def say(self, line: str, *, at: datetime, fault: bool = False) -> None:
        """A line of the story. `fault`: something was refused or went wrong, which fails the drill."""
        self.line, self.moment = line, at.isoformat()
        self.told = [*self.told, {"at": at.isoformat(), "line": line}][-KEPT:]
        if fault:
            self.faults.append(f"{at:%m月%d日 %H:%M} {line}")
        self.write()

    def write(self) -> None:
        values = {name: value for name, value in vars(self).items() if name != "folder"}
        write_json(self.folder / "progress.json", values)


def read_progress(folder: Path) -> Progress:
    """What the file says; a drill whose process is gone in the middle shows as failed."""
    told: dict[str, Any] = read_json(folder / "progress.json")
    known = {name: value for name, value in told.items() if name in Progress.__dataclass_fields__ and name != "folder"}
    return Progress(folder, **known)


def playing(folder: Path, *, at: datetime) -> bool:
    """Whether this drill is on: its process is there, or has just been asked for."""
    progress = read_progress(folder)
    if progress.state not in PLAYING:
        return False
    if progress.state == "starting" and not (folder / "stop").exists():
        began = datetime.fromisoformat(str(read_json(folder / "drill.json")["began_at"]))
        return (at - began).total_seconds() < STARTS_WITHIN or on_stage(folder)
    return on_stage(folder)
