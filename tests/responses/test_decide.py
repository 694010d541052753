"""What people decide: confirm, dismiss, regrade, merge, cancel, close, and who must be two."""

from datetime import datetime
from typing import Any

import pytest

from alerts.deadlines import Candidate
from alerts.models import Clock, Notice, Rung
from alerts.services.anchors import keep_candidates
from alerts.services.rungs import fire_rungs
from office import trail
from office.errors import Refused
from office.models import Trail, User
from office.services.people import declare_solo
from responses.models import Issue, Proposal
from responses.services import decide
from responses.services.leads import open_leads
from tests.people import Office, clock
from tests.responses.facts import alert, clock_of, fire, fire_lead, lamp_lead, post, statuses

pytestmark = pytest.mark.django_db


def confirmed(issue: Issue, by: User, at: datetime, level: int = 2, **more: Any) -> Issue:
    done = decide.confirm_lead(issue=issue, by=by, at=at, level=level, version=issue.version, **more)
    assert isinstance(done, Issue)
    return done


def proposed(result: Issue | Proposal) -> Proposal:
    assert isinstance(result, Proposal)
    return result


def test_a_monitor_confirms_II_the_clocks_are_firm_and_the_level_waits_to_be_decided(office: Office) -> None:
    issue = confirmed(fire_lead(), office.wang, clock("10:00"))
    assert (issue.state, issue.matter.level_decided, issue.matter.level_pending) == ("responding", 2, True)
    assert set(statuses(issue).values()) == {"running"}
    assert clock_of(issue, "first_release").firm_at == clock("10:00")
    assert Notice.objects.filter(matter=issue.matter, person=office.chen, title__contains="待核定").count() == 1


def test_the_propaganda_lead_decides_what_was_pending(office: Office) -> None:
    issue = confirmed(fire_lead(), office.wang, clock("10:00"))
    decide.decide_level(issue=issue, by=office.chen, at=clock("10:30"), level=2, version=issue.version)
    issue.refresh_from_db()
    assert (issue.matter.level_pending, issue.matter.level_decided) == (False, 2)


def test_nobody_else_decides_a_pending_level(office: Office) -> None:
    issue = confirmed(fire_lead(), office.wang, clock("10:00"))
    with pytest.raises(Refused, match="没有“核定等级”的权限"):
        decide.decide_level(issue=issue, by=office.zhao, at=clock("10:30"), level=2, version=issue.version)


def test_confirmed_by_the_propaganda_lead_nothing_is_pending(office: Office) -> None:
    assert not confirmed(fire_lead(), office.chen, clock("10:00")).matter.level_pending


def test_a_monitor_alone_cannot_confirm_below_a_proposal_of_II(office: Office) -> None:
    issue = fire_lead()
    with pytest.raises(Refused, match="宣传部负责人与区政府办.*可先按建议等级确认"):
        decide.confirm_lead(
            issue=issue, by=office.wang, at=clock("10:00"), level=3, version=issue.version, reason="伤亡不实"
        )
    issue.refresh_from_db()
    assert issue.state == "lead"


def test_below_a_proposal_of_II_the_propaganda_lead_proposes_and_the_government_office_agrees(
    office: Office,
) -> None:
    issue = fire_lead()
    waiting = proposed(
        decide.confirm_lead(
            issue=issue, by=office.chen, at=clock("10:00"), level=3, version=issue.version, reason="伤亡不实"
        )
    )
    assert set(statuses(issue).values()) == {"provisional"}
    assert Notice.objects.filter(event=f"proposal:{waiting.pk}", person=office.sun).exists()
    with pytest.raises(Refused, match="各一人共同决定"):
        decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:05"), accept=True)
    done = decide.decide_proposal(proposal=waiting, by=office.sun, at=clock("10:10"), accept=True)
    assert (done.state, done.matter.level_decided, done.matter.level_pending) == ("responding", 3, False)
    assert statuses(done) == {"first_release": "void", "press_conference": "void", "response": "running"}


def test_the_proposer_cannot_be_the_second_person(office: Office) -> None:
    issue = fire_lead()
    waiting = proposed(
        decide.confirm_lead(
            issue=issue, by=office.chen, at=clock("10:00"), level=3, version=issue.version, reason="伤亡不实"
        )
    )
    with pytest.raises(Refused, match="另一个人"):
        decide.decide_proposal(proposal=waiting, by=office.chen, at=clock("10:05"), accept=True, reason="伤亡不实")


