"""Looking again at what was dismissed: drawn at random once a week, each looked at by the duty lead (domain.md C)."""

from datetime import date, datetime, time, timedelta
from random import SystemRandom

from django.db import transaction
from django.utils import timezone

from alerts.services.notices import tell
from office.errors import Refused
from office.models import Trail, User
from office.pack.current import current_pack
from office.roles import Act, Role
from office.services.acts import require, second_person
from office.trail import words_of
from responses.models import Issue, SampleCheck
from responses.services.claiming import check_step, clean, note
from responses.services.decide.dismissing import return_to_lead
from responses.services.proposals import addressees

WEEK = timedelta(days=7)


def draw_sample(*, at: datetime) -> int:
    """Draw from the leads dismissed last week, once; tell the duty lead. Returns how many were drawn now."""
    monday = _monday(timezone.localdate(at)) - WEEK
    begin = timezone.make_aware(datetime.combine(monday, time()))
    rule = current_pack().policy.dismissal
    with transaction.atomic():
        if SampleCheck.objects.filter(week=monday).exists():
            return 0
        dismissed = Issue.objects.filter(
            state=Issue.State.DISMISSED, closed_at__gte=begin, closed_at__lt=begin + WEEK
        ).order_by("pk")
        numbers = list(dismissed.values_list("pk", flat=True))
        if not numbers:
            return 0
        wanted = max(rule.sample_least, -(-len(numbers) * rule.sample_percent // 100))
        # Nobody who dismisses can know which of his will be looked at.
        drawn = sorted(SystemRandom().sample(numbers, min(wanted, len(numbers))))
        SampleCheck.objects.bulk_create([SampleCheck(issue_id=n, week=monday, drawn_at=at) for n in drawn])
        tell(
            people=addressees([Role.DUTY_LEAD], at),
            event=f"sample:{monday.isoformat()}",
            title=f"抽查：上周排除的线索 {len(drawn)} 条",
            body=(
                f"{monday:%m-%d} 起一周排除 {len(numbers)} 条，随机抽出 {len(drawn)} 条，请逐条看排除得对不对："
                "“线索 → 已排除”。不该排除的可当场重新打开。"
            ),
            at=at,
        )
    return len(drawn)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def who_dismissed(issue: Issue) -> list[User]:
    """Who dismissed it last, and who had proposed it where two were needed."""
    row = (
        Trail.objects.filter(object_kind="issue", object_id=str(issue.pk), kind="issue.dismiss")
        .select_related("by")
        .order_by("-seq")
        .first()
    )
    if row is None:
        return []
    told = words_of([row]).get(row.text_digest)
    first = told.data.get("first") if told is not None else None
    proposer = User.objects.filter(username=first).first() if first else None
    return [user for user in (row.by, proposer) if user is not None]


def check_sample(
    *, sample: SampleCheck, right: bool, remark: str, by: User, at: datetime, reason_again: str | None = None
) -> SampleCheck:
    """The duty lead has looked: dismissed rightly, or not, and then it is a lead again with its old clocks.

    Who dismissed it does not look at it, unless 单人值守 is declared. Raises Refused.
    """
    require(by, Act.CHECK_SAMPLE)
    words = clean(remark, "为什么不该排除") if not right else remark.strip()
    with transaction.atomic():
        issue = Issue.objects.select_related("matter", "topic").get(pk=sample.issue_id)
        solo = False
        if by in who_dismissed(issue):
            solo = second_person(first=by, second=by, reason_again=reason_again or words or None, at=at)
        marked = SampleCheck.objects.filter(pk=sample.pk, checked_at=None).update(
            checked_by=by, checked_at=at, right=right, remark=words, solo=solo
        )
        if not marked:
            raise Refused("这一条已经核过了。")
        said = "排除得对" if right else "不该排除，重新打开"
        note(
            issue,
            kind="issue.sample",
            by=by,
            at=at,
            text=f"抽查：{said}" + (f"：{words}" if words else ""),
            data={"right": right, "week": sample.week.isoformat()},
            solo=solo,
        )
        if not right and issue.state == Issue.State.DISMISSED:
            require(by, Act.REOPEN_LEAD)
            now = check_step(issue, name="reopen", version=None, by=by, at=at)
            return_to_lead(now, by=by, at=at, reason=f"抽查：{words}")
    sample.refresh_from_db()
    return sample
