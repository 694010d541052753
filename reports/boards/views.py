"""The data views of the boards: over which alias, by which moment, what officers read as the fields' names. Pure."""

from typing import Any

from reports.boards.panels import data_view

# kind -> what people read, the moment it is shown by, names of fields
VIEWS: dict[str, tuple[str, str, dict[str, str]]] = {
    "posts": (
        "回应：公开帖文",
        "at",
        {
            "at": "时间", "published_at": "发布时间", "fetched_at": "抓取时间", "read_at": "判读时间", "title": "标题",
            "text": "正文", "klass": "类别", "kind": "诉求", "sentiment": "情感", "voice": "发声方", "platform": "平台",
            "source": "来源", "streets": "街道", "places": "地点", "units": "部门", "relevant": "与本区有关",
            "first": "非转发雷同",
        },
    ),
    "clocks": (
        "回应：时限",
        "due_at",
        {
            "kind": "时限", "status": "状态", "unit": "牵头部门", "streets": "街道", "level": "等级", "due_at": "到期",
            "anchor_at": "起算", "met_at": "发布", "on_time": "按时", "used_percent": "用时占时限（%）",
            "used_minutes": "用时（分）", "late_minutes": "晚（分）", "provisional": "暂估", "overdue": "超时未办结",
        },
    ),
    "runs": (
        "回应：采集",
        "started_at",
        {
            "source": "来源", "started_at": "开始", "ended_at": "结束", "items": "条数", "good": "采到",
            "seconds": "用时（秒）",
        },
    ),
    "gaps": (
        "回应：来源缺口",
        "since",
        {
            "source": "来源", "since": "起", "until": "止", "hours": "时长（小时）", "items": "补采条数",
            "open": "仍在中断",
        },
    ),
    "notices": (
        "回应：通知",
        "created_at",
        {
            "rung": "提醒", "created_at": "写下", "sent_at": "发出", "acknowledged_at": "签收",
            "send_seconds": "写下到发出（秒）", "acknowledge_minutes": "写下到签收（分）",
        },
    ),
    "leads": (
        "回应：线索",
        "flagged_at",
        {
            "posted_at": "发布", "fetched_at": "抓取", "read_at": "判读", "flagged_at": "成为线索",
            "notified_at": "通知", "unit": "牵头部门", "streets": "街道", "level": "等级",
            "whole_minutes": "发布到通知（分）",
        },
    ),
    "ways": (
        "回应：帖文入库",
        "fetched_at",
        {
            "source": "来源", "published_at": "发布", "fetched_at": "抓取", "stored_at": "入库", "read_at": "判读",
            "fetch_minutes": "发布到抓取（分）", "store_seconds": "抓取到入库（秒）", "read_seconds": "入库到判读",
            "whole_minutes": "发布到判读（分）", "history": "历史",
        },
    ),
}  # fmt: skip


def views() -> list[dict[str, Any]]:
    """One data view for each kind, under the fixed prefix that a push replaces by the installation's."""
    return [data_view(f"huiying-{kind}", f"huiying-{kind}", *told) for kind, told in VIEWS.items()]
