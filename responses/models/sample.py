"""The weekly look of the duty lead at leads that were dismissed (domain.md C: sampled re-check)."""

from django.db import models

from office.models import User
from responses.models.issue import Issue


class SampleCheck(models.Model):
    """One dismissed lead drawn to be looked at again. `right` None: not looked at yet; False: opened again."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="samples")
    week = models.DateField()  # Monday of the week in which it was dismissed
    drawn_at = models.DateTimeField()
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    right = models.BooleanField(null=True)
    remark = models.TextField(blank=True)
    solo = models.BooleanField(default=False)  # looked at under 单人值守 by who dismissed it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "week"], name="drawn_once_a_week")]
        indexes = [models.Index(fields=["week"])]
