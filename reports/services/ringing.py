"""A brief is a promise too: unsigned before its time it rings (rules.md 13)."""

from datetime import datetime

from alerts.services.notices import Addressee, tell
from office.models import User
from office.queries import people_for
from office.state import get_state
from reports.figures import span
from reports.models import Brief
from reports.plan import rings_after
from reports.services.drafting import current_plan, owed_at
from reports.services.signing import next_step

RINGING = (Brief.State.DRAFT, Brief.State.SIGNING, Brief.State.SIGNED, Brief.State.PUT_OFF)


def ring_unsigned(*, at: datetime) -> int:
    """Tell the next signer and the pack's ring roles about each brief that is late; returns the notices made.

    Half an hour before its time, at its time, then every quarter of an hour until it is sent or put off. Rings missed
    while the service was down are one message.
    """
    if get_state("sending_hold"):
        return 0  # a ring moved on by a clock that jumped would be lost when it is put right
    told = 0
    for brief in Brief.objects.filter(state__in=RINGING, next_ring_at__lte=at).order_by("next_ring_at", "pk"):
        told += _ring(brief, at=at)
    return told


def _ring(brief: Brief, *, at: datetime) -> int:
    plan = current_plan()
    due = owed_at(brief)
    rung = brief.next_ring_at
    assert rung is not None
    following = rings_after(due, at, before=plan.ring_before, every=plan.ring_every)
    if not Brief.objects.filter(pk=brief.pk, next_ring_at=rung, state__in=RINGING).update(next_ring_at=following):
        return 0  # sent, put off or rung by another process meanwhile
    step = next_step(brief)
    roles = [*(step.roles if step else ()), *plan.ring_roles]
    people: dict[int, Addressee] = {}
    for role in roles:
        for person in _people(role, at):
            people.setdefault(person.pk, Addressee(role=role, person=person))
    local = plan.local(due)
    name = f"《{plan.title}》{brief.day.month}月{brief.day.day}日"
    if brief.state == Brief.State.SIGNED:
        what = "已签发，还没有发出"
    elif brief.state == Brief.State.SIGNING and step:
        what = f"等待{step.name}"
    elif brief.state == Brief.State.PUT_OFF:
        what = f"缓发将到期，等待送审（缓发原因：{brief.put_off_reason}）"
    else:
        what = "还没有送审"
    time = f"已超过应发时间{span((at - due).total_seconds())}" if at > due else f"剩{span((due - at).total_seconds())}"
    made = tell(
        people=people.values(),
        event=f"brief:{brief.pk}:ring:{int(rung.timestamp())}",
        title=f"【{'超时' if at >= due else '催签'}】{name}{what}",
        body=f"{name}应于{local:%H:%M}发出，{time}，{what}。\n未经签发不会发出。确需推迟的，请在简报页面办理缓发并写明原因。",
        at=at,
        due_at=rung,
    )
    return len(made)


def _people(role: str, at: datetime) -> list[User]:
    people, _fallback = people_for(role, at)
    return people
