"""人工报送: phone, 12345, streets, letters and orders from above come into the same queue (rules.md 3, last row)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from alerts.deadlines import Candidate
from alerts.services.matters import open_matter
from alerts.services.speaking import tell_lead
from crawlers.masking import mask
from office.errors import Refused
from office.models import Department, User
from office.roles import Act
from office.services.acts import require
from responses.models import Issue, Note
from responses.services.claiming import clean, note
from responses.services.decide.confirming import checked_level
from responses.services.leads.opening import is_own_unit, next_number, tell_own_unit

# How a report came in, for the line of the rules, the anchor and the trail. Who entered it stands beside it as `by`.
RECEIVED = {
    Issue.Origin.PHONE: "电话反映",
    Issue.Origin.HOTLINE: "12345 转来",
    Issue.Origin.STREET: "街道报送",
    Issue.Origin.LETTER: "来信反映",
    Issue.Origin.ORDER: "上级交办",
}


def report_by_hand(
    *,
    by: User,
    at: datetime,
    origin: str,
    title: str,
    text: str,
    level: int,
    place: str = "",
    occurred_at: datetime | None = None,
    unit: Department | None = None,
    is_emergency: bool = False,
    told_at: datetime | None = None,
) -> Issue:
    """Open a lead as the reporter says, with provisional clocks from the event, else from when it was told or entered.

    Phones, names and door numbers of private persons are masked before anything is stored. `told_at`: when the
    report reached the office (default: now).
    """
    require(by, Act.REPORT_BY_HAND)
    checked_level(level)
    if origin not in RECEIVED:
        raise Refused("请选择来源：电话、12345、街道报送、来信或上级交办。")
    for moment, what in ((occurred_at, "事件时间"), (told_at, "接报时间")):
        if moment is not None and moment > at:
            raise Refused(f"{what}在将来，请核对。")
    name = mask(clean(title, "标题")).text
    words = mask(clean(text, "反映的情况")).text
    where = mask(place.strip()).text
    for _ in range(3):
        try:
            with transaction.atomic():
                return _open(
                    by=by,
                    at=at,
                    origin=origin,
                    title=name,
                    text=words,
                    place=where,
                    level=level,
                    occurred_at=occurred_at,
                    unit=unit,
                    emergency=is_emergency,
                    told_at=told_at or at,
                )
        except IntegrityError:
            continue  # two reports took the same number; the next one is free
    raise Refused("报送的人太多，没有排上号，请再提交一次；填写的内容没有丢。")


def _open(
    *,
    by: User,
    at: datetime,
    origin: str,
    title: str,
    text: str,
    place: str,
    level: int,
    occurred_at: datetime | None,
    unit: Department | None,
    emergency: bool,
    told_at: datetime,
) -> Issue:
    came = RECEIVED[Issue.Origin(origin)]
    sentence = f"{came}，按报送人提出的等级开线索" + (f"；地点：{place}" if place else "")
    candidates = [
        Candidate(kind="line_met", at=told_at, source=came, level=level),
        Candidate(kind="detected", at=at, source="人工报送"),
    ]
    if occurred_at is not None:
        candidates.append(Candidate(kind="event", at=occurred_at, source=f"{came}，所说的时间", emergency=True))
    matter = open_matter(
        title=title,
        level=level,
        reasons=[
            {
                "rule": "by_hand",
                "level": level,
                "met": True,
                "sentence": sentence,
                "have": None,
                "need": None,
                "posts": [],
                "met_at": told_at.isoformat(),
                "met_by": None,
            }
        ],
        candidates=candidates,
        emergency=emergency,
        at=at,
        lead_unit=unit,
    )
    issue = Issue.objects.create(
        matter=matter,
        number=next_number(),
        state=Issue.State.LEAD,
        origin=origin,
        opened_at=at,
        opened_by=by,
        own_unit=unit is not None and is_own_unit([unit.name]),
    )
    Note.objects.create(issue=issue, by=by, at=at, text=text + (f"\n地点：{place}" if place else ""))
    said = f"报送了这条线索（{came}）" + (f"；地点：{place}" if place else "")
    note(issue, kind="issue.report", by=by, at=at, text=said, data={"origin": origin, "level": level})
    tell_lead(matter, at=at, level=level)
    tell_own_unit(issue, at=at)
    return issue
