"""What was fetched, from where, when and how."""

from django.db import models

from office.models import User


class Source(models.Model):
    """A line of the pack's source register with the state of watching it.

    `state`: unchecked (未联网核对) -> ok | failing | forbidden | waiting. `forbidden` stays until a person reviews it.
    """

    class State(models.TextChoices):
        UNCHECKED = "unchecked", "未联网核对"
        OK = "ok", "正常"
        FAILING = "failing", "中断"
        WAITING = "waiting", "等待（robots 不可读）"
        FORBIDDEN = "forbidden", "对方拒绝，已停采"

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    klass = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    voice = models.CharField(max_length=10)  # public, media, official, own
    platform = models.CharField(max_length=60)  # name space of handles and volumes
    media_class = models.CharField(max_length=20, blank=True)  # central, city, other
    scope = models.CharField(max_length=10)  # district, open
    address = models.CharField(max_length=1000, blank=True)
    config = models.JSONField(default=dict)  # the register's line, as the spiders need it
    legal_basis = models.TextField(blank=True)
    rhythm_minutes = models.PositiveIntegerField(default=30)
    enabled = models.BooleanField(default=False)
    disabled_reason = models.TextField(blank=True)
    in_pack = models.BooleanField(default=True)

    state = models.CharField(max_length=12, choices=State.choices, default=State.UNCHECKED)
    note = models.TextField(blank=True)  # a sentence in Chinese on the last visit
    verified_at = models.DateTimeField(null=True)
    first_success_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_visit_at = models.DateTimeField(null=True)
    down_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    next_visit_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    cursor = models.JSONField(default=dict)  # etag, last-modified, addresses seen

    class Meta:
        indexes = [
            models.Index(fields=["next_visit_at"], name="source_due", condition=models.Q(enabled=True)),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One visit of one source."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    items = models.PositiveIntegerField(default=0)
    status = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["source", "started_at"])]


class InboxFile(models.Model):
    """A JSON Lines file of a crawl, or an imported file; `offset` is how far it was taken in."""

    path = models.CharField(max_length=500, unique=True)
    sha256 = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=10)  # crawl, import
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT)
    historical = models.BooleanField(default=False)
    arrived_at = models.DateTimeField()
    offset = models.PositiveBigIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)


class Post(models.Model):
    """One public post, masked. `step`: 0 ingested, 1 read, 2 filed."""

    class Precision(models.TextChoices):
        MINUTE = "minute", "分"
        HOUR = "hour", "时"
        DAY = "day", "日"
        UNKNOWN = "unknown", "未知"

    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    ext_id = models.CharField(max_length=200, blank=True)  # id given by a file or an interface
    address = models.CharField(max_length=1000, blank=True)  # canonical, as shown to people
    address_key = models.CharField(max_length=64, null=True, unique=True)  # SHA-256 of the canonical address
    platform = models.CharField(max_length=60)
    voice = models.CharField(max_length=10)
    handle = models.CharField(max_length=64, blank=True)  # keyed HMAC; empty = no author known
    handle_key = models.PositiveIntegerField(default=0)
    handle_before = models.CharField(max_length=64, blank=True)  # under the previous key, for 60 days
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    text_key = models.CharField(max_length=64)  # SHA-256 of the normalised text
    published_at = models.DateTimeField(null=True)
    published_raw = models.CharField(max_length=100, blank=True)
    precision = models.CharField(max_length=8, choices=Precision.choices)
    not_before = models.DateTimeField(null=True)  # for a post dated by day: the last visit without it, or 00:00
    fetched_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)  # when it was stored; unknown of posts from before this was kept
    seen_at = models.DateTimeField(db_index=True)  # published_at, else fetched_at: what ordering uses
    reads = models.PositiveBigIntegerField(null=True)
    likes = models.PositiveIntegerField(null=True)
    reposts = models.PositiveIntegerField(null=True)
    comments = models.PositiveIntegerField(null=True)
    is_repost = models.BooleanField(default=False)
    repeats = models.PositiveIntegerField(default=0)
    history = models.BooleanField(default=False)
    step = models.PositiveSmallIntegerField(default=0)
    copy_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="copies")
    extra = models.JSONField(default=dict)  # rank, heat, official reply, unknown fields that passed through

    class Meta:
        indexes = [
            # Not a partial index: SQLite cannot prove a condition from a bound value, and would walk the table.
            models.Index(fields=["step", "id"], name="post_by_step"),
            models.Index(fields=["platform", "text_key", "handle"]),
            models.Index(fields=["source", "seen_at"]),
            models.Index(fields=["fetched_at", "id"], name="post_by_fetch"),  # the way of retention
        ]


