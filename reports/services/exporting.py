"""Posts taken out of the house as a table: asked for with a reason, allowed by a second person, into the trail.

Masked text only.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from alerts.services.notices import Addressee, tell
from analysis.search import Query, engine
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import Duty, User
from office.pack.current import current_pack
from office.roles import Act, Role, may
from office.services import access
from office.services.acts import require, second_person
from reports.models import ExportRequest
from reports.sheets import Cell, csv_file, xlsx_file
from responses.models import Issue

MOST = 5000  # posts in one file
REASON = 4  # characters a reason has at least
OPEN_FOR = timedelta(days=7)  # a request waits this long for its second person
TAKEN_WITHIN = timedelta(hours=24)  # of the permission
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEAD = (
    *("编号", "时间", "来源", "声音", "街道", "类别", "诉求", "情绪", "与本区", "同文"),
    *("标题", "正文", "网址", "热点", "舆情", "导出"),
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


def ask_export(
    *,
    query: Query,
    asked: str,
    address: str,
    kind: str,
    reason: str,
    issue: Issue | None = None,
    by: User,
    at: datetime,
) -> ExportRequest:
    """Ask to take out the posts a search shows, newest first. `asked`: the search in words; `kind`: csv or xlsx.

    Raises Refused without the right, a reason, or a post to give. Leaves a trail row and tells who may allow it.
    """
    require(by, Act.EXPORT)
    reason = reason.strip()
    if len(reason) < REASON:
        raise Refused(f"请写明导出的理由，至少 {REASON} 个字：给谁、做什么用。")
    if kind not in KINDS:
        raise Refused("只能导出 CSV 或 XLSX，请重选。")
    posts = engine().newest(query, start=0, count=MOST)
    if not posts:
        raise Refused("这样查没有帖文，没有可导出的内容。请先改检索条件。")
    with transaction.atomic():
        wanted = ExportRequest.objects.create(
            asked=asked, address=address, posts=posts, kind=kind, reason=reason, issue=issue, by=by, at=at
        )
        _note(wanted, "export.ask", by=by, at=at, text=reason)
        tell(
            people=_allowing(by, at=at),
            event=f"export:{wanted.pk}",
            title=f"{by.name} 申请导出 {len(posts)} 帖，请批",
            body=f"{asked}\n理由：{reason}\n在“检索 → 导出申请”里看过帖文再批。",
            at=at,
        )
    return wanted


def decide_export(*, wanted: ExportRequest, allow: bool, reason: str, by: User, at: datetime) -> ExportRequest:
    """The second person lets the posts go or says why not. `reason`: why not; under 单人值守 the reason once more.

    Raises Refused for the person who asked, without the right, or when it was decided or has run out meanwhile.
    """
    require(by, Act.ALLOW_EXPORT)
    reason, solo = reason.strip(), False
    if allow:
        solo = second_person(first=wanted.by, second=by, reason=wanted.reason, reason_again=reason, at=at)
    elif len(reason) < REASON:
        raise Refused(f"不批的，请写一句为什么，至少 {REASON} 个字。")
    if at - wanted.at > OPEN_FOR:
        raise Refused(f"这份申请已过 {OPEN_FOR.days} 天，作废了。还要导出的，请重新申请。")
    with transaction.atomic():
        decided = ExportRequest.objects.filter(pk=wanted.pk, decided_at=None).update(
            decided_by=by, decided_at=at, allowed=allow, note="" if allow else reason, solo=solo
        )
        wanted.refresh_from_db()
        if decided != 1:
            who = wanted.decided_by.name if wanted.decided_by else "别人"
            raise Refused(f"{who} 刚刚已{'批准' if wanted.allowed else '退回'}这份申请。")
        _note(wanted, "export.allow" if allow else "export.refuse", by=by, at=at, text=reason, solo=solo)
        if wanted.by_id != by.pk:
            hours = int(TAKEN_WITHIN.total_seconds() // 3600)
            tell(
                people=[Addressee(role="", person=wanted.by)],
                event=f"export:{wanted.pk}:decided",
                title=f"{wanted.label} {'已批准' if allow else '未批准'}",
                body=f"{by.name} 批准了，{hours} 小时内可在“导出申请”里取。" if allow else f"{by.name}：{reason}",
                at=at,
            )
    return wanted


def take_export(*, wanted: ExportRequest, by: User, at: datetime) -> Export:
    """The file, for the person who asked, within a day of the permission; posts removed meanwhile are not in it.

    Raises Refused otherwise. Leaves a trail row (who, why, what, how many, the file's hash) and an AccessLog row; the
    file holds no author, and text as it is stored, masked. Every row of it says whose export it is.
    """
    require(by, Act.EXPORT)
    if wanted.by_id != by.pk:
        raise Refused("只有申请的人能取这份文件。")
    if not wanted.allowed or wanted.decided_at is None:
        raise Refused("这份申请还没有批准，不能取。")
    if at - wanted.decided_at > TAKEN_WITHIN:
        raise Refused("批准后一天内没有取，已过期。还要导出的，请重新申请。")
    rows = _rows(wanted.posts, mark=f"{wanted.label} {by.name} {_local(at):%Y-%m-%d}")
    if not rows:
        raise Refused("申请里的帖文都已不在，没有可导出的内容。")
    content = _file(wanted, rows, at=at)
    name = f"检索 {_local(at):%Y%m%d-%H%M} {by.name}.{wanted.kind}"
    with transaction.atomic():
        ExportRequest.objects.filter(pk=wanted.pk).update(taken_at=at)
        _note(
            wanted, "export", by=by, at=at, text=wanted.reason, solo=wanted.solo,
            more={"posts": len(rows), "file": name, "sha256": hashlib.sha256(content).hexdigest()},
        )  # fmt: skip
        access.log(by=by, at=at, kind="export", what=f"{len(rows)} 帖：{wanted.asked}", issue_id=wanted.issue_id)
    return Export(content, name, KINDS[wanted.kind], len(rows))


def _allowing(asker: User, *, at: datetime) -> list[Addressee]:
    """Who is told that an export waits: the duty leads on duty, else everybody else who may allow one."""
    on_duty = Duty.objects.filter(starts_at__lte=at, ends_at__gt=at, role=Role.DUTY_LEAD.value, user__is_active=True)
    people = [duty.user for duty in on_duty.select_related("user").order_by("pk") if duty.user_id != asker.pk]
    if not people:
        everybody = User.objects.filter(is_active=True).exclude(pk=asker.pk).order_by("pk")
        people = [user for user in everybody if may(user.roles, Act.ALLOW_EXPORT)]
    return [Addressee(role="", person=person) for person in people]


def _note(
    wanted: ExportRequest,
    kind: str,
    *,
    by: User,
    at: datetime,
    text: str,
    solo: bool = False,
    more: dict[str, str | int] | None = None,
) -> None:
    issue = wanted.issue.label if wanted.issue else ""
    trail.record(
        by=by,
        kind=kind,
        at=at,
        object_kind="export",
        object_id=str(wanted.pk),
        text=text,
        data={"asked": wanted.asked, "posts": len(wanted.posts), "issue": issue, **(more or {})},
        solo=solo,
    )


def _file(wanted: ExportRequest, rows: list[list[Cell]], *, at: datetime) -> bytes:
    table: list[Sequence[Cell]] = [HEAD, *rows]
    if wanted.kind == "csv":
        return csv_file(table)
    about: list[Sequence[Cell]] = [
        ("检索", wanted.asked),
        ("帖数", len(rows)),
        ("说明", f"新的在前，最多 {MOST} 帖；不含作者，个人信息入库前已换成类别"),
        ("理由", wanted.reason),
        ("导出", f"{wanted.label} {wanted.by.name} {_local(at):%Y-%m-%d %H:%M}"),
        ("批准", f"{wanted.decided_by.name if wanted.decided_by else ''}{'（单人）' if wanted.solo else ''}"),
        ("内部资料", "仅限所写用途，不得外传"),
    ]
    return xlsx_file([("帖文", table), ("说明", about)])


def _rows(posts: Sequence[int], *, mark: str) -> list[list[Cell]]:
    found = Post.objects.filter(pk__in=posts).select_related("source", "reading", "membership__topic")
    by_number = {post.pk: post for post in found}
    topics = {post.membership.topic_id for post in by_number.values() if hasattr(post, "membership")}
    issues = {
        issue.topic_id: f"{issue.label} {issue.matter.title}"
        for issue in Issue.objects.filter(topic__in=topics).select_related("matter").order_by("id")
    }
    return [[*_row(by_number[number], issues), mark] for number in posts if number in by_number]


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
