"""One reading of a post: relevance, places, units, feeling, class, kind, asks, emergency, each with its reasons.

Pure: values in, values out; nothing is kept between posts. An instruction inside a post changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from analysis.emergency import EmergencyFact, EmergencyReader
from analysis.emergency_model import Telling, TellingModel, blotted, telling_model
from analysis.emergency_windows import windows
from analysis.keywords import keywords
from analysis.kinds import KindReader
from analysis.places import Finding, PlaceReader
from analysis.relevance import Relevance, RelevanceReader, taken_for_ours, where
from analysis.taxonomy import ClassReader, ClassReading
from analysis.text import Body
from analysis.units import UnitReader
from office.pack import Pack

# Changes whenever the same post could be read differently: rules, lexicons or thresholds of this folder.
RULES_VERSION = "r3"
# Longer texts are read by their first part: an article tells its news at the head (technology.md 10 uses 300).
READ_CHARACTERS = 6000
# The engines of feeling are trained on short posts; what a long letter feels stands in its first part.
FELT_CHARACTERS = 400


class SentimentLike(Protocol):
    """What an engine says of one text."""

    @property
    def label(self) -> str: ...

    @property
    def probability(self) -> Mapping[Any, float]: ...

    @property
    def emotion(self) -> Mapping[str, float]:
        """Probabilities of the emotions behind it; empty where the engine tells none."""


class ClassLike(Protocol):
    """Whatever reads the class of a post: the pack's words, or a model beside them."""

    def read(self, body: Body) -> ClassReading: ...


class SentimentEngine(Protocol):
    """Any engine of feeling: ours, SnowNLP in its child."""

    def predict_batch(self, texts: Sequence[str]) -> Sequence[SentimentLike]: ...


@dataclass(frozen=True, slots=True)
class PostIn:
    """A post to read. `published_at` (aware) is what relative times count from; None = unknown.

    `voice`: public, media, official, own. `scope`: district (the source's own ground) or open. `source`: its name.
    """

    id: str
    text: str
    title: str = ""
    voice: str = "public"
    scope: str = "open"
    source: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadingOut:
    """The reading of one post; every field but `emergency` is JSON-able as it stands (`as_json` makes all so)."""

    id: str
    version: str
    relevant: bool
    confidence: float
    evidence: dict[str, list[dict[str, str]]]  # {"for": [{word, rule, place}], "against": [...]}
    places: list[dict[str, str | None]]  # [{name, kind, street}]
    streets: list[str]  # certain ones only
    jurisdiction: str  # district, city, central
    units: list[dict[str, str]]  # [{name, why}]
    sentiment: str  # negative, neutral, positive
    sentiment_p: dict[str, float]
    negative: bool
    emotion_p: dict[str, float]  # of the six, the reason of the feeling; empty where the engine tells none
    klass: str
    klass_p: float
    priority: bool
    kind: str  # 投诉, 求助, 咨询, 建议, 举报, 表扬, 转述新闻, 官方发布, 其他
    demand: bool
    asks: list[str]
    keywords: list[str]
    emergency: EmergencyFact | None

    def as_json(self) -> dict[str, Any]:
        """One line of `manage.py read` (shapes: docs/commands.md)."""
        return {
            "id": self.id,
            "relevant": self.relevant,
            "relevance": {"confidence": self.confidence, **self.evidence},
            "places": self.places,
            "streets": self.streets,
            "jurisdiction": self.jurisdiction,
            "units": self.units,
            "sentiment": {"label": self.sentiment, "probability": self.sentiment_p},
            "emotion": emotion_told(self.emotion_p),
            "class": {"label": self.klass, "probability": self.klass_p},
            "priority": self.priority,
            "kind": self.kind,
            "negative": self.negative,
            "demand": self.demand,
            "asks": self.asks,
            "keywords": self.keywords,
            "emergency": None if self.emergency is None else self.emergency.as_json(),
            "version": self.version,
        }


def emotion_told(shares: Mapping[str, float]) -> dict[str, Any] | None:
    """The likeliest emotion and all of them; None where the engine tells none."""
    if not shares:
        return None
    return {"label": max(shares, key=shares.__getitem__), "probability": dict(shares)}


