"""A scenario as data: `drills/<name>/scenario.yaml` and `posts.yaml`, read and checked."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from drills.site import Entry, load_entries
from office.roles import Role

DRILLS = Path(__file__).resolve().parent.parent.parent / "drills"
ACTS = (
    "acknowledge", "take_over", "confirm", "decide_level", "enter_release", "check_release", "enter_conference",
    "check_conference", "edit_brief", "submit_brief", "sign_brief", "draft_release", "edit_draft", "pass_gate",
    "plan_conference", "tick_step", "give_shift", "take_shift",
    "give_task", "sign_task", "feed_back", "mark_question",
)  # fmt: skip


class ScenarioFault(ValueError):
    """A scenario that cannot be played; `str(error)` says in Chinese what is wrong with it."""


@dataclass(frozen=True)
class Player:
    """One of the cast. `unit`: name of the department whose tasks they sign for; "" for people of the desk."""

    username: str
    name: str
    roles: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True)
class Stint:
    """Somebody on duty in a role; the whole story where neither a beginning nor an end is told."""

    who: str
    role: str
    begins: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Crawl:
    """A round of collecting at a moment; `sources` empty = all of them."""

    at: datetime
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """What one of the cast does at a moment. `about`: words of the issue's title or of a post of its topic."""

    at: datetime
    who: str
    do: str
    about: str = ""
    full: bool = False
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """`folder`: where its data lies. Times are aware. `district`: name of the pack it plays in."""

    name: str
    folder: Path
    title: str
    summary: str
    district: str
    starts_at: datetime
    ends_at: datetime
    full_ends_at: datetime
    speed: float
    max_crawls: int
    cast: tuple[Player, ...]
    duty: tuple[Stint, ...]
    places: tuple[dict[str, Any], ...]
    sources: tuple[dict[str, Any], ...]
    crawls: tuple[Crawl, ...]
    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]

    def end(self, *, full: bool) -> datetime:
        return self.full_ends_at if full else self.ends_at

    def minutes(self, *, full: bool) -> int:
        """Real minutes it takes at its own speed, spiders included (some two seconds each)."""
        until = self.end(full=full)
        crawls = sum(1 for crawl in self.crawls if crawl.at <= until)
        return max(1, round(((until - self.starts_at).total_seconds() / self.speed + 2 * crawls) / 60))


def names() -> list[str]:
    """The scenarios there are."""
    return sorted(path.parent.name for path in DRILLS.glob("*/scenario.yaml"))


def load_scenario(name: str) -> Scenario:
    """Read one. Raises ScenarioFault with the reason."""
    if name not in names():
        raise ScenarioFault(f"没有名为“{name}”的演练脚本；现有：{'、'.join(names()) or '（无）'}")
    folder = DRILLS / name
    try:
        data = yaml.safe_load((folder / "scenario.yaml").read_text(encoding="utf-8"))
        scenario = _scenario(name, folder, data)
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ScenarioFault(f"演练脚本 {name} 写得不对：{type(error).__name__} {error}") from error
    _check(scenario)
    return scenario


def _scenario(name: str, folder: Path, data: dict[str, Any]) -> Scenario:
    starts, ends = _time(data["starts_at"]), _time(data["ends_at"])
    return Scenario(
        name=name,
        folder=folder,
        title=str(data["title"]),
        summary=str(data["summary"]),
        district=str(data["district"]),
        starts_at=starts,
        ends_at=ends,
        full_ends_at=_time(data.get("full_ends_at", data["ends_at"])),
        speed=float(data["speed"]),
        max_crawls=int(data["max_crawls"]),
        cast=tuple(Player(p["username"], p["name"], tuple(p["roles"]), p.get("unit", "")) for p in data["cast"]),
        duty=tuple(_stint(row) for row in data["duty"]),
        places=tuple(data.get("places", ())),
        sources=tuple(data["sources"]),
        crawls=tuple(_crawl(row) for row in data["crawls_at"]),
        steps=tuple(_step(row) for row in data["acts"]),
        entries=tuple(load_entries(folder / "posts.yaml")),
    )


def _time(text: object) -> datetime:
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"时间 {text} 没有时区")
    return moment


def _stint(row: dict[str, Any]) -> Stint:
    begins, until = (None if row.get(name) is None else _time(row[name]) for name in ("from", "until"))
    return Stint(row["who"], row["role"], begins, until)


def _crawl(row: Any) -> Crawl:
    if isinstance(row, str | date):
        return Crawl(_time(row))
    return Crawl(_time(row["at"]), tuple(row.get("sources", ())))


def _step(row: dict[str, Any]) -> Step:
    rest = {key: value for key, value in row.items() if key not in ("at", "who", "do", "about", "full")}
    return Step(_time(row["at"]), row["who"], row["do"], row.get("about", ""), bool(row.get("full")), rest)


def _check(scenario: Scenario) -> None:
    """What a slip of the pen would break only in the middle of a drill."""
    people = {player.username for player in scenario.cast}
    posts = {entry.id for entry in scenario.entries}
    keys = {str(source["id"]) for source in scenario.sources}
    faults = [f"{s.do}：没有 {s.who} 这个人" for s in scenario.steps if s.who not in people]
    faults += [f"不认识的动作 {s.do}" for s in scenario.steps if s.do not in ACTS]
    faults += [f"没有帖文 {s.given['post']}" for s in scenario.steps if s.given.get("post", "") not in ("", *posts)]
    faults += [f"值班表里没有 {stint.who} 这个人" for stint in scenario.duty if stint.who not in people]
    faults += [f"{s.who} 的班还没开始就结束了" for s in scenario.duty if s.begins and s.until and s.until <= s.begins]
    faults += [f"{p.name}：没有角色 {r}" for p in scenario.cast for r in p.roles if r not in {x.value for x in Role}]
    faults += [f"采集时刻里没有来源 {key}" for c in scenario.crawls for key in c.sources if key not in keys]
    if len(scenario.crawls) > scenario.max_crawls:
        faults.append(f"采集 {len(scenario.crawls)} 次，多于 {scenario.max_crawls} 次")
    if not scenario.starts_at < scenario.ends_at <= scenario.full_ends_at:
        faults.append("开始、结束时间的先后不对")
    if faults:
        raise ScenarioFault(f"演练脚本 {scenario.name}：{'；'.join(faults)}")
