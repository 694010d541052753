"""换班: asked by one, agreed to by the other, approved by who plans the roster. Each step tells who comes next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from alerts.services.notices import Addressee, tell
from office import trail
from office.errors import Refused
from office.models import Duty, Swap, User
from office.pack.current import current_pack
from office.queries import people_for
from office.roles import ROLE_NAMES, Act, Role
from office.services.acts import require, second_person

REMINDS_EVERY = timedelta(hours=1)


def ask_swap(*, duty: Duty, taker: User, by: User, at: datetime, back: Duty | None = None, reason: str = "") -> Swap:
    """Ask `taker` to take a coming shift, in exchange for `back` where given. Nothing changes until it is approved.

    By the person whose shift it is, or by who plans the roster. Raises Refused where the taker could not take it.
    """
    if duty.user_id != by.pk:
        require(by, Act.PLAN_DUTY)
    else:
        require(by, Act.SWAP_DUTY)
    _possible(duty, duty.user, taker, back, at=at)
    limit = at + timedelta(hours=current_pack().policy.duty.swap_answer_hours)
    try:
        with transaction.atomic():
            swap = Swap.objects.create(
                role=duty.role,
                giver=duty.user,
                taker=taker,
                duty=duty,
                starts_at=duty.starts_at,
                ends_at=duty.ends_at,
                back=back,
                back_starts_at=back.starts_at if back else None,
                back_ends_at=back.ends_at if back else None,
                reason=reason.strip()[:200],
                asked_by=by,
                asked_at=at,
                answer_by=min(limit, duty.starts_at),
            )
            _note(swap, kind="duty.swap_ask", by=by, at=at, text=f"提出换班：{words(swap)}")
            _ask_again(swap, number=0, at=at)
    except IntegrityError as error:
        raise Refused("这个班次已有一个换班在等答复，请先办完那一个。") from error
    return swap


def answer_swap(*, swap: Swap, agree: bool, by: User, at: datetime) -> Swap:
    """The other person agrees or does not; nobody can agree for them."""
    if by.pk != swap.taker_id:
        raise Refused(f"要由 {swap.taker.name} 本人答应。")
    with transaction.atomic():
        if not agree:
            _settle(swap, Swap.State.REFUSED, by=by, at=at)
            _note(swap, kind="duty.swap_answer", by=by, at=at, text=f"不答应换班：{words(swap)}")
            _tell([swap.giver], swap, "refused", f"{by.name} 不答应换班", "班次不变。", at=at)
            return swap
        moved = Swap.objects.filter(pk=swap.pk, state=Swap.State.ASKED).update(state=Swap.State.AGREED, agreed_at=at)
        if moved != 1:
            raise Refused("这个换班已经办过了。")
        swap.refresh_from_db()
        _note(swap, kind="duty.swap_answer", by=by, at=at, text=f"答应换班：{words(swap)}")
        planners = [p for p in people_for(Role.DUTY_LEAD, at)[0] if p.pk not in (swap.giver_id, swap.taker_id)]
        _tell(planners, swap, "agreed", "换班等批准", f"{words(swap)}，双方已商定，请批准。", at=at)
    return swap


def approve_swap(*, swap: Swap, approve: bool, by: User, at: datetime, reason_again: str | None = None) -> Swap:
    """Who plans the roster decides, and is neither of the two (unless 单人值守 with the reason typed again)."""
    require(by, Act.PLAN_DUTY)
    if swap.state != Swap.State.AGREED:
        raise Refused("双方还没有商定，或这个换班已经办过了。")
    solo = False
    for party in (swap.giver, swap.taker):
        solo = second_person(first=party, second=by, reason_again=reason_again, at=at) or solo
    with transaction.atomic():
        if not approve:
            _settle(swap, Swap.State.REFUSED, by=by, at=at)
            _note(swap, kind="duty.swap_done", by=by, at=at, text=f"不批准换班：{words(swap)}", solo=solo)
            _tell([swap.giver, swap.taker], swap, "refused", "换班没有批准", "班次不变。", at=at)
            return swap
        if swap.duty is None or (swap.back_starts_at is not None and swap.back is None):
            raise Refused("要换的班次已经撤了，不能再换。")
        _possible(swap.duty, swap.giver, swap.taker, swap.back, at=at)
        _settle(swap, Swap.State.DONE, by=by, at=at)
        Duty.objects.filter(pk=swap.duty.pk, user=swap.giver).update(user=swap.taker)
        if swap.back is not None:
            Duty.objects.filter(pk=swap.back.pk, user=swap.taker).update(user=swap.giver)
        _note(swap, kind="duty.swap_done", by=by, at=at, text=f"批准换班：{words(swap)}", solo=solo)
        _tell([swap.giver, swap.taker], swap, "done", "换班已批准", f"{words(swap)}。", at=at)
    return swap


def withdraw_swap(*, swap: Swap, by: User, at: datetime) -> Swap:
    """Who asked, whose shift it is, or who plans the roster takes it back before it is decided."""
    if by.pk not in (swap.asked_by_id, swap.giver_id):
        require(by, Act.PLAN_DUTY)
    with transaction.atomic():
        _settle(swap, Swap.State.WITHDRAWN, by=by, at=at)
        _note(swap, kind="duty.swap_drop", by=by, at=at, text=f"撤回换班：{words(swap)}")
    return swap


def remind_swap(*, swap: Swap, by: User, at: datetime) -> None:
    """催一下: tell the person who has to answer once more, at most once an hour."""
    if by.pk not in (swap.asked_by_id, swap.giver_id):
        require(by, Act.PLAN_DUTY)
    if swap.state != Swap.State.ASKED:
        raise Refused("对方已经答复过了。")
    number = int((at - swap.asked_at) / REMINDS_EVERY)
    if number == 0 or not _ask_again(swap, number=number, at=at):
        raise Refused("刚通知过对方，一小时后可以再催。")


def lapse_swaps(*, at: datetime) -> int:
    """Swaps nobody settled in time, or whose shift is gone, come to nothing; both are told. Returns how many."""
    lapsed = 0
    waiting = Swap.objects.filter(state__in=Swap.OPEN).select_related("giver", "taker", "duty")
    for swap in waiting.order_by("pk"):
        over = swap.answer_by <= at if swap.state == Swap.State.ASKED else swap.starts_at <= at
        if not over and swap.duty is not None:
            continue
        with transaction.atomic():
            _settle(swap, Swap.State.LAPSED, by=None, at=at)
            _note(swap, kind="duty.swap_lapse", by=None, at=at, text=f"换班过时作罢：{words(swap)}")
            why = "到时没有答复" if over else "班次已撤"
            _tell([swap.giver, swap.taker], swap, "lapsed", "换班作罢", f"{words(swap)}，{why}，班次不变。", at=at)
        lapsed += 1
    return lapsed


def open_swaps() -> list[Swap]:
    """Swaps that wait for somebody, the nearest shift first."""
    rows = Swap.objects.filter(state__in=Swap.OPEN).select_related("giver", "taker", "asked_by")
    return list(rows.order_by("starts_at", "pk"))


def words(swap: Swap) -> str:
    """“李卓 11-18 20:00 的舆情工作人员班 ⇄ 周岚 11-19 08:00 的班”."""
    said = f"{swap.giver.name} {_moment(swap.starts_at)} 的{ROLE_NAMES[Role(swap.role)]}班 ⇄ {swap.taker.name}"
    return f"{said} {_moment(swap.back_starts_at)} 的班" if swap.back_starts_at is not None else said


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def _possible(duty: Duty, giver: User, taker: User, back: Duty | None, *, at: datetime) -> None:
    if duty.starts_at <= at or (back is not None and back.starts_at <= at):
        raise Refused("已经开始的班次不能换，要换人请由排班的人改。")
    if duty.user_id != giver.pk or (back is not None and back.user_id != taker.pk):
        raise Refused("班次已改由别人值，请重新提出。")
    if taker.pk == giver.pk:
        raise Refused("不能与自己换班。")
    for person, new, given in ((taker, duty, back), (giver, back, duty)):
        if new is None:
            continue
        if not person.is_active or not person.holds(new.role):
            raise Refused(f"{person.name} 不是{ROLE_NAMES[Role(new.role)]}，不能值这个班。")
        busy = Duty.objects.filter(user=person, starts_at__lt=new.ends_at, ends_at__gt=new.starts_at)
        if (busy.exclude(pk=given.pk) if given else busy).exists():
            raise Refused(f"{person.name} 这段时间已有班。")


def _settle(swap: Swap, state: Swap.State, *, by: User | None, at: datetime) -> None:
    moved = Swap.objects.filter(pk=swap.pk, state=swap.state, state__in=Swap.OPEN).update(
        state=state, decided_by=by, decided_at=at
    )
    if moved != 1:
        raise Refused("这个换班已经办过了。")
    swap.state, swap.decided_by, swap.decided_at = state, by, at


def _ask_again(swap: Swap, *, number: int, at: datetime) -> bool:
    why = f"原因：{swap.reason}" if swap.reason else ""
    body = f"{words(swap)}，请在 {_moment(swap.answer_by)} 前答复。{why}"
    return _tell([swap.taker], swap, f"ask:{number}", f"{swap.giver.name} 想与您换班", body, at=at, number=number)


def _tell(
    people: Iterable[User], swap: Swap, step: str, title: str, body: str, *, at: datetime, number: int = 0
) -> bool:
    addressed = [Addressee(role=swap.role, person=person) for person in people]
    return bool(tell(people=addressed, event=f"swap:{swap.pk}:{step}", title=title, body=body, at=at, number=number))


def _note(swap: Swap, *, kind: str, by: User | None, at: datetime, text: str, solo: bool = False) -> None:
    trail.record(by=by, kind=kind, at=at, object_kind="duty", object_id=f"swap/{swap.pk}", text=text, solo=solo)