class Reader:
    """Reads batches by one pack and one engine. Building it takes a fraction of a second; keep it."""

    def __init__(
        self,
        pack: Pack,
        sentiment_model: SentimentEngine,
        *,
        keyword_limit: int = 8,
        telling: TellingModel | None = None,
        classes: ClassLike | None = None,
        mark: str = "",
    ) -> None:
        """`mark`: what the version of its readings ends with, where the classes are not the pack's alone."""
        self.pack = pack
        self.sentiment_model = sentiment_model
        engine = getattr(sentiment_model, "version", type(sentiment_model).__name__)
        self.version = f"{RULES_VERSION}-{pack.digest[:8]}-{engine}{mark}"[:60]
        self._keyword_limit = keyword_limit
        self._places = PlaceReader(pack)
        self._relevance = RelevanceReader(pack)
        self._units = UnitReader(pack)
        self._classes: ClassLike = classes or ClassReader(pack.taxonomy)
        self._kinds = KindReader()
        self._telling = telling or telling_model()
        self._emergencies = EmergencyReader(pack.zone)

    def read_batch(self, posts: Sequence[PostIn]) -> list[ReadingOut]:
        """One reading per post, in the order given."""
        bodies = [Body.of(post.title, post.text[:READ_CHARACTERS]) for post in posts]
        feelings = self.sentiment_model.predict_batch([body.plain[:FELT_CHARACTERS] for body in bodies])
        findings = [self._places.find(b, scope=p.scope, source=p.source) for p, b in zip(posts, bodies, strict=True)]
        heard = self._heard(bodies, findings)
        return [self._read(*parts) for parts in zip(posts, bodies, feelings, findings, heard, strict=True)]

    def _ours(
        self,
        post: PostIn,
        body: Body,
        finding: Finding,
        relevance: Relevance,
        emergency: EmergencyFact,
    ) -> tuple[EmergencyFact, Relevance]:
        # an emergency at a place that is mainly ours is told again with that place counted
        if not taken_for_ours(finding):
            return emergency, relevance
        told = self._emergency(post, body, finding, self._heard([body], [finding])[0])
        return told or emergency, self._relevance.judge(body, finding, scope=post.scope, voice=post.voice)

    def _heard(self, bodies: Sequence[Body], findings: Sequence[Finding]) -> list[Telling]:
        texts = [blotted(body, finding) for body, finding in zip(bodies, findings, strict=True)]
        return self._telling.hear(texts, [windows(body) for body in bodies])

    def _emergency(self, post: PostIn, body: Body, finding: Finding, telling: Telling) -> EmergencyFact | None:
        return self._emergencies.read(
            body,
            telling,
            published_at=post.published_at,
            where=lambda start, end: where(body, finding, start, end, scope=post.scope),
            voice=post.voice,
        )

    def _read(self, post: PostIn, body: Body, feeling: SentimentLike, finding: Finding, telling: Telling) -> ReadingOut:
        relevance: Relevance = self._relevance.judge(body, finding, scope=post.scope, voice=post.voice)
        klass: ClassReading = self._classes.read(body)
        emergency = self._emergency(post, body, finding, telling)
        if emergency is not None and emergency.in_district is not False and not relevance.relevant:
            emergency, relevance = self._ours(post, body, finding, relevance, emergency)
        kind = self._kinds.read(body, voice=post.voice, feeling=feeling.label, emergency=emergency is not None)
        # A polite complaint is a complaint, and neutral: 请 and 谢谢 express no joy (rules.md 1).
        polite = feeling.label == "positive" and kind.kind in ("投诉", "求助", "举报", "咨询")
        sentiment = "neutral" if polite else feeling.label
        streets = finding.streets if relevance.relevant else []
        units = self._units.read(body, finding, klass, streets) if relevance.relevant else []
        return ReadingOut(
            id=post.id,
            version=self.version,
            relevant=relevance.relevant,
            confidence=relevance.confidence,
            evidence=relevance.evidence(),
            places=finding.as_json(),
            streets=streets,
            jurisdiction=relevance.jurisdiction,
            units=units,
            sentiment=sentiment,
            sentiment_p={name: round(float(p), 4) for name, p in feeling.probability.items()},
            negative=sentiment == "negative",
            emotion_p={name: round(float(p), 4) for name, p in feeling.emotion.items()},
            klass=klass.name,
            klass_p=klass.probability,
            priority=klass.priority,
            kind=kind.kind,
            demand=kind.demand,
            asks=kind.asks,
            keywords=keywords(body, self._keyword_limit),
            emergency=emergency,
        )
