"""督办: asked for by those who may, opened by itself when a clock runs out, ended with a sentence (domain.md C)."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from alerts.models import Clock
from alerts.services.notices import Addressee, tell
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act, Role
from office.services.acts import require
from responses.models import Issue, Supervision
from responses.services.claiming import check_step, clean, note
from responses.services.proposals import addressees

CONFIRMED = (Issue.State.RESPONDING, Issue.State.RESPONDED)


def supervise(*, issue: Issue, by: User, at: datetime, sentence: str, due_at: datetime) -> Supervision:
    """Ask after a case. `sentence`: what is asked; `due_at`: by when an answer is expected. Tells who has the case.

    Raises Refused without the right or a sentence, for a limit that is past, where one lives already.
    """
    require(by, Act.SUPERVISE)
    said = clean(sentence, "督办什么")
    if due_at <= at:
        raise Refused("反馈时限已经过去，请写以后的时间。")
    now = check_step(issue, name="supervise", version=None, by=by, at=at)
    found = _open(now, by=by, at=at, sentence=said, due_at=due_at, clock=None)
    if found is None:
        raise Refused("这件事已在督办，请看督办单；要再催的，写办理记录。")
    return found


def end_supervision(*, issue: Issue, by: User, at: datetime, answer: str) -> Supervision:
    """How it was answered; the mark goes, the record stays. Raises Refused."""
    require(by, Act.SUPERVISE)
    said = clean(answer, "怎样反馈、办到哪一步")
    with transaction.atomic():
        found = Supervision.objects.filter(issue=issue, ended_at=None).first()
        ended = found is not None and Supervision.objects.filter(pk=found.pk, ended_at=None).update(
            ended_at=at, ended_by=by, answer=said
        )
        if found is None or not ended:
            raise Refused("这件事没有在督办，或刚刚已有人了结。")
        note(issue, kind="issue.end_supervision", by=by, at=at, text=f"了结督办 {found.label}：{said}")
    found.refresh_from_db()
    return found


def supervise_overdue(*, at: datetime) -> int:
    """Confirmed cases with a firm clock over its limit and without evidence: one 督办单 a clock, by itself.

    An answer is expected within the time in which the pack asks for the reason (`overdue.reason_minutes`).
    """
    over = (
        Clock.objects.filter(
            closed_at=None,
            breached_at__lte=at,
            breach_withdrawn_at=None,
            firm_at__isnull=False,
            evidence_pending_at=None,
            supervision=None,
            matter__issue__state__in=CONFIRMED,
        )
        .filter(~Exists(Supervision.objects.filter(issue=OuterRef("matter__issue"), ended_at=None)))
        .select_related("matter__issue__matter__lead_unit")
        .order_by("breached_at", "pk")
    )
    opened = 0
    limit = timedelta(minutes=current_pack().policy.overdue.reason_minutes)
    for clock in over:
        sentence = f"{clock.get_kind_display()}到期没有发布，请说明原因和何时发布"
        found = _open(clock.matter.issue, by=None, at=at, sentence=sentence, due_at=at + limit, clock=clock)
        opened += found is not None
    return opened


def _open(
    issue: Issue, *, by: User | None, at: datetime, sentence: str, due_at: datetime, clock: Clock | None
) -> Supervision | None:
    """None where one lives already: another process or person was faster."""
    unit = issue.matter.lead_unit
    try:
        with transaction.atomic():
            found = Supervision.objects.create(
                issue=issue, by=by, at=at, sentence=sentence, due_at=due_at, clock=clock, unit=unit.name if unit else ""
            )
            if by is not None:  # what the service does by itself is the row
                note(issue, kind="issue.supervise", by=by, at=at, text=f"督办 {found.label}：{sentence}")
            who = by.name if by is not None else "系统"
            tell(
                people=_holders(issue, at=at, but=by),
                event=f"supervision:{found.pk}",
                title=f"【督办】{issue.matter.title}",
                body=f"{who} 督办 {found.label}：{sentence}\n请在舆情页写明办到哪一步。",
                at=at,
                matter=issue.matter,
            )
    except IntegrityError:
        return None
    return found


def _holders(issue: Issue, *, at: datetime, but: User | None) -> list[Addressee]:
    """Who has the case, else who leads the desk; the district office too where the service asks by itself."""
    owner = issue.matter.owner
    people = [Addressee(role="", person=owner)] if owner is not None else addressees([Role.DUTY_LEAD], at)
    if but is None:
        people = [*people, *addressees([Role.GOV_OFFICE], at)]
    return [one for one in people if one.person is None or but is None or one.person.pk != but.pk]
