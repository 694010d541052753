"""Other rules taken by two people: one drafts them on the page or asks for the disk's pack, another one agrees.

A draft is what was typed, value by value (`office.pack.amendable`); what it comes to is counted anew against the
pack in force whenever it is looked at. Asked for, it may not be written on any more. Taking it goes the way of every
pack (`console.pack_taking`), so there is one truth. Running clocks keep what they started with (rules.md 5).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from alerts.services.notices import Addressee, tell
from console import pack_taking
from office import trail
from office.errors import Changed, Refused
from office.models import PackProposal, PackTaking, User
from office.pack.amendable import groups
from office.pack.amending import Change, amend, joined, read, values_of
from office.pack.current import current_pack
from office.pack.drafting import Plan, plan, written
from office.pack.errors import PackError
from office.pack.loading import Pack, load_pack, policy_bytes
from office.roles import Act, may, names_of, roles_for
from office.services.acts import require, second_person

Kind, State = PackProposal.Kind, PackProposal.State
NOT_HERE = "演练里不换资料包，只练起草和提请。"


def live(kind: str) -> PackProposal | None:
    """The draft, or what of the disk waits for a second person; None where there is none."""
    found = PackProposal.objects.filter(kind=kind, state__in=PackProposal.LIVE)
    return found.select_related("by", "edited_by", "asked_by").first()


def values_now() -> dict[str, Any]:
    """The values of the policy in force."""
    return values_of(policy_bytes(current_pack()))


def plan_of(proposal: PackProposal, *, at: datetime) -> Plan:
    """What the draft comes to against the pack in force."""
    return plan(values_now(), proposal.values, today=timezone.localdate(at))


def save_draft(*, values: Mapping[str, str], version: int, by: User, at: datetime) -> PackProposal:
    """Keep what was typed, right or wrong. `version`: of the draft the person saw, 0 where there was none.

    Raises Changed where somebody saved it meanwhile, Refused without the right or where it is asked for or gone.
    """
    require(by, Act.DRAFT_POLICY)
    kept = _that_differ(values)
    draft = live(Kind.PAGE)
    if draft is None:
        if version:
            raise Refused("这份草稿刚刚已被采用或撤回。您写的还在下面，再存一次就另起一份。")
        if not kept:
            raise Refused("没有改什么，没有存。")
        try:
            with transaction.atomic():
                draft = PackProposal.objects.create(
                    kind=Kind.PAGE, state=State.DRAFTING, values=kept, hands=[by.pk],
                    by=by, at=at, edited_by=by, edited_at=at,
                )  # fmt: skip
                _note(draft, "policy.draft", by=by, at=at, text=f"起草修订，{len(kept)} 处")
        except IntegrityError as error:
            raise Changed("刚才另有一人也起了草稿。两份对照在下面，再存一次就以您的为准。") from error
        return draft
    if draft.state == State.ASKED:
        raise Refused("这份修订已提请同意，不能再改。要改的，请提请的人先撤回提请。")
    if draft.version != version:
        when = f"{timezone.localtime(draft.edited_at):%H:%M}"
        raise Changed(f"{draft.edited_by.name} {when} 存过这份草稿。两份对照在下面，再存一次就以您的为准。")
    with transaction.atomic():
        hands = sorted({*draft.hands, by.pk})
        saved = _move(draft, State.DRAFTING, values=kept, hands=hands, edited_by=by, edited_at=at)
        if not saved:
            raise Changed("这份草稿刚刚有人存过。两份对照在下面，再存一次就以您的为准。")
        _note(draft, "policy.draft", by=by, at=at, text=f"改草稿，现有 {len(kept)} 处")
    return draft


def _that_differ(values: Mapping[str, str]) -> dict[str, str]:
    """Only what is not as it is in force: a value nobody touched follows the pack."""
    data = values_now()
    known = {one.key: written(read(data, one.steps), one.kind) for group in groups(data) for one in group.fields}
    known |= {group.since: "" for group in groups(data) if group.clock}
    return {key: values[key].strip()[:2000] for key in known if key in values and values[key].strip() != known[key]}


def ask_draft(*, version: int, reason: str, by: User, at: datetime) -> PackProposal:
    """Ask a second person to agree to the draft as it was saved. Raises Refused with what is still wrong."""
    require(by, Act.DRAFT_POLICY)
    draft = live(Kind.PAGE)
    if draft is None or draft.state != State.DRAFTING:
        raise Refused("现在没有在起草的修订。")
    if draft.version != version:
        raise Changed(f"{draft.edited_by.name} 刚刚存过这份草稿，请看过现在的再提请。")
    if not reason.strip():
        raise Refused("请写明为什么改，依据哪份文件。")
    found = plan_of(draft, at=at)
    if found.faults:
        raise Refused(f"还有 {len(found.faults)} 处不对，改好再提请。")
    if not found.changes:
        raise Refused("没有改什么，不用提请。")
    if all(change.steps != ("version",) for change in found.changes):
        raise Refused("请换一个版本名（“版本和总则”里的“版本”），如 2026-02，历次采用才分得清。")
    pack = _pack_with(found.changes)
    return _ask(draft, pack, reason=reason, by=by, at=at)


def ask_disk(*, seen: str, reason: str, by: User, at: datetime) -> PackProposal:
    """Ask a second person to take the pack on the disk. `seen`: digest of the one looked at. Raises Refused."""
    require(by, Act.TAKE_PACK)
    if not reason.strip():
        raise Refused("请写明为什么采用，依据哪份文件。")
    _not_in_drill()
    pack = _lying().pack
    if pack.digest == current_pack().digest:
        raise Refused("盘上的资料包与在用的一样，没有可采用的。")
    if pack.digest != seen:
        raise Refused("您看过以后盘上的资料包又变了，请看过现在的差别再采用。")
    try:
        with transaction.atomic():
            found = PackProposal.objects.create(
                kind=Kind.DISK, state=State.DRAFTING, hands=[by.pk], by=by, at=at, edited_by=by, edited_at=at
            )
            return _ask(found, pack, reason=reason, by=by, at=at)
    except IntegrityError as error:
        raise Refused("盘上的资料包已有人提请采用，等另一人同意；要重提，请先撤回。") from error


def agree(*, proposal: PackProposal, reason_again: str, by: User, at: datetime) -> Pack:
    """The second person: what was asked for is taken. Under 单人值守 the reason once more. Raises Refused.

    Who wrote on it does not agree to it; nothing is taken where the rules in force, the draft or the disk moved since.
    """
    require(by, Act.TAKE_PACK)
    _not_in_drill()
    if proposal.state != State.ASKED or proposal.asked_by is None:
        raise Refused("这一份不在等人同意。")
    first = by if by.pk in proposal.hands else proposal.asked_by
    solo = second_person(first=first, second=by, reason=proposal.reason, reason_again=reason_again, at=at)
    before = current_pack()
    if before.digest != proposal.base:
        raise Refused("提请以后在用的规则变过。请先退回，看过现在的差别再提请。")
    pack, laid = _wanted(proposal, at=at)
    if pack.digest != proposal.digest:
        raise Refused("提请以后盘上的资料包又变了。请先退回，看过现在的差别再提请。")
    try:
        with transaction.atomic():
            if not _move(proposal, State.ASKED, state=State.TAKEN, decided_by=by, decided_at=at, solo=solo):
                raise Refused("刚刚已有人办过这一份。")
            taken = pack_taking.put_in_force(
                pack, laid=laid, reason=proposal.reason, by=by, at=at, before=before,
                asked_by=proposal.asked_by, solo=solo,
            )  # fmt: skip
            row = PackTaking.objects.latest("pk")
            PackProposal.objects.filter(pk=proposal.pk).update(taking=row)
            _tell_asker(proposal, f"{by.name} 已同意，{pack.policy.version} 已采用", by=by, at=at)
    except PackError as error:
        raise Refused(f"{error}。") from error
    except OSError as error:
        raise Refused(f"没有采用：写不进数据目录（{error.strerror}）。请看磁盘是否已满。") from error
    return taken


def send_back(*, proposal: PackProposal, note: str, by: User, at: datetime) -> None:
    """Not like this: a draft may be written on again, the disk's is asked for anew. Raises Refused without `note`."""
    allowed = Act.DRAFT_POLICY if proposal.kind == Kind.PAGE and by.pk == proposal.asked_by_id else Act.TAKE_PACK
    require(by, allowed)
    if not note.strip():
        raise Refused("请写一句为什么退回。")
    to = State.DRAFTING if proposal.kind == Kind.PAGE else State.WITHDRAWN
    with transaction.atomic():
        if not _move(proposal, State.ASKED, state=to, note=note.strip(), decided_by=by, decided_at=at):
            raise Refused("刚刚已有人办过这一份。")
        _note(proposal, "policy.send_back", by=by, at=at, text=f"退回{proposal.get_kind_display()}：{note.strip()}")
        _tell_asker(proposal, f"{by.name} 退回了：{note.strip()}", by=by, at=at)