def test_under_solo_duty_the_reason_typed_again_does_it_at_once_and_is_marked(office: Office) -> None:
    declare_solo(by=office.chen, reason="台风夜一人值守", at=clock("08:00"))
    issue = fire_lead()
    done = decide.confirm_lead(
        issue=issue,
        by=office.chen,
        at=clock("10:00"),
        level=3,
        version=issue.version,
        reason="伤亡不实",
        reason_again="伤亡不实",
    )
    assert isinstance(done, Issue)
    assert done.state == "responding"
    assert Trail.objects.get(kind="issue.confirm").solo
    assert Proposal.objects.get().solo


def test_II_to_III_by_two_people_before_the_due_moment_voids_5h_and_24h(office: Office) -> None:
    issue = confirmed(fire_lead(), office.chen, clock("10:00"))
    waiting = proposed(
        decide.regrade(
            issue=issue,
            by=office.chen,
            at=clock("10:50"),
            level=3,
            version=issue.version,
            reason="伤亡更正",
            source="消防电话",
        )
    )
    done = decide.decide_proposal(proposal=waiting, by=office.sun, at=clock("11:00"), accept=True)
    assert statuses(done) == {"first_release": "void", "press_conference": "void", "response": "running"}
    assert clock_of(done, "first_release").breached_at is None
    assert clock_of(done, "response").anchor_at == clock("07:30")


def test_II_to_III_after_the_due_moment_keeps_the_breach_and_rings_no_more(office: Office) -> None:
    issue = confirmed(fire_lead(), office.chen, clock("10:00"))
    fire_rungs(at=clock("12:31"))
    issue.refresh_from_db()
    waiting = proposed(
        decide.regrade(
            issue=issue,
            by=office.sun,
            at=clock("12:50"),
            level=3,
            version=issue.version,
            reason="伤亡更正",
            source="消防电话",
        )
    )
    done = decide.decide_proposal(proposal=waiting, by=office.chen, at=clock("13:00"), accept=True)
    first = clock_of(done, "first_release")
    assert (first.status, first.breached_at, first.breach_withdrawn_at) == ("void", clock("12:30"), None)
    before = Rung.objects.filter(clock=first).count()
    fire_rungs(at=clock("14:30"))
    assert Rung.objects.filter(clock=first).count() == before
    assert statuses(done)["press_conference"] == "void"


def test_lowering_needs_a_source(office: Office) -> None:
    issue = confirmed(fire_lead(), office.chen, clock("10:00"))
    with pytest.raises(Refused, match="依据"):
        decide.regrade(issue=issue, by=office.chen, at=clock("11:00"), level=3, version=issue.version, reason="更正")


def test_a_lamp_is_lowered_by_the_duty_lead_with_a_monitor_and_raised_by_one(office: Office) -> None:
    issue = confirmed(lamp_lead(), office.wang, clock("10:00"), level=3)
    waiting = proposed(
        decide.regrade(
            issue=issue,
            by=office.wang,
            at=clock("11:00"),
            level=4,
            version=issue.version,
            reason="只一处",
            source="现场",
        )
    )
    with pytest.raises(Refused, match="值班长与舆情工作人员各一人"):
        decide.decide_proposal(proposal=waiting, by=office.li, at=clock("11:05"), accept=True)
    done = decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("11:10"), accept=True)
    assert done.matter.level_decided == 4
    raised = decide.regrade(
        issue=done, by=office.wang, at=clock("12:00"), level=3, version=done.version, reason="又有两处"
    )
    assert isinstance(raised, Issue)


