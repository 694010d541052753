"""How serious, by when, who must know. Clocks and the ladder need nothing above this file."""

from django.db import models

from analysis.models import Topic
from crawlers.models import Post
from office.models import Department, User


class Level(models.IntegerChoices):
    """舆情等级: 1 is the gravest."""

    I = 1, "特别重大"  # noqa: E741 - the field's own numeral
    II = 2, "重大"
    III = 3, "较大"
    IV = 4, "一般"


class EventGrade(models.TextChoices):
    """突发事件等级: an input from the emergency side, never set by the machine."""

    EXTRAORDINARY = "extraordinary", "特别重大"
    MAJOR = "major", "重大"
    SERIOUS = "serious", "较大"
    ORDINARY = "ordinary", "一般"


class Policy(models.Model):
    """A version of the pack's policy as loaded: what clocks and grades point back to."""

    digest = models.CharField(max_length=64, unique=True)
    loaded_at = models.DateTimeField()
    content = models.JSONField()


class Alert(models.Model):
    """The machine's proposal about a topic by one rule; updated while the topic grows, one row per rule and episode."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="alerts")
    rule = models.CharField(max_length=40)
    episode = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    reason = models.TextField()
    figures = models.JSONField(default=dict)
    met_at = models.DateTimeField()  # when the line was met, by the post's or count reading's own time
    met_by = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL)
    raised_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)  # the lead sweep has seen this state
    handled_level = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "rule", "episode"], name="one_alert_per_rule")]
        indexes = [models.Index(fields=["updated_at"], name="alert_fresh", condition=models.Q(handled_at=None))]


class Weighing(models.Model):
    """How a topic stood against the lines of the rules when it was last weighed; what is not met says what is missing.

    Lines met stand in `Alert`; here are those of the last moment weighed.
    """

    topic = models.OneToOneField(Topic, on_delete=models.CASCADE, related_name="weighing")
    at = models.DateTimeField()
    lines = models.JSONField(default=list)  # [{rule, level, met, sentence, have, need}]


class Matter(models.Model):
    """What clocks and notices hang on. One-to-one with an Issue above it."""

    topic = models.ForeignKey(Topic, null=True, on_delete=models.PROTECT, related_name="matters")
    title = models.CharField(max_length=200)
    level_proposed = models.PositiveSmallIntegerField(choices=Level.choices)
    level_decided = models.PositiveSmallIntegerField(choices=Level.choices, null=True)
    level_pending = models.BooleanField(default=False)  # 待核定: I-II confirmed by a monitor
    event_grade = models.CharField(max_length=14, choices=EventGrade.choices, blank=True)
    grade_body = models.CharField(max_length=100, blank=True)
    grade_reference = models.CharField(max_length=200, blank=True)
    grade_at = models.DateTimeField(null=True)
    is_emergency = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(null=True)
    first_public_at = models.DateTimeField(null=True)
    line_met_at = models.DateTimeField(null=True)
    detected_at = models.DateTimeField()
    reasons = models.JSONField(default=list)  # [{rule, level, met, sentence, posts, met_at}]
    lead_unit = models.ForeignKey(Department, null=True, on_delete=models.PROTECT)
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    provisional = models.BooleanField(default=True)
    open = models.BooleanField(default=True)  # the ladder runs for it


class Anchor(models.Model):
    """A candidate for where a clock starts, kept with its evidence; the chosen one is on the clock itself."""

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="anchors")
    kind = models.CharField(max_length=20)  # event, first_public, line_met, detected
    at = models.DateTimeField()
    precision = models.CharField(max_length=12, default="minute")
    source = models.CharField(max_length=200)  # a sentence in Chinese
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL)
    pending = models.BooleanField(default=False)  # 待核: shown, moves nothing
    suggested = models.BooleanField(default=False)  # learnt after confirmation: a person takes it with one click
    level = models.PositiveSmallIntegerField(null=True)  # of the line met
    tells_event = models.BooleanField(default=False)  # a first post that tells of the event itself
    emergency = models.BooleanField(default=True)  # told by a post with an emergency reading, or by a person
    not_before = models.BooleanField(default=False)  # the post is dated by day only (不早于)
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)


class Clock(models.Model):
    """A promise with its limit, anchor, wording and source frozen (rules.md 5).

    provisional -> running -> met | met_late; running -> overdue -> met | met_late; any open -> void | superseded.
    """

    class Kind(models.TextChoices):
        FIRST_RELEASE = "first_release", "5 小时首发"
        PRESS_CONFERENCE = "press_conference", "24 小时发布会"
        RESPONSE = "response", "48 小时回应"
        FOLLOWUP_RELEASE = "followup_release", "持续发布"

    class Status(models.TextChoices):
        PROVISIONAL = "provisional", "暂估"
        RUNNING = "running", "在走"
        MET = "met", "已发"
        MET_LATE = "met_late", "晚发"
        OVERDUE = "overdue", "超时"
        VOID = "void", "已作废"
        SUPERSEDED = "superseded", "已被取代"

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    round = models.PositiveIntegerField(default=1)  # of followup_release; merged clocks
    status = models.CharField(max_length=12, choices=Status.choices)
    cause = models.CharField(max_length=20, blank=True)  # detected_late, graded_late, anchor_corrected
    minutes = models.PositiveIntegerField()
    anchor_kind = models.CharField(max_length=20)
    anchor_at = models.DateTimeField()
    due_at = models.DateTimeField()
    wording = models.TextField()
    document = models.CharField(max_length=200)
    started_at = models.DateTimeField()  # when the clock was written
    firm_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    breached_provisional = models.BooleanField(default=False)
    breach_withdrawn_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)  # publishing time that met it
    entered_late = models.BooleanField(default=False)  # 补录
    evidence_pending_at = models.DateTimeField(null=True)  # 待复核: first evidence entered, not yet checked
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.TextField(blank=True)
    repeats = models.PositiveIntegerField(default=0)  # rings past due; rows only in live service (rules.md 7)
    next_rung_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)  # when its anchor was last moved
    moved_later = models.BooleanField(default=False)
    history = models.JSONField(default=list)  # earlier anchors and due times, both values stay visible
    merged_from = models.ForeignKey(Matter, null=True, on_delete=models.PROTECT, related_name="+")
    merged_first_post_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "kind", "round"],
                name="one_open_clock_of_a_kind",
                condition=models.Q(closed_at=None, merged_from=None),
            )
        ]
        indexes = [
            models.Index(fields=["next_rung_at"], name="clock_rung_due", condition=models.Q(closed_at=None)),
            models.Index(fields=["due_at"], name="clock_open", condition=models.Q(closed_at=None)),
        ]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Rung(models.Model):
    """A rung of a clock's ladder that fired, once. `key`: p40, p60, p80, m30, m10, due, after-1, …, lead, …"""

    clock = models.ForeignKey(Clock, null=True, on_delete=models.CASCADE, related_name="rungs")
    matter = models.ForeignKey(Matter, null=True, on_delete=models.CASCADE, related_name="rungs")
    key = models.CharField(max_length=60, unique=True)  # "<clock id>:<due epoch>:p40"
    name = models.CharField(max_length=30)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    step = models.PositiveSmallIntegerField(default=0)  # step of the chain it spoke to first
    repeats = models.PositiveSmallIntegerField(default=0)  # each one step further up
    next_repeat_at = models.DateTimeField(null=True)
    sentence = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["next_repeat_at"], name="rung_unacked", condition=models.Q(acknowledged_at=None))
        ]


