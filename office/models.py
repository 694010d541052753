"""Who works here and what they did."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Department(models.Model):
    """A unit of the pack (`departments.yaml`) or of the office itself: people and assignments point at it."""

    name = models.CharField(max_length=100, unique=True)
    short = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    jurisdiction = models.CharField(max_length=20, default="district")
    active = models.BooleanField(default=True)
    local = models.BooleanField(default=False)  # added here by a person; the pack leaves it alone
    version = models.PositiveIntegerField(default=0)  # two people saving one form

    def __str__(self) -> str:
        return self.short or self.name


class UserManager(BaseUserManager["User"]):
    """Only `get_by_natural_key` is used; accounts are made by `office.services.people`."""


class User(AbstractBaseUser):
    """A named person. Roles are those of `office.roles.Role`; there are no shared accounts."""

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=40)
    roles = models.JSONField(default=list)  # list of Role values
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT)
    email = models.CharField(max_length=120, blank=True)
    phone_tail = models.CharField(max_length=4, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    old_passwords = models.JSONField(default=list)  # hashes of the last ones: none may be used again
    failed_logins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Of a drill's cast: acts as scripted, never logs in.
    scripted = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True, blank=True)  # 离岗: the open work was handed over, history stays
    version = models.PositiveIntegerField(default=0)  # two people saving one form
    mail_notices = models.BooleanField(default=True)  # notices also by mail; the page always shows them
    mail_briefs = models.BooleanField(default=True)
    mail_tested_at = models.DateTimeField(null=True, blank=True)
    mail_test_error = models.CharField(max_length=200, blank=True)  # empty with a time = the test mail went out
    keys_off = models.BooleanField(default=False)  # the desk's single keys do nothing for this person

    USERNAME_FIELD = "username"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name

    def holds(self, role: str) -> bool:
        return role in self.roles


class Duty(models.Model):
    """One person on duty from a moment to a moment, in a role. Rows may overlap; gaps are shown, not forbidden."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(max_length=30)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["ends_at", "starts_at"])]


class Swap(models.Model):
    """换班: one person's shift given to another, or exchanged for one of theirs.

    asked -> agreed -> done; asked|agreed -> refused | withdrawn | lapsed. The moments are kept beside the shifts, so
    that the record stays when a shift is taken off the roster.
    """

    class State(models.TextChoices):
        ASKED = "asked", "等对方答应"
        AGREED = "agreed", "等批准"
        DONE = "done", "已换"
        REFUSED = "refused", "没有换成"
        WITHDRAWN = "withdrawn", "已撤回"
        LAPSED = "lapsed", "过时作罢"

    OPEN = (State.ASKED, State.AGREED)

    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    role = models.CharField(max_length=30)
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    duty = models.ForeignKey(Duty, null=True, on_delete=models.SET_NULL, related_name="swaps")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    back = models.ForeignKey(Duty, null=True, on_delete=models.SET_NULL, related_name="+")  # taken in return
    back_starts_at = models.DateTimeField(null=True)
    back_ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["duty"], name="one_open_swap_per_shift", condition=models.Q(state__in=["asked", "agreed"])
            )
        ]


class Login(models.Model):
    """One signed-in browser: since when, when last used by hand, and how it ended. Ending the row ends the session."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="logins")
    started_at = models.DateTimeField()
    active_at = models.DateTimeField()  # last act by hand; the board's own renewing does not count
    address = models.CharField(max_length=60, blank=True)
    browser = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_why = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "started_at"])]


class FailedName(models.Model):
    """Wrong tries with a name nobody has: it locks as a real one does, so that a lock tells nothing."""

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the name
    failures = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField()


class ResetRequest(models.Model):
    """Somebody typed a name at 忘了口令. Looked at by a sweep, so that the page's answer tells nothing of the name."""

    username = models.CharField(max_length=60)
    address = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="reset_waiting", condition=models.Q(done_at=None))]


