"""Starting, entering, ending and deleting drills from the console."""

import os
from datetime import timedelta
from pathlib import Path
from threading import Timer

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from console import drill_service
from console.drill import entries, home
from console.drill.acts import Stage
from console.drill.cast import GUEST, make_cast
from console.drill.progress import Progress
from console.drill.reopening import leave_word
from console.drill.scenario import load_scenario
from console.drill.summary import shortfalls
from office.errors import Refused
from office.models import Duty, Trail, User
from responses.models import Handover, Release
from responses.services.decide import confirm_lead
from responses.services.evidence import enter_release
from responses.services.leads import report_by_hand
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
AT = clock("10:00")


def begin(office: Office, settings: Settings) -> Path:
    state = drill_service.start_drill(by=office.zhao, at=AT)
    return Path(settings.HOME) / "drills" / state.name


def test_a_drill_has_a_home_and_a_district_of_its_own(office: Office, settings: Settings) -> None:
    folder = begin(office, settings)
    around = home.environment(folder, listen="127.0.0.1:8001")
    assert around["HUIYING_HOME"] == str(folder)
    assert around["HUIYING_DISTRICT"] == str(folder / "pack")
    assert around["HUIYING_LOOPBACK"].startswith("127.0.0.1:")
    assert not any(around[name] for name in ("HUIYING_SMTP", "HUIYING_WEBHOOK", "HUIYING_PROXY", "HUIYING_PING_URL"))
    assert "{site}" not in (folder / "pack" / "sources.yaml").read_text(encoding="utf-8")
    assert "青槐路" in (folder / "pack" / "gazetteer.yaml").read_text(encoding="utf-8")


def test_two_starts_make_one_drill(office: Office, settings: Settings) -> None:
    begin(office, settings)
    with pytest.raises(Refused, match="一场演练正在进行"):
        drill_service.start_drill(by=office.zhao, at=AT)
    assert len(drill_service.drills(at=AT)) == 1


def test_a_drill_that_was_stopped_stays_readable_until_it_is_deleted(office: Office, settings: Settings) -> None:
    folder = begin(office, settings)
    drill_service.end_drill(name=folder.name, by=office.zhao, at=AT)
    (state,) = drill_service.drills(at=AT)
    assert (state.state, state.line) == ("ended", "提前结束")
    drill_service.delete_drill(name=folder.name, by=office.zhao, at=AT)
    assert not folder.exists()
    assert drill_service.drills(at=AT) == []


def test_the_next_drill_waits_for_one_that_was_told_to_stop(office: Office, settings: Settings) -> None:
    folder = begin(office, settings)
    Progress(folder, state="running").write()
    stage = home.take_stage(folder)
    assert stage is not None
    drill_service.end_drill(name=folder.name, by=office.zhao, at=AT)
    Timer(0.6, os.close, [stage]).start()  # its process finishes what it was doing, and is gone
    following = drill_service.start_drill(by=office.zhao, at=AT)
    assert home.wanted(settings.HOME) == settings.HOME / "drills" / following.name


def test_a_running_drill_is_not_deleted(office: Office, settings: Settings) -> None:
    folder = begin(office, settings)
    with pytest.raises(Refused, match="先停再删"):
        drill_service.delete_drill(name=folder.name, by=office.zhao, at=AT)
    assert folder.exists()


def test_the_trail_keeps_only_that_a_drill_began_and_ended(office: Office, settings: Settings) -> None:
    before = Trail.objects.count()
    folder = begin(office, settings)
    progress = Progress(folder, state="ended", line="演练走完", ended_at=AT.isoformat())
    progress.write()
    assert [drill_service.settle_drills(at=AT) for _ in range(2)] == [1, 0]
    drill_service.delete_drill(name=folder.name, by=office.zhao, at=AT)
    rows = Trail.objects.order_by("seq").values_list("kind", flat=True)[before:]
    assert list(rows) == ["drill.began", "drill.ended"]


def test_an_unknown_scenario_and_a_person_without_the_right_are_refused(office: Office) -> None:
    with pytest.raises(Refused, match="没有名为"):
        drill_service.start_drill(by=office.zhao, at=AT, scenario="../secrets")
    with pytest.raises(Refused):
        drill_service.start_drill(by=office.auditor, at=AT)


@pytest.mark.parametrize("name", ["../drills", "drill-1", "", "replay-20261117-100000-abcdef"])
def test_a_name_that_is_no_drill_leads_nowhere(name: str, office: Office) -> None:
    with pytest.raises(Refused, match="没有这场演练"):
        drill_service.delete_drill(name=name, by=office.zhao, at=AT)


