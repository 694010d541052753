"""Sweeps of analysis: read, file, index, tidy. Each reads the clock once and leaves one line."""

import time

from analysis.grouping import WINDOW
from analysis.services import indexing, learning, outbox, rereading, sampling
from analysis.services.figures import fill_days
from analysis.services.filing import file_posts
from analysis.services.reading import read_posts
from analysis.topic_store import prune
from crawlers.services.trials import tidy_trials
from office import clock

REREADING = 1.0  # seconds of a run of `learn` at most: new posts go first


def read() -> str:
    """Read posts nobody has read."""
    count = read_posts(at=clock.now())
    return f"判读 {count} 帖" if count else ""


def file() -> str:
    """File read posts under topics."""
    count = file_posts(at=clock.now())
    return f"归题 {count} 帖" if count else ""


def index() -> str:
    """Follow in the search index what was changed or removed, and fill it after an upgrade; tell the search node."""
    at = clock.now()
    count, sent = indexing.settle(at=at), outbox.send(at=at)
    done = [f"更新检索 {count} 帖"] if count else []
    return "，".join([*done, f"送检索节点 {sent} 帖"] if sent else done)


def learn() -> str:
    """Build the candidate that is asked for, draw the week's sample, read old posts anew where that is under way."""
    at = clock.now()
    done = []
    if (drawn := sampling.draw(at=at)) > 0:
        done.append(f"抽样 {drawn} 帖")
    if (built := learning.build_asked(at=at)) is not None:
        done.append(f"训练第 {built.pk} 版：{built.get_state_display()}")
    until, count = time.monotonic() + REREADING, 0
    while time.monotonic() < until and (some := rereading.step(at=at)):
        count += some
    return "，".join([*done, f"重读 {count} 帖"] if count else done)


def tidy() -> str:
    """Drop the index rows of posts no new post can join any more; words of removed posts leave the search index.

    Topics that an older version left without days are counted. What was fetched only to be looked at goes.
    """
    at = clock.now()
    tidy_trials(at=at)
    dropped = prune(before=at - WINDOW)
    indexing.squeeze(at=at)
    outbox.verify(at=at)
    outbox.expunge(at=at)
    filled = fill_days(at=at)
    done = [f"清理 {dropped} 行旧索引"] if dropped else []
    return "，".join([*done, f"补算 {filled} 个热点的逐日数字"] if filled else done)
