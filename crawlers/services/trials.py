"""Trying a pasted address: fetched once by a child with the real spiders and guard, shown, never taken in."""

import json
import re
import secrets
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from crawlers.backoff import Verdict
from crawlers.canonical import address_key, canonical_url, text_key
from crawlers.handles import current_keys
from crawlers.items import BadLine, PostItem, made_item, parse_line
from crawlers.models import Post, Source, SourceTrial
from crawlers.queries import TRIAL_BUDGET_S, TRIAL_GRACE_S, host_of, trials_under_way
from crawlers.services import children
from crawlers.services.visit import DELAY_S, user_agent
from crawlers.spiders.job import Job, SourceJob, read_results
from office import trail
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require

KEY = "trial"
AT_ONCE = 2
KEPT = timedelta(days=7)  # trials that came to nothing
WORDS_KEPT = timedelta(days=1)
TEXT_SHOWN = 600  # letters of an item
KINDS = ("", "feed", "page", "board", "json_api")


def trials_folder() -> Path:
    return Path(settings.HOME) / "trials"


def start_trial(*, address: str, kind: str = "", list_hint: str = "", by: User, at: datetime) -> SourceTrial:
    """Send a child to look at the address; `look_at` collects it. Raises Refused with what to do."""
    require(by, Act.EDIT_SOURCE)
    address = checked_address(address)
    if kind not in KINDS:
        raise Refused("取法只能是自动判断、订阅、网页、论坛、接口之一。")
    _refuse_bad_pattern(list_hint)
    tidy_trials(at=at)
    known = same_address(address)
    if known is not None:
        raise Refused(f"这个地址已经登记为“{known.name}”，请到它的页面上办。")
    running = trials_under_way(at)
    if running.count() >= AT_ONCE:
        raise Refused("正在试取别的地址，请等一会儿再取。")
    host = host_of(address)
    busy = Source.objects.filter(claimed_until__gt=at).values_list("address", flat=True)
    if host in {host_of(a) for a in (*busy, *running.values_list("address", flat=True))}:
        raise Refused("这个网站正在采集，同时再取会加重对方负担，请过几分钟再取。")
    name = f"trial-{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    with transaction.atomic():
        row = SourceTrial.objects.create(address=address, kind=kind, list_hint=list_hint, by=by, at=at, job=name)
        trail.record(
            by=by, kind="source.try", at=at, object_kind="source_trial", object_id=str(row.pk), text=f"试取 {address}"
        )
    _send_out(row, at=at)
    return row


def _send_out(row: SourceTrial, *, at: datetime) -> None:
    folder = trials_folder() / row.job
    try:
        folder.mkdir(parents=True)
        keys = Path(settings.HOME) / "keys" / "handles.json"
        current_keys(keys, at=at)
        config = {"list_hint": row.list_hint} if row.list_hint else {}
        local = bool(settings.LOOPBACK)
        job = Job(
            name=row.job,
            inbox=str(folder),
            result=str(folder / "result.jsonl"),
            keys=str(keys),
            user_agent=user_agent(),
            zone=str(current_pack().zone),
            sources=[SourceJob(KEY, row.kind, row.address, host_of(row.address), "", config)],
            delay_s=0.0 if local else DELAY_S,
            budget_s=TRIAL_BUDGET_S,
            proxy=settings.PROXY,
            allow=[settings.LOOPBACK] if local else [],
            fixed_at=at.isoformat() if settings.CLOCK_FILE else None,
            trial=True,
        )
        job.write(folder / "job.json")
        children.spawn(folder)
    except OSError as error:
        SourceTrial.objects.filter(pk=row.pk).update(ended_at=at, verdict=Verdict.CRASHED, note="采集进程没有启动")
        raise Refused(f"采集进程没有启动（{error.strerror}），请稍后再取。") from error


def checked_address(address: str) -> str:
    """The address as a source may have it. Raises Refused."""
    address = re.sub(r"\s+", "", address)
    if address and "://" not in address and re.match(r"^[\w-]+(\.[\w-]+)+", address):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise Refused("这不是一个网页地址，请从浏览器的地址栏整条复制。") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
        raise Refused("这不是一个网页地址，应以 http:// 或 https:// 开头，请从浏览器的地址栏整条复制。")
    if parts.username or parts.password:
        raise Refused("地址里带着用户名或口令：要登录才能看的不采集。请去掉后再取。")
    if len(address) > 1000:
        raise Refused("地址超过 1000 个字符，登记不了。")
    return address.split("#", 1)[0]