def test_the_link_into_a_drill_works_once_and_shows_the_drill_on_every_page(
    office: Office, settings: Settings, client: Client
) -> None:
    folder = begin(office, settings)
    make_cast(load_scenario("qinghuai"), full=False, at=AT)
    settings.HOME, settings.DRILL = folder, True
    token = entries.issue(folder)
    waiting = client.get(f"/enter/{token}/")
    assert (waiting.status_code, waiting.headers["Refresh"]) == (200, "2")  # not there yet: the link is not used up
    Progress(folder, state="running").write()
    assert "正在准备" in client.get("/leads/").content.decode()
    leave_word(folder, refused="旧版本留下的，打不开")
    assert "旧版本留下的，打不开" in client.get(f"/enter/{token}/").content.decode()
    leave_word(folder)
    assert client.get(f"/enter/{token}/").status_code == 302
    assert client.session["_auth_user_id"] == str(User.objects.get(username=GUEST).pk)
    for page in ("/", "/leads/", "/briefs/", "/search/", "/trail/", "/drill/"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "演练" in answer.content.decode(), page
    second = Client().get(f"/enter/{token}/")
    assert second.status_code == 410
    assert "用过" in second.content.decode()


def test_the_real_service_knows_no_way_in_without_a_password(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.HOME = tmp_path
    assert client.get(f"/enter/{entries.issue(tmp_path)}/").status_code == 404


def test_a_scenario_is_played_in_its_own_time_and_within_its_crawls() -> None:
    scenario = load_scenario("qinghuai")
    assert (scenario.end(full=False) - scenario.starts_at).total_seconds() / scenario.speed < 150
    assert (scenario.end(full=True) - scenario.starts_at).total_seconds() / scenario.speed < 300
    assert sum(len(crawl.sources) or len(scenario.sources) for crawl in scenario.crawls) <= scenario.max_crawls == 30


def test_a_visitor_may_work_the_lead_himself_and_the_cast_checks_what_he_published(
    office: Office, settings: Settings
) -> None:
    state = drill_service.start_drill(by=office.zhao, at=AT, hands_on=True)
    asked = home.read_json(Path(settings.HOME) / "drills" / state.name / "drill.json")
    assert (asked["hands_on"], asked["speed"]) == (True, drill_service.HANDS_ON_SPEED)

    scenario = load_scenario("qinghuai")
    at = scenario.starts_at
    people = make_cast(scenario, full=False, hands_on=True, at=at)
    guest = User.objects.get(username=GUEST)
    assert Duty.objects.filter(user=guest, role="monitor", starts_at__lte=at, ends_at__gt=at).exists()
    issue = report_by_hand(by=people["zhou"], at=at, origin="phone", title="青槐路塌陷", text="来电", level=4)
    confirm_lead(issue=issue, by=guest, at=at, level=4, version=issue.version)
    stage = Stage(scenario, people, site="http://127.0.0.1:1")
    step = next(step for step in scenario.steps if step.do == "confirm")
    with pytest.raises(Refused):
        stage.perform(step)  # the script comes later: the visitor was faster
    published = at + timedelta(minutes=20)
    release = enter_release(
        issue=issue, by=guest, at=at + timedelta(minutes=30), kind="notice", channel="政府网站", title="关于塌陷的通报",
        link="https://www.example.cn/1", published_at=published, copy=b"<p>x</p>", copy_name="p.html",
    )  # fmt: skip
    assert stage.check_entered(at=at + timedelta(minutes=35)) == []
    (line,) = stage.check_entered(at=at + timedelta(minutes=41))
    assert "复核通过发布《关于塌陷的通报》" in line
    release.refresh_from_db()
    assert (release.state, release.checked_by) == (Release.State.CHECKED, people["qian"])
    assert stage.check_entered(at=at + timedelta(hours=2)) == []


def test_the_rehearsal_changes_its_shift_once_and_no_clock_stops_for_it(office: Office, settings: Settings) -> None:
    scenario = load_scenario("qinghuai")
    people = make_cast(scenario, full=False, at=scenario.starts_at)
    give, take = (step for step in scenario.steps if step.do in ("give_shift", "take_shift"))
    issue = report_by_hand(by=people["zhou"], at=give.at, origin="phone", title="青槐路塌陷", text="来电", level=4)
    before = list(issue.matter.clocks.values())
    stage = Stage(scenario, people, site="http://127.0.0.1:1")
    with pytest.raises(Refused, match="交班还没签"):
        stage.perform(take)
    assert "交班签字 HS-0001，1 个时限" in stage.perform(give)
    assert "接班签字 HS-0001" in stage.perform(take)
    sheet = Handover.objects.get()
    assert (sheet.giver, sheet.taker) == (people["li"], people["xu"]) and give.at < sheet.changes_at < take.at
    assert sheet.lines.get().words == "城管委明早给修复时间"
    assert list(issue.matter.clocks.values()) == before
    assert not Duty.objects.filter(user=people["li"], ends_at__gt=sheet.changes_at).exists()


def test_a_rehearsal_worked_by_hand_fails_only_without_its_brief() -> None:
    report = {"issues": [], "full": False, "brief": {"state": "sent"}}
    assert shortfalls(report | {"hands_on": True}) == []
    assert shortfalls(report | {"hands_on": True, "brief": None}) == ["简报没有发出"]
    assert len(shortfalls(report | {"hands_on": False})) == 2
