"""The night of `night.py` and, beside it, one row of everything that has a page: so that each address can be opened.

`opened(desk)` names each address of the desk that shows a page, with what it takes filled in.
"""

import re
from datetime import timedelta
from typing import Any

from alerts.models import Clock, Matter, Notice
from analysis.models import LearntModel, Rereading, SampledPost, Topic
from console.pack_proposals import save_draft
from console.permissions import LOOK, lines
from crawlers.models import InboxFile, Post, Quarantine, SourceTrial
from office.models import Department, Duty, Swap, User
from office.roles import Role
from office.services.links import invite, reset_link
from office.services.people import create_user
from office.services.tickets import issue_ticket
from reports.models import Brief, ExportRequest
from reports.services import brief as briefs
from responses.models import (
    Assignment,
    Conference,
    Handover,
    HandoverLine,
    Issue,
    Proposal,
    Question,
    Release,
    ReleaseDraft,
)
from responses.services import corrections, drafting, evidence, handover
from responses.services.supervising import supervise
from tests.console import asked_night
from tests.console.night import Night

# Answers that are no page: a file, a piece of a page, a line for machines, the way on to another page, or the way into
# a rehearsal's own desk.
NO_PAGE = (
    "release-copy", "conference-copy", "brief-file", "brief-pages", "search-one", "healthz", "metrics", "matter",
    "None", "enter", "enter-which", "judging-sample", "help-picture", "draft-file", "policy-file",
)  # fmt: skip
OUTSIDE = ("login", "forgot", "join", "reset", "ack", "brief-link")  # shown to somebody who is not signed in


def fill(desk: Night) -> None:
    """What the night lacks, as the services leave it, at the same moment. 王敏 holds every role."""
    wang = desk.people["wangmin"]
    wang.roles = [role.value for role in Role]
    wang.save(update_fields=["roles"])
    briefs.draft_for(day=desk.at.date() - timedelta(days=1), at=desk.at)
    asked_night.answered(desk)
    asked_night.given(desk)
    _evidence(desk)
    _prepared(desk)
    _waiting(desk)
    _judged(desk)
    _shifts(desk)
    ExportRequest.objects.create(
        asked="找 暖气", address="q=暖气", posts=[1, 2], kind="csv", reason="供热专题会商用", by=desk.people["chenxi"],
        issue=desk.issues["heat"], at=desk.at,
    )  # fmt: skip


def _judged(desk: Night) -> None:
    """Corrections, two of which differ, a week's sample half looked at, a candidate and a re-reading."""
    posts = list(Post.objects.filter(reading__relevant=True, copy_of=None).order_by("pk")[:8])
    for who, value in (("lizhuo", "neutral"), ("zhoulan", "positive")):
        corrections.correct(post=posts[0], judgement="sentiment", value=value, by=desk.people[who], at=desk.at)
    corrections.correct(post=posts[1], judgement="klass", value="供暖", by=desk.people["lizhuo"], at=desk.at)
    said = {"relevant": True, "klass": "供暖", "sentiment": "negative", "place": ""}
    looked = {"wrong": [], "by": desk.people["lizhuo"], "at": desk.at}
    SampledPost.objects.bulk_create(
        SampledPost(
            week=desk.at.date() - timedelta(days=9), place=n, post=post, source=post.source.name, said=said,
            version="r2", drawn_at=desk.at, **(looked if n > 2 else {}),
        )
        for n, post in enumerate(posts, start=1)
    )  # fmt: skip
    rows = [
        {"judgement": judgement, "on": on, "texts": texts, "shipped": right, "in_force": right, "candidate": right + 1}
        for judgement in ("sentiment", "klass")
        for on, texts, right in (("hold_out", 12, 2), ("yardstick", 88, 69))
    ]
    changed = {"sentiment": 9, "klass": 4}
    table = {"learnt_from": {"sentiment": 41, "klass": 23}, "everyday": 500, "rows": rows, "changed": changed}
    LearntModel.objects.create(state="candidate", asked_at=desk.at, built_at=desk.at, table=table)
    Rereading.objects.create(begun_at=desk.at, why="采用第 1 版", total=900, before=400, done=500, changed=37)


