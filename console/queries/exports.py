"""导出申请: what waits for its second person, what may be taken, what was decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F

from office.models import User
from office.roles import Act, may
from reports.models import ExportRequest
from reports.services.exporting import OPEN_FOR, TAKEN_WITHIN


@dataclass(frozen=True)
class Line:
    """One request as this person sees it: in which state, and what they may do with it."""

    row: ExportRequest
    state: str
    decides: bool
    takes: bool

    @property
    def count(self) -> int:
        return len(self.row.posts)


def listing(person: User, number: str | None, *, at: datetime) -> dict[str, Any]:
    """Fifty a page: undecided first, then by time."""
    rows = ExportRequest.objects.select_related("by", "issue__matter", "decided_by")
    rows = rows.order_by(F("decided_at").desc(nulls_first=True), "-pk")
    shown = Paginator(rows, 50).get_page(number)
    lines = [_line(row, person, at=at) for row in shown]
    return {"lines": lines, "shown": shown, "waiting": sum(line.state == "待批" for line in lines)}


def _line(row: ExportRequest, person: User, *, at: datetime) -> Line:
    mine = row.by_id == person.pk
    if row.decided_at is None:
        open_ = at - row.at <= OPEN_FOR
        return Line(row, "待批" if open_ else "过期", open_ and may(person.roles, Act.ALLOW_EXPORT), False)
    if not row.allowed:
        return Line(row, "未批准", False, False)
    fresh = at - row.decided_at <= TAKEN_WITHIN
    return Line(row, "已批准" if fresh else "已过期", False, fresh and mine)
