"""The kinds of things that have a time, in the order they go: what, how long, how to count them, how to take them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from console.retention import papers, posts
from console.retention.papers import take_rows
from console.retention.slices import Due, Taken
from office.pack.policy import RetentionRule

TRIMMED = "trimmed"
Days = Callable[[RetentionRule], int]


@dataclass(frozen=True)
class Kind:
    """`needs`: what keeps one beyond its time, in words for the report."""

    key: str
    name: str
    unit: str
    days: Days
    count: Callable[[datetime], Due]
    take: Callable[[datetime, list[Any]], Taken]
    needs: str = ""

    @property
    def counted(self) -> bool:
        """Whether it removes anything, or only puts figures right behind those that do."""
        return self.key != TRIMMED


def _rows(key: str, name: str, days: Days, rows: Callable[[datetime], QuerySet[Any]]) -> Kind:
    """A kind of rows of which nothing is needed beyond its time."""

    def count(limit: datetime) -> Due:
        return Due(rows(limit).count())

    def take(limit: datetime, cursor: list[Any]) -> Taken:
        return take_rows(rows(limit))

    return Kind(key, name, "条", days, count, take)


KINDS = (
    Kind(
        "snapshots",
        "快照",
        "份",
        lambda rule: rule.snapshots_days,
        posts.count_snapshots,
        posts.take_snapshots,
        "随须留的原帖保留",
    ),
    Kind(
        "posts",
        "原帖（连同判读、计数、快照、检索）",
        "条",
        lambda rule: rule.raw_posts_days,
        posts.count_posts,
        posts.take_posts,
        "事项的帖文、时限的起算帖、简报列名的报道、留痕提到的",
    ),
    Kind(TRIMMED, "热点数字", "个", lambda rule: rule.raw_posts_days, lambda limit: Due(0), posts.take_trimmed),
    Kind("topics", "已没有帖文的热点", "个", lambda rule: rule.raw_posts_days, posts.count_topics, posts.take_topics),
    Kind(
        "files", "收件和导入的原文件", "个", lambda rule: rule.import_files_days, papers.count_files, papers.take_files
    ),
    _rows("lines", "未收下的行", lambda rule: rule.import_files_days, papers.lines),
    _rows("visits", "采集记录", lambda rule: rule.raw_posts_days, papers.visits),
    _rows("access", "查看原文和检索的记录", lambda rule: rule.access_log_days, papers.access),
    Kind(
        "words",
        "留痕的文字（留痕本身不删）",
        "段",
        lambda rule: rule.trail_days,
        papers.count_words,
        papers.take_words,
        "事项、发布、简报的留痕文字随案卷保留，后来的留痕还在用的保留",
    ),
    _rows("logins", "登录着的浏览器的记录", lambda rule: rule.access_log_days, papers.logins),
    _rows("tombstones", "已清理原帖的地址指纹", lambda rule: rule.trail_days, papers.tombstones),
    _rows("links", "过期的一次性链接", lambda rule: rule.raw_posts_days, papers.links),
    _rows("sessions", "过期的登录", lambda rule: 1, papers.sessions),
)


def kinds_of(rule: RetentionRule) -> list[Kind]:
    """Those that have work under this rule: where posts do not outlive their snapshots, both go together."""
    return [kind for kind in KINDS if kind.key != "snapshots" or rule.snapshots_days < rule.raw_posts_days]
