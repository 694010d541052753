"""Small acts of the desk: who has it, which unit leads, a line in the record."""

from datetime import datetime

from django.db import transaction

from alerts.services.notices import Addressee, acknowledge_matter, tell
from office.errors import Refused
from office.models import Department, User
from office.roles import Act, may
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


def hand_on(*, issue: Issue, to: User, by: User, at: datetime, sentence: str, version: int | None = None) -> Issue:
    """转给别人: a colleague has it from now on and is told, with a sentence. No clock minds, and no reminder is taken
    note of by it: they go on up the chain until he, or somebody, does that."""
    require(by, Act.TAKE_OVER)
    words = clean(sentence, "转给别人要写一句")
    with transaction.atomic():
        now = check_step(issue, name="hand_on", version=version, by=by, at=at)
        before = now.matter.owner
        if to.pk == by.pk:
            raise Refused("转给自己不用转：点“我来处理”。")
        if not to.is_active or not may(to.roles, Act.TAKE_OVER):
            raise Refused(f"不能转给 {to.name}：要转给在岗、能办事项的人。")
        if before is not None and before.pk == to.pk:
            raise Refused(f"已经是 {to.name} 在办。")
        fresh = claim(now, by=by)
        save_matter(fresh.matter, owner=to)
        note(
            fresh,
            kind="issue.hand_on",
            by=by,
            at=at,
            text=f"转给 {to.name}" + (f"（原由 {before.name}）" if before else "") + f"：{words}",
        )
        tell(
            people=[Addressee(role=to.roles[0], person=to)],
            event=f"hand-on:{issue.pk}:{fresh.version}",
            title=f"{fresh.label} 转给您",
            body=f"{by.name} 把“{fresh.matter.title}”转给您：{words}。时限照走。",
            at=at,
            matter=fresh.matter,
        )
        return fresh


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
