"""The guard of the disk: the state every page shows, and who is told. What stops by it asks `office.diskroom`."""

from datetime import datetime
from typing import Any

from django.conf import settings

from alerts.services.notices import Addressee, tell
from office.diskroom import Room, Verdict, room
from office.pack.current import current_pack
from office.queries import people_for
from office.roles import Role
from office.state import get_state, set_state

STATE = "disk"
REMEDY = (
    "请腾出空间：清理 log/ 里的旧日志、backups/、旧的演练，把备份目录放到别的磁盘，或换大的磁盘。"
    "腾出后一分钟内自动恢复，什么都不丢。"
)


def watch(*, at: datetime) -> str:
    """Keep the verdict; tell people when it gets worse, and once a day while it stays bad."""
    if settings.CLOCK_FILE or settings.REPLAY:  # a rehearsal's disk is the service's own: told there
        return ""
    left = room()
    before = get_state(STATE)
    known = before.get("verdict") if isinstance(before, dict) else Verdict.OK
    if left.verdict is not Verdict.OK:
        _tell(left, at=at)
    if known == left.verdict:
        return ""
    facts: dict[str, Any] = {"verdict": left.verdict.value, "percent": left.percent, "since": at.isoformat()}
    set_state(STATE, facts, by=None, at=at)
    return {
        Verdict.OK: f"{left.words}，恢复正常",
        Verdict.WARN: f"{left.words}，快满了",
        Verdict.STOP: f"{left.words}，已暂停采集",
    }[left.verdict]


def _tell(left: Room, *, at: datetime) -> None:
    """One notice a day and verdict: the event's key says which."""
    stopped = left.verdict is Verdict.STOP
    roles = (Role.SYS_ADMIN, Role.DUTY_LEAD, Role.MONITOR) if stopped else (Role.SYS_ADMIN,)
    day = at.astimezone(current_pack().zone).date().isoformat()
    title = "磁盘快满，已暂停采集" if stopped else "磁盘快满"
    what = "新帖暂不采集，时限、提醒和办理照常。" if stopped else f"到 {settings.DISK_STOP}% 会暂停采集。"
    tell(
        people=[Addressee(role, person) for role in roles for person in people_for(role, at)[0]],
        event=f"disk-{left.verdict}:{day}",
        title=title,
        body=f"{left.words}。{what}{REMEDY}",
        at=at,
    )
