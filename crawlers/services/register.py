"""The register of sources: taken from the pack, switched, reviewed, visited at once."""

from datetime import datetime, timedelta

from django.db import transaction

from crawlers.models import Source
from office import trail
from office.errors import Refused
from office.models import User
from office.pack import Pack
from office.roles import Act
from office.services.acts import require

SPREAD = timedelta(seconds=0)
_TAKEN = (
    "name", "klass", "kind", "voice", "platform", "media_class", "scope", "address", "config", "legal_basis",
    "rhythm_minutes", "in_pack",
)  # fmt: skip


def sync_sources(pack: Pack, *, at: datetime) -> int:
    """Bring the Source rows in line with the pack's register; returns how many lines it has.

    What was learnt by visiting stays; whether a source is on stays as a person left it, unless the pack itself now
    says otherwise than it did. A source that left the pack is switched off and keeps its posts.
    """
    rows = {s.key: s for s in Source.objects.all()}
    with transaction.atomic():
        for line in pack.sources.sources:
            row = rows.pop(line.id, None) or Source(key=line.id)
            before = row.config.get("enabled")
            moved = row.pk is not None and row.address != (line.address or "")
            row.name, row.klass, row.kind, row.voice = line.name[:200], line.klass, line.kind, line.voice
            row.platform, row.media_class, row.scope = line.platform[:60], line.media_class, line.scope
            row.address, row.config, row.legal_basis = line.address or "", line.config(), line.legal_basis
            row.rhythm_minutes, row.in_pack = line.rhythm_minutes, True
            if row.pk is None or before != line.enabled:
                row.enabled, row.disabled_reason = line.enabled, line.disabled_reason
            if moved:  # another page: what is known of the old one does not hold
                row.cursor, row.state, row.verified_at = {}, Source.State.UNCHECKED, None
            if row.enabled and row.next_visit_at is None and row.state != Source.State.FORBIDDEN:
                row.next_visit_at = at
            row.save()
        for row in rows.values():
            if row.in_pack and row.config:
                Source.objects.filter(pk=row.pk).update(
                    in_pack=False, enabled=False, disabled_reason="已不在辖区资料包的来源登记册中"
                )
    return len(pack.sources.sources)


def switch_source(*, source: Source, on: bool, reason: str, by: User, at: datetime) -> None:
    """Switch a source on or off with a reason. Raises Refused."""
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
        trail.record(
            by=by,
            kind=Act.SWITCH_SOURCE,
            at=at,
            object_kind="source",
            object_id=source.key,
            text=f"{'启用' if on else '停用'}来源“{source.name}”：{reason}",
            data={"on": on, "reason": reason},
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
