"""The face of a sentiment engine, and the two that can be chosen."""

import json
import math
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from analysis.sentiment import NOTHING_TOLD, Label, Sentiment, SentimentModel

# SnowNLP gives one number; below the first it is negative, above the second positive. Fitted for macro-F1 on a sample
# of the train parts of emotion_weibo by bench/sentiment.py.
SNOWNLP_THRESHOLDS = (0.525, 0.95)
CHILD_TIMEOUT = 120.0  # seconds for one batch: a start takes 3, a text 7 ms, a batch has at most 256
CHILD_BATCH = 256


class EngineError(Exception):
    """The engine's child process died or did not answer; the batch can be tried again."""


class SentimentEngine(Protocol):
    """What reading needs of an engine."""

    @property
    def version(self) -> str: ...

    def predict_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        """One Sentiment per text, in order. Raises EngineError."""

    def close(self) -> None:
        """Frees what the engine holds; it may be used again afterwards."""


class LinearEngine:
    """Our own model, in this process."""

    def __init__(self) -> None:
        self._model = SentimentModel.load()
        self.version = self._model.version

    def predict_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        return self._model.predict_batch(texts)

    def close(self) -> None:
        """Holds nothing but a mapped file."""


def three_way(score: float, thresholds: tuple[float, float] = SNOWNLP_THRESHOLDS) -> Sentiment:
    """A score of 0 to 1 as three shares: soft steps at the two thresholds (not calibrated)."""
    low, high = thresholds
    below = 1 / (1 + math.exp(20 * (score - low)))
    above = 1 / (1 + math.exp(-20 * (score - high)))
    label: Label = "negative" if score < low else "positive" if score > high else "neutral"
    rest = max(1.0 - below - above, 0.0)
    total = below + above + rest
    shares: dict[Label, float] = {"negative": below / total, "neutral": rest / total, "positive": above / total}
    return Sentiment(label, MappingProxyType(shares))


class SnowNlpEngine:
    """SnowNLP as shipped, in a child process that is started at the first batch and again if it died."""

    version = "snownlp-0.12.3"

    def __init__(self, thresholds: tuple[float, float] = SNOWNLP_THRESHOLDS) -> None:
        self._thresholds = thresholds
        self._child: subprocess.Popen[bytes] | None = None

    def scores(self, texts: Sequence[str]) -> list[float]:
        """SnowNLP's own numbers, in order. Raises EngineError."""
        found: list[float] = []
        for begin in range(0, len(texts), CHILD_BATCH):
            found.extend(self._ask(list(texts[begin : begin + CHILD_BATCH])))
        return found

    def predict_batch(self, texts: Sequence[str]) -> list[Sentiment]:
        scored = zip(texts, self.scores(texts), strict=True)
        return [three_way(score, self._thresholds) if text.strip() else NOTHING_TOLD for text, score in scored]

    def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.communicate()

    def _ask(self, texts: list[str]) -> list[float]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "analysis.engines.snownlp_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=Path(__file__).resolve().parents[1],
            )
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise EngineError("the SnowNLP child has no pipes")
        try:
            child.stdin.write(json.dumps({"texts": texts}).encode() + b"\n")
            child.stdin.flush()
        except OSError as error:
            self.close()
            raise EngineError(f"the SnowNLP child died: {error}") from error
        ready, _, _ = select.select([child.stdout], [], [], CHILD_TIMEOUT)
        line = child.stdout.readline() if ready else b""
        try:
            scores = json.loads(line)["scores"]
        except (ValueError, KeyError) as error:
            self.close()
            raise EngineError(f"the SnowNLP child did not answer {len(texts)} texts") from error
        if len(scores) != len(texts):
            self.close()
            raise EngineError(f"the SnowNLP child answered {len(scores)} of {len(texts)} texts")
        return [float(score) for score in scores]


def sentiment_engine(name: str) -> SentimentEngine:
    """The engine of a name: `linear` or `snownlp`. Raises ValueError for another, WeightsError from loading ours."""
    if name == "linear":
        return LinearEngine()
    if name == "snownlp":
        return SnowNlpEngine()
    raise ValueError(f"no sentiment engine {name!r}: linear or snownlp")
