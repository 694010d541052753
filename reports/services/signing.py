"""审核, 签发, 编号, 缓发, 更正: the steps of the pack, by people who did not write it."""

import hashlib
import json
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from office import trail
from office.errors import Refused
from office.models import User
from office.roles import ROLE_NAMES, Act, Role
from office.services.acts import require, second_person, solo_declared
from reports.models import Brief, Signature
from reports.plan import Step, next_cut_off
from reports.queries.briefs import DAILY
from reports.queries.numbers import numbers
from reports.services.drafting import current_plan, editors_of, next_numbers, sections_of, works_by
from reports.services.editing import refuse_faults


def next_step(brief: Brief) -> Step | None:
    """The step that waits for a signature (also while it is a draft); None once all are taken."""
    steps = current_plan().steps
    taken = brief.signatures.count()
    return steps[taken] if taken < len(steps) else None


def sign_brief(
    *, brief: Brief, by: User, at: datetime, reason_again: str | None = None, version: int | None = None
) -> Signature:
    """Take the next step. The last one gives the numbers 第n期（总第m期） and freezes the text.

    Never who edited, never one person twice, unless under 单人值守 the reason is typed (`reason_again`). Raises
    Refused; also while a figure differs from the frozen one, or the text changed since `version` was read.
    """
    if not by.is_active:
        raise Refused(f"{by.name} 的账号已停用，不能签。")
    if brief.state != Brief.State.SIGNING:
        raise Refused("这份简报不在审签中：先送审，或已经签发。")
    steps = current_plan().steps
    taken = list(brief.signatures.select_related("by").order_by("step"))
    if len(taken) >= len(steps):
        raise Refused("各步都已签过。")
    step = steps[len(taken)]
    if not set(by.roles) & set(step.roles):
        names = "、".join(ROLE_NAMES[Role(role)] for role in step.roles)
        raise Refused(f"“{step.name}”须由{names}签，{by.name} 没有这个角色。")
    solo = _other_person(brief, taken, by, at=at, reason_again=reason_again)
    refuse_faults(brief)
    last = len(taken) + 1 == len(steps)
    try:
        with transaction.atomic():
            signature = Signature.objects.create(
                brief=brief,
                step=len(taken) + 1,
                name=step.name,
                by=by,
                at=at,
                solo=solo,
                content_digest=content_digest(brief),
            )
            change = {"state": Brief.State.SIGNED, "signed_at": at} if last else {}
            if last:
                change["issue_no"], change["running_no"] = next_numbers(current_plan(), brief.day)
            done = Brief.objects.filter(
                pk=brief.pk, state=Brief.State.SIGNING, version=brief.version if version is None else version
            ).update(version=F("version") + 1, **change)
            if done != 1:
                raise Refused("这份简报刚有改动，请看过新稿再签。")
            trail.record(
                by=by,
                kind="brief.sign",
                at=at,
                object_kind="brief",
                object_id=str(brief.pk),
                text=f"{step.name}简报"
                + (f"，编为第{change['issue_no']}期（总第{change['running_no']}期）" if last else "")
                + (f"（单人，{(reason_again or '').strip()}）" if solo else ""),
                solo=solo,
            )
    except IntegrityError as error:
        raise Refused(f"“{step.name}”刚由别人签过。") from error
    brief.refresh_from_db()
    return signature


def _other_person(brief: Brief, taken: list[Signature], by: User, *, at: datetime, reason_again: str | None) -> bool:
    """True when a person who edited or signed before signs again under 单人值守."""
    before = editors_of(brief) | {signature.by_id for signature in taken}
    if by.pk not in before:
        return False
    if not solo_declared():
        what = "改过这份简报" if by.pk in editors_of(brief) else "已签过前一步"
        raise Refused(f"{by.name} {what}，不能再签：编写的人不签，一人只签一步。只有一人值守时，可先声明“单人值守”。")
    return second_person(first=by, second=by, reason_again=reason_again, at=at)