def _evidence(desk: Night) -> None:
    pipe, at = desk.issues["pipe"], desk.at
    common: dict[str, Any] = {
        "issue": pipe, "by": desk.people["hechuan"], "at": at, "copy": b"<p>x</p>", "copy_name": "notice.html",
    }  # fmt: skip
    evidence.enter_release(
        kind="brief", channel="政务微博", title="青槐路热力管线抢修的情况", link="https://www.example.cn/notice/1",
        published_at=at - timedelta(minutes=20), **common,
    )  # fmt: skip
    evidence.enter_conference(title="青槐路热力管线抢修发布会", held_at=at - timedelta(minutes=5), **common)


def _prepared(desk: Night) -> None:
    """A release before its second gate, one sent back at its first, and a conference planned."""
    pipe, at, he, chen = desk.issues["pipe"], desk.at, desk.people["hechuan"], desk.people["chenxi"]
    words = drafting.Words("notice", "情况通报（一）", None, ["政府门户网站", "政务微博"], "抢修电话 13812345678。")
    first = drafting.start_draft(issue=pipe, by=he, at=at, words=words)
    drafting.decide_gate(draft=first, gate="wording", version=1, by=chen, at=at, accept=True)
    words = drafting.Words("clarification", "澄清：停气三天不实", None, ["政务微博"], "停气三天不实。")
    second = drafting.start_draft(issue=pipe, by=he, at=at, words=words)
    drafting.decide_gate(draft=second, gate="wording", version=1, by=chen, at=at, accept=False, sentence="第 2 段不清")
    plan = evidence.Plan("青槐路发布会", at + timedelta(hours=8), "区新闻发布厅")
    evidence.plan_conference(issue=pipe, by=he, at=at, plan=plan)


def _waiting(desk: Night) -> None:
    """A proposal that waits for its second person, other rules drafted with a fault, a case under supervision, a line
    that was not taken in, an address that was tried."""
    at = desk.at
    values = {"version": "2026-02", "brief-copies": "25", "ladder-percents": "40、六十"}
    save_draft(values=values, version=0, by=desk.people["chenxi"], at=at)
    supervise(
        issue=desk.issues["water"], by=desk.people["chenxi"], at=at, sentence="今日中午前恢复供水",
        due_at=at + timedelta(hours=9),
    )  # fmt: skip
    Proposal.objects.create(
        issue=desk.issues["heat"], act="cancel", payload={}, reason="查实为锅炉检修，已贴告示",
        source="区城市管理委来函", by=desk.people["lizhuo"], at=at,
    )  # fmt: skip
    inbox = InboxFile.objects.create(path="import/old.csv", kind="import", arrived_at=at, lines=3, quarantined=1)
    Quarantine.objects.create(
        inbox=inbox, line=2, offset=0, length=9, reason="没有正文", preview="标题：路灯［手机号］", at=at
    )
    item = {
        "title": "路灯", "text": "路灯坏了一周", "published_at": None, "precision": "unknown", "handle": True,
        "same": "",
    }  # fmt: skip
    SourceTrial.objects.create(
        address="https://board-new.example.cn/", by=desk.people["wangmin"], at=at, job="t", ended_at=at, verdict="ok",
        found={"kind": "board", "config": {}, "items": [item], "rows": 9, "times": [], "counts": []},
    )  # fmt: skip


def _shifts(desk: Night) -> None:
    """A swap that is asked for, and yesterday's handover with both signatures."""
    at, wang, chen = desk.at, desk.people["wangmin"], desk.people["chenxi"]
    duty = Duty.objects.filter(user=wang).latest("starts_at")
    Swap.objects.create(
        role="duty_lead", giver=wang, taker=chen, duty=duty, starts_at=duty.starts_at, ends_at=duty.ends_at,
        asked_by=wang, asked_at=at, answer_by=at + timedelta(hours=12),
    )  # fmt: skip
    before = at - timedelta(hours=7)
    sheet = Handover.objects.create(
        number=321, changes_at=before, opened_at=before, opened_by=chen, giver=chen, given_at=before, taker=wang,
        taken_at=before, note="热力在抢修",
    )  # fmt: skip
    HandoverLine.objects.bulk_create(
        HandoverLine(handover=sheet, clock=clock, words="等区教委给稿", given_at=before, taken_at=before)
        for clock in handover.running_clocks()[:4]
    )


