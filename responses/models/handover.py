"""交接班: what one shift hands to the next, clock by clock, signed by both."""

from django.db import models

from alerts.models import Clock
from office.models import User


class Handover(models.Model):
    """One change of shift. It is done when both have signed; clocks do not stop for it.

    `talk`: questions and answers between the two, `{"at", "by", "text"}` each.
    """

    number = models.PositiveIntegerField(unique=True)  # shown as HS-0322
    changes_at = models.DateTimeField(unique=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    giver = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(null=True)
    missing_giver = models.CharField(max_length=200, blank=True)  # why it was taken without the giver's signature
    taker = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    talk = models.JSONField(default=list)
    solo = models.BooleanField(default=False)  # both signatures by one person under 单人值守
    version = models.PositiveIntegerField(default=0)

    @property
    def label(self) -> str:
        return f"HS-{self.number:04d}"


class HandoverLine(models.Model):
    """One running clock in a handover: the sentence that goes with it, and who has ticked it when."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="lines")
    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="+")
    words = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handover", "clock"], name="one_line_per_clock")]
