"""The doctor's checks of what an installation needs to be kept for years and reached from other desks."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from analysis.models import Reading, SearchEntry
from analysis.search import triggers
from analysis.sentiment import WeightsError
from analysis.services.indexing import RULES, waiting
from analysis.services.learnt_models import in_force, learnt
from analysis.services.reading import engine
from console.backup import nightly
from console.backup.faults import size_in_words
from console.findings import Finding, good, hint, must
from console.upgrade import broken_off, unknown_migrations, waiting_migrations
from office.pack.current import current_pack
from office.state import get_state


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


def learning(at: datetime) -> Iterator[Finding]:
    """Are the shipped weights whole, and is what was learnt and adopted really used?"""
    try:
        base = engine(settings.SENTIMENT).version
    except WeightsError as error:
        yield must(f"判读的权重有问题，新帖不能判读：{error}")
        return
    row = in_force()
    fault = learnt(row, feelings_base=base, taxonomy=current_pack().taxonomy).fault
    if fault:
        yield must(fault)
    elif row is not None:
        yield good(f"判读用的是由更正学得的第 {row.pk} 版")


def network() -> Iterator[Finding]:
    """Can other desks reach the pages, do the links in messages lead there, is what they type safe on the way."""
    listens, reached = settings.LISTEN[0], urlsplit(settings.URL)
    secure, proxy = reached.scheme == "https", settings.TRUSTED_PROXY
    if "*" in settings.HOSTS:
        yield must(
            "HUIYING_HOSTS 里写了 *：谁都能冒充这个网址。请写明主机名或地址，例如 HUIYING_HOSTS=huiying.example.org"
        )
    if not is_local(listens) or proxy:
        if is_local(reached.hostname or "") or reached.hostname in EVERYWHERE:
            yield must(
                f"别的电脑要用，消息里的链接却是 {settings.URL}，别的电脑打不开。"
                f"请设 HUIYING_URL=http{'s' if proxy else ''}://本机名或地址{'' if proxy else f':{settings.LISTEN[1]}'}"
                "（主机名会自动应答；另有别名再写 HUIYING_HOSTS）。"
            )
        elif not secure:
            yield hint(
                f"服务对外监听 {listens}，但 HUIYING_URL 不是 https：口令会明文经过网络。"
                "请在前面放一个 HTTPS 代理，例子见 deploy/nginx.conf、deploy/Caddyfile。"
            )
    if secure and not proxy:
        yield hint(
            "HUIYING_URL 是 https，却没有写 HUIYING_TRUSTED_PROXY：登录记录里的地址都会是代理的。"
            "请写代理的 IP 地址，例如 HUIYING_TRUSTED_PROXY=127.0.0.1"
        )
    if proxy and not secure:
        yield must(
            f"写了 HUIYING_TRUSTED_PROXY={proxy}，但 HUIYING_URL 不是 https：登录凭据不会只走加密连接。"
            "请把 HUIYING_URL 改成代理的 https 网址。"
        )
    if proxy and not is_local(listens):
        yield hint(
            f"前面有代理（{proxy}），服务却还在 {listens} 上直接应答，可以绕过代理。"
            "代理在本机的，请设 HUIYING_LISTEN=127.0.0.1:8000；在别的机器的，请用防火墙只放行代理。"
        )


EVERYWHERE = ("0.0.0.0", "::")


def is_local(host: str) -> bool:
    return host.strip("[]") in ("127.0.0.1", "localhost", "::1")


def bundle() -> Iterator[Finding]:
    """An offline bundle beside the Makefile that is of another version than the list of what has to be installed."""
    for path in sorted(settings.BASE_DIR.glob("huiying-offline-*.tar")):
        try:
            with tarfile.open(path) as tar:
                about = tar.extractfile("about.json")
                told = json.load(about) if about is not None else {}
        except (OSError, tarfile.TarError, ValueError, KeyError):
            yield must(f"离线包 {path.name} 残缺，下次安装会失败。请重新拷贝，或把它移走改用网络安装。")
            continue
        wanted = hashlib.sha256((settings.BASE_DIR / "requirements" / "run.txt").read_bytes()).hexdigest()
        if told.get("requirements") != wanted:
            yield hint(f"离线包 {path.name} 与这个版本的依赖清单不符。请在能上网的机器上用同一版本重新 make bundle。")
        else:
            yield good(f"离线包 {path.name} 与依赖清单相符")


MANY_WAITING = 5_000  # posts; a sweep brings in 2 000, so that is some minutes of work


def search_index(at: datetime) -> Iterator[Finding]:
    """Does the index hold the posts that were read, is it told of changes, and by known rules.

    Counts are two index scans, some 100 ms for a million posts.
    """
    if connection.vendor != "sqlite" or waiting_migrations():
        return
    missing = triggers.ALL.keys() - triggers.standing()
    if missing:
        yield must(
            f"检索索引的 {len(missing)} 个触发器不在（{'、'.join(sorted(missing))}），改过的帖文查不到或查错。"
            "请重新启动服务，会补上并重建索引。"
        )
    held, waits, read = SearchEntry.objects.count(), waiting(), Reading.objects.count()
    if held and get_state(RULES) is None:
        yield must("检索索引没有写明按什么规则切字，移除的话可能还查得到。请运行 manage.py search rebuild。")
    if lost := max(0, read - held - waits):
        yield must(
            f"检索索引比判读过的帖文少 {lost} 帖（判读 {read}，已收 {held}，待收 {waits}），这些帖查不到。"
            "请运行 manage.py search rebuild，期间照常检索。"
        )
    elif extra := max(0, held - read - waits):
        yield must(
            f"检索索引比判读过的帖文多 {extra} 帖（判读 {read}，已收 {held}），会查到已不在的。"
            "请运行 manage.py search rebuild，期间照常检索。"
        )
    elif waits > MANY_WAITING:
        yield hint(
            f"检索索引还有 {waits} 帖待收，检索暂时不全。服务运行时会自己收完（新帖在先），"
            "进度看 manage.py search status；一直不减，请看“自检”页里“更新检索”一行。"
        )
    elif not missing:
        yield good(f"检索索引收了 {held} 帖" + (f"，{waits} 帖待收" if waits else ""))
