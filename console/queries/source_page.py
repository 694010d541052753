"""One source: its last visits as boxes, what people changed, its gaps; and an address that is being tried."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from analysis.services.glance import Glance, glance
from console.queries.sources import CLASSES, VOICES
from crawlers.backoff import SEEN, VERDICT_NAMES, Verdict
from crawlers.canonical import canonical_url
from crawlers.models import Quarantine, Run, Source, SourceChange, SourceGap, SourceTrial
from crawlers.queries import host_of
from crawlers.rhythm import least_rhythm, proposed_rhythm, usual_gap

RUNS = 60
GOOD = frozenset(str(verdict) for verdict in SEEN)
FIELDS = {
    "rhythm_minutes": "节律",
    "voice": "声音",
    "enabled": "启用",
    "name": "名称",
    "scope": "范围",
}
MASKED = re.compile(r"［([^［］]{1,12})］")  # the kinds the masking puts in the place of what it took out
LEGAL = "公开网页，不用登录，robots.txt 允许；《个人信息保护法》第二十七条，在合理范围内处理"


def runs(source: Source) -> list[Run]:
    """The last visits, newest first."""
    return list(Run.objects.filter(source=source).order_by("-id")[:RUNS])


def boxes(found: list[Run]) -> list[tuple[str, str]]:
    """The visits as boxes, oldest first."""
    names = {str(verdict): name for verdict, name in VERDICT_NAMES.items()}
    cells = []
    for run in reversed(found):
        when = f"{timezone.localtime(run.started_at):%m-%d %H:%M}"
        if not run.verdict or run.verdict == Verdict.POSTPONED:
            cells.append(("none", f"{when} {names.get(run.verdict, '在采')}"))
        elif run.verdict not in GOOD:
            cells.append(("gap", f"{when} {names.get(run.verdict, run.verdict)} {run.note}"))
        else:
            cells.append(("full" if run.items else "half", f"{when} {run.items} 条"))
    return cells


@dataclass(frozen=True)
class ChangeLine:
    """Who changed what, from what, when and why."""

    change: SourceChange
    words: str


def changes(source: Source) -> list[ChangeLine]:
    """What people changed beside the pack, newest first."""
    rows = SourceChange.objects.filter(source=source).select_related("by").order_by("-pk")
    return [ChangeLine(row, _words(row)) for row in rows[:30]]


def _words(row: SourceChange) -> str:
    if row.kind == SourceChange.Kind.ADD:
        return "登记" + ("并启用" if row.values.get("enabled") else "，未启用")
    if row.kind == SourceChange.Kind.SWITCH:
        return "启用" if row.values.get("enabled") else "停采"
    parts = []
    for name, value in row.values.items():
        before = row.base.get(name)
        old = f"{_said(name, before)} → " if before is not None else ""
        parts.append(f"{FIELDS.get(name, name)} {old}{_said(name, value)}")
    return "，".join(parts)


def _said(name: str, value: Any) -> str:
    if name == "voice":
        return dict(VOICES).get(str(value), str(value))
    return f"{value} 分" if name == "rhythm_minutes" else str(value)


def gaps(source: Source) -> list[SourceGap]:
    return list(SourceGap.objects.filter(source=source).order_by("-since")[:10])


def quarantined(source: Source) -> int:
    """Lines of this source that wait outside."""
    return Quarantine.objects.filter(inbox__source=source, retaken_at=None).count()


# --- an address that is being tried ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """A line of 取到了什么: how it went (tick, box, dash), what about, what was met, more beside it."""

    mark: str
    name: str
    words: str
    beside: str = ""


def checks(trial: SourceTrial, *, at: datetime) -> list[Check]:
    """What the trial met, in the order in which it was met."""
    found = trial.found
    lines = [_robots(found)] if found.get("robots") is not None else []
    if found.get("final") and canonical_url(found["final"]) != canonical_url(trial.address):
        lines.append(Check("dash", "跳转", f"到 {found['final']}", "登记这个地址"))
    if trial.verdict != Verdict.OK:
        said = VERDICT_NAMES.get(Verdict(trial.verdict), trial.verdict)
        return [*lines, Check("box", "结果", said, f"应答 {trial.status}" if trial.status else "没有应答")]
    items = found.get("items", [])
    lines.append(Check("tick", "登录", "不用登录，没有验证码", f"应答 {trial.status}"))
    lines.append(Check("tick", "列表", f"认出 {found['rows']} 条，{_recent(trial, at=at)}", _shape(found)))
    dated = sum(1 for item in items if item["published_at"])
    full = sum(1 for item in items if len(item["text"]) > len(item["title"]))
    minute = all(item["precision"] in ("minute", "hour") for item in items)
    lines.append(
        Check(
            "tick" if dated == len(items) else "box",
            "正文",
            f"试取 {len(items)} 条，{dated} 条有时间、{full} 条有正文",
            "时间到分" if minute and dated else "时间只到日" if dated else "没有时间",
        )
    )
    told = [{"reads": "阅读", "comments": "回复", "likes": "点赞", "reposts": "转发"}[n] for n in found["counts"]]
    lines.append(Check("tick" if told else "dash", "互动数", f"有{'、'.join(told)}数" if told else "列表里没有", ""))
    return [*lines, _same(found)]


@dataclass(frozen=True)
class Stored:
    """One of the first items as it would be stored (`item`: as the trial keeps it), and what is read of it."""

    item: dict[str, Any]
    read: Glance

    @property
    def where(self) -> str:
        return "、".join(self.read.where[:2]) or "未定"


def stored(trial: SourceTrial) -> list[Stored]:
    """The first items. Read as of an open source: each has to prove that it is ours."""
    voice = str(trial.found.get("voice") or "public")
    return [
        Stored(item, glance(item["title"], item["text"], scope="open", voice=voice))
        for item in trial.found.get("items", [])
    ]


def masked_words(trial: SourceTrial) -> str:
    """“5 处：手机号 2、姓名 1、…” of the first items; empty where nothing was taken out."""
    kinds = Counter(
        kind for item in trial.found.get("items", []) for kind in MASKED.findall(f"{item['title']}\n{item['text']}")
    )
    told = "、".join(f"{kind} {n}" for kind, n in kinds.most_common())
    return f"{sum(kinds.values())} 处：{told}" if kinds else ""


def _robots(found: dict[str, Any]) -> Check:
    if not found["robots"]:
        return Check("tick", "robots", "没有 robots.txt，可以访问")
    delay = float(found.get("delay") or 0)
    return Check("tick", "robots", "允许这个地址" + (f"，要求间隔 {delay:g} 秒" if delay else ""), "有 robots.txt")


def _shape(found: dict[str, Any]) -> str:
    shape = str(found.get("shape") or "")
    return f"样式 {shape}" if shape else ""


def _same(found: dict[str, Any]) -> Check:
    same = found.get("same", [])
    if not same:
        return Check("tick", "重复", "和已有的来源没有同址")
    words = "、".join(f"{row['name']} {row['n']} 条" for row in same)
    return Check("box", "重复", f"列表里有与 {words} 同址", f"共 {found.get('links', 0)} 条")


def _recent(trial: SourceTrial, *, at: datetime) -> str:
    """How many rows are of the last day; where the list tells days only, of today and yesterday."""
    local = [timezone.localtime(t) for t in times_of(trial)]
    if local and all(t.time() == time.min for t in local):
        yesterday = timezone.localtime(at).date() - timedelta(days=1)
        return f"昨天和今天 {sum(1 for t in local if t.date() >= yesterday)} 条"
    return f"近 24 小时 {sum(1 for t in local if at - timedelta(days=1) < t <= at)} 条"


def times_of(trial: SourceTrial) -> list[datetime]:
    return [datetime.fromisoformat(t) for t in trial.found.get("times", [])]


def twin_of(trial: SourceTrial) -> dict[str, Any] | None:
    """The source whose platform the address may share without its name saying so: {key, name, platform}.

    One that brings the same posts, else one of the same site under another platform's name.
    """
    host = host_of(trial.found.get("final") or trial.address)
    for row in trial.found.get("same", []):
        if row["platform"] != host:
            return {"key": row["key"], "name": row["name"], "platform": row["platform"]}
    bare = host.removeprefix("www.")
    near = Source.objects.filter(address__icontains=bare).exclude(platform=host).order_by("-enabled", "pk")
    for source in near.only("key", "name", "platform", "address")[:20]:
        if host_of(source.address).removeprefix("www.") == bare:
            return {"key": source.key, "name": source.name, "platform": source.platform}
    return None


def proposed(trial: SourceTrial, *, at: datetime) -> dict[str, Any]:
    """What the form of a tried address starts with."""
    found = trial.found
    voice = found.get("voice") or "public"
    klass = {"public": "board", "media": "media", "official": "city"}.get(voice, "")
    return {
        "name": found.get("name") or host_of(trial.address),
        "klass": klass if klass in CLASSES else "",
        "media_class": "other" if klass == "media" else "",
        "voice": voice,
        "scope": "open",
        "rhythm_minutes": proposed_rhythm(
            usual_gap(times_of(trial), at=at), crawl_delay=float(found.get("delay") or 0), pages=1 + len(found["items"])
        ),
        "legal_basis": LEGAL,
    }


def rhythm_words(trial: SourceTrial, *, at: datetime) -> str:
    """Why this rhythm: the usual gap, and what the site asks for."""
    gap = usual_gap(times_of(trial), at=at)
    delay = float(trial.found.get("delay") or 0)
    said = "列表里没有时间，先每小时一次"
    if gap is not None:
        minutes = round(gap / timedelta(minutes=1))
        said = f"平常 {minutes} 分一帖" if minutes < 120 else f"平常 {minutes // 60} 小时一帖"
    return said + (f"；对方要求间隔 {delay:g} 秒，不能密于 {least_rhythm(delay)} 分" if delay else "")
