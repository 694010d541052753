"""What people said of the machine's judgements: corrections of a post, the week's sample, error rates, versions."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q

from analysis.models import Correction, Judgement, LearntModel, Rereading, SampledPost
from analysis.proportions import Share
from analysis.sentiment import WeightsError
from analysis.services.learnt_models import learnt
from analysis.services.reading import engine
from analysis.services.standing import differing, group_of, standing
from crawlers.models import Post
from office.pack.current import current_pack
from responses.services.corrections import worded

WEEKS = 12  # of samples that the rates are counted over: 600 posts
NEWEST = 30  # corrections listed
ASKED = (Judgement.RELEVANT, Judgement.KLASS, Judgement.SENTIMENT, Judgement.PLACE)
State = LearntModel.State


@dataclass(frozen=True)
class Said:
    """A correction in words. `differs`: others said otherwise of the same. `stands`: it is the one in force."""

    row: Correction
    was: str
    now: str
    differs: bool
    stands: bool


@dataclass(frozen=True)
class SaidOfPost:
    """Standing corrections of a post and its copies, newest first, and those taken back."""

    standing: list[Said]
    undone: list[Said]
    by: dict[str, Said] = field(default_factory=dict)  # judgement -> the one in force


def said_of(post: Post) -> SaidOfPost:
    group = group_of(post)
    rows = standing(group)
    apart = differing(rows)
    last = {row.judgement: row.pk for row in rows}
    told = [_said(row, row.judgement in apart, last[row.judgement] == row.pk) for row in reversed(rows)]
    undone = Correction.objects.filter(post__in=group, undone_at__isnull=False).select_related("by", "undone_by")
    back = [_said(row, False, False) for row in undone.order_by("-undone_at")[:10]]
    return SaidOfPost(told, back, {one.row.judgement: one for one in told if one.stands})


def _said(row: Correction, differs: bool, stands: bool) -> Said:
    return Said(row, worded(row.judgement, row.machine), worded(row.judgement, row.value), differs, stands)


def newest() -> list[Said]:
    """The last corrections; a post on whose judgement people differ is marked."""
    rows = list(Correction.objects.select_related("by", "post", "undone_by").order_by("-pk")[:NEWEST])
    posts = {row.post_id for row in rows if row.post_id}
    mates: dict[tuple[int, str], set[str]] = defaultdict(set)
    told = Correction.objects.filter(post__in=posts, undone_at=None).values_list("post", "judgement", "value")
    for post, judgement, value in told:
        mates[post, judgement].add(str(value))
    return [
        _said(row, row.undone_at is None and len(mates[row.post_id or 0, row.judgement]) > 1, row.undone_at is None)
        for row in rows
    ]


def counted() -> list[tuple[str, int]]:
    """How many corrections stand, by judgement."""
    rows = Correction.objects.filter(undone_at=None).values_list("judgement").annotate(n=Count("pk"))
    found = dict(rows)
    return [(judgement.label, found.get(judgement.value, 0)) for judgement in Judgement]


# --- the week's sample ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Week:
    """The newest sample: how many were drawn, how many people looked at."""

    monday: Any
    drawn: int
    looked: int
    gone: int

    @property
    def left(self) -> int:
        return self.drawn - self.looked - self.gone


def week() -> Week | None:
    monday = SampledPost.objects.aggregate(last=Max("week"))["last"]
    if monday is None:
        return None
    rows = SampledPost.objects.filter(week=monday)
    counts = rows.aggregate(
        drawn=Count("pk"), looked=Count("pk", filter=Q(wrong__isnull=False)),
        gone=Count("pk", filter=Q(wrong__isnull=True, post__isnull=True)),
    )  # fmt: skip
    return Week(monday, counts["drawn"], counts["looked"], counts["gone"])


def next_sample(after: int = 0) -> SampledPost | None:
    """The next drawn post nobody looked at, of the newest week; from the first again where there is none behind."""
    monday = SampledPost.objects.aggregate(last=Max("week"))["last"]
    rows = SampledPost.objects.filter(week=monday, wrong__isnull=True, post__isnull=False).order_by("place")
    return rows.filter(place__gt=after).first() or rows.first()


# --- error rates ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """A line of a table of rates: of so many looked at, so many wrong."""

    name: str
    share: Share

    @property
    def words(self) -> str:
        """“6.0%（2.1%–16.2%）”."""
        low, high = self.share.interval
        return f"{(self.share.value or 0) * 100:.1f}%（{low * 100:.1f}%–{high * 100:.1f}%）" if self.share.all else "–"


@dataclass(frozen=True)
class Rates:
    """Error rates of the last weeks: by judgement, and any judgement wrong by class, street and source."""

    judgements: list[Rate]
    tables: list[tuple[str, list[Rate]]]
    posts: int


def rates(*, at: datetime) -> Rates:
    """From what people looked at in the last twelve weeks; of a post that is not ours only relevance counts."""
    since = (at - timedelta(weeks=WEEKS)).date()
    rows = list(SampledPost.objects.filter(week__gte=since, wrong__isnull=False).order_by("pk"))
    ours = _ours(rows)
    by_judgement = []
    for one in ASKED:
        some = rows if one is Judgement.RELEVANT else ours
        by_judgement.append(Rate(one.label, Share(sum(one in (row.wrong or ()) for row in some), len(some))))
    tables = [
        ("类别", _grouped(ours, lambda row: str(row.said["klass"]))),
        ("街道", _grouped(ours, lambda row: str(row.said["place"]) or "不能确定")),
        ("来源", _grouped(rows, lambda row: row.source)),
    ]
    return Rates(by_judgement, tables, len(rows))


def _ours(rows: Iterable[SampledPost]) -> list[SampledPost]:
    """Posts that are the district's by machine or person: class, feeling and street of the rest say nothing."""
    return [row for row in rows if row.said["relevant"] != (Judgement.RELEVANT in (row.wrong or ()))]


