"""公众在问: the distinct questions of an issue, kept as rows so that what people decided survives its growth."""

from django.db import models

from analysis.models import Topic
from crawlers.models import Post
from office.models import User
from responses.models.issue import Issue
from responses.models.release import Release


class Question(models.Model):
    """One thing the public asks in an issue. The words are those of its `Asked` rows; it holds none of its own, so that
    a post that is removed takes its words along.

    open -> answered | partly, and back; hidden: no question; joined_into: the same as another one.
    """

    class State(models.TextChoices):
        OPEN = "open", "未答"
        PARTLY = "partly", "部分"
        ANSWERED = "answered", "已答"

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="questions")
    opened_at = models.DateTimeField()  # the moment of its first post
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="answers")
    note = models.CharField(max_length=100, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    hidden = models.BooleanField(default=False)
    joined_into = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="joined")
    # What a person took it out of: an ask that the machine had put to a question it does not ask.
    split_from = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="split")
    chosen = models.BooleanField(default=False)  # a person chose the words that are shown
    # Counted with the questions joined into it, one vote a voice and group of copies.
    posts = models.PositiveIntegerField(default=0)
    since = models.PositiveIntegerField(default=0)  # of them, after it was marked as answered
    suggested = models.ForeignKey(Release, null=True, on_delete=models.SET_NULL, related_name="+")
    suggested_why = models.CharField(max_length=200, blank=True)  # the sentence of the release
    version = models.PositiveIntegerField(default=0)  # moved by each act of a person: two people on one question

    class Meta:
        indexes = [models.Index(fields=["issue", "posts"])]


class Asked(models.Model):
    """A post that asks a question, in its own words. The row goes with the post, and the words with the row."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="asked")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="asked")
    words = models.CharField(max_length=150)
    why = models.CharField(max_length=100, blank=True)  # why it is this question; empty: it opened it
    counts = models.BooleanField(default=True)  # False: the voice or the group of copies is counted by another post
    shown = models.BooleanField(default=False)  # these words stand for the question

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "post"], name="one_row_a_question_and_post"),
            models.UniqueConstraint(fields=["question"], name="one_wording_a_question", condition=models.Q(shown=True)),
        ]


class AskedUntil(models.Model):
    """How far an issue's topic and its releases were looked at for questions; differs from them = look again."""

    issue = models.OneToOneField(Issue, primary_key=True, on_delete=models.CASCADE, related_name="asked_until")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(null=True)  # of the topic
    posts_count = models.PositiveIntegerField(default=0)  # of the topic
    checked_at = models.DateTimeField(null=True)  # of its newest checked release
