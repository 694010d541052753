"""The case of people about one Matter."""

from django.db import models

from alerts.models import Matter
from analysis.models import Topic
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

    OPEN = (State.LEAD, State.RESPONDING, State.RESPONDED)

    class Origin(models.TextChoices):
        MACHINE = "machine", "系统发现"
        PHONE = "phone", "电话"
        HOTLINE = "hotline", "12345"
        STREET = "street", "街道报送"
        LETTER = "letter", "来信"
        ORDER = "order", "上级交办"
        TOPIC = "topic", "热点转入"

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="issue")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.PROTECT, related_name="issues")
    episode = models.PositiveIntegerField(default=1)  # of the topic, when the lead opened
    looked_at = models.DateTimeField(
        null=True
    )  # the topic's `changed_at` when its posts were last looked at for anchors
    looked_member = models.BigIntegerField(default=0)  # its newest membership then
    earlier = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="later")  # 曾于 … 出现
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
        constraints = [
            models.UniqueConstraint(
                fields=["topic"],
                name="one_open_issue_per_topic",
                condition=models.Q(state__in=["lead", "responding", "responded"]),
            )
        ]
        indexes = [models.Index(fields=["state", "opened_at"])]

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

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
    solo = models.BooleanField(default=False)  # decided under 单人值守 by the person who proposed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "act"], name="one_waiting_proposal_per_act", condition=models.Q(decided_at=None)
            )
        ]


class Note(models.Model):
    """A line of the case's own timeline entered by a person."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()
    text = models.TextField()
