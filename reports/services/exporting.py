"""Posts taken out of the house as a table: by whom it may be, with a reason, into the trail. Masked text only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analysis.search import Query, engine
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act
from office.services import access
from office.services.acts import require
from reports.sheets import Cell, csv_file, xlsx_file
from responses.models import Issue

MOST = 5000  # posts in one file
REASON = 4  # characters a reason has at least
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEAD = (
    *("编号", "时间", "来源", "声音", "街道", "类别", "诉求", "情绪", "与本区", "同文"),
    *("标题", "正文", "网址", "热点", "舆情"),
)
VOICES = {"public": "公众", "media": "媒体", "official": "官方", "own": "自有"}
FEELINGS = {"negative": "负面", "neutral": "中性", "positive": "正面"}


@dataclass(frozen=True)
class Export:
    """The file, its name, its type, and how many posts it holds."""

    content: bytes
    name: str
    kind: str
    posts: int


def export_posts(
    *, query: Query, asked: str, kind: str, reason: str, issue: Issue | None = None, by: User, at: datetime
) -> Export:
    """The posts a search shows, newest first, as a table. `asked`: the search in words; `kind`: csv or xlsx.

    Raises Refused without the right, a reason, or a post to give. Leaves a trail row (who, why, what was asked, how
    many, the file's hash) and an AccessLog row; the file holds no author, and text as it is stored, masked.
    """
    require(by, Act.EXPORT)
    reason = reason.strip()
    if len(reason) < REASON:
        raise Refused(f"请写明导出的理由，至少 {REASON} 个字：给谁、做什么用。")
    if kind not in KINDS:
        raise Refused("只能导出 CSV 或 XLSX，请重选。")
    posts = engine().newest(query, start=0, count=MOST)
    rows = _rows(posts)
    if not rows:
        raise Refused("这样查没有帖文，没有可导出的内容。请先改检索条件。")
    content = _file(kind, rows, asked=asked, reason=reason, by=by, at=at)
    name = f"检索 {_local(at):%Y%m%d-%H%M} {by.name}.{kind}"
    digest = hashlib.sha256(content).hexdigest()
    trail.record(
        by=by,
        kind="export",
        at=at,
        object_kind="search",
        text=reason,
        data={
            "asked": asked,
            "posts": len(rows),
            "file": name,
            "sha256": digest,
            "issue": issue.label if issue else "",
        },
    )
    access.log(by=by, at=at, kind="export", what=f"{len(rows)} 帖：{asked}", issue_id=issue.pk if issue else None)
    return Export(content, name, KINDS[kind], len(rows))


def _file(kind: str, rows: list[list[Cell]], *, asked: str, reason: str, by: User, at: datetime) -> bytes:
    table: list[Sequence[Cell]] = [HEAD, *rows]
    if kind == "csv":
        return csv_file(table)
    about: list[Sequence[Cell]] = [
        ("检索", asked),
        ("帖数", len(rows)),
        ("说明", f"新的在前，最多 {MOST} 帖；不含作者，个人信息入库前已换成类别"),
        ("理由", reason),
        ("导出", f"{by.name} {_local(at):%Y-%m-%d %H:%M}"),
        ("内部资料", "仅限所写用途，不得外传"),
    ]
    return xlsx_file([("帖文", table), ("说明", about)])


def _rows(posts: Sequence[int]) -> list[list[Cell]]:
    found = Post.objects.filter(pk__in=posts).select_related("source", "reading", "membership__topic")
    by_number = {post.pk: post for post in found}
    topics = {post.membership.topic_id for post in by_number.values() if hasattr(post, "membership")}
    issues = {
        issue.topic_id: f"{issue.label} {issue.matter.title}"
        for issue in Issue.objects.filter(topic__in=topics).select_related("matter").order_by("id")
    }
    return [_row(by_number[number], issues) for number in posts if number in by_number]


def _row(post: Post, issues: dict[int | None, str]) -> list[Cell]:
    reading = getattr(post, "reading", None)
    membership = getattr(post, "membership", None)
    return [
        post.pk,
        f"{_local(post.seen_at):%Y-%m-%d %H:%M}",
        post.source.name,
        VOICES.get(post.voice, post.voice),
        "、".join(reading.streets) if reading else "",
        reading.klass if reading else "",
        reading.kind if reading else "",
        FEELINGS.get(reading.sentiment, reading.sentiment) if reading else "",
        ("相关" if reading.relevant else "不相关") if reading else "",
        f"同第 {post.copy_of_id} 帖" if post.copy_of_id else "",
        post.title,
        post.text,
        post.address,
        membership.topic.title if membership else "",
        issues.get(membership.topic_id, "") if membership else "",
    ]


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(current_pack().district.time_zone))
