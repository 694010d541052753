"""Small acts of the desk: who has it, which unit leads, a line in the record."""

from datetime import datetime

from django.db import transaction

from alerts.services.notices import acknowledge_matter
from office.errors import Refused
from office.models import Department, User
from office.roles import Act
from office.services.acts import require
from responses.models import Issue, Note
from responses.services.claiming import check_step, claim, clean, note, save_matter


def take_over(*, issue: Issue, by: User, at: datetime, via: str = "console") -> Issue:
    """我来处理: the person has it, and every reminder that waits for somebody is taken note of. Asks nothing."""
    require(by, Act.TAKE_OVER)
    with transaction.atomic():
        now = check_step(issue, name="take_over", version=None, by=by, at=at)
        if now.matter.owner_id != by.pk:
            before = now.matter.owner
            now = claim(now, by=by)
            save_matter(now.matter, owner=by)
            note(
                now,
                kind="issue.take_over",
                by=by,
                at=at,
                text=f"认领，由 {by.name} 处理" + (f"（原由 {before.name}）" if before else ""),
            )
        acknowledge_matter(matter_id=now.matter_id, by=by, at=at, via=via)
        return now


def assign_unit(*, issue: Issue, unit: Department, by: User, at: datetime, version: int | None = None) -> Issue:
    """Name the unit that answers first. Reassignment never resets a clock."""
    require(by, Act.ASSIGN_UNIT)
    with transaction.atomic():
        now = check_step(issue, name="assign_unit", version=version, by=by, at=at)
        if now.matter.lead_unit_id == unit.pk:
            raise Refused(f"牵头单位已经是 {unit.name}。")
        before = now.matter.lead_unit
        fresh = claim(now, by=by)
        save_matter(fresh.matter, lead_unit=unit)
        note(
            fresh,
            kind="issue.assign",
            by=by,
            at=at,
            text=f"牵头单位：{unit.name}" + (f"（原为 {before.name}）" if before else "") + "，时限不变",
        )
        return fresh


def add_note(*, issue: Issue, by: User, at: datetime, text: str) -> Note:
    """A line of the case's own record; possible in every state."""
    require(by, Act.ADD_NOTE)
    words = clean(text, "办理记录的内容")
    with transaction.atomic():
        row = Note.objects.create(issue=issue, by=by, at=at, text=words)
        note(issue, kind="issue.note", by=by, at=at, text="写办理记录", data={"note": row.pk})
        return row
