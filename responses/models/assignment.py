"""转办: a task given to a unit, signed for and fed back. It never stops a clock of the issue."""

from django.db import models

from office.models import Department, User
from responses.models.issue import Issue


class Assignment(models.Model):
    """given -> signed -> fed_back; given | signed -> sent_back (by the unit) | withdrawn (by the desk).

    `signed_told`, `fed_back_told`: who of a unit without an account said so and by which means, where the desk entered
    it for them (代签); the moments are then those of the word, not of the entry.
    """

    class State(models.TextChoices):
        GIVEN = "given", "待签收"
        SIGNED = "signed", "已签收"
        FED_BACK = "fed_back", "已反馈"
        SENT_BACK = "sent_back", "已退回"
        WITHDRAWN = "withdrawn", "已撤销"

    OPEN = (State.GIVEN, State.SIGNED)

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="assignments")
    what = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.GIVEN)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sign_by = models.DateTimeField(null=True)  # limit of the signature, of the pack at the moment it was given
    sign_rule = models.CharField(max_length=100, blank=True)  # that limit in words
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_told = models.CharField(max_length=200, blank=True)
    feedback = models.TextField(blank=True)
    fed_back_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    fed_back_at = models.DateTimeField(null=True)
    fed_back_told = models.CharField(max_length=200, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=0)  # moved by each act: two people on one task

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"])]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
