"""What is wrong with this installation, in plain words: each check answers with sentences, none changes anything."""

import ctypes.util
import fcntl
import os
import shutil
import smtplib
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from console.database import keeper
from console.doctor_keeping import backups, bundle, learning, network, search_index, upgrades
from console.doctor_node import search_node
from console.findings import Finding, good, hint, must
from console.pack_taking import on_disk
from console.upgrade import waiting_migrations
from crawlers.models import Source
from office.diskroom import Verdict, room
from office.models import Duty, User
from office.pack.current import current_pack
from office.pack.errors import PackError
from office.state import get_state

ROOM_WISHED = 5 * 1024**3  # about half a year of the default sources with snapshots


def examine(*, at: datetime) -> Iterator[Finding]:
    """All checks in order. A check that can not reach the database says so and the others go on."""
    yield from python_and_system()
    yield from disk()
    yield from keys()
    yield from address()
    yield from network()
    yield from bundle()
    yield from pack()
    yield from documents()
    yield from mail()
    yield from wall_clock(at)
    for check in (database, pack_on_disk, people, upgrades, search_index, search_node, learning, backups):
        try:
            yield from check(at)
        except (DatabaseError, sqlite3.Error, OSError) as error:
            yield must(f"数据库读不了：{error}。请确认 {settings.HOME} 属于运行服务的用户，磁盘没有满。")
            return


def python_and_system() -> Iterator[Finding]:
    yield good(f"Python {sys.version.split()[0]}")
    with sqlite3.connect(":memory:") as trial:
        try:
            trial.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='')")
            yield good(f"SQLite {sqlite3.sqlite_version}，带全文检索")
        except sqlite3.OperationalError:
            yield must(f"这个 Python 自带的 SQLite {sqlite3.sqlite_version} 没有 FTS5 全文检索，请换用系统的 Python。")
    if os.geteuid() == 0:
        yield hint("正以 root 身份运行。服务不需要 root，建议建一个专用用户。")


def disk() -> Iterator[Finding]:
    home: Path = settings.HOME
    if not os.access(home, os.W_OK | os.X_OK):
        yield must(f"数据目录 {home} 不能写。请让运行服务的用户拥有它，或用 HUIYING_HOME 换一个目录。")
        return
    left = room()
    if left.verdict is Verdict.STOP:
        yield must(f"{left.words}，采集和导入已暂停。请腾出空间：旧日志、backups/、旧的演练；备份目录放到别的磁盘。")
    elif left.verdict is Verdict.WARN:
        yield hint(f"{left.words}，快满了；到 {settings.DISK_STOP}% 会暂停采集。请腾出空间或换大的磁盘。")
    elif left.free < ROOM_WISHED:
        yield hint(f"{left.words}，建议留出 {ROOM_WISHED // 1024**3} GB。")
    else:
        yield good(left.words)


def keys() -> Iterator[Finding]:
    folder = settings.HOME / "keys"
    loose = [
        path
        for path in (folder, *folder.glob("*"))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if loose:
        names = "、".join(str(path) for path in loose)
        yield must(f"密钥的权限太宽，别的用户能读：{names}。请运行 chmod -R go-rwx '{folder}'。")
    else:
        yield good("密钥只有运行服务的用户能读")


def address() -> Iterator[Finding]:
    host, port = settings.LISTEN
    if service_runs():
        yield good(f"服务正在运行（http://{host}:{port}）")
    else:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host.strip("[]"), port))
                yield good(f"服务没有运行，{host}:{port} 空着，可以启动")
            except OSError as error:
                yield must(
                    f"{host}:{port} 用不了（{os.strerror(error.errno or 0)}）。"
                    f"请停掉占用它的程序，或换一个地址，例如 HUIYING_LISTEN={host}:{port + 10}"
                )


