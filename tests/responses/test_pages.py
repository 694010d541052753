"""What the pages read: the case as one line of time, and queries that do not grow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.services.rungs import fire_rungs
from responses.models import Issue
from responses.queries import issue_page, leads, open_issues, timeline, waiting_evidence, waiting_proposals
from responses.services import decide
from responses.services.evidence import check_release, enter_release
from tests.people import Office, clock
from tests.responses.facts import PAGE, fire_lead, lamp_lead

pytestmark = pytest.mark.django_db


def told_case(office: Office) -> Issue:
    """A fire confirmed, answered in time, one rung fired."""
    issue = fire_lead()
    decide.confirm_lead(issue=issue, by=office.chen, at=clock("09:20"), level=2, version=issue.version)
    fire_rungs(at=clock("09:30"))
    decide.add_note(issue=issue, by=office.zhao, at=clock("09:40"), text="已派人到场")
    release = enter_release(
        issue=issue,
        by=office.zhou,
        at=clock("11:00"),
        kind="notice",
        channel="门户网站",
        title="情况通报",
        link="https://gov.example.test/1.html",
        published_at=clock("10:50"),
        copy=PAGE,
        copy_name="通报.html",
    )
    check_release(release=release, by=office.wu, at=clock("11:10"), accept=True, note="一致")
    issue.refresh_from_db()
    return issue


def test_the_timeline_is_one_list_by_time_with_the_marks_of_who_spoke(office: Office) -> None:
    lines = timeline(told_case(office))
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert lines[0].mark == "public"
    assert lines[0].text.startswith("事件发生")
    marks = {line.kind: line.mark for line in lines}
    assert marks["issue.confirm"] == "person"
    assert marks["note"] == "person"
    assert marks["rung.p40"] == "system"
    assert marks["release"] == "publication"
    assert marks["clock.met"] == "system"
    assert next(line for line in lines if line.kind == "note").text == "已派人到场"


def test_a_page_offers_what_is_possible_now(office: Office) -> None:
    page = issue_page(told_case(office), clock("11:20"), by=office.zhou)
    assert [b.name for b in page.buttons[:2]] == ["draft_release", "enter_release"]
    assert [r.state for r in page.releases] == ["checked"]
    assert page.waiting == []


def test_lists_are_by_time_left_and_need_the_same_queries_for_one_and_for_six(office: Office) -> None:
    lamp_lead()
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert [i.number for i in leads(clock("12:00"))] == [1]
    for n in range(5):
        fire_lead(told_at=f"09:0{n}", found_at="09:10")
    with CaptureQueriesContext(connection) as six:
        rows = leads(clock("12:00"))
        for row in rows:
            assert row.matter.title
            assert list(row.matter.clocks.all())
    assert [i.number for i in rows] == [2, 3, 4, 5, 6, 1]
    assert len(one) == len(six) == 2


def test_the_page_of_a_long_case_needs_no_more_queries_than_that_of_a_short_one(office: Office) -> None:
    issue = told_case(office)
    with CaptureQueriesContext(connection) as short:
        timeline(issue_page(issue, clock("12:00"), by=office.wang).issue)
    for n in range(20):
        decide.add_note(issue=issue, by=office.zhao, at=clock("12:00"), text=f"第{n}条")
    with CaptureQueriesContext(connection) as long:
        timeline(issue_page(issue, clock("12:10"), by=office.wang).issue)
    assert len(long) == len(short)


def test_what_waits_for_a_second_person_is_shown_to_others_only(office: Office) -> None:
    issue = fire_lead()
    decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="演练", version=issue.version
    )
    assert waiting_proposals(office.wang) == []
    assert len(waiting_proposals(office.zhao)) == 1
    assert waiting_evidence(office.zhao) == []


def test_confirmed_issues_stand_apart_from_leads(office: Office) -> None:
    issue = told_case(office)
    assert leads(clock("12:00")) == []
    assert [i.pk for i in open_issues(clock("12:00"))] == [issue.pk]
