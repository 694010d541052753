"""A publication and its evidence: the only thing that stops the 5 h and 48 h clocks."""

from django.db import models

from office.models import Department, User
from responses.models.issue import Issue


class Release(models.Model):
    """权威信息. entered -> checked | refused. Evidence: address + publishing time + stored copy (or file + hash)."""

    class Kind(models.TextChoices):
        BRIEF = "brief", "简要信息"
        NOTICE = "notice", "情况通报"
        PRESS_TEXT = "press_text", "通稿"
        CLARIFICATION = "clarification", "澄清辟谣"
        INTERPRETATION = "interpretation", "政策解读"
        PROGRESS = "progress", "进展"
        OUTCOME = "outcome", "处置结果"

    class State(models.TextChoices):
        ENTERED = "entered", "待复核"
        CHECKED = "checked", "已复核"
        REFUSED = "refused", "退回"

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="releases")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    publisher = models.ForeignKey(Department, null=True, on_delete=models.PROTECT)
    channel = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    link = models.CharField(max_length=1000, blank=True)
    published_at = models.DateTimeField()
    copy_path = models.CharField(max_length=300)  # under HUIYING_HOME/evidence
    copy_name = models.CharField(max_length=200, blank=True)
    copy_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ENTERED)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    check_note = models.TextField(blank=True)
    solo = models.BooleanField(default=False)
    answers_merged = models.BooleanField(default=False)  # two people name it as the answer to a merged lead's clock
    draft = models.ForeignKey("ReleaseDraft", null=True, on_delete=models.PROTECT, related_name="releases")
    ungated_why = models.TextField(blank=True)  # published without the four gates: why, as far as anybody said
