"""Which pack holds: settled at the start of the service, and taken by a person who has seen what it changes.

The copy in the home holds (`office.pack.kept`); what lies on the disk is a proposal. So a file half edited, a slip of
the pen or an upgrade of the program changes no rule by itself, and a broken pack on the disk stops nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from crawlers.services import sync_sources
from office import trail
from office.errors import Refused
from office.models import PackTaking, User
from office.pack.current import current_pack, renew_pack
from office.pack.differences import Difference, differences
from office.pack.errors import PackError
from office.pack.kept import keep_pack, kept_pack
from office.pack.loading import DISTRICTS, Pack, load_pack
from office.roles import Act
from office.services.acts import require
from office.services.units import sync_units
from office.state import get_state, set_state

Say = Callable[[str], object]
CHANGES_KEPT = 200  # of one taking, in its row
FIRST = "首次登记，按盘上的资料包"


@dataclass(frozen=True)
class OnDisk:
    """The pack as it lies on the disk against the one in force: its fault, or what it would change."""

    pack: Pack | None = None
    fault: str = ""
    changes: list[Difference] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Another one than the one in force, and it could be taken."""
        return self.pack is not None and self.pack.digest != current_pack().digest


def settle_pack(*, at: datetime, say: Say) -> Pack:
    """At the start: the copy in force stays; the disk's is taken only where there is none that can be read.

    Raises PackError where neither can be read, OSError where the copy can not be written.
    """
    if settings.DRILL or settings.REPLAY:  # their pack was made for them and nobody changes it
        return current_pack()
    home, district = Path(settings.HOME), str(settings.DISTRICT)
    kept = kept_pack(home, district=district)
    if kept is not None:
        try:
            pack = kept.load()
        except PackError as error:
            say(f"在用的资料包这个版本的程序读不了（{error}），改用盘上的。")
            return _take(load_pack(district), reason="在用的资料包读不了，按盘上的", by=None, at=at)
        _tell_of_disk(pack, say=say)
        return pack
    reason = FIRST if not PackTaking.objects.exists() else f"资料包设置改为 {district}"
    return _take(load_pack(district), reason=reason, by=None, at=at)


def _tell_of_disk(pack: Pack, *, say: Say) -> None:
    try:
        lying = load_pack(str(settings.DISTRICT))
    except PackError as error:
        say(f"盘上的资料包有误，没有采用，仍按在用的 {pack.policy.version}：{error}")
        return
    if lying.digest != pack.digest:
        say("盘上的资料包有变化，没有采用，仍按在用的；管理员可在“时限和等级规则”页看过差别再采用。")


def _take(pack: Pack, *, reason: str, by: User | None, at: datetime, before: Pack | None = None) -> Pack:
    """Put the pack in force: the copy, the row, units and sources. The copy last: until then the old one holds."""
    found = differences(before, pack) if before is not None else []
    with transaction.atomic():
        row = PackTaking.objects.create(
            digest=pack.digest,
            name=pack.name[:200],
            version=pack.policy.version[:100],
            at=at,
            by=by,
            reason=reason[:1000],
            changed=len(found),
            changes=[difference.as_json() for difference in found[:CHANGES_KEPT]],
        )
        write_rows(pack, at=at)
        if by is not None:  # what the start of the service does is the row itself
            trail.record(
                by=by,
                kind=Act.TAKE_PACK,
                at=at,
                object_kind="pack",
                object_id=str(row.pk),
                text=f"采用资料包 {pack.policy.version}（{len(found)} 处变化）：{reason}",
                data={"digest": pack.digest, "before": before.digest if before else "", "changed": len(found)},
            )
        keep_pack(pack, Path(settings.HOME), district=str(settings.DISTRICT))
    return renew_pack()


def write_rows(pack: Pack, *, at: datetime) -> bool:
    """Bring units and sources in line with the pack, where it differs from the last one written."""
    if get_state("pack_digest") == pack.digest:
        return False
    sync_units(pack)
    sync_sources(pack, at=at)
    set_state("pack_digest", pack.digest, by=None, at=at)
    return True


def on_disk() -> OnDisk:
    """What lies on the disk now, against the pack in force. Read again only where a file looks different."""
    district = str(settings.DISTRICT)
    return _compared(district, _look(district), current_pack().digest)


def _look(district: str) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file the pack may be made of, those it borrows included."""
    here = [] if "/" not in district else [Path(district).expanduser()]
    folders = [*here, *(path for path in DISTRICTS.iterdir() if path.is_dir())]
    files = (path for folder in folders for path in folder.glob("*.yaml"))
    return tuple(sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _compared(district: str, look: tuple[object, ...], in_force: str) -> OnDisk:
    try:
        lying = load_pack(district)
    except PackError as error:
        return OnDisk(fault=str(error))
    if lying.digest == in_force:
        return OnDisk(lying)
    return OnDisk(lying, changes=differences(current_pack(), lying))


def take_pack(*, seen: str, reason: str, by: User, at: datetime) -> Pack:
    """Take the pack that lies on the disk. `seen`: digest of the one the person looked at. Raises Refused.

    Running clocks keep the length, anchor and wording they started with (rules.md 5).
    """
    require(by, Act.TAKE_PACK)
    reason = reason.strip()
    if not reason:
        raise Refused("请写明为什么采用，依据哪份文件。")
    if settings.DRILL:
        raise Refused("演练里不换资料包。")
    try:
        lying = load_pack(str(settings.DISTRICT))
    except PackError as error:
        raise Refused(f"盘上的资料包有误，没有采用，在用的不变：{error}。") from error
    before = current_pack()
    if lying.digest == before.digest:
        raise Refused("盘上的资料包与在用的一样，没有可采用的。")
    if lying.digest != seen:
        raise Refused("您看过以后盘上的资料包又变了，请看过现在的差别再采用。")
    try:
        return _take(lying, reason=reason, by=by, at=at, before=before)
    except PackError as error:
        raise Refused(f"{error}。") from error
    except OSError as error:
        raise Refused(f"没有采用：写不进数据目录（{error.strerror}）。请看磁盘是否已满。") from error
