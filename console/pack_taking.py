"""Which pack holds: settled at the start of the service, and taken by two people who have seen what it changes.

The copy in the home holds (`office.pack.kept`); what lies on the disk is a proposal. So a file half edited, a slip of
the pen or an upgrade of the program changes no rule by itself, and a broken pack on the disk stops nothing. Only the
first pack of an installation, or one in place of a copy that can not be read, is taken by the start of the service.

What was changed on the page (`console.pack_proposals`) is laid over the disk's files whenever they are read here: it
holds until the file itself says something else than it did, as with changes of the register (`crawlers.overlay`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import transaction

from crawlers.services import sync_sources
from office import trail
from office.models import PackTaking, User
from office.pack.amending import Change, amend, laid_over, values_of
from office.pack.current import current_pack, renew_pack
from office.pack.differences import Difference, differences
from office.pack.errors import PackError
from office.pack.kept import keep_pack, kept_pack
from office.pack.loading import DISTRICTS, Pack, load_pack, policy_bytes
from office.roles import Act
from office.services.units import sync_units
from office.state import get_state, set_state

Say = Callable[[str], object]
CHANGES_KEPT = 200  # of one taking, in its row
FIRST = "首次登记，按盘上的资料包"


@dataclass(frozen=True)
class Lying:
    """The pack of the disk under what was changed on the page: `stay` is laid over it, `over` no longer counts."""

    pack: Pack
    stay: list[Change] = field(default_factory=list)
    over: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class OnDisk:
    """The pack as it lies on the disk against the one in force: its fault, or what it would change."""

    pack: Pack | None = None
    fault: str = ""
    over: list[Change] = field(default_factory=list)
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
            return _take_disk(lying_pack(), reason="在用的资料包读不了，按盘上的", at=at)
        _tell_of_disk(pack, say=say)
        return pack
    reason = FIRST if not PackTaking.objects.exists() else f"资料包设置改为 {district}"
    return _take_disk(lying_pack(), reason=reason, at=at)


def _take_disk(lying: Lying, *, reason: str, at: datetime) -> Pack:
    return put_in_force(lying.pack, laid=lying.stay, reason=reason, by=None, at=at)


def lying_pack() -> Lying:
    """What taking the disk's pack would put in force. Raises PackError."""
    district = str(settings.DISTRICT)
    pack = load_pack(district)
    laid = laid_on(pack.name)
    return _laid_over(district, pack, laid) if laid else Lying(pack)


def laid_on(name: str) -> list[Change]:
    """What was changed on the page of the pack of this name and still counts."""
    last = PackTaking.objects.filter(name=name).order_by("-pk").values_list("laid", flat=True).first()
    return [Change.from_json(told) for told in last or []]


def _laid_over(district: str, pack: Pack, laid: list[Change]) -> Lying:
    raw = policy_bytes(pack)
    stay, over = laid_over(values_of(raw), laid)
    if not stay:
        return Lying(pack, stay, over)
    return Lying(load_pack(district, amended=amend(raw, stay)), stay, over)


def _tell_of_disk(pack: Pack, *, say: Say) -> None:
    try:
        lying = lying_pack().pack
    except PackError as error:
        say(f"盘上的资料包有误，没有采用，仍按在用的 {pack.policy.version}：{error}")
        return
    if lying.digest != pack.digest:
        say("盘上的资料包有变化，没有采用，仍按在用的；请管理员在“时限和等级规则”页看过差别，一人提请、另一人同意。")


def put_in_force(
    pack: Pack,
    *,
    laid: list[Change],
    reason: str,
    by: User | None,
    at: datetime,
    before: Pack | None = None,
    asked_by: User | None = None,
    solo: bool = False,
) -> Pack:
    """Put the pack in force: the copy, the row, units and sources. The copy last: until then the old one holds.

    `laid`: what of it was changed on the page. Who may do so was asked before. Raises PackError, OSError.
    """
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
            laid=[change.as_json() for change in laid],
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
                data={
                    "digest": pack.digest,
                    "before": before.digest if before else "",
                    "changed": len(found),
                    "asked_by": asked_by.pk if asked_by else None,
                },
                solo=solo,
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
    laid = json.dumps([change.as_json() for change in laid_on(current_pack().name)])
    return _compared(district, _look(district), laid, current_pack().digest)


def _look(district: str) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file the pack may be made of, those it borrows included."""
    here = [] if "/" not in district else [Path(district).expanduser()]
    folders = [*here, *(path for path in DISTRICTS.iterdir() if path.is_dir())]
    files = (path for folder in folders for path in folder.glob("*.yaml"))
    return tuple(sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=2)
def _compared(district: str, look: tuple[object, ...], laid: str, in_force: str) -> OnDisk:
    try:
        lying = _laid_over(district, load_pack(district), [Change.from_json(told) for told in json.loads(laid)])
    except PackError as error:
        return OnDisk(fault=str(error))
    if lying.pack.digest == in_force:
        return OnDisk(lying.pack)
    return OnDisk(lying.pack, over=lying.over, changes=differences(current_pack(), lying.pack))
