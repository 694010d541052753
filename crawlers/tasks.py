"""The sweeps of crawling. Each reads the clock once and says what it did; an empty answer means nothing to do."""

from django.conf import settings
from django.db import OperationalError

from crawlers.services.inbox import ingest_files
from crawlers.services.visit import collect_finished, visit_due
from office.clock import now
from office.diskroom import Verdict, room


def crawl() -> str:
    """Collect children that are back, send out what is due. In a rehearsal, whose time waits for spiders, wait.

    With too little room on the disk nothing is sent out (the sweep `disk` tells people); what is back is still taken.
    """
    if room().verdict is Verdict.STOP:
        taken = len(collect_finished(at=now()))
        return f"收回 {taken} 个来源；磁盘快满，不再派出" if taken else ""
    taken, sent = visit_due(at=now(), wait=bool(settings.CLOCK_FILE))
    return f"收回 {taken} 个来源，派出 {sent} 个" if taken or sent else ""


def ingest() -> str:
    """Take in what lies in the inbox. A full disk or a locked database loses nothing: the lines wait there."""
    try:
        taken = ingest_files(at=now())
    except OperationalError as error:
        raise OperationalError(f"数据库写不进去（磁盘已满或被占用），内容留在收件箱，稍后自动再收：{error}") from error
    if not taken.lines:
        return ""
    return f"收 {taken.lines} 行：新 {taken.stored}，重复 {taken.repeats}，隔离 {taken.quarantined}"