def withdraw(*, proposal: PackProposal, note: str, by: User, at: datetime) -> None:
    """Put away for good, with a reason; the rules in force stay. Raises Refused."""
    require(by, Act.DRAFT_POLICY if proposal.kind == Kind.PAGE else Act.TAKE_PACK)
    if not note.strip():
        raise Refused("请写明为什么撤回。")
    with transaction.atomic():
        moved = proposal.state in PackProposal.LIVE and _move(
            proposal, proposal.state, state=State.WITHDRAWN, note=note.strip(), decided_by=by, decided_at=at
        )
        if not moved:
            raise Refused("刚刚已有人办过这一份。")
        _note(proposal, "policy.withdraw", by=by, at=at, text=f"撤回{proposal.get_kind_display()}：{note.strip()}")


def may_take(by: User) -> bool:
    return may(by.roles, Act.TAKE_PACK)


def may_agree(proposal: PackProposal, by: User) -> bool:
    """Whether this person could be the second one (单人值守 apart)."""
    return by.pk not in proposal.hands and may_take(by)


def _ask(proposal: PackProposal, pack: Pack, *, reason: str, by: User, at: datetime) -> PackProposal:
    with transaction.atomic():
        moved = _move(
            proposal, State.DRAFTING, state=State.ASKED, reason=reason.strip()[:1000], base=current_pack().digest,
            digest=pack.digest, asked_by=by, asked_at=at, hands=sorted({*proposal.hands, by.pk}),
            note="", decided_by=None, decided_at=None,
        )  # fmt: skip
        if not moved:
            raise Changed("这份草稿刚刚有人存过，请看过现在的再提请。")
        _note(proposal, "policy.ask", by=by, at=at, text=f"提请采用 {pack.policy.version}：{proposal.reason}")
        people = [user for user in User.objects.filter(is_active=True).order_by("pk") if may_agree(proposal, user)]
        tell(
            people=[Addressee(role="", person=user) for user in people],
            event=f"pack:{proposal.pk}:{proposal.version}",
            title=f"{by.name} 提请采用新的规则 {pack.policy.version}，请看",
            body=f"理由：{proposal.reason}\n在“时限和等级规则”里逐条看过，再同意或退回。",
            at=at,
        )
    return proposal


