"""The register of sources: taken from the pack, switched, reviewed, visited at once."""

from datetime import datetime, timedelta
from typing import Any, get_args

from django.db import transaction
from pydantic import ValidationError

from crawlers.models import Source, SourceChange, SourceGap
from crawlers.overlay import Change, Laid, as_written, fault_of, lay_over
from crawlers.rhythm import LEAST, MOST
from office import trail
from office.errors import Refused
from office.models import User
from office.pack import Pack
from office.pack.current import current_pack
from office.pack.sources import Source as Line
from office.pack.sources import Sources, Voice
from office.roles import Act
from office.services.acts import require

VOICES = get_args(Voice)
WORDS = {"rhythm_minutes": "节律", "voice": "声音"}
DECIDING = frozenset({"enabled", "rhythm_minutes", "voice"})  # keys whose word in the pack decides which of both counts
_TAKEN = (
    "name", "klass", "kind", "voice", "platform", "media_class", "scope", "address", "config", "legal_basis",
    "rhythm_minutes", "in_pack",
)  # fmt: skip


def sync_sources(pack: Pack, *, at: datetime) -> int:
    """Bring the Source rows in line with the pack's register and what people changed in it; returns how many lines.

    What was learnt by visiting stays; whether a source is on stays as a person left it, unless the pack itself now
    says otherwise than it did. A source that left the pack is switched off and keeps its posts.
    """
    rows = {s.key: s for s in Source.objects.all()}
    with transaction.atomic():
        laid = laid_over(pack.sources)
        SourceChange.objects.filter(pk__in=laid.superseded).update(superseded_at=at)
        for line in laid.lines.values():
            row = rows.pop(line.id, None) or Source(key=line.id)
            before = (row.config.get("enabled"), row.config.get("disabled_reason"))
            write_line(row, line, in_pack=pack.sources.named(line.id) is not None)
            if row.pk is None or before != (line.enabled, line.disabled_reason):
                row.enabled, row.disabled_reason = line.enabled, line.disabled_reason
            if row.enabled and row.next_visit_at is None and row.state != Source.State.FORBIDDEN:
                row.next_visit_at = at
            row.save()
        for row in rows.values():
            if row.in_pack and row.config:
                Source.objects.filter(pk=row.pk).update(
                    in_pack=False, enabled=False, disabled_reason="已不在辖区资料包的来源登记册中"
                )
    return len(laid.lines)


def laid_over(register: Sources) -> Laid:
    """The register with every change that has not been superseded laid over it."""
    standing = SourceChange.objects.filter(superseded_at=None).order_by("pk").select_related("source")
    return lay_over(register, [Change(c.pk, c.source.key, c.kind, c.values, c.base) for c in standing])


def write_line(row: Source, line: Line, *, in_pack: bool) -> None:
    """The columns of a row that the register says; not whether it is on. The caller saves."""
    moved = row.pk is not None and row.address != (line.address or "")
    row.name, row.klass, row.kind, row.voice = line.name[:200], line.klass, line.kind, line.voice
    row.platform, row.media_class, row.scope = line.platform[:60], line.media_class, line.scope
    row.address, row.config, row.legal_basis = line.address or "", line.config(), line.legal_basis
    row.rhythm_minutes, row.in_pack = line.rhythm_minutes, in_pack
    if moved:  # another page: what is known of the old one does not hold
        row.cursor, row.state, row.verified_at = {}, Source.State.UNCHECKED, None


def change_line(source: Source, *, kind: str, values: dict[str, Any], why: str, by: User, at: datetime) -> None:
    """Keep a change beside the pack and write it into the row, inside the caller's transaction.

    Raises Refused where the line would no longer be one the register takes. A row that no register knows (a file
    source made by hand) keeps the change alone.
    """
    said = current_pack().sources.named(source.key)
    base = as_written(said) if said is not None else {}
    SourceChange.objects.create(
        source=source,
        kind=kind,
        values=values,
        base={key: base[key] for key in values if key in DECIDING and key in base},
        why=why[:1000],
        by=by,
        at=at,
    )
    if not source.config:
        return
    try:
        line = Line.model_validate(source.config | values)
    except ValidationError as error:
        raise Refused(f"登记册不收这样的一条：{fault_of(error)}。") from error
    write_line(source, line, in_pack=source.in_pack)
    source.save(update_fields=[*_TAKEN])


