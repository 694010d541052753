"""Sweeps of the running service itself."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from alerts.services.notices import Addressee, tell
from alerts.services.put_right import take_back
from console import disk_watch, drill_service, retention
from console.backup import nightly
from console.database import keeper
from office import clock
from office.queries import people_for
from office.roles import Role
from office.services.timewatch import (
    ages_in_doubt,
    clock_in_doubt,
    jump_in_words,
    jump_undone,
    read_clocks,
    watch_clock,
)
from office.timejump import Jump
from reports.services.brief import withdraw_early


def watch_time() -> str:
    """Hold sending after a jump of the wall clock, and tell the people on duty and the administrators."""
    if settings.CLOCK_FILE:  # a rehearsal's time is simulated
        return ""
    at = clock.now()
    reading = read_clocks(at=at)
    if not clock_in_doubt(reading=reading):
        watch_clock(reading=reading)
        return ""
    with transaction.atomic():  # seen, told and put right in one: killed in between, the jump is seen again
        jump = watch_clock(reading=reading)
        return _tell_jump(jump, at=at) if jump is not None else ""


def _tell_jump(jump: Jump, *, at: datetime) -> str:
    words = jump_in_words(jump)
    wrong = jump_undone(jump)
    early: list[str] = []
    if wrong is not None and wrong.seconds > 0:
        take_back(since=wrong.found, ahead=timedelta(seconds=wrong.seconds), at=at)
        early = withdraw_early(at=at)
    people = [
        Addressee(role, person)
        for role in (Role.DUTY_LEAD, Role.MONITOR, Role.SYS_ADMIN)
        for person in people_for(role, at)[0]
    ]
    tell(
        people=people,
        event=f"clock-jump:{jump.expected:%Y%m%dT%H%M%S}:{jump.found:%Y%m%dT%H%M%S}",
        title="服务器时钟跳变，已暂停对外发送",
        body=f"{words}。时限照常计算并显示，提醒照常生成，只有对外发送暂停。"
        "请核对服务器时间；时间无误可在“设置”页恢复发送，或等 2 分钟没有再跳变后自动恢复。"
        + "".join(f"{one}。" for one in early),
        at=at,
    )
    return words


def settle_drills() -> str:
    """Note in the trail the drills that have come to their end (rules.md 12: it keeps that they began and ended)."""
    ended = drill_service.settle_drills(at=clock.now())
    return f"演练结束 {ended} 场" if ended else ""


def retain() -> str:
    """A share of what is past its time by the policy; nothing for a day after the clock was set.

    Before it, what was removed on request leaves the database's files, where that takes longer than a page may.
    """
    at = clock.now()
    if keeper().wipe(at=at):
        return "数据库文件里移除的内容已清除"
    return "" if ages_in_doubt(reading=read_clocks(at=at)) else retention.sweep(at=at)


def keep_backup() -> str:
    """The backup of every night, made by a child process; this sweep only begins and collects it."""
    return nightly.tend(at=clock.now())


def watch_disk() -> str:
    """Tell the administrators when room on the disk runs short, and everybody on duty when collecting stops for it."""
    return disk_watch.watch(at=clock.now())