def test_a_grade_given_later_brings_5h_and_24h_already_overdue_graded_late(office: Office) -> None:
    issue = confirmed(lamp_lead(), office.wang, clock("10:00"), level=3)
    done = decide.regrade(
        issue=issue,
        by=office.wang,
        at=clock("18:00"),
        level=3,
        version=issue.version,
        reason="应急办认定",
        event_grade="major",
        grade_body="区应急局",
        grade_reference="电话记录 3 号",
        grade_at=clock("17:50"),
    )
    assert isinstance(done, Issue)
    assert statuses(done)["response"] == "superseded"
    first = clock_of(done, "first_release")
    assert (first.status, first.cause) == ("overdue", "graded_late")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "认定机关"),
        ({"grade_body": "区应急局"}, "文件或哪个来电"),
        ({"grade_body": "区应急局", "grade_reference": "电话"}, "认定时间"),
        ({"grade_body": "区应急局", "grade_reference": "电话", "grade_at": clock("10:30")}, "在将来"),
    ],
)
def test_an_event_grade_needs_the_body_that_gave_it_its_paper_and_its_time(
    office: Office, told: dict[str, Any], said: str
) -> None:
    issue = fire_lead()
    with pytest.raises(Refused, match=said):
        decide.confirm_lead(
            issue=issue, by=office.wang, at=clock("10:00"), level=2, version=issue.version, event_grade="major", **told
        )


def test_where_a_grade_comes_from_can_be_put_right_without_moving_a_clock(office: Office) -> None:
    told: dict[str, Any] = {"grade_body": "区应急局", "grade_reference": "电话", "grade_at": clock("09:30")}
    issue = fire_lead()
    done = decide.confirm_lead(
        issue=issue, by=office.chen, at=clock("10:00"), level=2, version=issue.version, event_grade="major", **told
    )
    assert isinstance(done, Issue)
    before = statuses(done)
    again: dict[str, Any] = {"level": 2, "event_grade": "major", "reason": "补文号", "by": office.wang}
    again["at"] = clock("10:10")
    with pytest.raises(Refused, match="没有变化"):
        decide.regrade(issue=done, version=done.version, **again, **told)
    put_right = told | {"grade_reference": "京应急〔2026〕3号"}
    right = decide.regrade(issue=done, version=done.version, **again, **put_right)
    assert isinstance(right, Issue) and right.matter.grade_reference == "京应急〔2026〕3号"
    assert statuses(right) == before and not right.matter.level_pending


def test_a_grave_lead_is_dismissed_by_two(office: Office) -> None:
    issue = fire_lead()
    waiting = proposed(
        decide.dismiss_lead(
            issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="演练", version=issue.version
        )
    )
    done = decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:10"), accept=True)
    assert (done.state, set(statuses(done).values())) == ("dismissed", {"void"})


def test_an_overdue_lamp_is_dismissed_by_two_and_its_breach_is_kept(office: Office) -> None:
    issue = lamp_lead()
    waiting = proposed(
        decide.dismiss_lead(
            issue=issue,
            by=office.wang,
            at=clock("10:00", day=20),
            code="settled",
            sentence="已修好",
            version=issue.version,
        )
    )
    done = decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:10", day=20), accept=True)
    gone = clock_of(done, "response")
    assert (gone.status, gone.breached_at, gone.breached_provisional) == ("void", clock("09:00", day=19), True)


def test_a_proposal_sent_back_changes_nothing_and_tells_its_proposer(office: Office) -> None:
    issue = fire_lead()
    waiting = proposed(
        decide.dismiss_lead(
            issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="演练", version=issue.version
        )
    )
    with pytest.raises(Refused, match="退回的理由"):
        decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:10"), accept=False)
    done = decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:10"), accept=False, reason="不是演练")
    assert (done.state, set(statuses(done).values())) == ("lead", {"provisional"})
    assert Notice.objects.filter(person=office.wang, title__contains="被退回").exists()
    with pytest.raises(Refused, match="赵刚 刚刚已退回"):
        decide.decide_proposal(proposal=waiting, by=office.chen, at=clock("10:11"), accept=True)


def test_one_proposal_of_a_kind_waits_at_a_time(office: Office) -> None:
    issue = fire_lead()
    decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="演练", version=issue.version
    )
    issue.refresh_from_db()
    with pytest.raises(Refused, match="已有一条“排除线索”"):
        decide.dismiss_lead(
            issue=issue, by=office.li, at=clock("10:01"), code="misjudged", sentence="演练", version=issue.version
        )


def test_of_two_people_on_one_lead_the_second_sees_who_was_faster(office: Office) -> None:
    seen = lamp_lead()
    confirmed(seen, office.wang, clock("10:00"), level=4)
    with pytest.raises(Refused, match="王敏 刚刚已确认了这条线索，请看过再决定"):
        decide.dismiss_lead(
            issue=seen, by=office.li, at=clock("10:00"), code="misjudged", sentence="误判", version=seen.version
        )


