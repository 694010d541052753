"""Four gates before a release: in order, by others than who wrote it, sent back with a sentence. No clock minds."""

from datetime import datetime
from typing import Any

import pytest

from alerts.models import Notice
from office.errors import Changed, Refused
from office.models import Trail, User
from office.services.people import declare_solo
from responses.gates import GATES, Mark, after_edit, missing, passed_before, standing, suggested_name
from responses.models import DraftText, GateMark, Issue, Release, ReleaseDraft
from responses.services import decide
from responses.services.drafting import (
    Words,
    decide_gate,
    draft_for,
    drop_draft,
    edit_draft,
    explain_ungated,
    start_draft,
)
from responses.services.evidence import enter_release
from responses.services.leaving import leave, open_work
from tests.people import Office, clock
from tests.responses.facts import PAGE, clock_of, fire_lead, lamp_lead

pytestmark = pytest.mark.django_db

TEXT = "11月17日7时30分，槐树街一楼起火，火已扑灭。伤亡情况正在核实。"


def running(office: Office) -> Issue:
    lead = fire_lead()
    done = decide.confirm_lead(issue=lead, by=office.chen, at=clock("09:20"), level=2, version=lead.version)
    assert isinstance(done, Issue)
    return done


def words(**more: Any) -> Words:
    return Words(
        **({"kind": "notice", "name": "情况通报（一）", "channels": ["政府门户网站", "政务微博"], "text": TEXT} | more)
    )


def drafted(office: Office, issue: Issue | None = None, **more: Any) -> ReleaseDraft:
    return start_draft(issue=issue or running(office), by=office.zhou, at=clock("09:30"), words=words(**more))


def gate(draft: ReleaseDraft, key: str, by: User, at: datetime, **more: Any) -> ReleaseDraft:
    values: dict[str, Any] = {"version": draft.version, "accept": True}
    return decide_gate(draft=draft, gate=key, by=by, at=at, **(values | more))


def passed(office: Office, draft: ReleaseDraft) -> ReleaseDraft:
    """All four, by those whose gates they are."""
    draft = gate(draft, "wording", office.wu, clock("09:40"))
    draft = gate(draft, "secrecy", office.sun, clock("09:50"))
    draft = gate(draft, "deidentify", office.wu, clock("09:55"))
    return gate(draft, "approval", office.chen, clock("10:00"))


# --- the rules, without rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent_back", "from_start", "stays"), [(True, False, 2), (True, True, 0), (False, False, 0), (False, True, 0)]
)
def test_which_gates_stay_passed_when_the_text_changes(sent_back: bool, from_start: bool, stays: int) -> None:
    assert after_edit(2, sent_back=sent_back, from_start=from_start) == stays


def test_a_gate_shows_the_decision_that_holds() -> None:
    first = Mark("wording", True, clock("09:40"), 1)
    back = Mark("secrecy", False, clock("09:50"), 1)
    assert standing([first, back], passed=1, sent_back=True) == [first, back, None, None]
    assert standing([first, back], passed=1, sent_back=False) == [first, None, None, None], "the next text waits"
    assert standing([first, back], passed=0, sent_back=False) == [None] * 4


def test_what_had_been_passed_when_it_was_published() -> None:
    marks = [Mark(g.key, True, clock(f"09:{40 + n}"), 1) for n, g in enumerate(GATES)]
    assert passed_before(marks, clock("09:41")) == 2
    assert passed_before(marks, clock("12:00")) == 4
    assert passed_before([*marks, Mark("secrecy", False, clock("11:00"), 2)], clock("12:00")) == 3


def test_names_and_channels() -> None:
    assert suggested_name("情况通报", ["情况通报（一）"]) == "情况通报（二）"
    assert missing(["门户", "微博"], [" 微博 "]) == ["门户"]


# --- the way through ------------------------------------------------------------------------------------------


def test_a_release_passes_four_gates_in_their_order_and_no_clock_stops(office: Office) -> None:
    draft = passed(office, drafted(office))
    assert (draft.state, draft.gate) == ("ready", 4)
    assert clock_of(draft.issue, "first_release").status == "running"
    kinds = list(Trail.objects.filter(kind__startswith="draft.").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["draft.start", *["draft.pass"] * 4]
    assert Notice.objects.filter(person=office.zhou, title__startswith="可以发布").count() == 1


def test_the_next_gate_is_told_once_a_person_and_never_who_wrote_it(office: Office) -> None:
    draft = drafted(office)
    told = Notice.objects.filter(event=f"draft:{draft.pk}:1:wording")
    assert set(told.values_list("person__username", flat=True)) == {"wutong", "zhaogang", "chenli"}
    gate(draft, "wording", office.wu, clock("09:40"))
    told = Notice.objects.filter(event=f"draft:{draft.pk}:1:secrecy")
    assert set(told.values_list("person__username", flat=True)) == {"sunning"}


def test_a_gate_out_of_turn_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="现在轮到“表述”关"):
        gate(drafted(office), "secrecy", office.sun, clock("09:40"))