class Notice(models.Model):
    """One person must know one thing: the outbox and its record. One row per person and event, never two."""

    class State(models.TextChoices):
        QUEUED = "queued", "待发"
        SENT = "sent", "已发"
        DRY = "dry", "演练或试运行，未外发"
        FAILED = "failed", "未发出"

    person = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="notices")
    role = models.CharField(max_length=30)
    event = models.CharField(max_length=120)  # stable key of what happened
    rung = models.ForeignKey(Rung, null=True, on_delete=models.CASCADE, related_name="notices")
    matter = models.ForeignKey(Matter, null=True, on_delete=models.CASCADE, related_name="notices")
    clock = models.ForeignKey(Clock, null=True, on_delete=models.CASCADE, related_name="notices")
    number = models.PositiveSmallIntegerField(default=0)  # of a repeat
    title = models.CharField(max_length=200)
    body = models.TextField()
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # seen in the console
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "event"], name="one_notice_per_event"),
            # A replay has no people: there the role stands for them.
            models.UniqueConstraint(
                fields=["role", "event"], name="one_notice_per_role", condition=models.Q(person=None)
            ),
        ]
        indexes = [models.Index(fields=["person", "created_at"])]


class Delivery(models.Model):
    """One notice through one channel (console, mail, webhook): when it was sent, or why not and when next."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=Notice.State.choices, default=Notice.State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="one_delivery_per_channel")]
        indexes = [models.Index(fields=["state", "next_try_at"], name="delivery_due")]
