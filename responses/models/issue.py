"""The case of people about one Matter."""

from django.db import models

from alerts.models import Matter
from office.models import User


class Issue(models.Model):
    """舆情事件, one-to-one to its Matter (states: domain.md C).

    lead -> responding -> responded -> closed; lead -> dismissed -> lead; any open -> merged | cancelled.
    """

    class State(models.TextChoices):
        LEAD = "lead", "待判线索"
        RESPONDING = "responding", "处置回应"
        RESPONDED = "responded", "已回应"
        CLOSED = "closed", "已办结"
        DISMISSED = "dismissed", "已排除"
        MERGED = "merged", "已并入"
        CANCELLED = "cancelled", "已撤销"

    class Origin(models.TextChoices):
        MACHINE = "machine", "系统发现"
        PHONE = "phone", "电话"
        HOTLINE = "hotline", "12345"
        STREET = "street", "街道报送"
        LETTER = "letter", "来信"
        ORDER = "order", "上级交办"

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="issue")
    number = models.PositiveIntegerField(unique=True)  # opening order; shown as L-0612
    state = models.CharField(max_length=12, choices=State.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    dismiss_code = models.CharField(max_length=20, blank=True)
    dismiss_reason = models.TextField(blank=True)
    dismissed_voices = models.PositiveIntegerField(default=0)
    dismissed_level = models.PositiveSmallIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    closing_sentence = models.TextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    own_unit = models.BooleanField(default=False)  # its subject is the office's own unit: goes also to gov_office
    version = models.PositiveIntegerField(default=0)  # moved by each act: two people on one item

    class Meta:
        indexes = [models.Index(fields=["state", "opened_at"])]

    @property
    def label(self) -> str:
        return f"L-{self.number:04d}"


class Proposal(models.Model):
    """An act that waits for its second person (dismiss, regrade, cancel, anchor later, confirm below I-II)."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="proposals")
    act = models.CharField(max_length=30)
    payload = models.JSONField()
    reason = models.TextField()
    source = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    decision_reason = models.TextField(blank=True)


class Note(models.Model):
    """A line of the case's own timeline entered by a person."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()
    text = models.TextField()
