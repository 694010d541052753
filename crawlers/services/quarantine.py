"""Taking a line in again after a fix: read anew from the kept file, by its place (rules.md 11)."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from crawlers.files import FileFault, columns_of, row_at
from crawlers.items import MAX_LINE, BadLine, PostItem
from crawlers.models import InboxFile, Quarantine
from crawlers.services.inbox import Doors, door_of, keys_in_force
from crawlers.services.ingest import IngestResult, ingest_items
from office import trail
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require


def retake_quarantine(*, quarantine: Quarantine, by: User, at: datetime) -> IngestResult:
    """Read the line again and take it in. Raises Refused with the reason where it still can not be taken."""
    require(by, Act.RETAKE_QUARANTINE)
    inbox = quarantine.inbox
    try:
        item = _item_again(quarantine, at=at)
        with transaction.atomic():
            if not Quarantine.objects.filter(pk=quarantine.pk, retaken_at=None).update(retaken_at=at):
                raise Refused("这一行已经收下了。")
            result = ingest_items([item], source=inbox.source, at=at, history=inbox.historical)
            InboxFile.objects.filter(pk=inbox.pk).update(
                stored=F("stored") + result.stored,
                repeats=F("repeats") + result.repeats,
                quarantined=F("quarantined") - 1,
            )
            trail.record(
                by=by,
                kind=Act.RETAKE_QUARANTINE,
                at=at,
                object_kind="quarantine",
                object_id=str(quarantine.pk),
                text=f"重新收下隔离区第 {quarantine.line} 行（原因：{quarantine.reason}）",
            )
    except (BadLine, FileFault) as error:
        raise Refused(f"仍然收不下：{error}。") from error
    return result


def _item_again(quarantine: Quarantine, *, at: datetime) -> PostItem:
    inbox = quarantine.inbox
    path = Path(settings.HOME) / inbox.path
    if not path.exists():
        raise FileFault("原文件已按保存期限清理")
    if inbox.kind == "import":
        if inbox.source is None:
            raise FileFault("导入文件没有来源")
        row = row_at(path, columns_of(inbox.source.config.get("columns")), offset=quarantine.offset)
        if row is None or row.data is None:
            raise BadLine(row.reason if row else "文件里没有这一行")
        return door_of(inbox.source, keys=keys_in_force(at)).admit(row.data, fetched_at=inbox.arrived_at)
    if quarantine.length > MAX_LINE:
        raise BadLine("一行超过 1 MB 的上限")
    with path.open("rb") as file:
        file.seek(quarantine.offset)
        piece = file.read(quarantine.length)
    return Doors(keys_in_force(at)).read(piece, at=at)
