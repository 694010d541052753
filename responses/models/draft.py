"""A release in preparation: its text in numbered versions, and what each of the four gates said of them."""

from django.db import models

from office.models import Department, User
from responses.models.issue import Issue
from responses.models.release import Release


class ReleaseDraft(models.Model):
    """What is to be published, before its gates (responses/gates.py). review -> back -> review -> ready; or dropped.

    It stops no clock. `gate`: how many gates the text has passed (4 = may be published); `version`: the text that
    stands; both are moved by conditional updates, so that of two people at one gate one counts. The text belongs to
    the case's file and is kept as long.
    """

    class State(models.TextChoices):
        REVIEW = "review", "待审"
        BACK = "back", "退回"
        READY = "ready", "可以发布"
        DROPPED = "dropped", "作罢"

    OPEN = (State.REVIEW, State.BACK, State.READY)

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="drafts")
    kind = models.CharField(max_length=16, choices=Release.Kind.choices)
    name = models.CharField(max_length=200)
    unit = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+")  # answers for it
    channels = models.JSONField(default=list)  # names of those it is meant for
    drafter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="drafts")  # who has it in hand now
    created_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.REVIEW)
    gate = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    waiting_since = models.DateTimeField()  # since when it stands where it stands
    dropped_why = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "waiting_since"])]


class DraftText(models.Model):
    """One version of the text, or of a file with it. Earlier ones stay, so that a tick says what it was given to."""

    draft = models.ForeignKey(ReleaseDraft, on_delete=models.CASCADE, related_name="texts")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the text as UTF-8
    file_path = models.CharField(max_length=300, blank=True)  # under HUIYING_HOME/evidence
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "number"], name="one_text_per_version")]


class GateMark(models.Model):
    """One decision at one gate on one version of the text: passed, or sent back with a sentence."""

    draft = models.ForeignKey(ReleaseDraft, on_delete=models.CASCADE, related_name="marks")
    version = models.PositiveIntegerField()
    gate = models.CharField(max_length=12)
    passed = models.BooleanField()
    sentence = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    solo = models.BooleanField(default=False)  # by who wrote the text, under 单人值守

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "version", "gate"], name="one_mark_per_gate_and_text")]
