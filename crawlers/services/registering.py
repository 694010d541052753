"""A tried address becomes a source, beside the pack; the register as it counts now, written out as a pack file."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from crawlers.backoff import Verdict
from crawlers.models import Source, SourceChange, SourceTrial
from crawlers.overlay import as_written, fault_of
from crawlers.queries import host_of
from crawlers.rhythm import MOST, least_rhythm
from crawlers.services.register import change_line, laid_over, write_line
from crawlers.services.trials import same_address
from office import trail
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.pack.sources import Source as Line
from office.pack.sources import Sources
from office.roles import Act
from office.services.acts import require

FRESH = timedelta(hours=24)  # a trial older than this says little about the site of today
LONGEST_REVIEW = timedelta(days=366)
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True)
class Registration:
    """What a person decides about a tried address. `platform`: the name space of its handles; empty = its host.

    `impact`: 影响评估: why this source, what personal data may appear in it, what keeps it small.
    """

    name: str
    klass: str
    voice: str
    scope: str
    rhythm_minutes: int
    legal_basis: str
    impact: str
    review_by: date
    media_class: str = ""
    platform: str = ""


def keep_source(*, trial: SourceTrial, register: Registration, on: bool, why: str, by: User, at: datetime) -> Source:
    """Register the tried address beside the pack, switched on or not. Raises Refused with what is missing.

    Its first visit reads history: what is older than 48 hours opens nothing (rules.md 3).
    """
    require(by, Act.EDIT_SOURCE)
    why = why.strip()
    if not why:
        raise Refused("请写明为什么登记这个来源。")
    _refuse_unfit(trial, register, at=at)
    values = _values(trial, register, on=on, at=at)
    try:
        line = Line.model_validate(values)
    except ValidationError as error:
        raise Refused(f"登记册不收这样的一条：{fault_of(error)}。") from error
    with transaction.atomic():
        if not SourceTrial.objects.filter(pk=trial.pk, kept=None).exists():
            raise Refused("这次试取已经登记过了，请到来源页面上看。")
        if (known := same_address(str(values["address"]))) is not None:
            raise Refused(f"这个地址已经登记为“{known.name}”。")
        row = Source(key=line.id, enabled=on, disabled_reason=line.disabled_reason, next_visit_at=at if on else None)
        write_line(row, line, in_pack=False)
        row.save()
        change_line(row, kind=SourceChange.Kind.ADD, values=values, why=why, by=by, at=at)
        SourceTrial.objects.filter(pk=trial.pk).update(kept=row, found={})
        trail.record(
            by=by,
            kind=Act.EDIT_SOURCE,
            at=at,
            object_kind="source",
            object_id=row.key,
            text=f"登记来源“{row.name}”{'并启用' if on else '，未启用'}：{why}",
            data={"line": values, "reason": why},
        )
    return row


def _refuse_unfit(trial: SourceTrial, register: Registration, *, at: datetime) -> None:
    if trial.verdict != Verdict.OK or not trial.found.get("items"):
        raise Refused("这个地址没有取到条目，登记不了。请换一个地址，或改了取法再取一次。")
    if at - trial.at > FRESH:
        raise Refused("这次试取超过一天了，请再取一次，看过现在的样子再登记。")
    least = least_rhythm(float(trial.found.get("delay") or 0))
    if not least <= register.rhythm_minutes <= MOST:
        raise Refused(f"节律须在 {least} 分钟到 {MOST // 1440} 天之间：太密会加重对方负担。")
    if not register.impact.strip():
        raise Refused("请写影响评估：为什么要采、里面可能出现哪些个人信息、怎样少留。")
    today = timezone.localdate(at)
    if not today < register.review_by <= today + LONGEST_REVIEW:
        raise Refused("复核日期须在今天以后、一年以内。")


def _values(trial: SourceTrial, register: Registration, *, on: bool, at: datetime) -> dict[str, Any]:
    """The register's line as the pack file would have it."""
    found = trial.found
    today = timezone.localdate(at).isoformat()
    address = found.get("final") or trial.address
    delay = found.get("delay")
    robots = "有 robots.txt，允许这个地址" if found.get("robots") else "没有 robots.txt"
    values: dict[str, Any] = {
        "id": _free_id(address),
        "name": register.name.strip()[:200],
        "class": register.klass,
        "voice": register.voice,
        "platform": register.platform or host_of(address),
        "kind": found["kind"],
        "address": address,
        **found.get("config", {}),
        "scope": register.scope,
        "rhythm_minutes": register.rhythm_minutes,
        "robots": "known",
        "robots_note": f"{today} 试取：{robots}" + (f"，要求间隔 {delay:g} 秒" if delay else ""),
        "login": "none",
        "legal_basis": register.legal_basis.strip(),
        "impact": register.impact.strip(),
        "evidence": [{"seen": f"试取：认出 {found.get('rows', 0)} 条", "date": today}],
        "confidence": "high",
        "enabled": on,
        "reviewed": today,
        "review_by": register.review_by.isoformat(),
    }
    if register.media_class:
        values["media_class"] = register.media_class
    if not on:
        values["disabled_reason"] = "登记时没有启用"
    return values


