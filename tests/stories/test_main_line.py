"""The main line, whole: from a thread nobody has seen to an answer in time and a line in the next morning's brief."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from docx import Document

from alerts.models import Clock, Notice
from alerts.services.notices import acknowledge
from crawlers.models import Post, Source
from office import trail
from office.models import User
from office.state import set_state
from reports.models import Brief
from reports.services.brief import file_of, sign_brief, submit
from responses.models import Issue
from responses.services.decide import confirm_lead, decide_level
from responses.services.evidence import check_conference, check_release, enter_conference, enter_release
from tests.gateways.mail import MailServer
from tests.people import Office, clock
from tests.stories.town import Town, sweep_all

Turn = Callable[[datetime], None]
FIRE = "今早7点半白纸坊东街一栋居民楼着火，消防已经抬出3名遇难者，楼下围了很多人，到底怎么回事？"


@pytest.fixture
def watched(office: Office, town: Town, turn: Turn, post_office: MailServer) -> Town:
    """08:40: the service watches the board and has seen what stood there; sending is switched on."""
    set_state("dry_run", False, by=None, at=clock("08:00"))
    Source.objects.update(next_visit_at=clock("08:40"))
    town.say("陶然亭公园的银杏黄了", "周末去陶然亭公园看了银杏，叶子黄得正好看，推荐。", author="甲", at=clock("08:10"))
    turn(clock("08:40"))
    sweep_all()
    assert Post.objects.count() == 1 and not Issue.objects.exists()
    return town


def found(town: Town, turn: Turn) -> Issue:
    """09:00 somebody tells of a fire; 09:06 the service has seen it."""
    town.say("白纸坊东街着火了", FIRE, author="乙", at=clock("09:00"))
    Source.objects.update(next_visit_at=clock("09:05"))
    turn(clock("09:06"))
    sweep_all()
    return Issue.objects.select_related("matter", "topic").get()


def clocks(issue: Issue) -> dict[str, Clock]:
    return {c.kind: c for c in Clock.objects.filter(matter=issue.matter).order_by("-round")}


def test_a_thread_becomes_a_lead_with_running_clocks_and_the_person_on_duty_is_told_within_the_sweep(
    watched: Town, turn: Turn, office: Office, post_office: MailServer
) -> None:
    issue = found(watched, turn)
    assert (issue.state, issue.matter.level_proposed, issue.opened_at) == ("lead", 2, clock("09:06"))
    running = clocks(issue)
    assert running["first_release"].due_at == clock("12:30") and running["first_release"].anchor_kind == "event"
    assert running["press_conference"].due_at == clock("07:30", day=18)
    assert {c.status for c in running.values()} == {"provisional"}
    assert {n.person for n in Notice.objects.filter(matter=issue.matter)} == {office.wang, office.zhao}
    (mail,) = post_office.to("wangmin@example.test")
    assert "白纸坊" in mail.text and "12:30" in mail.text


def test_one_tap_on_the_link_of_the_message_answers_for_the_person_it_names(
    watched: Town, turn: Turn, office: Office, post_office: MailServer, client: Client
) -> None:
    issue = found(watched, turn)
    link = re.search(r"(/ack/[^\s/]+/)", post_office.to("wangmin@example.test")[0].text)
    assert link
    page = client.get(link.group(1)).content.decode()
    assert "王敏" in page and "白纸坊" in page
    turn(clock("09:08"))
    assert client.post(link.group(1)).status_code in (200, 302)
    turn(clock("09:30"))
    sweep_all()
    assert not Notice.objects.filter(matter=issue.matter, number__gt=0).exists()  # nobody is called a second time
    assert issue.matter.rungs.get(name="lead").acknowledged_by == office.wang


def test_nobody_answers_so_the_silence_goes_up_the_chain(watched: Town, turn: Turn, office: Office) -> None:
    issue = found(watched, turn)
    for minute in range(10, 60, 5):
        turn(clock(f"09:{minute}"))
        sweep_all()
    above = {n.person for n in Notice.objects.filter(matter=issue.matter, number__gt=0)}
    assert above - {office.wang, office.zhao}


def test_confirmed_published_proved_and_told_in_the_next_morning_s_brief(
    watched: Town, turn: Turn, office: Office, post_office: MailServer, client: Client
) -> None:
    issue = found(watched, turn)
    notice = Notice.objects.get(matter=issue.matter, person=office.wang)
    acknowledge(notice=notice, by=office.wang, at=clock("09:08"))
    confirm_lead(issue=issue, by=office.wang, at=clock("09:15"), level=2, version=issue.version)
    issue.refresh_from_db()
    assert (issue.state, issue.matter.level_pending) == ("responding", True)
    decide_level(issue=issue, by=office.chen, at=clock("09:20"), level=2, version=issue.version)
    run_until(turn, clock("11:45"), begun=clock("09:30"))
    published = clock("11:40")
    release = enter_release(
        issue=issue,
        by=office.zhou,
        at=clock("11:45"),
        kind="notice",
        channel="区政府网站",
        title="关于白纸坊东街火情的通报",
        link="https://www.bjxch.gov.cn/xxgk/tongbao.html",
        published_at=published,
        copy=b"<html>...</html>",
        copy_name="tongbao.html",
    )
    assert clocks(issue)["first_release"].status == "running"  # entered is not yet proved
    check_release(release=release, by=office.wu, at=clock("11:55"), accept=True, note="已核对")
    first = clocks(issue)["first_release"]
    assert (first.status, first.met_at, first.breached_at) == ("met", published, None)
    held = enter_conference(
        issue=issue,
        by=office.zhou,
        at=clock("17:30"),
        title="火灾情况新闻发布会",
        held_at=clock("16:00"),
        copy=b"record",
        copy_name="jilu.txt",
    )
    check_conference(conference=held, by=office.wu, at=clock("17:40"), accept=True, note="")
    assert clocks(issue)["press_conference"].status == "met"

    run_until(turn, clock("08:01", day=18), begun=clock("18:00"))
    brief = Brief.objects.get()
    assert brief.day == clock("08:01", day=18).date()
    assert "白纸坊东街" in words(brief)
    submit(brief=brief, by=office.qian, at=clock("08:15", day=18))
    sign_brief(brief=brief, by=office.zhao, at=clock("08:20", day=18))
    sign_brief(brief=brief, by=office.chen, at=clock("08:30", day=18))
    turn(clock("08:31", day=18))
    sweep_all()
    brief.refresh_from_db()
    assert (brief.state, brief.issue_no, brief.running_no) == ("sent", 1, 1)
    paper = file_of(brief, "docx")
    assert paper is not None
    text = docx_text(paper.read_bytes())
    assert "今日舆情" in text and "白纸坊东街" in text
    assert "审核：赵刚" in text and "签发：陈立" in text
    (mail,) = [m for m in post_office.to("fengyuan@example.test") if "今日舆情" in m.message["Subject"]]
    assert any(name.endswith(".docx") for name in mail.attachments)
    assert trail.verify() == []
    assert page_of(client, office.feng, f"/briefs/{brief.pk}/")


def run_until(turn: Turn, moment: datetime, *, begun: datetime) -> None:
    """The sweeps go on every half hour, the last time at `moment`."""
    at = begun
    while at < moment:
        turn(at)
        sweep_all(only="clock")
        at += timedelta(minutes=30)
    turn(moment)
    sweep_all()


def words(brief: Brief) -> str:
    return "\n".join(section["text"] for section in brief.content["sections"])


def docx_text(content: bytes) -> str:
    paper = Document(io.BytesIO(content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in paper.paragraphs), *cells])


def page_of(client: Client, person: User, address: str) -> bool:
    person.must_change_password = False
    person.save(update_fields=["must_change_password"])
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return "白纸坊东街" in client.get(address).content.decode()