def _grouped(rows: Iterable[SampledPost], name: Callable[[SampledPost], str]) -> list[Rate]:
    groups: dict[str, list[SampledPost]] = defaultdict(list)
    for row in rows:
        groups[name(row)].append(row)
    found = [Rate(key, Share(sum(bool(row.wrong) for row in some), len(some))) for key, some in groups.items()]
    return sorted(found, key=lambda rate: (-rate.share.all, rate.name))


# --- versions -------------------------------------------------------------------------------------------------------

ON = {
    "sampled": "留出的抽样（没有学过）",
    "hold_out": "留出的更正（没有学过，原都判错）",
    "yardstick": "随程序的标尺句",
}


@dataclass(frozen=True)
class Line:
    """A line of a candidate's table: right answers of the three versions, as shares."""

    judgement: str
    on: str
    shipped: Share
    in_force: Share
    candidate: Share

    @property
    def worse(self) -> bool:
        return self.candidate.some < self.in_force.some


def lines(row: LearntModel) -> list[Line]:
    """The table of a candidate."""
    return [
        Line(
            Judgement(one["judgement"]).label,
            ON[one["on"]],
            *(Share(one[which], one["texts"]) for which in ("shipped", "in_force", "candidate")),
        )
        for one in row.table.get("rows", ())
    ]


@dataclass(frozen=True)
class Versions:
    """What reads now, what waits, what was."""

    in_force: LearntModel | None
    fault: str
    building: LearntModel | None
    candidate: LearntModel | None
    lines: list[Line]
    past: list[LearntModel]
    rereading: Rereading | None
    engine: str


def versions() -> Versions:
    rows = list(LearntModel.objects.defer("weights").select_related("proposed_by", "adopted_by").order_by("-pk")[:20])
    now = LearntModel.objects.filter(state=State.IN_FORCE).first()
    try:
        base, fault = engine(settings.SENTIMENT).version, ""
    except WeightsError as error:
        base, fault = "", f"随程序发布的权重读不了，新帖不能判读：{error}"
    candidate = next((row for row in rows if row.state == State.CANDIDATE), None)
    return Versions(
        now,
        fault or learnt(now, feelings_base=base, taxonomy=current_pack().taxonomy).fault,
        next((row for row in rows if row.state == State.BUILDING), None),
        candidate,
        lines(candidate) if candidate else [],
        [row for row in rows if row.state not in (State.BUILDING, State.IN_FORCE) and row != candidate],
        Rereading.objects.select_related("by").order_by("-pk").first(),
        base,
    )
