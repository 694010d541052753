"""Briefs: numbers frozen, edited, signed, numbered, sent, receipts kept. Exports asked for. What boards are told."""

from django.db import models

from office.models import User
from responses.models import Issue


class Brief(models.Model):
    """《今日舆情》. draft -> signing -> signed -> sent; draft|signing -> put_off (缓发).

    A correction is a new edition with a new number.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "起草"
        SIGNING = "signing", "审签中"
        SIGNED = "signed", "已签发"
        SENT = "sent", "已发出"
        PUT_OFF = "put_off", "缓发"

    kind = models.CharField(max_length=16, default="daily_brief")
    day = models.DateField()
    edition = models.PositiveSmallIntegerField(default=1)  # 1 = the day's brief; a correction is a further edition
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    since = models.DateTimeField()
    until = models.DateTimeField()
    due_at = models.DateTimeField()
    drafted_at = models.DateTimeField()
    issue_no = models.PositiveIntegerField(null=True)  # 第n期, given at signing
    running_no = models.PositiveIntegerField(null=True)  # 总第m期
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    numbers = models.JSONField()  # frozen at the cut-off
    content = models.JSONField()  # sections as edited by people
    editor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    put_off_reason = models.TextField(blank=True)
    put_off_until = models.DateTimeField(null=True)
    docx_path = models.CharField(max_length=300, blank=True)
    pdf_path = models.CharField(max_length=300, blank=True)
    html_path = models.CharField(max_length=300, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    documents_error = models.TextField(blank=True)
    next_ring_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "day", "edition"], name="one_brief_per_day"),
            models.UniqueConstraint(fields=["kind", "running_no"], name="one_brief_per_number"),
        ]


class Signature(models.Model):
    """One step of sign-off by one person, never the editor unless 单人值守."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="signatures")
    step = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)  # 审核, 签发
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField()
    solo = models.BooleanField(default=False)
    content_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brief", "step"], name="one_signature_per_step")]


class Receipt(models.Model):
    """To whom a brief went, by which way, when sent and when opened (console or personal link; no pixel)."""

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="receipts")
    person = models.ForeignKey(User, on_delete=models.PROTECT)
    channel = models.CharField(max_length=10)  # console, mail
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brief", "person", "channel"], name="one_receipt_per_way")]


class ExportRequest(models.Model):
    """Posts somebody wants to take out of the house, and the second person who let them go (four eyes on export).

    `posts`: the numbers as they were shown when it was asked for; the one who decides sees the same.
    """

    asked = models.TextField()  # the search in words
    address = models.TextField()  # the search as it stands in the address
    posts = models.JSONField()
    kind = models.CharField(max_length=4)  # csv, xlsx
    reason = models.TextField()
    issue = models.ForeignKey(Issue, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    allowed = models.BooleanField(default=False)
    note = models.TextField(blank=True)  # why not
    solo = models.BooleanField(default=False)
    taken_at = models.DateTimeField(null=True)  # last time

    class Meta:
        indexes = [models.Index(fields=["at"])]

    @property
    def label(self) -> str:
        """As people name it: 导-0012; stands in every row of the file."""
        return f"导-{self.pk:04d}"


class SavedSearch(models.Model):
    """存为常用: a search somebody asks again and again; his own, shown to nobody else.

    `seen_post`: the newest post there was when he looked at it last; what came in after it is new to him.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=20)
    address = models.TextField()  # the search as it stands in the address
    at = models.DateTimeField()
    seen_post = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_saved_search_per_name")]


class BoardFeed(models.Model):
    """How far the index of one kind of rows (boards/fields.py) on the search node is. No row: none is used."""

    kind = models.CharField(max_length=10, primary_key=True)
    index = models.CharField(max_length=100, blank=True)  # the one being filled or full; none yet: empty
    rules = models.CharField(max_length=16, blank=True)  # mapping it was made by
    left_to = models.BigIntegerField(null=True)  # rows of smaller numbers are still to come; none: all are there
    version = models.BigIntegerField(default=0)  # of the last writing; each has its own, larger than all before
    checked_at = models.DateTimeField(null=True)  # when the rows on the node were last counted against ours


class BoardChange(models.Model):
    """A row of which the boards' index has to be told; written by triggers in the transaction of the change."""

    kind = models.CharField(max_length=10)
    number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "id"], name="board_change_by_kind")]
