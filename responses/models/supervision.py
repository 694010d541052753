"""督办: somebody above asks after a case in writing, or its clock ran out (domain.md C). It runs beside the stages."""

from django.db import models

from alerts.models import Clock
from office.models import User
from responses.models.issue import Issue


class Supervision(models.Model):
    """A 督办单. `by` None: opened by the service when a clock of the case ran out, once a clock.

    Lives until somebody writes how it was answered; the case may be closed meanwhile. It stops and moves no clock.
    """

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="supervisions")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    sentence = models.TextField()  # what is asked
    unit = models.CharField(max_length=100, blank=True)  # the lead unit then
    due_at = models.DateTimeField()  # by when an answer is expected
    clock = models.OneToOneField(Clock, null=True, on_delete=models.CASCADE, related_name="supervision")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue"], condition=models.Q(ended_at__isnull=True), name="one_live_supervision_of_an_issue"
            )
        ]

    @property
    def label(self) -> str:
        """As people name it: 督-0012."""
        return f"督-{self.pk:04d}"