def nobody_else(proposal: PackProposal) -> str:
    """A sentence where no second person exists who may agree, with what to do; else empty."""
    people = User.objects.filter(is_active=True)
    if any(may_agree(proposal, user) for user in people):
        return ""
    return f"现在没有第二个能同意的人（{names_of(roles_for(Act.TAKE_PACK))}）。只有一人值守的，先声明“单人值守”。"


def _wanted(proposal: PackProposal, *, at: datetime) -> tuple[Pack, list[Change]]:
    if proposal.kind == Kind.DISK:
        lying = _lying()
        return lying.pack, lying.stay
    found = plan_of(proposal, at=at)
    if found.faults:
        raise Refused("提请以后有的值已不合适（日子过了，或规则变过）。请先退回，改好再提请。")
    return _pack_with(found.changes), joined(pack_taking.laid_on(current_pack().name), found.changes)


def _lying() -> pack_taking.Lying:
    try:
        return pack_taking.lying_pack()
    except PackError as error:
        raise Refused(f"盘上的资料包有误，没有采用，在用的不变：{error}。") from error


def _pack_with(changes: tuple[Change, ...]) -> Pack:
    pack = current_pack()
    try:
        return load_pack(pack.path, name=pack.name, whole=pack.whole, amended=amend(policy_bytes(pack), changes))
    except PackError as error:
        raise Refused(f"{error}。") from error


def _move(proposal: PackProposal, from_state: str, **fields: Any) -> bool:
    """Write, if nobody else did since it was read."""
    rows = PackProposal.objects.filter(pk=proposal.pk, state=from_state, version=proposal.version)
    moved = rows.update(version=proposal.version + 1, **fields) == 1
    proposal.refresh_from_db()
    return moved


def _not_in_drill() -> None:
    if settings.DRILL:
        raise Refused(NOT_HERE)


def _tell_asker(proposal: PackProposal, words: str, *, by: User, at: datetime) -> None:
    if proposal.asked_by is not None and proposal.asked_by_id != by.pk:
        tell(
            people=[Addressee(role="", person=proposal.asked_by)],
            event=f"pack:{proposal.pk}:{proposal.version}",
            title=f"{proposal.get_kind_display()}：{words}"[:200],
            body="在“时限和等级规则”里看。",
            at=at,
        )


def _note(proposal: PackProposal, kind: str, *, by: User, at: datetime, text: str) -> None:
    data = {"kind": proposal.kind, "values": proposal.values, "digest": proposal.digest}
    trail.record(by=by, kind=kind, at=at, object_kind="pack_proposal", object_id=str(proposal.pk), text=text, data=data)
