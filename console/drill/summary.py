"""What a drill came to: issues, clocks, notices per person, the brief; and whether it showed what it should."""

from datetime import datetime
from typing import Any

from django.db.models import Count

from alerts.models import Clock, Notice, Rung
from console.drill.home import read_json
from console.drill.progress import Progress
from crawlers.models import Post, Run
from office.models import User
from office.pack.current import current_pack
from reports.models import Brief
from responses.models import Issue


def summary(progress: Progress) -> dict[str, Any]:
    """The report of `manage.py drill`, in the shape of docs/commands.md. Times ISO 8601 in the pack's zone."""
    asked = read_json(progress.folder / "drill.json")
    issues = [_issue(issue) for issue in Issue.objects.select_related("matter", "topic").order_by("number")]
    people = User.objects.annotate(told=Count("notices")).filter(told__gt=0).order_by("pk")
    brief = Brief.objects.order_by("-day", "-edition").first()
    return {
        "drill": progress.folder.name,
        "scenario": asked.get("scenario", ""),
        "full": bool(asked.get("full")),
        "hands_on": bool(asked.get("hands_on")),
        "speed": asked.get("speed"),
        "posts": Post.objects.count(),
        "crawls": progress.crawls,
        "visits": Run.objects.count(),
        "issues": issues,
        "rungs": Rung.objects.count(),
        "repeats": sum(Rung.objects.values_list("repeats", flat=True)),
        "notices": [{"person": person.name, "count": person.told} for person in people],
        "notices_total": Notice.objects.count(),
        "brief": _brief(brief),
        "faults": progress.faults,
        "seconds": round(progress.seconds, 1),
    }


def _issue(issue: Issue) -> dict[str, Any]:
    clocks = Clock.objects.filter(matter=issue.matter).order_by("pk")
    return {
        "id": issue.number,
        "title": issue.matter.title,
        "level_proposed": issue.matter.level_proposed,
        "level": issue.matter.level_decided,
        "state": issue.state,
        "detected_at": _local(issue.matter.detected_at),
        "posts": issue.topic.memberships.count() if issue.topic else 0,
        "clocks": [_clock(clock) for clock in clocks],
    }


def _clock(clock: Clock) -> dict[str, Any]:
    late = clock.met_at - clock.due_at if clock.met_at else None
    return {
        "kind": clock.kind,
        "round": clock.round,
        "anchor_kind": clock.anchor_kind,
        "anchor_at": _local(clock.anchor_at),
        "due_at": _local(clock.due_at),
        "status": clock.status,
        "breached_at": _local(clock.breached_at),
        "met_at": _local(clock.met_at),
        "late_minutes": round(late.total_seconds() / 60) if late is not None else None,
    }


def _brief(brief: Brief | None) -> dict[str, Any] | None:
    if brief is None:
        return None
    return {
        "day": brief.day.isoformat(),
        "state": brief.state,
        "issue_no": brief.issue_no,
        "running_no": brief.running_no,
        "signatures": [f"{s.name} {s.by.name}" for s in brief.signatures.select_related("by").order_by("step")],
        "sent_at": _local(brief.sent_at),
    }


def _local(moment: datetime | None) -> str | None:
    return moment.astimezone(current_pack().zone).isoformat(timespec="seconds") if moment else None


def shortfalls(report: dict[str, Any]) -> list[str]:
    """What the drill did not come to, in Chinese; empty = a breached clock, a met one and a brief that went out."""
    clocks = [clock for issue in report["issues"] for clock in issue["clocks"]]
    lacks = []
    if report["brief"] is None or report["brief"]["state"] != "sent":
        lacks.append("简报没有发出")
    if report["hands_on"]:  # in time or late: that is the visitor's
        return lacks
    if not any(clock["status"] == "met_late" for clock in clocks):
        lacks.append("没有一个晚发的时限")
    if not any(clock["status"] == "met" and clock["kind"] != "followup_release" for clock in clocks):
        lacks.append("没有一个按时的时限")
    if report["full"] and not any(clock["status"] == "met" and clock["kind"] == "response" for clock in clocks):
        lacks.append("48 小时时限没有按时回应")
    return lacks


def in_words(report: dict[str, Any]) -> str:
    """“5 小时首发晚 22 分；24 小时发布会按时；《今日舆情》第1期已发出”."""
    names = dict(Clock.Kind.choices)
    words = []
    for issue in report["issues"]:
        for clock in issue["clocks"]:
            if clock["status"] in ("met", "met_late") and clock["kind"] != "followup_release":
                how = "按时" if clock["status"] == "met" else f"晚 {clock['late_minutes']} 分"
                words.append(f"{names[clock['kind']]}{how}")
    if report["brief"] and report["brief"]["issue_no"]:
        words.append(f"《今日舆情》第{report['brief']['issue_no']}期已发出")
    return "；".join(words)