def content_digest(brief: Brief) -> str:
    """SHA-256 of what is signed: text and numbers."""
    signed = {"sections": sections_of(brief), "numbers": brief.numbers}
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def put_off(*, brief: Brief, by: User, at: datetime, reason: str, until: datetime | None = None) -> Brief:
    """缓发: it rings no more until `until`, half an hour before which it begins again; without `until`, not at all."""
    require(by, Act.PUT_OFF_BRIEF)
    if not reason.strip():
        raise Refused("缓发须写明原因。")
    if until is not None and until <= at:
        raise Refused("缓发到的时间已经过去，请写以后的时间。")
    if brief.state == Brief.State.SENT:
        raise Refused("已经发出的简报不能缓发。")
    plan = current_plan()
    with transaction.atomic():
        done = (
            Brief.objects.filter(pk=brief.pk, version=brief.version)
            .exclude(state=Brief.State.SENT)
            .update(
                state=Brief.State.PUT_OFF,
                put_off_reason=reason.strip(),
                put_off_until=until,
                next_ring_at=max(until - plan.ring_before, at) if until else None,
                version=F("version") + 1,
            )
        )
        if done != 1:
            raise Refused("这份简报刚有改动，请刷新后再办。")
        brief.signatures.all().delete()
        trail.record(
            by=by,
            kind="brief.put_off",
            at=at,
            object_kind="brief",
            object_id=str(brief.pk),
            text=f"缓发简报：{reason.strip()}"
            + (f"，到 {plan.local(until):%m月%d日 %H:%M}" if until else "，时间另定"),
        )
    brief.refresh_from_db()
    return brief


def correct_brief(*, brief: Brief, by: User, at: datetime, reason: str) -> Brief:
    """更正: a further edition of the same day with a number of its own; the first stays as it is.

    Its figures are counted anew for the same period, the text is that of the edition it corrects: where they differ
    the check says so.
    """
    require(by, Act.CORRECT_BRIEF)
    if not reason.strip():
        raise Refused("更正须写明更正什么、为什么。")
    if brief.state != Brief.State.SENT:
        raise Refused("还没有发出的简报直接修改，不用更正。")
    plan, works = current_plan(), works_by()
    fresh = numbers(
        since=brief.since,
        until=brief.until,
        at=at,
        plan=plan,
        next_cut_off=next_cut_off(plan, brief.until, works=works),
    )
    fresh["places"], fresh["allowed"] = brief.numbers.get("places", []), brief.numbers.get("allowed", [])
    fresh["history"] = brief.numbers.get("history", [])
    fresh["places"] = [place for place in fresh["places"] if place["key"] in fresh["figures"]]
    places = [place for place in brief.content.get("places", []) if place["key"] in fresh["figures"]]
    sections = sections_of(brief)
    first = next(section for section in sections if section["key"] == "guide")
    note = f"更正：第{brief.issue_no}期（总第{brief.running_no}期）有误，{reason.strip().rstrip('。')}，以本期为准。"
    edited = [{**s, "text": f"{note}\n{s['text']}"} if s is first else s for s in sections]
    with transaction.atomic():
        edition = Brief.objects.filter(kind=DAILY, day=brief.day).aggregate(last=Max("edition"))["last"] + 1
        correction = Brief.objects.create(
            kind=brief.kind,
            day=brief.day,
            edition=edition,
            corrects=brief,
            since=brief.since,
            until=brief.until,
            due_at=at + plan.ring_before,
            drafted_at=at,
            state=Brief.State.DRAFT,
            numbers=fresh,
            content={"sections": edited, "editors": [by.pk], "places": places},
            editor=by,
            edited_at=at,
            next_ring_at=at + plan.ring_before,
        )
        trail.record(
            by=by,
            kind="brief.correct",
            at=at,
            object_kind="brief",
            object_id=str(correction.pk),
            text=f"更正第{brief.issue_no}期：{reason.strip()}",
            data={"corrects": brief.pk},
        )
    return correction
