"""The doctor's checks of what an installation needs to be kept for years: backups, upgrades."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

from console.backup import nightly
from console.backup.faults import size_in_words
from console.findings import Finding, good, hint, must
from console.upgrade import broken_off, unknown_migrations
from office.pack.current import current_pack


def backups(at: datetime) -> Iterator[Finding]:
    """Is there a good one, is it young enough, does it lie where it should."""
    state = nightly.standing(at=at)
    zone = current_pack().zone
    told = f"{state.good_at.astimezone(zone):%m月%d日 %H:%M}" if state.good_at else ""
    if settings.BACKUP_DIR is None:
        last = f"最近一次备份是 {told}。" if told else "还没有备份过。"
        yield hint(
            f"没有设每日备份，{last}请设 HUIYING_BACKUP_DIR（另一块磁盘上的目录），见 docs/operations.md“备份”。"
        )
        return
    yield from _place(settings.BACKUP_DIR)
    if state.fault:
        yield must(f"最近一次每日备份没有做成：{state.fault}")
    if state.good_at is None:
        if not state.fault:
            yield hint("每日备份已设，还没有做过第一次；服务运行后几分钟内会做。")
    elif state.old:
        yield must(
            f"最近一次好的备份是 {told}，已超过一天。请看“自检”页里“每日备份”一行，或现在运行 "
            f"manage.py backup {settings.BACKUP_DIR}"
        )
    else:
        yield good(f"最近一次备份 {told}，{size_in_words(state.size)}，在 {state.folder}")


def _place(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield must(f"备份目录 {folder} 不存在：外接磁盘是不是没有挂载？请挂载或建好这个目录。")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield must(f"备份目录 {folder} 不能写，请让运行服务的用户拥有它。")
    if folder.stat().st_dev == settings.HOME.stat().st_dev:
        yield hint(f"备份目录 {folder} 与数据在同一块磁盘上，磁盘坏了两样都没有。建议放到另一块磁盘或另一台机器。")
    if settings.BACKUP_KEYS is None:
        yield hint("密钥文件与备份放在一起。建议设 HUIYING_BACKUP_KEYS 放到别处：拿到备份的人就算不出作者是谁。")


def upgrades(at: datetime) -> Iterator[Finding]:
    """A database of another version than the program's, an upgrade that was broken off."""
    if unknown := unknown_migrations():
        yield must(
            f"数据库由较新的版本建立（有 {len(unknown)} 步本程序不认识），现在的程序不会启动。"
            "请换回较新的程序；要退回旧版本，用升级前的副本，见 docs/operations.md“升级”。"
        )
    if mark := broken_off():
        yield hint(f"上次升级没有做完，下次 make run 会接着做；升级前的副本是 {mark['copy']}。")
