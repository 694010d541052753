"""The learnt table in force: found, checked and laid over the shipped engines; where it does not fit, the shipped ones
read on alone and everybody is told (自检, 判读质量): posts must be read.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from analysis.adjusting import Adjustment, LearntError, unpacked
from analysis.learnt import KLASS, SENTIMENT, Classes, Feelings, LearntClasses, LearntFeelings, class_labels
from analysis.models import LearntModel
from analysis.reader import RULES_VERSION, Reader
from analysis.taxonomy import ClassReader
from office.pack import Pack
from office.pack.taxonomy import Taxonomy

AGAIN = "请在“判读质量”页重新训练，或退回以前的版本。"


@dataclass(frozen=True)
class Learnt:
    """The tables that are used, and why others are not. `mark` ends the version of what is read with them."""

    mark: str = ""
    feelings: Adjustment | None = None
    classes: Adjustment | None = None
    fault: str = ""


def learnt(row: LearntModel | None, *, feelings_base: str, taxonomy: Taxonomy) -> Learnt:
    """The tables of a model as far as they fit the engines that are here."""
    if row is None:
        return Learnt()
    try:
        tables = _tables(bytes(row.weights), row.digest)
    except LearntError as error:
        return Learnt(fault=f"第 {row.pk} 版没有用上：{error}")
    faults = []
    feelings, classes = tables.get(SENTIMENT), tables.get(KLASS)
    if feelings is not None and feelings.base != feelings_base:
        faults.append(f"情绪部分是在 {feelings.base} 上学的，现在是 {feelings_base}")
        feelings = None
    base = classes_base(taxonomy)
    if classes is not None and (classes.base != base or classes.labels != class_labels(taxonomy)):
        faults.append("类别部分是在另一版规则或类别表上学的")
        classes = None
    fault = f"第 {row.pk} 版没有全用上：{'；'.join(faults)}。{AGAIN}" if faults else ""
    return Learnt(f"+m{row.pk}" if feelings or classes else "", feelings, classes, fault)


@lru_cache(maxsize=4)
def _tables(weights: bytes, digest: str) -> dict[str, Adjustment]:
    return unpacked(weights, digest)


def classes_base(taxonomy: Taxonomy) -> str:
    """What names the shipped reader of classes: its rules and the words of the pack."""
    words = hashlib.sha256(taxonomy.model_dump_json().encode()).hexdigest()[:12]
    return f"{RULES_VERSION}-{words}"


def in_force() -> LearntModel | None:
    """The model people adopted, if any."""
    return LearntModel.objects.filter(state=LearntModel.State.IN_FORCE).first()


def key_in_force() -> int:
    """Its number; 0: the shipped engines alone."""
    state = LearntModel.State.IN_FORCE
    return LearntModel.objects.filter(state=state).values_list("pk", flat=True).first() or 0


def reader_with(row: LearntModel | None, pack: Pack, engine: Feelings) -> Reader:
    """A reader of posts with what was learnt."""
    found = learnt(row, feelings_base=engine.version, taxonomy=pack.taxonomy)
    feelings: Feelings = engine
    if found.feelings is not None:
        feelings = LearntFeelings(engine, found.feelings, found.mark)
    classes: Classes | None = None
    if found.classes is not None:
        classes = LearntClasses(ClassReader(pack.taxonomy), found.classes, pack.taxonomy)
    mark = found.mark if found.feelings is None else ""
    return Reader(pack, feelings, classes=classes, mark=mark)
