"""From corrections to a candidate, measured; adopted by two people, left again by one. Doors of the page and `retrain`.

A candidate is built by whoever claims it (the sweep `learn`, or the command); a claim runs out, so one that was killed
is built by the next. Nothing the machine learns is in force before people say so.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q

from analysis import adjusting
from analysis.adjusting import Adjustment
from analysis.learnt import KLASS, SENTIMENT, class_labels
from analysis.models import LearntModel
from analysis.sentiment import LABELS, WeightsError
from analysis.sentiment_engine import EngineError
from analysis.services import lessons, rereading
from analysis.services.learnt_models import classes_base, in_force, learnt
from analysis.services.lessons import Example
from analysis.services.reading import engine
from analysis.taxonomy import ClassReader
from office import trail
from office.diskroom import Verdict, room
from office.errors import Refused
from office.models import User
from office.pack.current import current_pack
from office.roles import Act
from office.services.acts import require, second_person

log = logging.getLogger(__name__)
CLAIM = timedelta(minutes=10)  # a build takes seconds; what is not done by then was killed
State = LearntModel.State


@dataclass(frozen=True)
class Subject:
    """One judgement that learns: its labels, and texts with shipped shares."""

    name: str
    base: str
    labels: tuple[str, ...]
    examples: list[Example]
    everyday: list[Example]
    yardstick: list[Example]

    @property
    def learnt_from(self) -> list[Example]:
        return [one for one in self.examples if not one.held_out and one.label in self.labels]

    def hold_out(self, *, sampled: bool) -> list[Example]:
        """Never learnt from. Those not `sampled` were picked because they were wrong: the shipped model fails them."""
        held = [one for one in self.examples if one.held_out and one.label in self.labels]
        return [one for one in held if one.sampled is sampled]


def ask(*, by: User, at: datetime) -> LearntModel:
    """A candidate is to be built. Raises Refused while one is, or where there is nothing to learn from."""
    require(by, Act.TRAIN_MODEL)
    if room().verdict == Verdict.STOP:
        raise Refused("数据盘快满了，不能训练；请系统管理员腾出空间后再试。")
    if not any(subject.learnt_from for subject in _subjects()):
        raise Refused("还没有可学的更正：先在帖文页更正情绪或类别，或核对每周抽样。")
    try:
        with transaction.atomic():
            _give_up_killed(at=at)
            row = LearntModel.objects.create(state=State.BUILDING, asked_by=by, asked_at=at)
            trail.record(
                by=by, kind="model.train", at=at, object_kind="model", object_id=str(row.pk), text="训练候选版本"
            )
    except IntegrityError as error:
        raise Refused("已经在训练了，一般一分钟内做完；做完再看，不用重复训练。") from error
    return row


def _give_up_killed(*, at: datetime) -> None:
    killed = LearntModel.objects.filter(state=State.BUILDING, claimed_until__lt=at)
    killed.update(state=State.FAILED, fault="训练中断了（进程被结束或断电），可以重新训练。")


def build_asked(*, at: datetime) -> LearntModel | None:
    """Build the candidate that is asked for, if nobody else does; what came of it."""
    row = (
        LearntModel.objects.filter(state=State.BUILDING).filter(Q(claimed_until=None) | Q(claimed_until__lt=at)).first()
    )
    return build(row, at=at) if row is not None else None


def build(row: LearntModel, *, at: datetime) -> LearntModel:
    """Learn, measure, keep. What goes wrong is kept on the row with what to do. Raises Refused where another builds."""
    free = LearntModel.objects.filter(pk=row.pk, state=State.BUILDING)
    if not free.filter(Q(claimed_until=None) | Q(claimed_until__lt=at)).update(claimed_until=at + CLAIM):
        raise Refused("另一个进程正在训练这一版，请等它做完。")
    try:
        tables, told = _learn()
        kept = adjusting.packed(tables)
        values: dict[str, Any] = {
            "state": State.CANDIDATE,
            "weights": kept,
            "digest": adjusting.digest(kept),
            "base": "，".join(table.base for table in tables)[:60],
            "table": told,
            "built_at": at,
        }
        with transaction.atomic():
            LearntModel.objects.filter(pk=row.pk, state=State.BUILDING).update(**values)
    except (Refused, EngineError, DatabaseError, OSError, MemoryError) as error:
        _note_failure(row, error)
    row.refresh_from_db()
    return row


def _note_failure(row: LearntModel, error: Exception) -> None:
    """Keep why; on a disk without any room even that waits until the claim has run out."""
    fault = f"没有做成：{error}"
    if "disk is full" in str(error) or "No space" in str(error):
        fault = "磁盘满了，没有做成；在用的版本没有动。请系统管理员腾出空间后重新训练。"
    log.warning("Model %s was not built: %s", row.pk, error)
    with suppress(DatabaseError):
        LearntModel.objects.filter(pk=row.pk, state=State.BUILDING).update(state=State.FAILED, fault=fault)


def _base() -> str:
    """The version of the shipped engine. Raises Refused where its weights are missing, cut or of another version."""
    try:
        return engine(settings.SENTIMENT).version
    except WeightsError as error:
        raise Refused(f"随程序发布的权重读不了，请系统管理员从安装包恢复这两个文件：{error}") from error


def _subjects() -> list[Subject]:
    taxonomy = current_pack().taxonomy
    everyday = lessons.everyday()
    yardstick = lessons.yardstick()
    base = _base()
    feelings = [one for one, _ in yardstick]
    classes = [one for _, one in yardstick if taxonomy.named(one.label or "")]
    return [
        Subject(SENTIMENT, base, LABELS, lessons.examples(SENTIMENT), everyday, feelings),
        Subject(KLASS, classes_base(taxonomy), class_labels(taxonomy), lessons.examples(KLASS), everyday, classes),
    ]


def _learn() -> tuple[list[Adjustment], dict[str, Any]]:
    """The tables, and what was measured: see docs/commands.md, `retrain`."""
    now = learnt(in_force(), feelings_base=_base(), taxonomy=current_pack().taxonomy)
    before = {SENTIMENT: now.feelings, KLASS: now.classes}
    tables, rows, changed, taught = [], [], {}, {}
    for subject in _subjects():
        some = [*subject.everyday, *subject.learnt_from]
        shares = _shipped(subject, some)
        table = Adjustment.learn(
            lessons.lessons(some, _texts(subject, some), shares, subject.labels),
            judgement=subject.name,
            base=subject.base,
            labels=subject.labels,
        )
        tables.append(table)
        taught[subject.name] = len(subject.learnt_from)
        measured_on = {
            "sampled": subject.hold_out(sampled=True),
            "hold_out": subject.hold_out(sampled=False),
            "yardstick": subject.yardstick,
        }
        for on, part in measured_on.items():
            rows.append({"judgement": subject.name, "on": on, **_measured(subject, part, before[subject.name], table)})
        changed[subject.name] = _otherwise(subject, before[subject.name], table)
    held = len(lessons.everyday())
    return tables, {"learnt_from": taught, "everyday": held, "rows": rows, "changed": changed}


def _texts(subject: Subject, some: Sequence[Example]) -> list[str]:
    return [lessons.felt(one) if subject.name == SENTIMENT else one.body().plain for one in some]


def _shipped(subject: Subject, some: Sequence[Example]) -> list[list[float]]:
    if subject.name == SENTIMENT:
        return lessons.shipped_feelings(engine(settings.SENTIMENT), some)
    return lessons.shipped_classes(ClassReader(current_pack().taxonomy), some, subject.labels)


def _told(shares: Sequence[Sequence[float]], labels: Sequence[str]) -> list[str]:
    return [labels[max(range(len(labels)), key=row.__getitem__)] for row in shares]


def _answers(subject: Subject, some: Sequence[Example], tables: Sequence[Adjustment | None]) -> list[list[str]]:
    """What the shipped engine answers, then what each table makes of it."""
    shares = _shipped(subject, some)
    told = [_told(shares, subject.labels)]
    for table in tables:
        learnt_shares = shares if table is None else table.shares(_texts(subject, some), shares).tolist()
        told.append(_told(learnt_shares, subject.labels))
    return told


def _measured(
    subject: Subject, part: Sequence[Example], before: Adjustment | None, table: Adjustment
) -> dict[str, Any]:
    answers = _answers(subject, part, (before, table))
    wanted = [one.label for one in part]
    right = [sum(a == b for a, b in zip(told, wanted, strict=True)) for told in answers]
    return {"texts": len(part), "shipped": right[0], "in_force": right[1], "candidate": right[2]}


def _otherwise(subject: Subject, before: Adjustment | None, table: Adjustment) -> int:
    """How many of the everyday posts would be read otherwise than now."""
    _, now, then = _answers(subject, subject.everyday, (before, table))
    return sum(a != b for a, b in zip(now, then, strict=True))


# --- adopting ---------------------------------------------------------------------------------------------------------


def propose(*, model: LearntModel, by: User, at: datetime, reason: str) -> LearntModel:
    """First of the two steps: this candidate is to be taken, and why. Raises Refused."""
    require(by, Act.ADOPT_MODEL)
    why = reason.strip()
    if not why:
        raise Refused("请写明为什么采用（看过对照表的哪几行）。")
    _usable(model)
    with transaction.atomic():
        moved = LearntModel.objects.filter(pk=model.pk, state=State.CANDIDATE, proposed_by=None).update(
            proposed_by=by, proposed_at=at, reason=why
        )
        if not moved:
            raise Refused("这一版不在候选里，或已经有人提出采用，请看过再办。")
        _note(model, "model.propose", f"提出采用第 {model.pk} 版：{why}", by=by, at=at)
    model.refresh_from_db()
    return model


def confirm(*, model: LearntModel, by: User, at: datetime, reason_again: str | None = None) -> LearntModel:
    """Second step, by another person (单人值守: the reason typed again): it is in force, old posts are read anew."""
    require(by, Act.ADOPT_MODEL)
    _usable(model)
    if model.proposed_by is None:
        raise Refused("还没有人提出采用这一版。")
    solo = second_person(first=model.proposed_by, second=by, reason_again=reason_again, at=at, reason=model.reason)
    with transaction.atomic():
        LearntModel.objects.filter(state=State.IN_FORCE).update(state=State.FORMER)
        moved = LearntModel.objects.filter(pk=model.pk, state=State.CANDIDATE).update(
            state=State.IN_FORCE, adopted_by=by, adopted_at=at
        )
        if not moved:
            raise Refused("这一版刚才被别人办过了，请看过再办。")
        _note(model, "model.adopt", f"采用第 {model.pk} 版：{model.reason}", by=by, at=at, solo=solo)
        rereading.begin(by=by, at=at, why=f"采用第 {model.pk} 版")
    model.refresh_from_db()
    return model


def drop(*, model: LearntModel, by: User, at: datetime) -> None:
    """A candidate is not taken; it stays in the list. Raises Refused."""
    require(by, Act.ADOPT_MODEL)
    with transaction.atomic():
        if not LearntModel.objects.filter(pk=model.pk, state=State.CANDIDATE).update(state=State.DROPPED):
            raise Refused("这一版不在候选里，请看过再办。")
        _note(model, "model.drop", f"不采用第 {model.pk} 版", by=by, at=at)


def go_back(*, to: LearntModel | None, by: User, at: datetime, reason: str) -> None:
    """An earlier version is in force again, or the shipped one alone (None). One person: it is the cautious way."""
    require(by, Act.ADOPT_MODEL)
    why = reason.strip()
    if not why:
        raise Refused("请写明为什么退回。")
    if to is not None:
        _usable(to)
    with transaction.atomic():
        if to is not None and to.state != State.FORMER:
            raise Refused("只能退回曾经用过的版本。")
        left = LearntModel.objects.filter(state=State.IN_FORCE).update(state=State.FORMER)
        if to is None and not left:
            raise Refused("现在用的就是随程序发布的版本。")
        former = LearntModel.objects.filter(pk=to.pk, state=State.FORMER) if to is not None else None
        if former is not None and not former.update(state=State.IN_FORCE):
            raise Refused("只能退回曾经用过的版本。")
        name = f"第 {to.pk} 版" if to is not None else "随程序发布的版本"
        trail.record(
            by=by, kind="model.back", at=at, object_kind="model", object_id=str(to.pk if to else 0),
            text=f"判读退回{name}：{why}",
        )  # fmt: skip
        rereading.begin(by=by, at=at, why=f"退回{name}")


def _usable(model: LearntModel) -> None:
    """Raises Refused where its weights are cut, or do not fit what is here."""
    found = learnt(model, feelings_base=_base(), taxonomy=current_pack().taxonomy)
    if found.fault:
        raise Refused(found.fault)


def _note(model: LearntModel, kind: str, text: str, *, by: User, at: datetime, solo: bool = False) -> None:
    data = {"digest": model.digest, "table": model.table}
    trail.record(by=by, kind=kind, at=at, object_kind="model", object_id=str(model.pk), text=text, data=data, solo=solo)
