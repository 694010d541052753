"""A press conference and its evidence: the only thing that stops the 24 h clock."""

from django.db import models

from office.models import User
from responses.models.issue import Issue


class Conference(models.Model):
    """planned -> held (entered) -> checked; a plan may be dropped.

    Only 新闻发布会 stops the 24 h clock; `held_at` counts, not the click.
    """

    class Kind(models.TextChoices):
        PRESS_CONFERENCE = "press_conference", "新闻发布会"
        MEDIA_BRIEFING = "media_briefing", "媒体通气会"
        POLICY_BRIEFING = "policy_briefing", "政策吹风会"
        ONLINE_INTERVIEW = "online_interview", "在线访谈"

    class State(models.TextChoices):
        PLANNED = "planned", "已安排"
        ENTERED = "entered", "待复核"
        CHECKED = "checked", "已举行"
        REFUSED = "refused", "退回"
        DROPPED = "dropped", "已取消"

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="conferences")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(max_length=200)
    place = models.CharField(max_length=100, blank=True)
    host = models.CharField(max_length=60, blank=True)
    chief_attended = models.BooleanField(default=False)
    planned_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    link = models.CharField(max_length=1000, blank=True)
    copy_path = models.CharField(max_length=300, blank=True)
    copy_name = models.CharField(max_length=200, blank=True)
    copy_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    check_note = models.TextField(blank=True)
    solo = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)  # of the plan: two people changing it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue"],
                name="one_planned_conference_per_issue",
                condition=models.Q(state="planned", kind="press_conference"),
            )
        ]


class ConferenceStep(models.Model):
    """One step towards a planned conference (pack: `conference_plan`), due so long before its planned start.

    It moves no clock. Ticked by a person when it is done.
    """

    conference = models.ForeignKey(Conference, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=20)
    name = models.CharField(max_length=40)
    minutes_before = models.IntegerField()  # the planned start; negative = after it
    who = models.CharField(max_length=60, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conference", "key"], name="one_step_per_key")]
