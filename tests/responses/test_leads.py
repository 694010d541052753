"""From alerts to leads: one topic, one open lead, and it grows."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from alerts.models import Alert, Anchor, Clock, Notice
from analysis.models import Topic
from office import trail
from office.errors import Refused
from responses.models import Issue
from responses.services import decide
from responses.services.leads import open_leads, report_by_hand
from responses.services.leads.sweep import handle_topic
from tests.people import Office, clock
from tests.responses.facts import alert, clock_of, fire, fire_lead, lamp_lead, post, statuses, topic

pytestmark = pytest.mark.django_db


def test_three_dead_opens_a_lead_at_II_with_clocks_from_the_event(office: Office) -> None:
    issue = fire_lead()
    assert (issue.state, issue.matter.level_proposed, issue.matter.level_decided) == ("lead", 2, None)
    assert clock_of(issue, "first_release").due_at == clock("12:30")
    assert clock_of(issue, "press_conference").due_at == clock("07:30", day=18)
    assert set(statuses(issue).values()) == {"provisional"}


def test_monitor_and_duty_lead_are_told_together_of_a_grave_lead(office: Office) -> None:
    issue = fire_lead()
    told = Notice.objects.filter(matter=issue.matter).values_list("person__name", flat=True)
    assert set(told) == {"王敏", "赵刚"}


def test_found_only_at_13_the_clock_opens_overdue_by_half_an_hour(office: Office) -> None:
    first = clock_of(fire_lead(found_at="13:00"), "first_release")
    assert (first.status, first.cause, first.breached_at) == ("overdue", "detected_late", clock("12:30"))


def test_an_alert_seen_twice_makes_one_lead(office: Office) -> None:
    issue = lamp_lead()
    assert open_leads(at=clock("09:10")) == 0
    assert Issue.objects.count() == 1
    assert Alert.objects.filter(handled_at=None).count() == 0
    assert issue.label == "L-0001"


def test_growth_raises_the_proposal_on_the_same_issue_and_starts_the_clocks_of_the_higher_level(
    office: Office,
) -> None:
    """A week of complaints about a smell of gas, confirmed at III; then four dead (rules.md 8)."""
    case = topic("青川里燃气味", clock("09:00", day=10))
    for day in (10, 12, 14):
        told = post(case, clock("09:00", day=day), "楼道一股燃气味没人管")
    alert(case, "priority", 3, met_at=clock("09:00", day=14), by=told)
    open_leads(at=clock("09:05", day=14))
    issue = Issue.objects.get(topic=case)
    decide.confirm_lead(issue=issue, by=office.wang, at=clock("10:00", day=14), level=3, version=issue.version)

    told = post(case, clock("09:00"), "刚才炸了，4人死亡", emergency=fire(dead=4))
    alert(case, "emergency_grave", 2, met_at=clock("09:00"), by=told)
    assert open_leads(at=clock("09:06")) == 0

    issue.refresh_from_db()
    assert (issue.matter.level_proposed, issue.matter.level_decided) == (2, 3)
    assert clock_of(issue, "response").status == "superseded"
    first = clock_of(issue, "first_release")
    assert (first.status, first.anchor_at) == ("provisional", clock("09:00"))
    assert Notice.objects.filter(matter=issue.matter, title__contains="升为").exists()


def test_a_second_line_met_tells_the_same_people_once(office: Office) -> None:
    issue = lamp_lead()
    assert issue.topic is not None
    told = post(issue.topic, clock("11:00"), "琉璃巷路灯还是不亮")
    alert(issue.topic, "long", 4, met_at=clock("11:00"), by=told)
    open_leads(at=clock("11:05"))
    open_leads(at=clock("11:06"))
    grown = Notice.objects.filter(matter=issue.matter, title__contains="又满足一条")
    assert [n.person.name for n in grown if n.person] == ["王敏"]
    issue.matter.refresh_from_db()
    assert {line["rule"] for line in issue.matter.reasons if line["met"]} == {"burst", "long"}


def test_a_post_that_tells_an_earlier_beginning_moves_an_unconfirmed_clock(office: Office) -> None:
    issue = fire_lead(event=None)
    assert clock_of(issue, "first_release").due_at == clock("14:00")
    assert issue.topic is not None
    post(issue.topic, clock("09:20"), "七点半就烧起来了", emergency=fire(dead=3, occurred_at=clock("07:30")))
    open_leads(at=clock("09:21"))
    assert clock_of(issue, "first_release").due_at == clock("12:30")


def test_after_confirmation_an_earlier_beginning_is_only_suggested(office: Office) -> None:
    issue = fire_lead(event=None)
    decide.confirm_lead(issue=issue, by=office.wang, at=clock("09:10"), level=2, version=issue.version)
    assert issue.topic is not None
    post(issue.topic, clock("09:20"), "七点半就烧起来了", emergency=fire(dead=3, occurred_at=clock("07:30")))
    open_leads(at=clock("09:21"))
    assert clock_of(issue, "first_release").due_at == clock("14:00")
    assert Anchor.objects.get(matter=issue.matter, kind="event").suggested


def test_dismissed_with_two_voices_it_opens_again_at_four_and_its_clocks_return(office: Office) -> None:
    issue = lamp_lead(voices=2, last_at="09:00")
    before = clock_of(issue, "response")
    decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="系误判", version=issue.version
    )
    assert clock_of(issue, "response").status == "void"
    assert issue.topic is not None
    post(issue.topic, clock("12:00"), "路灯还没修")
    assert open_leads(at=clock("12:01")) == 0
    post(issue.topic, clock("15:00"), "路灯到底谁管")
    assert open_leads(at=clock("15:00")) == 1
    issue.refresh_from_db()
    again = clock_of(issue, "response")
    assert (issue.state, again.status, again.due_at) == ("lead", "provisional", before.due_at)
    assert Notice.objects.filter(matter=issue.matter, title__contains="再次提醒").count() == 1


def test_a_dismissed_lead_opens_again_when_a_higher_level_is_met(office: Office) -> None:
    issue = lamp_lead()
    decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="系误判", version=issue.version
    )
    assert issue.topic is not None
    told = post(issue.topic, clock("11:00"), "路灯杆倒了压死人", emergency=fire(dead=3))
    alert(issue.topic, "emergency_grave", 2, met_at=clock("11:00"), by=told)
    assert open_leads(at=clock("11:01")) == 1
    issue.refresh_from_db()
    assert (issue.state, issue.matter.level_proposed) == ("lead", 2)
    assert statuses(issue)["first_release"] == "provisional"


def test_a_later_episode_raises_again_and_points_back_to_the_dismissed_one(office: Office) -> None:
    first = lamp_lead()
    decide.dismiss_lead(
        issue=first, by=office.wang, at=clock("10:00"), code="settled", sentence="已修", version=first.version
    )
    case = first.topic
    assert case is not None
    Topic.objects.filter(pk=case.pk).update(episode=2, episode_started_at=clock("09:00", day=30))
    case.refresh_from_db()
    told = post(case, clock("09:00", day=30), "路灯又坏了")
    alert(case, "burst", 4, met_at=clock("09:00", day=30), by=told)
    assert open_leads(at=clock("09:05", day=30)) == 1
    second = Issue.objects.get(topic=case, state="lead")
    assert second.earlier == first


def test_topics_joined_before_confirmation_take_their_leads_along(office: Office) -> None:
    early = fire_lead(told_at="09:00", event=None)
    late = lamp_lead(last_at="11:00")
    assert late.topic is not None
    assert early.topic is not None
    Topic.objects.filter(pk=early.topic.pk).update(merged_into=late.topic)
    open_leads(at=clock("11:10"))
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, early.merged_into, late.state) == ("merged", late, "lead")


def test_a_lead_about_the_office_itself_goes_to_the_government_office_too(office: Office) -> None:
    case = topic("宣传部食堂噪声扰民", clock("08:00"))
    Topic.objects.filter(pk=case.pk).update(departments=["中共西城区委宣传部"])
    case.refresh_from_db()
    told = post(case, clock("09:00"), "太吵了")
    alert(case, "burst", 4, met_at=clock("09:00"), by=told)
    open_leads(at=clock("09:05"))
    issue = Issue.objects.get(topic=case)
    assert issue.own_unit
    assert Notice.objects.filter(matter=issue.matter, person=office.sun).exists()
    assert isinstance(
        decide.dismiss_lead(
            issue=issue, by=office.wang, at=clock("09:30"), code="settled", sentence="已整改", version=issue.version
        ),
        type(issue.proposals.get()),
    )
    with pytest.raises(Refused, match="须由区政府办复核"):
        decide.decide_proposal(proposal=issue.proposals.get(), by=office.zhao, at=clock("09:40"), accept=True)
    decide.decide_proposal(proposal=issue.proposals.get(), by=office.sun, at=clock("09:41"), accept=True)
    issue.refresh_from_db()
    assert issue.state == "dismissed"


def test_a_phone_report_comes_into_the_same_queue_with_its_caller_masked(office: Office) -> None:
    issue = report_by_hand(
        by=office.wang,
        at=clock("09:00"),
        origin="phone",
        title="青槐里停水",
        text="居民来电：整栋楼没水，本人张大山，电话13812345678",
        level=3,
        occurred_at=clock("06:00"),
    )
    assert issue.state == "lead"
    assert clock_of(issue, "response").anchor_at == clock("06:00")
    assert "13812345678" not in issue.notes.get().text
    assert Notice.objects.filter(matter=issue.matter, person=office.wang).exists()
    assert trail.verify() == []


def test_a_report_from_the_future_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="在将来"):
        report_by_hand(
            by=office.wang,
            at=clock("09:00"),
            origin="phone",
            title="停水",
            text="没水",
            level=4,
            occurred_at=clock("10:00"),
        )


def test_killed_in_the_middle_the_alert_still_waits_and_one_lead_opens(office: Office) -> None:
    case = topic("槐树街起火", clock("09:00"))
    told = post(case, clock("09:00"), "起火", emergency=fire())
    fresh = alert(case, "emergency", 3, met_at=clock("09:00"), by=told)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        handle_topic(case, [fresh], at=clock("09:01"))
        raise KeyboardInterrupt  # the process dies before the commit
    assert Issue.objects.count() == 0
    assert open_leads(at=clock("09:02")) == 1
    assert (Issue.objects.count(), Clock.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_lead(transactional_db: None) -> None:
    case = topic("槐树街起火", clock("09:00"))
    told = post(case, clock("09:00"), "起火", emergency=fire())
    alert(case, "emergency", 3, met_at=clock("09:00"), by=told)
    ready = threading.Barrier(2)
    opened: list[int] = []

    def work() -> None:
        ready.wait()
        try:
            opened.append(open_leads(at=clock("09:00") + timedelta(minutes=1)))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(opened) == [0, 1]
    assert Issue.objects.count() == 1


def test_lines_met_while_dismissed_stand_among_the_reasons_when_it_opens_again(office: Office) -> None:
    issue = lamp_lead(voices=2)
    decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="系误判", version=issue.version
    )
    assert issue.topic is not None
    told = post(issue.topic, clock("11:00"), "路灯还是不亮")
    alert(issue.topic, "long", 4, met_at=clock("11:00"), by=told)
    assert open_leads(at=clock("11:01")) == 0
    post(issue.topic, clock("15:00"), "路灯到底谁管")
    assert open_leads(at=clock("15:01")) == 1
    issue.matter.refresh_from_db()
    assert {line["rule"] for line in issue.matter.reasons if line["met"]} == {"burst", "long"}


def test_new_lines_of_a_merged_lead_grow_the_issue_it_went_into(office: Office) -> None:
    lamp, fire_issue = lamp_lead(), fire_lead()
    decide.merge_issue(
        issue=lamp, into=fire_issue, by=office.wang, at=clock("10:00"), reason="同一处", version=lamp.version
    )
    assert lamp.topic is not None
    told = post(lamp.topic, clock("11:00"), "十二人死亡", emergency=fire(dead=12))
    alert(lamp.topic, "emergency_gravest", 1, met_at=clock("11:00"), by=told)
    assert open_leads(at=clock("11:01")) == 0
    fire_issue.refresh_from_db()
    assert (fire_issue.matter.level_proposed, Issue.objects.filter(state="lead").count()) == (1, 1)


def test_a_closed_matter_that_comes_back_is_a_new_lead_that_points_to_the_old_one(office: Office) -> None:
    issue = lamp_lead()
    Issue.objects.filter(pk=issue.pk).update(state="closed")
    assert issue.topic is not None
    told = post(issue.topic, clock("09:00", day=18), "路灯又坏了")
    alert(issue.topic, "long", 4, met_at=clock("09:00", day=18), by=told)
    assert open_leads(at=clock("09:01", day=18)) == 1
    assert Issue.objects.get(state="lead").earlier == issue