def test_an_unknown_code_and_an_empty_sentence_are_refused(office: Office) -> None:
    issue = lamp_lead()
    for code, sentence in (("nonsense", "误判"), ("misjudged", "  ")):
        with pytest.raises(Refused):
            decide.dismiss_lead(
                issue=issue, by=office.wang, at=clock("10:00"), code=code, sentence=sentence, version=issue.version
            )


def test_any_dismissed_lead_is_opened_again_with_a_reason(office: Office) -> None:
    issue = lamp_lead()
    due = clock_of(issue, "response").due_at
    gone = decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="settled", sentence="已修", version=issue.version
    )
    assert isinstance(gone, Issue)
    back = decide.reopen_lead(issue=gone, by=office.zhao, at=clock("12:00"), reason="没有修好", version=gone.version)
    again = clock_of(back, "response")
    assert (back.state, again.status, again.due_at) == ("lead", "provisional", due)


def test_an_issue_with_an_open_clock_is_not_closed(office: Office) -> None:
    issue = confirmed(lamp_lead(), office.wang, clock("10:00"), level=4)
    with pytest.raises(Refused, match="还有 1 个时限没有了结"):
        decide.close_issue(issue=issue, by=office.wang, at=clock("11:00"), sentence="办结", version=issue.version)


def test_a_confirmed_issue_proved_untrue_is_cancelled_by_two_and_its_breach_is_kept(office: Office) -> None:
    issue = confirmed(fire_lead(found_at="13:00"), office.wang, clock("13:10"))
    waiting = proposed(
        decide.cancel_issue(issue=issue, by=office.chen, at=clock("13:20"), reason="系旧闻翻炒", version=issue.version)
    )
    done = decide.decide_proposal(proposal=waiting, by=office.sun, at=clock("13:30"), accept=True)
    first = clock_of(done, "first_release")
    assert (done.state, first.status, first.breached_at) == ("cancelled", "void", clock("12:30"))


def test_merging_gives_the_survivor_the_earlier_start(office: Office) -> None:
    early, late = fire_lead(event="07:30"), fire_lead(told_at="09:10", found_at="09:12", event="08:00")
    kept = decide.merge_issue(
        issue=early, into=late, by=office.wang, at=clock("09:30"), reason="同一起火灾", version=early.version
    )
    early.refresh_from_db()
    assert (early.state, early.merged_into) == ("merged", late)
    assert clock_of(kept, "first_release").due_at == clock("12:30")
    assert Clock.objects.filter(matter=early.matter_id, closed_at=None).count() == 0


def test_a_confirmed_issue_is_not_merged_into_a_lead(office: Office) -> None:
    lead = lamp_lead()
    issue = confirmed(fire_lead(), office.wang, clock("10:00"))
    with pytest.raises(Refused, match="不要反过来"):
        decide.merge_issue(
            issue=issue, into=lead, by=office.wang, at=clock("10:10"), reason="同一件", version=issue.version
        )


def test_an_event_time_moved_earlier_after_confirmation_can_open_overdue(office: Office) -> None:
    issue = confirmed(fire_lead(), office.wang, clock("10:00"))
    done = decide.set_event_time(
        issue=issue, by=office.wang, at=clock("10:30"), occurred_at=clock("05:00"), source="119 接警记录"
    )
    assert isinstance(done, Issue)
    first = clock_of(done, "first_release")
    assert (first.due_at, first.status, first.cause) == (clock("10:00"), "overdue", "anchor_corrected")
    assert first.history[0]["anchor_at"] == clock("07:30").isoformat()


def test_an_event_time_moved_later_needs_a_second_person_and_both_stay_visible(office: Office) -> None:
    issue = confirmed(fire_lead(), office.wang, clock("10:00"))
    waiting = proposed(
        decide.set_event_time(
            issue=issue, by=office.wang, at=clock("10:30"), occurred_at=clock("09:00"), source="119 接警记录"
        )
    )
    assert clock_of(issue, "first_release").due_at == clock("12:30")
    done = decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:40"), accept=True)
    first = clock_of(done, "first_release")
    assert (first.due_at, first.history[0]["due_at"]) == (clock("14:00"), clock("12:30").isoformat())


