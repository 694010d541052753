"""Who works here and what they did."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Department(models.Model):
    """A unit of the pack (`departments.yaml`), kept as a row so that people and assignments can point at it."""

    name = models.CharField(max_length=100, unique=True)
    short = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    jurisdiction = models.CharField(max_length=20, default="district")
    active = models.BooleanField(default=True)

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
        indexes = [models.Index(fields=["object_kind", "object_id", "seq"])]


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
    """A signed single-use link (acknowledge, open a brief, enter a drill). The token itself is never stored."""

    digest = models.CharField(max_length=64, primary_key=True)  # SHA-256 of the token
    kind = models.CharField(max_length=30)
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    object_id = models.BigIntegerField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