class Repeat(models.Model):
    """A repeat counted on its first post (rules.md 1); keeps the id and the address under which it came.

    A repeat fetched again at its own address (after a visit that was cut off) is the same repeat and not counted anew.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="repeat_rows")
    ext_id = models.CharField(max_length=200, blank=True)
    address_key = models.CharField(max_length=64, null=True, db_index=True)  # as of Post
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    at = models.DateTimeField()


class CountReading(models.Model):
    """Interactions of a post at a fetch; the figures lines of section 3 are met at these moments.

    `weighed`: its topic has been told to weigh this moment.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="counts")
    at = models.DateTimeField()
    reads = models.PositiveBigIntegerField(null=True)
    likes = models.PositiveIntegerField(null=True)
    reposts = models.PositiveIntegerField(null=True)
    comments = models.PositiveIntegerField(null=True)
    weighed = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["post", "at"]),
            models.Index(fields=["id"], name="count_unweighed", condition=models.Q(weighed=False)),
        ]


class Snapshot(models.Model):
    """What was seen: masked text, hash of the page as fetched, time, address."""

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="snapshot")
    fetched_at = models.DateTimeField()
    address = models.CharField(max_length=1000, blank=True)
    page_sha256 = models.CharField(max_length=64, blank=True)
    text = models.TextField()


class Removal(models.Model):
    """明确拒绝: a person asked that what they said be removed. Holds no word of it and nobody's name."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT)
    reference = models.CharField(max_length=100)  # number of the request in the office's own register
    reason = models.CharField(max_length=500)
    posts = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    places = models.JSONField(default=list)  # papers of people in which the words stood then: [{words, address}]


class Tombstone(models.Model):
    """The hash under which what was removed is known when it comes again: it is not stored then.

    By a person's request (`removal`), or because its time was over: then by its address alone.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", "地址"
        TEXT = "text", "正文"

    key = models.CharField(max_length=64, primary_key=True)  # as Post.address_key or Post.text_key
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    removal = models.ForeignKey(Removal, null=True, on_delete=models.PROTECT, related_name="tombstones")
    turned_away = models.PositiveIntegerField(default=0)  # how often it came again, where a person asked


class Quarantine(models.Model):
    """A line that could not be taken: where it stands, why, and a masked preview."""

    inbox = models.ForeignKey(InboxFile, on_delete=models.CASCADE)
    line = models.PositiveIntegerField()
    offset = models.PositiveBigIntegerField()
    length = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300)
    preview = models.CharField(max_length=2000, blank=True)
    at = models.DateTimeField()
    retaken_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "line"], name="one_row_per_bad_line")]


class SourceChange(models.Model):
    """What a person changed in the register of the pack, laid over it whenever the pack is taken (`crawlers.overlay`).

    `values`: keys of the register's line with what counts now. `base`: what the pack said then, of the deciding keys; a
    pack that says otherwise later counts again, and `superseded_at` says since when.
    """

    class Kind(models.TextChoices):
        ADD = "add", "登记"
        EDIT = "edit", "修改"
        SWITCH = "switch", "开停"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    values = models.JSONField()
    base = models.JSONField(default=dict)
    why = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)


class SourceTrial(models.Model):
    """An address a person pasted, fetched once to be looked at; nothing of it is taken in.

    `found`: facts of `spiders.trial.Facts`, the items as they would be stored, and what is already here. Its words go
    after a day.
    """

    address = models.CharField(max_length=1000)
    kind = models.CharField(max_length=20, blank=True)  # asked for by a person; empty = to be guessed
    list_hint = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    job = models.CharField(max_length=60)  # folder under <home>/trials
    ended_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    status = models.PositiveIntegerField(default=0)
    found = models.JSONField(default=dict)
    kept = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")


class SourceDay(models.Model):
    """What the visits of one day of the district came to: the health strip, without counting every visit again."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    visits = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)  # visits that reached the source
    items = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="one_row_per_source_and_day")]
        indexes = [models.Index(fields=["day"])]


class SourceGap(models.Model):
    """A stretch in which a source could not be read: from the last good visit before it to the next (None = still)."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="gaps")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    items = models.PositiveIntegerField(default=0)  # brought by the first good visit after it

    class Meta:
        indexes = [models.Index(fields=["since"])]
        constraints = [
            models.UniqueConstraint(fields=["source"], name="one_open_gap_per_source", condition=models.Q(until=None))
        ]
