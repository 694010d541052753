"""Where people copied words that were removed on request: papers of the office, which nobody but people rewrite.

Only where they stand is kept, never a word of them. Attached files (a draft as DOCX, a stored copy) are not read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from crawlers.canonical import normal_text
from crawlers.models import Post, SourceTrial
from reports.models import Brief, ExportRequest
from responses.models import (
    Assignment,
    Conference,
    DraftText,
    GateMark,
    Handover,
    HandoverLine,
    Issue,
    Note,
    Proposal,
    Question,
    Release,
    ReleaseDraft,
    SampleCheck,
    Supervision,
)

STRETCH = 8  # letters that also stand in the text: then they were taken from it
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Place:
    """A paper in words, and the address of the page it stands on."""

    words: str
    address: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class _Paper:
    """Words that people write. `rows`: those written since a moment; `page`: the page that shows one and `key`, the
    path to its number; `case`: the path to the number of its case."""

    name: str
    rows: Callable[[datetime], Rows]
    words: tuple[str, ...]
    page: str
    key: str
    case: str = "issue"


_PAPERS = (
    _Paper("办理记录", lambda at: Note.objects.filter(at__gte=at), ("text",), "issue", "issue"),
    _Paper(
        "办结、排除的理由",
        lambda at: Issue.objects.filter(closed_at__gte=at),
        ("closing_sentence", "dismiss_reason"),
        "issue",
        "pk",
        "pk",
    ),
    _Paper(
        "要两人同意的改动",
        lambda at: Proposal.objects.filter(Q(at__gte=at) | Q(decided_at__gte=at)),
        ("reason", "source", "decision_reason"),
        "issue",
        "issue",
    ),
    _Paper(
        "任务",
        lambda at: Assignment.objects.filter(Q(given_at__gte=at) | Q(fed_back_at__gte=at) | Q(ended_at__gte=at)),
        ("what", "signed_told", "feedback", "fed_back_told", "end_reason"),
        "task",
        "pk",
    ),
    _Paper(
        "发布稿",
        lambda at: ReleaseDraft.objects.filter(Q(created_at__gte=at) | Q(texts__at__gte=at)).distinct(),
        ("name", "dropped_why"),
        "draft",
        "pk",
    ),
    _Paper("发布稿", lambda at: DraftText.objects.filter(at__gte=at), ("text",), "draft", "draft", "draft__issue"),
    _Paper(
        "发布稿的意见", lambda at: GateMark.objects.filter(at__gte=at), ("sentence",), "draft", "draft", "draft__issue"
    ),
    _Paper(
        "发布",
        lambda at: Release.objects.filter(Q(entered_at__gte=at) | Q(checked_at__gte=at)),
        ("title", "check_note", "ungated_why"),
        "release",
        "pk",
    ),
    _Paper(
        "发布会",
        lambda at: Conference.objects.filter(Q(entered_at__gte=at) | Q(checked_at__gte=at)),
        ("title", "check_note"),
        "conference",
        "pk",
    ),
    _Paper("公众在问的说明", lambda at: Question.objects.filter(decided_at__gte=at), ("note",), "question", "pk"),
    _Paper(
        "督办",
        lambda at: Supervision.objects.filter(Q(at__gte=at) | Q(ended_at__gte=at)),
        ("sentence", "answer"),
        "issue",
        "issue",
    ),
    _Paper("抽查", lambda at: SampleCheck.objects.filter(checked_at__gte=at), ("remark",), "issue", "issue"),
    _Paper(
        "交接班",
        lambda at: Handover.objects.filter(Q(opened_at__gte=at) | Q(taken_at__gte=at)),
        ("note", "missing_giver", "talk"),
        "handover-past",
        "pk",
        "",
    ),
    _Paper(
        "交接班",
        lambda at: HandoverLine.objects.filter(Q(given_at__gte=at) | Q(taken_at__gte=at)),
        ("words",),
        "handover-past",
        "handover",
        "",
    ),
    _Paper("简报", lambda at: Brief.objects.filter(until__gte=at), ("content", "numbers"), "brief", "pk", ""),
    _Paper(
        "导出申请", lambda at: ExportRequest.objects.filter(at__gte=at), ("asked", "reason", "note"), "exports", "", ""
    ),
)


def quoted_in(posts: Sequence[Post]) -> list[Place]:
    """The papers, each once, in which a stretch of what these posts say stands; none is older than the first post."""
    said = stretches(f"{post.title} {post.text}" for post in posts)
    if not said:
        return []
    since = min(post.seen_at for post in posts)
    found = dict.fromkeys(place for paper in _PAPERS for place in _standing(paper, said, since))
    return list(found)


def forget_trials(posts: Sequence[Post]) -> int:
    """Let go of what was fetched to be looked at and says the same (it would go after a day); how many trials."""
    said = stretches(f"{post.title} {post.text}" for post in posts)
    told = SourceTrial.objects.exclude(found={})
    which = [pk for pk, found in told.values_list("pk", "found") if holds(_plain(found), said)]
    return SourceTrial.objects.filter(pk__in=which).update(found={}) if which else 0


def stretches(texts: Iterable[str]) -> set[str]:
    """All stretches of the texts by which a copy of them is known; a shorter text is its own."""
    found = set()
    for text in map(normal_text, texts):
        found |= {text[n : n + STRETCH] for n in range(max(1, len(text) - STRETCH + 1))}
    return {stretch for stretch in found if len(stretch) > STRETCH // 2}


def holds(text: str, said: set[str]) -> bool:
    """Whether one of the stretches stands in the text."""
    plain = normal_text(text)
    sizes = {len(stretch) for stretch in said}
    return any(plain[n : n + size] in said for size in sizes for n in range(len(plain) - size + 1))


def _standing(paper: _Paper, said: set[str], since: datetime) -> Iterator[Place]:
    paths = [path for path in (paper.key, paper.case) if path]
    case = f"{paper.case}__number".removeprefix("pk__") if paper.case else ""
    for row in paper.rows(since).values(*{*paths, *paper.words, *filter(None, [case])}):
        if any(holds(_plain(row[word]), said) for word in paper.words):
            address = reverse(paper.page, args=[row[paper.key]] if paper.key else [])
            about = f"（{Issue(number=row[case]).label}）" if case else ""
            yield Place(f"{paper.name}{about}", address)


def _plain(words: Any) -> str:
    return words if isinstance(words, str) else json.dumps(words, ensure_ascii=False)
