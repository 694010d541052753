"""What the doctor says: a sentence and how much it matters."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters: `MUST` makes the command fail."""

    GOOD = "好"
    NOTE = "提示"
    MUST = "要处理"


@dataclass(frozen=True)
class Finding:
    weight: Weight
    sentence: str


def good(sentence: str) -> Finding:
    return Finding(Weight.GOOD, sentence)


def hint(sentence: str) -> Finding:
    return Finding(Weight.NOTE, sentence)


def must(sentence: str) -> Finding:
    return Finding(Weight.MUST, sentence)
