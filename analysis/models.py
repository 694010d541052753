"""What the machine makes of posts: readings, topics and who belongs to them."""

from django.db import models

from crawlers.models import Post
from office.models import User


class Reading(models.Model):
    """The machine's reading of one post, with the version that made it. Shapes: docs/data-dictionary.md."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="reading")
    version = models.CharField(max_length=60)
    at = models.DateTimeField()
    relevant = models.BooleanField()
    confidence = models.FloatField()
    evidence = models.JSONField(default=dict)  # {"for": [{word, rule, place}], "against": [...]}
    places = models.JSONField(default=list)  # [{name, kind, street}]
    streets = models.JSONField(default=list)  # certain ones only
    units = models.JSONField(default=list)  # [{name, why}]
    jurisdiction = models.CharField(max_length=20, default="district")
    sentiment = models.CharField(max_length=10)  # negative, neutral, positive
    sentiment_p = models.JSONField(default=dict)
    emotion_p = models.JSONField(null=True)  # of the six emotions; none: read before they were told
    klass = models.CharField(max_length=40)
    klass_p = models.FloatField(default=0.0)
    priority = models.BooleanField(default=False)
    kind = models.CharField(max_length=10)  # 投诉, 求助, 咨询, …
    demand = models.BooleanField(default=False)
    asks = models.JSONField(default=list)
    keywords = models.JSONField(default=list)
    emergency = models.JSONField(null=True)
    # What the machine read where a person corrected it (analysis/services/overlay.py); null: nothing was corrected.
    machine = models.JSONField(null=True)


class Topic(models.Model):
    """Posts that speak of one matter. Takes posts for 60 days after its last; 14 days without one end an episode."""

    title = models.CharField(max_length=200)
    first_post_at = models.DateTimeField()
    last_post_at = models.DateTimeField(db_index=True)
    episode = models.PositiveIntegerField(default=1)
    episode_started_at = models.DateTimeField()
    previous_seen_at = models.DateTimeField(null=True)  # last post of the episode before
    heat = models.FloatField(default=0.0, db_index=True)
    heat_parts = models.JSONField(default=dict)
    heat_at = models.DateTimeField(null=True)
    peak_heat = models.FloatField(default=0.0)
    voices = models.PositiveIntegerField(default=0)
    posts_count = models.PositiveIntegerField(default=0)
    copies_count = models.PositiveIntegerField(default=0)
    negative_share = models.FloatField(default=0.0)
    klass = models.CharField(max_length=40, blank=True)
    places = models.JSONField(default=list)
    streets = models.JSONField(default=list)
    departments = models.JSONField(default=list)
    frozen = models.BooleanField(default=False)  # its issue is confirmed: the machine moves nothing out or together
    pinned = models.BooleanField(default=False)  # a person merged or split it: the machine joins it with nothing
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    changed_at = models.DateTimeField()
    # Earliest moment not yet weighed: set by filing and by count readings, cleared by weighing.
    weigh_from = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["changed_at"], name="topic_unweighed", condition=models.Q(weigh_from__isnull=False))
        ]


class Membership(models.Model):
    """A post's one topic, why it is there, and in which episode."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="membership")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="memberships")
    episode = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()  # the post's own moment
    similarity = models.FloatField(default=1.0)
    why = models.CharField(max_length=200, blank=True)
    by_hand = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["topic", "at"])]


class TopicDay(models.Model):
    """A day of a topic as it stood at its last post of that day: curves and comparisons are drawn from these.

    Kept by filing, filled in by `tidy` where missing. A day without posts has no row.
    """

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()  # of the district
    posts = models.PositiveIntegerField()  # of that day, copies with them
    copies = models.PositiveIntegerField()  # of that day
    voices = models.PositiveIntegerField()  # distinct ones of the episode until then
    heat = models.FloatField()  # at the day's last post
    heat_parts = models.JSONField(default=dict)
    last_at = models.DateTimeField()  # of the day's last post
    standing = models.FloatField()  # orders days by what is left of their heat at any later moment (analysis/heat.py)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "day"], name="one_row_a_topic_and_day")]
        # Holds all that ranking asks for, so that it reads the index alone.
        indexes = [models.Index(fields=["day", "topic", "standing"], name="topic_day_standing")]