def more_cases(desk: Night, numbers: range) -> None:
    """Cases like 青槐路, with a topic and clocks of their own, every second one a lead."""
    model = desk.issues["pipe"]
    clocks = list(Clock.objects.filter(matter=model.matter_id))
    for number in numbers:
        topic, matter = Topic.objects.get(pk=model.topic_id or 0), Matter.objects.get(pk=model.matter_id)
        for row in (topic, matter):
            row.pk = None
            row._state.adding = True
        topic.save()
        matter.topic = topic
        matter.save()
        for clock in clocks:
            clock.pk, clock.matter = None, matter
            clock._state.adding = True
            clock.save()
        Issue.objects.create(
            matter=matter, topic=topic, number=number, state=("responding", "lead")[number % 2], origin="machine",
            opened_at=desk.at,
        )  # fmt: skip
        Notice.objects.create(
            person=desk.people["wangmin"], role="monitor", event=f"more:{number}", matter=matter, title="提醒",
            body="剩 1时", due_at=desk.at, created_at=desk.at,
        )  # fmt: skip


def opened(desk: Night) -> dict[str, str]:
    """Name of an address -> the address, for every one that shows a page."""
    parts = _parts(desk)
    found = {}
    for line in lines():
        if line.way == LOOK and line.url_name not in NO_PAGE:
            found[line.url_name] = _filled(line.address, parts.get(line.url_name, {}))
    return found | {
        "board-mine": "/?mine=1",
        "search-words": "/search/?q=暖气&sentiment=negative",
        "search-none": "/search/?q=没有这样的话",
        "issues-closed": "/issues/?which=closed",
        "trail-verified": "/trail/?verify=1",
        "nowhere": "/nowhere/",
    }


def _filled(address: str, parts: dict[str, Any]) -> str:
    return re.sub(r"<(\w+)>", lambda part: str(parts[part[1]]), address)


def _parts(desk: Night) -> dict[str, dict[str, Any]]:
    lead, issue, wang = desk.leads["power"], desk.issues["pipe"], desk.people["wangmin"]
    brief = Brief.objects.latest("pk")
    return {
        **{
            name: {"pk": issue.pk}
            for name in ("issue", "hand", "release-new", "conference-new", "draft-new", "plan", "questions", "task-new")
        },
        **{name: {"pk": brief.pk} for name in ("brief", "brief-edit")},
        **{name: {"pk": desk.people["zhoulan"].pk} for name in ("person", "person-leave")},
        **_tokens(desk, brief),
        "lead": {"pk": lead.pk},
        "topic": {"pk": issue.topic_id},
        "post": {"pk": Post.objects.latest("pk").pk},
        **{name: {"pk": ReleaseDraft.objects.earliest("pk").pk} for name in ("draft", "draft-edit")},
        "release": {"pk": Release.objects.latest("pk").pk},
        "conference": {"pk": Conference.objects.exclude(held_at=None).latest("pk").pk},
        "question": {"pk": Question.objects.order_by("-posts")[0].pk},
        "task": {"pk": Assignment.objects.order_by("pk")[0].pk},
        "brief-figure": {"pk": brief.pk, "key": "volume"},
        "judging-check": {"pk": SampledPost.objects.order_by("place")[0].pk},
        "source": {"key": "board-life"},
        "source-trial": {"pk": SourceTrial.objects.latest("pk").pk},
        "unit": {"pk": Department.objects.order_by("pk")[0].pk},
        "roster-cell": {"day": desk.at.date(), "shift": "day"},
        "handover-past": {"pk": Handover.objects.latest("pk").pk},
        "proposal": {"pk": Proposal.objects.latest("pk").pk},
        "swap-act": {"pk": Swap.objects.latest("pk").pk, "name": "agree"},
        "person-act": {"pk": wang.pk, "name": "change"},
        "help-guide": {"key": "roles"},
    }


def _tokens(desk: Night, brief: Brief) -> dict[str, dict[str, Any]]:
    """Links that open without signing in."""
    at, wang, lan = desk.at, desk.people["zhaoning"], desk.people["zhoulan"]
    new = User.objects.filter(username="fangqin").first() or create_user(
        username="fangqin", name="方琴", roles=["monitor"], at=at, by=None
    )
    told = desk.people["lizhuo"]
    notice = Notice.objects.filter(person=told).latest("pk")
    later = at + timedelta(hours=1)
    return {
        "join": {"token": invite(user=new, by=wang, at=at)},
        "reset": {"token": reset_link(user=lan, by=wang, at=at)},
        "ack": {"token": issue_ticket(kind="acknowledge", user=told, object_id=notice.pk, expires_at=later)},
        "brief-link": {"token": issue_ticket(kind="brief", user=lan, object_id=brief.pk, expires_at=later)},
    }