def test_who_wrote_it_passes_no_gate_of_it(office: Office) -> None:
    draft = drafted(office)
    with pytest.raises(Refused, match="不能是同一人"):
        gate(draft, "wording", office.zhou, clock("09:40"))
    edited = edit_draft(draft=draft, by=office.wu, at=clock("09:41"), words=words(text=TEXT + "。"), version=1)
    for writer in (office.zhou, office.wu):
        with pytest.raises(Refused, match="不能是同一人"):
            gate(edited, "wording", writer, clock("09:42"))


@pytest.mark.parametrize(
    ("key", "who"), [("wording", "han"), ("secrecy", "wu"), ("deidentify", "zhao"), ("approval", "wu")]
)
def test_a_gate_belongs_to_its_roles(office: Office, key: str, who: str) -> None:
    with pytest.raises(Refused, match="没有“"):
        gate(drafted(office), key, getattr(office, who), clock("09:40"))


def test_who_may_not_draft_is_told_so(office: Office) -> None:
    with pytest.raises(Refused, match="没有“起草发布”的权限"):
        start_draft(issue=running(office), by=office.auditor, at=clock("09:30"), words=words())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"text": ""}, "请写正文，或附上稿件文件"),
        ({"name": " "}, "请写明名称"),
        ({"channels": []}, "渠道"),
        ({"kind": "x"}, "类型"),
        ({"text": "字" * 20_001}, "超过 20000 字"),
    ],
)
def test_what_a_draft_lacks_is_said(office: Office, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        drafted(office, **more)


def test_a_file_alone_is_kept_with_its_hash(office: Office) -> None:
    draft = drafted(office, text="", file=PAGE, file_name="通报.pdf")
    assert len(draft.texts.get().file_sha256) == 64


# --- sent back and written again ------------------------------------------------------------------------------


def test_sent_back_needs_a_sentence_and_reaches_the_drafter(office: Office) -> None:
    draft = gate(drafted(office), "wording", office.wu, clock("09:40"))
    with pytest.raises(Refused, match="退回的理由"):
        gate(draft, "secrecy", office.sun, clock("09:50"), accept=False)
    back = gate(draft, "secrecy", office.sun, clock("09:50"), accept=False, sentence="第 2 段点出住户楼号")
    assert (back.state, back.gate) == ("back", 1)
    told = Notice.objects.get(person=office.zhou, title__startswith="被退回")
    assert "第 2 段点出住户楼号" in told.body
    with pytest.raises(Refused, match="孙宁 刚刚已退回了“保密”关"):
        gate(back, "secrecy", office.sun, clock("09:51"))


def test_the_next_text_starts_at_the_gate_that_sent_it_back_and_earlier_texts_stay(office: Office) -> None:
    draft = gate(drafted(office), "wording", office.wu, clock("09:40"))
    gate(draft, "secrecy", office.sun, clock("09:50"), accept=False, sentence="楼号")
    again = edit_draft(draft=draft, by=office.zhou, at=clock("10:00"), words=words(text="已改"), version=1)
    assert (again.state, again.gate, again.version) == ("review", 1, 2)
    assert list(DraftText.objects.order_by("number").values_list("text", flat=True)) == [TEXT, "已改"]
    assert Notice.objects.filter(event=f"draft:{draft.pk}:2:secrecy").count() == 1
    assert gate(again, "secrecy", office.sun, clock("10:05")).gate == 2


def test_a_text_changed_unasked_passes_all_gates_again(office: Office) -> None:
    draft = passed(office, drafted(office))
    again = edit_draft(draft=draft, by=office.zhou, at=clock("10:10"), words=words(text="补一句"), version=1)
    assert (again.state, again.gate, again.version) == ("review", 0, 2)
    with pytest.raises(Refused, match="已有第 2 稿"):
        gate(draft, "wording", office.wu, clock("10:11"))


def test_of_two_who_write_the_second_hears_of_the_first(office: Office) -> None:
    draft = drafted(office)
    edit_draft(draft=draft, by=office.wu, at=clock("09:40"), words=words(text="甲"), version=1)
    with pytest.raises(Changed, match="吴桐 刚刚写了第 2 稿"):
        edit_draft(draft=draft, by=office.zhou, at=clock("09:41"), words=words(text="乙"), version=1)


def test_of_two_at_one_gate_the_second_hears_who_decided(office: Office) -> None:
    draft = drafted(office)
    gate(draft, "wording", office.wu, clock("09:40"))
    with pytest.raises(Refused, match="吴桐 刚刚已过了“表述”关，请看过再决定"):
        gate(draft, "wording", office.zhao, clock("09:40"), accept=False, sentence="口径不对")
    assert GateMark.objects.count() == 1


def test_a_given_up_release_waits_for_nobody(office: Office) -> None:
    draft = drafted(office)
    drop_draft(draft=draft, by=office.zhou, at=clock("09:40"), version=1, sentence="并入（二）一起发")
    with pytest.raises(Refused, match="已经作罢"):
        gate(draft, "wording", office.wu, clock("09:41"))
    with pytest.raises(Refused, match="已经作罢"):
        edit_draft(draft=draft, by=office.zhou, at=clock("09:41"), words=words(), version=1)


def test_a_small_office_passes_its_own_marked(office: Office) -> None:
    draft = drafted(office)
    declare_solo(by=office.chen, at=clock("09:35"), reason="夜间一人")
    with pytest.raises(Refused, match="再写一遍"):
        gate(draft, "wording", office.zhou, clock("09:40"), sentence="核过")
    gate(draft, "wording", office.zhou, clock("09:40"), sentence="核过", reason_again="核过")
    assert GateMark.objects.get().solo
    assert Trail.objects.get(kind="draft.pass").solo


# --- what became of it ----------------------------------------------------------------------------------------


def published(office: Office, issue: Issue, **more: Any) -> Release:
    values: dict[str, Any] = {
        "kind": "notice", "channel": "政务微博", "title": "情况通报（一）", "link": "https://gov.example.test/1.html",
        "copy": PAGE, "copy_name": "通报.html", "published_at": clock("10:10"),
    }  # fmt: skip
    return enter_release(issue=issue, by=office.zhou, at=clock("10:20"), **(values | more))


def test_evidence_names_the_draft_it_came_of_which_then_stands_as_it_was_read(office: Office) -> None:
    draft = passed(office, drafted(office))
    published(office, draft.issue, draft=draft_for(draft.issue, draft.pk))
    assert missing(draft.channels, [r.channel for r in draft.releases.all()]) == ["政府门户网站"]
    with pytest.raises(Refused, match="已有发布存证"):
        edit_draft(draft=draft, by=office.zhou, at=clock("10:30"), words=words(), version=1)
    with pytest.raises(Refused, match="不能作罢"):
        drop_draft(draft=draft, by=office.zhou, at=clock("10:30"), version=1, sentence="不发了")


def test_published_without_gates_is_taken_and_asked_why(office: Office) -> None:
    release = published(office, running(office))
    assert release.draft is None
    explain_ungated(release=release, by=office.zhou, at=clock("10:30"), why="夜间先发后补")
    with pytest.raises(Refused, match="原因已经写过了"):
        explain_ungated(release=release, by=office.wu, at=clock("10:31"), why="另一个原因")
    assert Release.objects.get().ungated_why == "夜间先发后补"


def test_a_draft_of_another_case_is_no_draft_of_this_one(office: Office) -> None:
    draft = drafted(office)
    with pytest.raises(Refused, match="没有这份发布稿"):
        draft_for(lamp_lead(), draft.pk)


def test_a_draft_goes_on_in_the_case_that_took_its_own_in(office: Office) -> None:
    survivor, lamps = running(office), lamp_lead()
    draft = drafted(office, issue=lamps)
    lamps.refresh_from_db()
    decide.merge_issue(
        issue=lamps, into=survivor, by=office.wang, at=clock("09:50"), reason="同一事", version=lamps.version
    )
    assert gate(draft, "wording", office.wu, clock("09:55")).gate == 1
    assert Trail.objects.get(kind="draft.pass").object_id == str(survivor.pk)
    assert draft_for(survivor, draft.pk) == draft


def test_who_leaves_hands_on_what_was_being_written(office: Office) -> None:
    draft = drafted(office)
    assert open_work(office.zhou, at=clock("09:40")).drafts == [draft]
    gone: dict[str, Any] = {"user": office.zhou, "issues_to": {}, "duties_to": {}, "reason": "调离", "by": office.admin}
    leave(**gone, at=clock("09:40"), drafts_to={draft.pk: office.wu})
    draft.refresh_from_db()
    assert draft.drafter == office.wu
    assert draft.texts.get().by == office.zhou, "who wrote it stays on record"


def test_a_draft_nobody_is_named_for_goes_with_its_case_or_is_asked_for(office: Office) -> None:
    fire, lamps = drafted(office), drafted(office, issue=lamp_lead(), name="回应（一）")
    gone: dict[str, Any] = {"user": office.zhou, "issues_to": {}, "duties_to": {}, "reason": "调离", "by": office.admin}
    with pytest.raises(Refused, match="有一份在审的发布稿，没有指定交给谁"):
        leave(**gone, at=clock("09:40"))
    leave(**gone, at=clock("09:40"), drafts_to={lamps.pk: office.wu})
    fire.refresh_from_db()
    assert fire.drafter == office.chen, "who has the case"


def test_a_gate_whose_role_nobody_holds_is_told_to_the_duty_lead(office: Office) -> None:
    User.objects.filter(pk=office.sun.pk).update(is_active=False)
    draft = gate(drafted(office), "wording", office.wu, clock("09:40"))
    told = Notice.objects.filter(event=f"draft:{draft.pk}:1:secrecy")
    assert list(told.values_list("person__username", flat=True)) == ["zhaogang"]
