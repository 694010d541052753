"""转办: given to a unit, signed for, fed back or sent back; who may, by when, and who is told."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from alerts.models import Matter, Notice
from office.errors import Refused
from office.models import Department, User
from responses.models import Assignment, Issue
from responses.queries import timeline
from responses.services import decide, tasks
from tests.people import Office, clock
from tests.responses.facts import clock_of, fire_lead, lamp_lead

pytestmark = pytest.mark.django_db
AT = clock("10:00")


@pytest.fixture
def case(office: Office) -> Issue:
    issue = fire_lead()
    decide.confirm_lead(issue=issue, by=office.chen, at=clock("09:20"), level=2, version=issue.version)
    issue.refresh_from_db()
    return issue


def given(case: Issue, office: Office, *, unit: Department | None = None, due: str = "12:00") -> Assignment:
    return tasks.give_task(
        issue=case, unit=unit or office.fire, what="损失登记点地址、电话", due_at=clock(due), by=office.zhao, at=AT
    )


def told(event: str) -> list[str]:
    return [n.person.name for n in Notice.objects.filter(event=event).order_by("pk") if n.person is not None]


def test_a_task_goes_to_the_unit_which_signs_and_feeds_back(case: Issue, office: Office) -> None:
    task = given(case, office)
    assert told(f"task:{task.pk}:given") == ["韩磊"]
    tasks.sign_task(task=task, by=office.han, at=clock("10:20"))
    done = tasks.feed_back(task=task, feedback="设在青槐路12号，电话已公布", by=office.han, at=clock("11:00"))
    assert (done.state, done.signed_at, done.fed_back_at) == ("fed_back", clock("10:20"), clock("11:00"))
    assert told(f"task:{task.pk}:fed_back") == ["赵刚", "陈立"]
    lines = [line.text for line in timeline(case) if line.kind.startswith("task.")]
    assert lines == [
        "转办 青川消防：损失登记点地址、电话，限 11-17 12:00",
        "青川消防 签收：损失登记点地址、电话",
        "青川消防 反馈“损失登记点地址、电话”：设在青槐路12号，电话已公布",
    ]


def test_late_stays_late_and_feeding_back_signs_what_was_not_signed(case: Issue, office: Office) -> None:
    task = given(case, office)
    done = tasks.feed_back(task=task, feedback="已设", by=office.han, at=clock("12:36"))
    assert done.signed_at == done.fed_back_at == clock("12:36")
    assert "，晚 0时36分" in timeline(case)[-1].text


def test_a_task_stops_no_clock_and_moves_none(case: Issue, office: Office) -> None:
    before = clock_of(case, "first_release")
    tasks.feed_back(task=given(case, office), feedback="已设", by=office.han, at=clock("11:00"))
    after = clock_of(case, "first_release")
    assert (after.due_at, after.status, after.closed_at) == (before.due_at, before.status, None)


@pytest.mark.parametrize(("level", "by", "words"), [(2, "10:30", "30 分钟内签收"), (3, "12:00", "2 小时内签收")])
def test_the_limit_of_the_signature_follows_the_level(
    case: Issue, office: Office, level: int, by: str, words: str
) -> None:
    case.matter.level_decided = level
    case.matter.save()
    task = given(case, office, due="18:00")
    assert (task.sign_by, task.sign_rule) == (clock(by), words)


def test_at_level_four_the_signature_has_working_hours_only(office: Office) -> None:
    issue = lamp_lead()
    decide.confirm_lead(issue=issue, by=office.wang, at=clock("09:20"), level=4, version=issue.version)
    task = tasks.give_task(
        issue=issue, unit=office.street, what="修灯", due_at=clock("12:00", day=19), by=office.zhao, at=clock("16:00")
    )
    assert task.sign_by == clock("11:00", day=18) and "只算工作时间" in task.sign_rule


# --- who may ----------------------------------------------------------------------------------------------------------


def test_for_a_unit_without_an_account_the_desk_enters_who_said_so_how_and_when(case: Issue, office: Office) -> None:
    task = given(case, office, unit=office.street)
    assert told(f"task:{task.pk}:given") == []
    with pytest.raises(Refused, match="谁说的、怎么说的"):
        tasks.sign_task(task=task, by=office.wang, at=clock("10:30"))
    said = "街道值班室王主任，电话 13800138000"
    done = tasks.sign_task(task=task, by=office.wang, at=clock("10:30"), told=said, told_at=clock("10:10"))
    assert (done.signed_at, done.signed_by) == (clock("10:10"), office.wang)
    assert "街道值班室王主任" in done.signed_told and "13800138000" not in done.signed_told
    assert "（代签：街道值班室王主任" in timeline(case)[-1].text


@pytest.mark.parametrize(("when", "sentence"), [("11:00", "不能在现在以后"), ("09:59", "不能早于转办")])
def test_a_word_given_before_the_task_or_after_now_is_none(
    case: Issue, office: Office, when: str, sentence: str
) -> None:
    task = given(case, office, unit=office.street)
    with pytest.raises(Refused, match=sentence):
        tasks.sign_task(task=task, by=office.wang, at=clock("10:30"), told="王主任，电话", told_at=clock(when))


def test_a_unit_with_an_account_speaks_for_itself(case: Issue, office: Office) -> None:
    task = given(case, office)
    with pytest.raises(Refused, match="有自己的账号（韩磊）"):
        tasks.sign_task(task=task, by=office.zhao, at=clock("10:30"), told="值班室，电话")
    User.objects.filter(pk=office.han.pk).update(is_active=False)
    assert (
        tasks.sign_task(task=task, by=office.zhao, at=clock("10:31"), told="值班室，电话").signed_told == "值班室，电话"
    )


def test_another_unit_and_who_has_no_part_in_it_are_refused(case: Issue, office: Office) -> None:
    task = given(case, office, unit=office.street)
    with pytest.raises(Refused, match="请由槐树街道办事处签收"):
        tasks.sign_task(task=task, by=office.han, at=clock("10:30"))
    for person in (office.feng, office.admin, office.auditor):
        with pytest.raises(Refused, match="没有“签收、反馈任务”的权限"):
            tasks.sign_task(task=task, by=person, at=clock("10:30"))
    for person in (office.han, office.feng, office.admin):
        with pytest.raises(Refused, match="没有“转办任务”的权限"):
            tasks.give_task(issue=case, unit=office.fire, what="x", due_at=clock("12:00"), by=person, at=AT)
        with pytest.raises(Refused, match="没有“转办任务”的权限"):
            tasks.withdraw_task(task=task, reason="重复", by=person, at=AT)


# --- sent back, withdrawn, two people ---------------------------------------------------------------------------------


def test_sent_back_with_a_reason_goes_to_who_gave_it_and_to_the_government_office(case: Issue, office: Office) -> None:
    task = given(case, office)
    with pytest.raises(Refused, match="退回的理由"):
        tasks.send_back(task=task, reason=" ", by=office.han, at=clock("10:10"))
    done = tasks.send_back(task=task, reason="登记点归街道管", by=office.han, at=clock("10:10"))
    assert (done.state, done.end_reason) == ("sent_back", "登记点归街道管")
    assert told(f"task:{task.pk}:sent_back") == ["赵刚", "陈立", "孙宁"]
    assert not done.is_open


def test_withdrawn_with_a_reason_the_unit_is_told_and_nothing_more_is_done_to_it(case: Issue, office: Office) -> None:
    task = given(case, office)
    tasks.withdraw_task(task=task, reason="已由街道办理", by=office.zhao, at=clock("10:10"))
    assert told(f"task:{task.pk}:withdrawn") == ["韩磊"]
    with pytest.raises(Refused, match="现在是“已撤销”"):
        tasks.sign_task(task=task, by=office.han, at=clock("10:20"))
    with pytest.raises(Refused, match="现在是“已撤销”"):
        tasks.feed_back(task=task, feedback="已设", by=office.han, at=clock("10:20"))
    with pytest.raises(Refused, match="现在是“已撤销”"):
        tasks.withdraw_task(task=task, reason="又一次", by=office.zhao, at=clock("10:20"))


def test_of_two_people_on_one_task_the_second_is_told_how_it_stands(case: Issue, office: Office) -> None:
    task = given(case, office)
    tasks.sign_task(task=task, by=office.han, at=clock("10:20"), version=task.version)
    with pytest.raises(Refused, match="现在是“已签收”"):
        tasks.withdraw_task(task=task, reason="重复", by=office.zhao, at=clock("10:21"), version=task.version)


@pytest.mark.parametrize(
    ("what", "due", "sentence"),
    [
        (" ", "12:00", "请写明要这个单位办什么"),
        ("登记点", "09:59", "要在现在以后"),
        ("长" * 201, "12:00", "最多 200 个字"),
    ],
)
def test_what_is_missing_is_said(case: Issue, office: Office, what: str, due: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        tasks.give_task(issue=case, unit=office.fire, what=what, due_at=clock(due), by=office.zhao, at=AT)


def test_a_unit_that_is_closed_a_limit_months_away_and_an_issue_that_ended(case: Issue, office: Office) -> None:
    with pytest.raises(Refused, match="不能超过 60 天"):
        tasks.give_task(
            issue=case, unit=office.fire, what="登记点", due_at=AT + timedelta(days=61), by=office.zhao, at=AT
        )
    office.street.active = False
    office.street.save()
    with pytest.raises(Refused, match="已停用"):
        given(case, office, unit=office.street)
    Issue.objects.filter(pk=case.pk).update(state="closed")
    with pytest.raises(Refused, match="已办结"):
        given(case, office)


# --- reminders --------------------------------------------------------------------------------------------------------


def test_who_has_to_know_hears_each_thing_once(case: Issue, office: Office) -> None:
    task = given(case, office)
    for time, event in (("10:30", "unsigned"), ("11:30", "soon"), ("12:00", "over")):
        tasks.remind_tasks(at=clock(time) - timedelta(seconds=1))
        assert told(f"task:{task.pk}:{event}") == []
        assert tasks.remind_tasks(at=clock(time)) == 3
        assert told(f"task:{task.pk}:{event}") == ["韩磊", "赵刚", "陈立"]
        assert tasks.remind_tasks(at=clock(time)) == 0
    Matter.objects.filter(pk=case.matter_id).update(owner=office.wang)  # taken over: the next one hears it too
    assert tasks.remind_tasks(at=clock("12:01")) == 2  # unsigned, and over
    assert "王敏" in told(f"task:{task.pk}:over")


def test_what_was_told_is_asked_for_in_one_question_however_many_tasks_there_are(
    case: Issue, office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for unit in (office.fire, office.street):
        for what in ("登记点", "临时取暖点", "道路何时通"):
            tasks.give_task(issue=case, unit=unit, what=what, due_at=clock("12:00"), by=office.zhao, at=AT)
    assert tasks.remind_tasks(at=clock("12:00")) > 0
    with django_assert_num_queries(4):  # one a unit, for its people
        assert tasks.remind_tasks(at=clock("12:01")) == 0


def test_signed_for_and_done_rings_no_more(case: Issue, office: Office) -> None:
    task = given(case, office)
    tasks.feed_back(task=task, feedback="已设", by=office.han, at=clock("10:20"))
    assert tasks.remind_tasks(at=clock("12:30")) == 0


def test_a_task_due_within_the_hour_it_was_given_is_not_soon_at_once(case: Issue, office: Office) -> None:
    task = given(case, office, due="10:25")
    assert tasks.remind_tasks(at=clock("10:01")) == 0
    tasks.remind_tasks(at=clock("10:25"))
    assert told(f"task:{task.pk}:over") == ["韩磊", "赵刚", "陈立"]
