"""Briefs among themselves: the list, the one before, how late it was, who opened it."""

from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from reports.models import Brief
from reports.queries.rows import fetch, moment

DAILY = "daily_brief"
PLAIN = ("id", "day", "until", "due_at", "state", "sent_at", "issue_no", "put_off_reason")


def briefs() -> QuerySet[Brief]:
    """All editions, newest first, with how many people it went to (`people`) and how many opened it (`readers`)."""
    return (
        Brief.objects.select_related("corrects", "editor")
        .prefetch_related("signatures__by")
        .annotate(
            people=Count("receipts__person", distinct=True),
            readers=Count("receipts__person", distinct=True, filter=Q(receipts__opened_at__isnull=False)),
        )
        .order_by("-day", "-edition")
    )


def sent_before(brief: Brief) -> Brief | None:
    """The issue that went out last before this one, with `people`, `reached` (a way got through to them), `readers`."""
    return (
        Brief.objects.filter(kind=brief.kind, state=Brief.State.SENT, drafted_at__lt=brief.drafted_at)
        .annotate(
            people=Count("receipts__person", distinct=True),
            reached=Count("receipts__person", distinct=True, filter=Q(receipts__sent_at__isnull=False)),
            readers=Count("receipts__person", distinct=True, filter=Q(receipts__opened_at__isnull=False)),
        )
        .order_by("-sent_at")
        .first()
    )


def previous_brief(kind: str = DAILY, *, before: date | None = None) -> dict[str, Any] | None:
    """The latest first edition of the kind as plain values, without its long texts; None where there is none
    yet. `before`: of the days before that one."""
    given = {"kind": kind} | ({} if before is None else {"before": before})
    rows = fetch(
        f"SELECT {', '.join(PLAIN)} FROM reports_brief WHERE kind = %(kind)s AND edition = 1"
        f"{'' if before is None else ' AND day < %(before)s'} ORDER BY day DESC LIMIT 1",
        given,
    )
    if not rows:
        return None
    row = dict(zip(PLAIN, rows[0], strict=True))
    for name in ("until", "due_at", "sent_at"):
        row[name] = moment(row[name])
    if isinstance(row["day"], str):  # SQLite keeps days as text
        row["day"] = date.fromisoformat(row["day"])
    return row


def values_of(day: date, kind: str = DAILY) -> dict[str, float] | None:
    """The figures of the first edition of a day by key; None where there was none."""
    numbers = Brief.objects.filter(kind=kind, day=day, edition=1).values_list("numbers", flat=True).first()
    return {key: figure["value"] for key, figure in numbers["figures"].items()} if numbers else None


def late_before(previous: dict[str, Any] | None, *, at: datetime) -> dict[str, Any] | None:
    """How the brief before kept its time: None where it was out in time; else `{day, issue_no, late, why}`.

    `late` is in seconds; for one that is not out yet, up to `at`.
    """
    if previous is None:
        return None
    out = previous["sent_at"]
    if out is not None and out <= previous["due_at"]:
        return None
    return {
        "day": previous["day"].isoformat(),
        "issue_no": previous["issue_no"],
        "late": ((out or at) - previous["due_at"]).total_seconds(),
        "out": out is not None,
        "put_off": previous["put_off_reason"],
    }


def last_numbers(kind: str, year: int) -> tuple[int | None, int | None]:
    """The highest 第n期 of the year and the highest 总第m期 so far, None where none was given."""
    rows = fetch(
        "SELECT (SELECT MAX(issue_no) FROM reports_brief WHERE kind = %(kind)s AND day >= %(from)s AND day <= %(to)s),"
        " (SELECT MAX(running_no) FROM reports_brief WHERE kind = %(kind)s)",
        {"kind": kind, "from": date(year, 1, 1), "to": date(year, 12, 31)},
    )
    return rows[0][0], rows[0][1]