class Arrangement(models.Model):
    """What a person did to topics, kept so that it can be taken back: two merged, or posts split off."""

    class Kind(models.TextChoices):
        MERGE = "merge", "合并"
        SPLIT = "split", "拆分"

    kind = models.CharField(max_length=5, choices=Kind.choices)
    # The one that took the other's posts, or that gave posts away.
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="arrangements")
    # The one that went into it, or the new one.
    other = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="arranged_with")
    posts = models.JSONField(default=list)  # ids of the posts that moved
    before = models.JSONField(default=dict)  # how topics and issues stood, for taking it back
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.TextField(blank=True)


# --- the index of copies and topics ----------------------------------------------------------------------------------
# Rebuilt from posts at any time; tried with a million rows before it was fixed (docs/measurements.md). On SQLite each
# table is one tree without a second one for its key (migration 0002).


class CopyKey(models.Model):
    """One of the sixteen smallest hashes of a post's character 6-grams: texts that share some may be one text."""

    pk = models.CompositePrimaryKey("key", "post")
    key = models.BigIntegerField()
    post = models.BigIntegerField()


class TopicTerm(models.Model):
    """One of the sixteen heaviest terms of a filed post, by the post's own moment in seconds of the epoch."""

    pk = models.CompositePrimaryKey("term", "at", "post")
    term = models.BigIntegerField()
    at = models.BigIntegerField()
    post = models.BigIntegerField()


class TermCount(models.Model):
    """In how many filed posts a term occurs; term -1 counts the posts themselves."""

    term = models.BigIntegerField(primary_key=True)
    posts = models.PositiveIntegerField()


class PostVector(models.Model):
    """The words of a filed post with their weights, as `similarity.packed` writes them."""

    post = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField()
    terms = models.BinaryField()


# --- search --------------------------------------------------------------------------------------------------------
# What the index holds of each post, and what waits to be brought in or taken out. Triggers of the database fill the
# waiting lists (analysis/search/triggers.py), so a post changed or removed by any way is followed. Plain numbers, no
# foreign keys: the row of a removed post must outlive it until the index has let go of it.


class SearchEntry(models.Model):
    """A post in the index under its number (analysis/search/docid.py)."""

    docid = models.BigIntegerField(primary_key=True)
    post = models.BigIntegerField(unique=True)
    facets = models.TextField()  # tokens of places, units, source as indexed, separated by blanks


class SearchPending(models.Model):
    """A post to be indexed, or indexed anew."""

    post = models.BigIntegerField(primary_key=True)


class SearchGone(models.Model):
    """A number whose post was removed or rewritten: with the words of then, which the index needs to let go of it."""

    docid = models.BigIntegerField(primary_key=True)
    title = models.TextField()
    text = models.TextField()
    facets = models.TextField()


class SearchLabel(models.Model):
    """The code under which a class or kind stands in the numbers of posts; a code once given stays."""

    field = models.CharField(max_length=10)  # klass, kind
    name = models.CharField(max_length=40)
    code = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["field", "name"], name="search_label_once"),
            models.UniqueConstraint(fields=["field", "code"], name="search_code_once"),
        ]


class SearchNode(models.Model):
    """How far a search node beside the database is. One row, key 1; no row: none is used and nothing is noted for it.

    A generation is a whole set of the node's indices, filled from the posts; a new one takes the old one's place.
    """

    serving = models.CharField(max_length=40, blank=True)  # the generation that answers; none yet: empty
    serving_rules = models.CharField(max_length=16, blank=True)  # mapping it was made by
    filling = models.CharField(max_length=40, blank=True)  # the generation being filled
    filling_rules = models.CharField(max_length=16, blank=True)
    filled_to = models.BigIntegerField(null=True)  # posts of smaller numbers are still to come; none: all of them
    version = models.BigIntegerField(default=0)  # of the last writing; each has its own, larger than all before
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)  # what is wrong and what to do