def test_an_event_time_before_the_one_known_but_after_the_start_of_a_clock_moves_it_later_by_two_only(
    office: Office,
) -> None:
    issue = lamp_lead()  # its 48 hours start with the third voice at 09:00
    keep_candidates(issue.matter, [Candidate(kind="event", at=clock("11:30"), source="帖文所述")], at=clock("12:00"))
    decision = decide.set_event_time(
        issue=issue, by=office.wang, at=clock("12:30"), occurred_at=clock("10:30"), source="供电公司电话"
    )
    assert clock_of(issue, "response").anchor_at == clock("09:00")
    proposed(decision)


def test_taking_over_quiets_what_waits_and_asks_nothing(office: Office) -> None:
    issue = fire_lead()
    decide.take_over(issue=issue, by=office.wang, at=clock("09:10"))
    issue.refresh_from_db()
    assert issue.matter.owner == office.wang
    assert not Rung.objects.filter(matter=issue.matter, acknowledged_at=None).exists()


def test_naming_another_unit_never_resets_a_clock(office: Office) -> None:
    issue = lamp_lead()
    due = clock_of(issue, "response").due_at
    decide.assign_unit(issue=issue, unit=office.street, by=office.wang, at=clock("11:00"))
    decide.assign_unit(issue=issue, unit=office.fire, by=office.wang, at=clock("12:00"))
    assert clock_of(issue, "response").due_at == due


@pytest.mark.parametrize("who", ["feng", "han", "admin", "keeper", "auditor"])
def test_who_has_no_part_in_it_decides_nothing(office: Office, who: str) -> None:
    issue = lamp_lead()
    person: User = getattr(office, who)
    with pytest.raises(Refused, match="权限"):
        decide.confirm_lead(issue=issue, by=person, at=clock("10:00"), level=4, version=issue.version)
    with pytest.raises(Refused, match="权限"):
        decide.dismiss_lead(
            issue=issue, by=person, at=clock("10:00"), code="settled", sentence="已修", version=issue.version
        )


def test_every_act_leaves_its_row_and_the_chain_is_whole(office: Office) -> None:
    issue = confirmed(lamp_lead(), office.wang, clock("10:00"), level=4)
    decide.add_note(issue=issue, by=office.zhao, at=clock("10:10"), text="已通知街道")
    kinds = list(Trail.objects.filter(object_kind="issue", object_id=str(issue.pk)).values_list("kind", flat=True))
    assert kinds == ["issue.confirm", "issue.note"]
    assert trail.verify() == []


def test_a_proposal_that_rose_after_confirmation_is_taken_by_one_or_refused_by_two(office: Office) -> None:
    issue = confirmed(lamp_lead(), office.wang, clock("10:00"), level=3)
    assert issue.topic is not None
    told = post(issue.topic, clock("11:00"), "灯杆倒了，3人死亡", emergency=fire(dead=3))
    alert(issue.topic, "emergency_grave", 2, met_at=clock("11:00"), by=told)
    open_leads(at=clock("11:01"))
    issue.refresh_from_db()
    assert statuses(issue)["first_release"] == "provisional"

    waiting = proposed(
        decide.regrade(
            issue=issue,
            by=office.chen,
            at=clock("11:10"),
            level=3,
            version=issue.version,
            reason="无人死亡",
            source="消防电话",
        )
    )
    assert waiting.act == "regrade"
    issue.refresh_from_db()
    raised = decide.regrade(
        issue=issue, by=office.wang, at=clock("11:20"), level=2, version=issue.version, reason="核实有人死亡"
    )
    assert isinstance(raised, Issue)
    assert statuses(raised)["first_release"] == "running"
    assert raised.matter.level_pending


def test_a_grade_added_by_a_monitor_leaves_a_decided_level_decided(office: Office) -> None:
    issue = confirmed(fire_lead(), office.chen, clock("10:00"))
    done = decide.regrade(
        issue=issue,
        by=office.wang,
        at=clock("10:30"),
        level=2,
        version=issue.version,
        reason="应急局来电",
        event_grade="major",
        grade_body="区应急局",
        grade_reference="电话",
        grade_at=clock("10:20"),
    )
    assert isinstance(done, Issue)
    assert (done.matter.level_pending, done.matter.event_grade) == (False, "major")
