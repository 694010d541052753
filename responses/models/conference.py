"""A press conference and its evidence: the only thing that stops the 24 h clock."""

from django.db import models

from office.models import User
from responses.models.issue import Issue


class Conference(models.Model):
    """planned -> held (entered) -> checked. Only 新闻发布会 stops the 24 h clock; `held_at` counts, not the click."""

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