def _refuse_bad_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise Refused(f"条目样式不是合法的正则表达式（{error}）。不确定就留空。") from None
    if len(pattern) > 300:
        raise Refused("条目样式超过 300 个字符。")


def same_address(address: str) -> Source | None:
    """The source that already has this address, in whatever way it is written."""
    wanted = canonical_url(address)
    near = Source.objects.filter(address__icontains=host_of(address)).only("pk", "key", "name", "address")
    return next((source for source in near if canonical_url(source.address) == wanted), None)


def tidy_trials(*, at: datetime) -> None:
    """What was fetched to be looked at is no stock: words go after a day, trials after a week."""
    SourceTrial.objects.filter(at__lte=at - KEPT, kept=None).delete()
    SourceTrial.objects.filter(at__lte=at - WORDS_KEPT).exclude(found={}).update(found={})


def look_at(trial: SourceTrial, *, at: datetime) -> SourceTrial:
    """The trial as it stands; collects the child where it is back. Harmless to do twice, and by two people."""
    if trial.ended_at is not None:
        return trial
    folder = trials_folder() / trial.job
    results = read_results(folder / "result.jsonl")
    if not results and children.alive(folder) and not children.overdue(folder, seconds=TRIAL_BUDGET_S + TRIAL_GRACE_S):
        return trial
    values: dict[str, Any]
    if results:
        result = results[0]
        found = _found(folder, trial)
        values = {"verdict": result.verdict, "note": result.note, "status": result.status, "found": found}
    else:
        values = {"verdict": Verdict.CRASHED, "note": children.last_words(folder)}
    SourceTrial.objects.filter(pk=trial.pk, ended_at=None).update(ended_at=at, **values)
    children.end(folder)
    children.forget(folder)
    shutil.rmtree(folder, ignore_errors=True)
    trial.refresh_from_db()
    return trial


def _found(folder: Path, trial: SourceTrial) -> dict[str, Any]:
    """The facts, the items as they would be stored, and what of it is already here."""
    try:
        facts: dict[str, Any] = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    addresses = facts.pop("addresses", [])
    items = _items(folder / f"{trial.job}-{KEY}.jsonl")
    same = _already_here(addresses)
    known = same_address(facts.get("final") or trial.address)
    return facts | {
        "items": [_shown(item) for item in items],
        "links": len(addresses),
        "same": same,
        "registered": {"key": known.key, "name": known.name} if known is not None else None,
    }


def _items(path: Path) -> list[PostItem]:
    found = []
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            item = made_item(parse_line(line))
        except BadLine:
            continue
        if item is not None:
            found.append(item)
    return found


def _already_here(addresses: list[str]) -> list[dict[str, Any]]:
    """Which sources already brought these addresses, most first: {key, name, platform, n}."""
    keys = {key for key in map(address_key, addresses) if key}
    rows = Post.objects.filter(address_key__in=keys).values_list("source__key", "source__name", "source__platform")
    counted = Counter(rows)
    return [
        {"key": key, "name": name, "platform": platform, "n": n} for (key, name, platform), n in counted.most_common(5)
    ]


def _shown(item: PostItem) -> dict[str, Any]:
    key = address_key(item.url)
    here = Post.objects.filter(address_key=key).values_list("source__name", flat=True).first() if key else None
    kind = "同址"
    if here is None:
        words, length = text_key(item.text)
        if length >= current_pack().policy.voices.short_text_characters:
            platforms = list(Source.objects.values_list("platform", flat=True).distinct())  # the way of the index
            alike = Post.objects.filter(platform__in=platforms, text_key=words)
            here = alike.values_list("source__name", flat=True).first()
        kind = "同文"
    return {
        "title": item.title,
        "text": item.text[:TEXT_SHOWN],
        "url": item.url,
        "published_at": item.published_at,
        "published_raw": item.published_raw,
        "precision": item.precision,
        "handle": bool(item.handle),
        "same": f"{kind}，{here}" if here else "",
    }