class Holiday(models.Model):
    """A day that differs from its weekday: a holiday, or a Saturday/Sunday that works (调休)."""

    day = models.DateField(unique=True)
    works = models.BooleanField()
    name = models.CharField(max_length=40)
    source = models.CharField(max_length=200, blank=True)


class Trail(models.Model):
    """Append-only, hash-chained record of acts (rules.md 14). Triggers refuse UPDATE and DELETE.

    The chain hashes ids, kinds, times and digests only; words stand in `TrailText` by digest.
    """

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=30, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    text_digest = models.CharField(max_length=64, blank=True)
    solo = models.BooleanField(default=False)  # done under 单人值守 in place of a second person
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["object_kind", "object_id", "seq"]),
            models.Index(fields=["text_digest"], name="trail_by_text"),  # does another row still need these words
        ]


class TrailText(models.Model):
    """The words of trail rows by SHA-256 digest; can be removed without breaking the chain."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    data = models.JSONField(default=dict)


class TrailHead(models.Model):
    """One row: the head of the chain, moved by conditional update."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)


class AccessLog(models.Model):
    """Views of raw text and searches: who, what, for which issue, when. Not chained, kept as long as the trail."""

    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    kind = models.CharField(max_length=30)  # post, search, export, snapshot
    what = models.CharField(max_length=300)
    issue_id = models.BigIntegerField(null=True)


class OfficeState(models.Model):
    """Small switches of this installation by key: dry_run, solo_duty, sending_hold, brief numbers, pack digest, …"""

    key = models.CharField(max_length=60, primary_key=True)
    value = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)


class SweepState(models.Model):
    """When each sweep last ran and the one line it left. `claimed_until` is the lease of the process running it."""

    name = models.CharField(max_length=40, primary_key=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    line = models.TextField(blank=True)
    error = models.TextField(blank=True)
    error_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)


class Ticket(models.Model):
    """A signed single-use link: acknowledge, open a brief, enter a drill, join, set a new password.

    The token itself is never stored.
    """

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the token
    kind = models.CharField(max_length=30)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    object_id = models.BigIntegerField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class PackTaking(models.Model):
    """A pack of the district that was taken, when, by whom (None: by the start of the service) and why; newest last."""

    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)  # folder of the pack
    version = models.CharField(max_length=100)  # of its policy
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    changed = models.PositiveIntegerField(default=0)  # how many values differ from the one before
    changes = models.JSONField(default=list)  # the first of them: {file, words, before, after}
    # Changed on the page against what the pack's file says, laid over the next one taken: {steps, before, after}.
    laid = models.JSONField(default=list)


class PackProposal(models.Model):
    """Other rules that wait for a second person: drafted on the page, or lying on the disk (`console.pack_proposals`).

    drafting -> asked -> taken; asked -> drafting (sent back; one of the disk is withdrawn instead); any live one ->
    withdrawn.
    """

    class Kind(models.TextChoices):
        PAGE = "page", "修订"
        DISK = "disk", "盘上的资料包"

    class State(models.TextChoices):
        DRAFTING = "drafting", "起草"
        ASKED = "asked", "待同意"
        TAKEN = "taken", "已采用"
        WITHDRAWN = "withdrawn", "已撤回"

    LIVE = (State.DRAFTING, State.ASKED)

    kind = models.CharField(max_length=4, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    values = models.JSONField(default=dict)  # key of a value (`office.pack.amendable`) -> what was typed
    version = models.PositiveIntegerField(default=1)  # moves with every save: two people on one draft
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    hands = models.JSONField(default=list)  # ids of all who wrote on it: none of them agrees to it
    reason = models.TextField(blank=True)
    base = models.CharField(max_length=64, blank=True)  # digest of the pack in force when it was asked for
    digest = models.CharField(max_length=64, blank=True)  # of the pack that was asked for
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)  # why sent back or withdrawn
    solo = models.BooleanField(default=False)
    taking = models.ForeignKey(PackTaking, null=True, on_delete=models.PROTECT, related_name="proposals")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(state__in=["drafting", "asked"]), name="one_live_proposal_of_a_kind"
            )
        ]
