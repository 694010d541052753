"""Files people bring. The file is kept by its hash, readable by the service alone (rules.md 11)."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from crawlers.files import FileFault, check_file, columns_of, kind_of
from crawlers.models import InboxFile, Source
from office import trail
from office.diskroom import Verdict, room
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require


def import_file(path: Path, *, source: Source, historical: bool, by: User, at: datetime) -> InboxFile:
    """Take a file: check its top, keep a copy by hash, and let the ingest sweep read it. Raises Refused.

    The same file for the same source a second time gives the row of the first.
    """
    require(by, Act.IMPORT_FILE)
    if (left := room()).verdict is Verdict.STOP:
        raise Refused(f"“{path.name}”没有收下：{left.words}，采集和导入已暂停，请系统管理员腾出空间。")
    columns = columns_of(source.config.get("columns"))
    try:
        check_file(path, columns)
        kind = kind_of(path)
    except FileFault as fault:
        raise Refused(f"“{path.name}”没有收下：{fault}。") from fault
    try:
        digest, stored_as = _keep(path, source, kind)
    except OSError as error:
        raise Refused(f"“{path.name}”没有收下：存不下来（{error.strerror}），请检查磁盘空间。") from error
    with transaction.atomic():
        inbox, made = InboxFile.objects.get_or_create(
            path=stored_as,
            defaults={"sha256": digest, "kind": "import", "source": source, "historical": historical, "arrived_at": at},
        )
        if made:
            trail.record(
                by=by,
                kind=Act.IMPORT_FILE,
                at=at,
                object_kind="inbox_file",
                object_id=str(inbox.pk),
                text=f"导入文件“{path.name}”到来源“{source.name}”{'（历史）' if historical else ''}",
                data={"sha256": digest, "source": source.key, "historical": historical},
            )
    return inbox


def _keep(path: Path, source: Source, kind: str) -> tuple[str, str]:
    """Copy the file to `<home>/imports/`, whole or not at all; its SHA-256 and its path under the home."""
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f"{os.getpid()}-{id(path)}.part"
    digest = hashlib.sha256()
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as copy, path.open("rb") as original:
            while block := original.read(1 << 20):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        name = f"{digest.hexdigest()}-{source.key}.{kind}"
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), f"imports/{name}"
