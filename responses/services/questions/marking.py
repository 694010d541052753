"""对应答复: a person says which release answered a question, or what is still owed. The machine never sets this."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from crawlers.masking import mask
from office.errors import Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from responses.models import Question, Release
from responses.services.claiming import check_step, note
from responses.services.questions.counting import family_of, recount

STATES = {Question.State.ANSWERED: "已答", Question.State.PARTLY: "部分回答", Question.State.OPEN: "未答"}
LONGEST_NOTE = Question._meta.get_field("note").max_length or 100


def mark_question(
    *,
    question: Question,
    state: str,
    by: User,
    at: datetime,
    release: Release | None = None,
    remark: str = "",
    version: int | None = None,
) -> Question:
    """Answered by a release of the issue, partly (release or note), or not (a note may say what is done about it).

    Raises Refused without the right, where the issue takes no acts, the release is another issue's or was sent back,
    or somebody marked it since `version`.
    """
    require(by, Act.MARK_QUESTION)
    if state not in Question.State.values:
        raise Refused("请选：已答、部分、未答。")
    words = mask(remark.strip()).text
    if len(words) > LONGEST_NOTE:
        raise Refused(f"说明最多 {LONGEST_NOTE} 个字，现在 {len(words)} 个。")
    with transaction.atomic():
        now = standing(question, by=by, at=at)
        if state == Question.State.OPEN:
            release = None
        elif release is None and (state == Question.State.ANSWERED or not words):
            raise Refused("请选是哪一份发布回答的；还没有发布的，先填报发布。")
        if release is not None:
            _check(release, now)
        save(now, by=by, version=version, state=state, release=release, note=words, decided_by=by, decided_at=at)
        recount([now.pk])
        told = f"标为{STATES[Question.State(state)]}"
        told += f"，见《{release.title}》" if release is not None else ""
        tell(now, kind="question.mark", by=by, at=at, text=told + (f"：{words}" if words else ""), state=state)
    now.refresh_from_db()
    return now


def _check(release: Release, question: Question) -> None:
    if release.issue_id not in family_of(question.issue):
        raise Refused("这份发布不是本事项的，请选本事项的发布。")
    if release.state == Release.State.REFUSED:
        raise Refused(f"《{release.title}》复核时退回了，不能用来回答。")


# --- what every act on a question begins and ends with ----------------------------------------------------------------


def standing(question: Question, *, by: User, at: datetime) -> Question:
    """The question as it stands, where its issue takes acts and it was not joined into another. Raises Refused."""
    now = Question.objects.select_related("issue__matter").get(pk=question.pk)
    root = now.issue.merged_into if now.issue.merged_into_id else now.issue
    assert root is not None
    check_step(root, name="mark_question", version=None, by=by, at=at)
    if now.joined_into_id is not None:
        raise Refused("这个问题已并入另一个，请办那一个，或先拆开。")
    return now


def save(question: Question, *, by: User, version: int | None, **values: Any) -> None:
    """Write it if nobody did since `version` (None: since it was read). Raises Refused with what to do."""
    seen = question.version if version is None else version
    moved = Question.objects.filter(pk=question.pk, version=seen).update(version=F("version") + 1, **values)
    if moved != 1:
        last = Question.objects.select_related("decided_by").get(pk=question.pk)
        who = last.decided_by.name if last.decided_by is not None and last.decided_by_id != by.pk else "别人"
        raise Refused(f"{who}刚办过这个问题，现在是“{last.get_state_display()}”，请看过再办。")


def tell(question: Question, *, kind: str, by: User, at: datetime, text: str, **data: Any) -> None:
    """A trail row in the record of the issue. The question's words are no part of it: they go with their post."""
    note(question.issue, kind=kind, by=by, at=at, text=text, data={"question": question.pk, **data})