def _free_id(address: str) -> str:
    """An id of the register made from the host: `bbs-example-cn`, `bbs-example-cn-2`, …"""
    base = re.sub(r"[^a-z0-9]+", "-", host_of(address).removeprefix("www.")).strip("-")[:50] or "source"
    taken = set(Source.objects.filter(key__startswith=base).values_list("key", flat=True))
    taken |= {line.id for line in current_pack().sources.sources}
    number = 2
    found = base if len(base) > 1 else f"{base}-1"
    while found in taken:
        found = f"{base}-{number}"
        number += 1
    return found


def export_register(*, by: User, at: datetime) -> str:
    """The register as it counts now, as the text of a `sources.yaml` that the pack takes; in the trail."""
    require(by, Act.EDIT_SOURCE)
    pack = current_pack()
    laid = laid_over(pack.sources)
    states = dict(Source.objects.values_list("key", "enabled"))
    reasons = dict(Source.objects.values_list("key", "disabled_reason"))
    lines = []
    for line in laid.lines.values():
        written = as_written(line)
        if states.get(line.id, line.enabled) != line.enabled:  # switched before changes were kept beside the pack
            written |= {"enabled": states[line.id], "disabled_reason": reasons[line.id]}
            if states[line.id] and line.confidence == "low":
                written["confidence"] = "medium"
        lines.append(written)
    data = {"version": pack.sources.version, "district": pack.sources.district, "sources": lines}
    if pack.sources.reviewed:
        data["reviewed"] = pack.sources.reviewed.isoformat()
    Sources.model_validate(data)  # what the pack would not take is not handed out
    text = _head(at) + yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    trail.record(
        by=by,
        kind="source.export",
        at=at,
        object_kind="source",
        object_id="",
        text=f"导出来源登记册 {len(lines)} 条",
        data={"pack": pack.digest},
    )
    return text


def _head(at: datetime) -> str:
    """Comments of the file: from what it was made, and each change with who, when and why."""
    pack = current_pack()
    rows = SourceChange.objects.filter(superseded_at=None).select_related("source", "by").order_by("pk")
    lines = [
        f"{pack.district.name} 来源登记册，{timezone.localtime(at):%Y-%m-%d %H:%M} 自在用的登记册导出",
        f"资料包 {pack.policy.version}，校验值 {pack.digest[:16]}；改动 {len(rows)} 处：",
        *(
            f"{timezone.localtime(row.at):%Y-%m-%d %H:%M} {row.by.name if row.by else '系统'} "
            f"{row.get_kind_display()} {row.source.key}：{row.why}"
            for row in rows
        ),
    ]
    return "".join(f"# {' '.join(line.split())}\n" for line in lines)