class SearchOutbox(models.Model):
    """A post the search node has to be told of; written by triggers in the transaction of the change."""

    post = models.BigIntegerField()
    docid = models.BigIntegerField()  # its number then: it says in which index the node keeps it
    gone = models.BooleanField()  # its words of then must be found no more from now on


class SearchRefused(models.Model):
    """A post that the search node did not take, with its reason; the others go on. Tried again when it changes."""

    post = models.BigIntegerField(primary_key=True)
    docid = models.BigIntegerField()
    reason = models.TextField()
    at = models.DateTimeField()


# --- learning ------------------------------------------------------------------------------------------------------
# What people said of the machine's judgements, and what it learnt from it. Points at posts, never holds their words:
# an example goes when its post goes; the judgement stays as a figure.


class Judgement(models.TextChoices):
    """The judgements that people correct."""

    RELEVANT = "relevant", "是否相关"
    KLASS = "klass", "类别"
    SENTIMENT = "sentiment", "情绪"
    PLACE = "place", "街道"
    TOPIC = "topic", "热点"


class Correction(models.Model):
    """A person's word on one judgement of a post; it holds for the copies of the post too.

    The latest that stands is in force. An earlier one that says otherwise stays beside it: they differ (有分歧).
    `value`, `machine`: true or false, name of a class, a feeling, name of a street ("" = none is certain), number of a
    topic (0: none).
    """

    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="corrections")
    judgement = models.CharField(max_length=10, choices=Judgement.choices)
    machine = models.JSONField(null=True)  # what stood before
    value = models.JSONField()
    version = models.CharField(max_length=60, blank=True)  # of the reading that was corrected
    held_out = models.BooleanField()  # never learnt from, only measured on; by the post's text, so copies go together
    before = models.JSONField(default=dict)  # which topics the posts left, for taking it back
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)


class LearntModel(models.Model):
    """What was learnt from corrections up to a moment: a candidate until people adopt it, kept when another follows.

    The weights lie in the row, so that every machine, every backup and every move has them.
    """

    class State(models.TextChoices):
        BUILDING = "building", "正在训练"
        CANDIDATE = "candidate", "候选"
        FAILED = "failed", "没有做成"
        IN_FORCE = "in_force", "在用"
        FORMER = "former", "用过"
        DROPPED = "dropped", "不采用"

    state = models.CharField(max_length=10, choices=State.choices)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)  # somebody builds it until then
    built_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)  # why it was not built, and what to do
    weights = models.BinaryField(default=b"")  # analysis.adjusting.packed
    digest = models.CharField(max_length=64, blank=True)
    base = models.CharField(max_length=60, blank=True)  # what it was learnt on top of: rules, pack, engine
    table = models.JSONField(default=dict)  # what was measured (analysis/services/learning.py)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    adopted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], name="one_learnt_model_each", condition=models.Q(state__in=["building", "in_force"])
            )
        ]


class Rereading(models.Model):
    """A sweep over the posts that are there, newest first: each read anew by the version in force. One at a time."""

    begun_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    total = models.PositiveBigIntegerField(default=0)  # posts there were at the beginning
    before = models.BigIntegerField()  # posts of smaller numbers are still to come
    done = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)  # of them read otherwise than before
    paused_at = models.DateTimeField(null=True)
    under_way = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["under_way"], name="one_rereading_at_a_time", condition=models.Q(under_way=True)
            )
        ]


class SampledPost(models.Model):
    """One of the posts drawn at random from a week, for a person to look at. The figures stay when the post goes."""

    week = models.DateField()  # its Monday
    place = models.PositiveSmallIntegerField()  # in the order they are looked at, from 1
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="samples")
    source = models.CharField(max_length=200)
    # What the machine had read: {"relevant", "klass", "sentiment", "place": street or ""}.
    said = models.JSONField()
    version = models.CharField(max_length=60)
    drawn_at = models.DateTimeField()
    wrong = models.JSONField(null=True)  # judgements a person found wrong; null: not looked at
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "place"], name="one_post_a_place_of_a_week")]