def switch_source(*, source: Source, on: bool, reason: str, by: User, at: datetime) -> None:
    """Switch a source on or off with a reason; kept beside the pack. Raises Refused."""
    require(by, Act.SWITCH_SOURCE)
    reason = reason.strip()
    if not reason:
        raise Refused("请写明理由。")
    if on and source.config.get("login") == "required":
        raise Refused("这个来源要登录才能看，按规定不采集；可由其所有者提供文件后导入。")
    if on and source.config.get("own"):
        raise Refused("自有账号不采集；可导出后用文件导入。")
    with transaction.atomic():
        changed = Source.objects.filter(pk=source.pk, enabled=not on).update(
            enabled=on,
            disabled_reason="" if on else reason[:1000],
            next_visit_at=at if on and source.state != Source.State.FORBIDDEN else source.next_visit_at,
        )
        if not changed:
            raise Refused("这个来源已经" + ("启用。" if on else "停用。"))
        if not on:  # what is not visited is not missing
            SourceGap.objects.filter(source=source, until=None).update(until=at)
            Source.objects.filter(pk=source.pk).update(down_since=None)
        values: dict[str, Any] = {"enabled": on, "disabled_reason": "" if on else reason[:1000]}
        if on and source.config.get("confidence") == "low":
            values["confidence"] = "medium"  # a person has looked and says why
        change_line(source, kind=SourceChange.Kind.SWITCH, values=values, why=reason, by=by, at=at)
        trail.record(
            by=by,
            kind=Act.SWITCH_SOURCE,
            at=at,
            object_kind="source",
            object_id=source.key,
            text=f"{'启用' if on else '停用'}来源“{source.name}”：{reason}",
            data={"on": on, "reason": reason},
        )


def edit_source(*, source: Source, rhythm_minutes: int, voice: str, reason: str, by: User, at: datetime) -> None:
    """Another rhythm or voice for what comes from now on; kept beside the pack. Raises Refused."""
    require(by, Act.EDIT_SOURCE)
    reason = reason.strip()
    if not reason:
        raise Refused("请写明为什么改。")
    if voice not in VOICES:
        raise Refused("声音只能是公众、媒体、官方、自有之一。")
    if not LEAST <= rhythm_minutes <= MOST:
        raise Refused(f"节律须在 {LEAST} 分钟到 {MOST // 1440} 天之间。")
    wanted: dict[str, Any] = {"rhythm_minutes": rhythm_minutes, "voice": voice}
    with transaction.atomic():
        now = Source.objects.get(pk=source.pk)
        before = {"rhythm_minutes": now.rhythm_minutes, "voice": now.voice}
        changed = {name: value for name, value in wanted.items() if before[name] != value}
        if not changed:
            raise Refused("节律和声音都没有变。")
        Source.objects.filter(pk=now.pk).update(**changed)
        for name, value in changed.items():  # one row each: the pack may later speak of one of them alone
            change_line(now, kind=SourceChange.Kind.EDIT, values={name: value}, why=reason, by=by, at=at)
        if "rhythm_minutes" in changed and now.next_visit_at is not None:
            soon = (now.last_visit_at or at) + timedelta(minutes=rhythm_minutes)
            Source.objects.filter(pk=now.pk).update(next_visit_at=min(now.next_visit_at, max(soon, at)))
        trail.record(
            by=by,
            kind=Act.EDIT_SOURCE,
            at=at,
            object_kind="source",
            object_id=now.key,
            text=f"修改来源“{now.name}”的{'、'.join(WORDS[name] for name in changed)}：{reason}",
            data={"before": {name: before[name] for name in changed}, "after": changed, "reason": reason},
        )


def review_forbidden(*, source: Source, reason: str, by: User, at: datetime) -> None:
    """A person has looked at a refusal and says that the source may be visited again. Raises Refused."""
    require(by, Act.REVIEW_FORBIDDEN)
    reason = reason.strip()
    if not reason:
        raise Refused("请写明复核情况：对方是否允许采集，依据是什么。")
    with transaction.atomic():
        changed = Source.objects.filter(pk=source.pk, state=Source.State.FORBIDDEN).update(
            state=Source.State.UNCHECKED,
            note=f"人工复核后恢复：{reason}"[:1000],
            failures=0,
            next_visit_at=at,
            cursor={},
        )
        if not changed:
            raise Refused("这个来源没有处于“对方拒绝”状态。")
        trail.record(
            by=by,
            kind=Act.REVIEW_FORBIDDEN,
            at=at,
            object_kind="source",
            object_id=source.key,
            text=f"复核后恢复采集“{source.name}”：{reason}",
            data={"reason": reason},
        )


def run_now(*, source: Source, by: User, at: datetime) -> None:
    """Have the next sweep visit the source. Raises Refused for one that is off or refuses us."""
    require(by, Act.RUN_SOURCE)
    if not source.enabled:
        raise Refused("这个来源没有启用。")
    if source.kind == "file":
        raise Refused("文件来源没有可访问的地址，请用文件导入。")
    if source.state == Source.State.FORBIDDEN:
        raise Refused("对方已拒绝采集，须先人工复核。")
    with transaction.atomic():
        Source.objects.filter(pk=source.pk).update(next_visit_at=at)
        trail.record(
            by=by,
            kind=Act.RUN_SOURCE,
            at=at,
            object_kind="source",
            object_id=source.key,
            text=f"立即采集“{source.name}”",
        )