def service_runs() -> bool:
    """Whether somebody holds the lock of this home."""
    try:
        with (settings.HOME / "service.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def pack() -> Iterator[Finding]:
    try:
        loaded = current_pack()
    except PackError as error:
        yield must(f"辖区资料包 {settings.DISTRICT} 有误：{error}")
        return
    yield good(f"在用的辖区资料包：{loaded.district.name} {loaded.policy.version}")
    try:
        ZoneInfo(loaded.district.time_zone)
    except ZoneInfoNotFoundError:
        yield must(f"系统不认识时区 {loaded.district.time_zone}，请安装 tzdata。")


def pack_on_disk(at: datetime) -> Iterator[Finding]:
    """What lies on the disk beside the pack in force; what people changed of it stands in the database."""
    if not keeper().is_there() or waiting_migrations():
        return
    try:
        lying = on_disk()
    except PackError:
        return  # told by `pack`
    if lying.fault:
        yield must(f"盘上的资料包有误，没有采用，在用的不受影响。请改好：{lying.fault}")
    elif lying.waits:
        yield hint(f"盘上的资料包有 {len(lying.changes)} 处与在用的不同，还没采用。请管理员在“时限和等级规则”页办。")


def documents() -> Iterator[Finding]:
    missing = [name for name in ("pango-1.0", "pangoft2-1.0") if ctypes.util.find_library(name) is None]
    if missing:
        yield hint(
            "没有 libpango，《今日舆情》不能出 PDF，DOCX 和网页不受影响。"
            "要 PDF：apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )
    else:
        yield good("libpango 在，《今日舆情》可以出 PDF")
        if not has_chinese_font():
            yield hint("系统里没有中文字体，PDF 上会是空格。请安装：apt install fonts-noto-cjk")


def has_chinese_font() -> bool:
    tool = shutil.which("fc-list")
    if tool is None:
        return any(Path("/usr/share/fonts").rglob("*CJK*"))
    answer = subprocess.run([tool, ":lang=zh-cn", "family"], capture_output=True, timeout=20, check=False)
    return bool(answer.stdout.strip())


def mail() -> Iterator[Finding]:
    if settings.SMTP is None:
        yield hint("没有设置邮件服务器（HUIYING_SMTP），提醒只在页面上显示，简报不能用邮件发出。")
    else:
        yield from reach_mail(*settings.SMTP)
    if not settings.WEBHOOK:
        yield hint("没有设置群机器人（HUIYING_WEBHOOK），提醒不会发到企业微信、钉钉或飞书群。")


def reach_mail(host: str, port: int) -> Iterator[Finding]:
    """Greets the server and leaves; no message is sent."""
    try:
        kind = smtplib.SMTP_SSL if settings.SMTP_TLS == "tls" else smtplib.SMTP
        with kind(host, port, timeout=5) as server:
            server.ehlo()
            if settings.SMTP_TLS == "starttls" and not server.has_extn("starttls"):
                yield must(f"邮件服务器 {host}:{port} 不支持 STARTTLS，请把 HUIYING_SMTP_TLS 改为 tls 或 none。")
                return
        yield good(f"邮件服务器 {host}:{port} 有应答")
    except (OSError, smtplib.SMTPException) as error:
        yield must(f"连不上邮件服务器 {host}:{port}（{error}）。请核对 HUIYING_SMTP 和网络。")
    if settings.MAIL_FROM.endswith("@localhost"):
        yield must("发件人还是默认的 huiying@localhost，多数服务器会拒收，请设置 HUIYING_MAIL_FROM。")


def wall_clock(at: datetime) -> Iterator[Finding]:
    if at.year < 2026:
        yield must(f"系统时间是 {at:%Y-%m-%d}，明显不对。时限全靠它，请先校准。")
    tool = shutil.which("timedatectl")
    if tool is None:
        return
    answer = subprocess.run(
        [tool, "show", "--property=NTPSynchronized", "--value"], capture_output=True, timeout=10, check=False
    )
    if answer.stdout.strip() == b"no":
        yield hint("系统时间没有与时间服务器同步，建议开启（timedatectl set-ntp true 或单位内网的时间服务器）。")


def database(at: datetime) -> Iterator[Finding]:
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        yield hint("还没有数据库，第一次 make run 会建立。")
        return
    waiting = waiting_migrations()
    if waiting:
        yield hint(f"数据库比程序旧 {len(waiting)} 步，下次 make run 会先备份再自动升级。")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            verdict = cursor.fetchone()[0]
        with transaction.atomic():  # takes the write lock at its beginning (settings: IMMEDIATE)
            pass
        if verdict != "ok":
            yield must(f"数据库文件有损坏（{verdict}）。请停下服务，用最近的备份恢复，见 docs/operations.md。")
            return
    yield good("数据库能读能写")


def people(at: datetime) -> Iterator[Finding]:
    if waiting_migrations():
        return
    if not User.objects.exists():
        yield hint("还没有账号，第一次 make run 会建立 admin 并显示一次口令。")
        return
    if hold := get_state("sending_hold"):
        reason = hold.get("reason", "") if isinstance(hold, dict) else ""
        yield must(f"对外发送正暂停：{reason}")
    if get_state("dry_run"):
        yield hint("处于试运行：提醒和简报都不对外发送。发过测试消息后由系统管理员在页面上关闭。")
    if not Duty.objects.filter(starts_at__lte=at, ends_at__gt=at).exists():
        yield hint("此刻没有人值班，提醒会发给全体值班负责人或管理员。请在“人员与值班”页排班。")
    enabled = Source.objects.filter(enabled=True)
    unchecked = enabled.filter(verified_at=None).count()
    if unchecked:
        yield hint(
            f"启用的 {enabled.count()} 个来源中有 {unchecked} 个未联网核对，请在能上网时运行 manage.py sources check。"
        )
