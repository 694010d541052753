"""The pages about people, as an administrator, a planner and a colleague use them."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from alerts.models import Clock
from office.models import Department, Duty, Login, Swap, Trail, User
from office.services.duty import put_on_duty
from office.services.people import create_user
from office.services.roster import cell
from office.state import set_state
from responses.models import Handover
from responses.services import handover
from tests.console.conftest import NIGHT
from tests.console.night import Night
from tests.gateways.mail import MailServer

SignIn = Callable[[User], Client]
Turn = Callable[[datetime], None]
NEXT = "/roster/2026-11-19/night/"


@pytest.fixture
def admin(desk: Night, sign_in: SignIn) -> Client:
    """赵宁, who manages accounts but gives no rights."""
    return sign_in(desk.people["zhaoning"])


@pytest.fixture
def keeper(desk: Night) -> User:
    """严正, who gives rights."""
    person = create_user(username="yanzheng", name="严正", roles=["sec_admin"], at=NIGHT, by=None)
    person.must_change_password = False
    person.save()
    return person


@pytest.fixture
def planner(desk: Night, sign_in: SignIn) -> Client:
    """王敏, who leads the shift and plans the roster."""
    return sign_in(desk.people["wangmin"])


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.SMTP = server.address
        settings.SMTP_TLS = "none"
        set_state("dry_run", False, by=None, at=NIGHT)
        yield server


def test_a_colleague_is_invited_comes_in_by_the_link_and_gets_a_role(
    desk: Night, admin: Client, keeper: User, sign_in: SignIn
) -> None:
    person = {"username": "xuning", "name": "许宁", "email": "xu@example.cn", "way": "hand"}
    shown = admin.post("/people/new/", person)
    link = re.search(r'value="http[^"]*(/join/[^"]+)"', shown.content.decode())
    assert link is not None
    made = User.objects.get(username="xuning")
    newcomer = Client()
    newcomer.post(link[1], {"new": "Xin-Kouling-1", "again": "Xin-Kouling-1"})
    newcomer.post("/login/", {"username": "xuning", "password": "Xin-Kouling-1"})
    assert newcomer.get("/").status_code == 403  # no role yet
    roles = {"which": "roles", "roles": ["monitor"], "reason": "入职", "version": made.version}
    assert admin.post(f"/people/{made.pk}/", roles).status_code == 403
    assert sign_in(keeper).post(f"/people/{made.pk}/", roles).status_code == 302
    assert newcomer.get("/").status_code == 200


@pytest.mark.parametrize("address", ["wang@", "a b@c.cn", "没有", "a@b"])
def test_a_malformed_mail_address_is_told_beside_its_field_and_the_rest_stays(admin: Client, address: str) -> None:
    answer = admin.post("/people/new/", {"username": "xuning", "name": "许宁", "email": address, "way": "hand"})
    assert answer.status_code == 422
    assert "name@example.cn" in answer.content.decode()
    assert 'value="许宁"' in answer.content.decode()
    assert not User.objects.filter(username="xuning").exists()


def test_an_invitation_by_mail_needs_mail_to_go_out(desk: Night, admin: Client) -> None:
    person = {"username": "xuning", "name": "许宁", "email": "xu@example.cn", "way": "mail"}
    answer = admin.post("/people/new/", person)
    assert "当面给链接" in answer.content.decode()


def test_two_administrators_save_one_person_and_the_second_sees_both(
    desk: Night, admin: Client, sign_in: SignIn
) -> None:
    person = desk.people["lizhuo"]
    seen = person.version
    first = {"which": "particulars", "name": "李卓", "email": "li@example.cn", "version": seen}
    assert admin.post(f"/people/{person.pk}/", first).status_code == 302
    second = admin.post(f"/people/{person.pk}/", first | {"email": "zhuo@example.cn"})
    words = second.content.decode()
    assert second.status_code == 422
    assert "赵宁 03:14 先存了一次" in words
    assert "两份对照" in words
    both = second.context["both"]
    assert [(b.label, b.theirs, b.yours) for b in both] == [("邮箱", "li@example.cn", "zhuo@example.cn")]
    renewed = re.search(r'name="version" value="(\d+)"', words)
    assert renewed is not None
    admin.post(f"/people/{person.pk}/", first | {"email": "zhuo@example.cn", "version": renewed[1]})
    assert User.objects.get(pk=person.pk).email == "zhuo@example.cn"


def test_the_week_shows_who_is_on_what_is_missing_and_who_could_come(desk: Night, planner: Client) -> None:
    words = planner.get("/people/").content.decode()
    assert "现在值班" in words
    assert "缺值班长" in words
    week = planner.get("/people/?week=2026-11-16").context["week"]
    assert week.monday == date(2026, 11, 16)
    assert week.missing >= 8
    hole = week.holes[0]
    assert hole.role in ("duty_lead", "monitor")
    assert planner.get("/people/?week=nonsense").context["week"].monday == date(2026, 11, 16)


def test_an_overlap_and_too_little_rest_are_shown_and_a_half_gap_with_its_hours(desk: Night, planner: Client) -> None:
    person = desk.people["lizhuo"]
    for start, hours in ((16, 4), (17, 8)):
        put_on_duty(
            user=desk.people["zhoulan"],
            role="monitor",
            starts_at=NIGHT.replace(hour=start, minute=0, second=0) + timedelta(days=1 if hours == 8 else 2),
            ends_at=NIGHT.replace(hour=start, minute=0, second=0) + timedelta(days=1 if hours == 8 else 2, hours=hours),
            by=None,
            at=NIGHT,
        )
    for offset in (0, 2):
        Duty.objects.create(
            user=person,
            role="monitor" if offset else "duty_lead",
            starts_at=NIGHT + timedelta(days=3, hours=offset),
            ends_at=NIGHT + timedelta(days=3, hours=offset + 5),
        )
    week = planner.get("/people/").context["week"]
    assert any("李卓" in said and "重班" in said for said in week.clashes)
    assert any("缺值守 08:00–17:00" in m for row in week.rows for box in row.boxes for m in box.missing)


def test_a_shift_is_planned_on_its_page_and_of_two_planners_the_second_sees_both(desk: Night, planner: Client) -> None:
    form = planner.get(NEXT).context["form"]
    seen = form.initial["seen"]
    lead, monitor = desk.people["wangmin"].pk, desk.people["lizhuo"].pk
    assert planner.post(NEXT, {"duty_lead": [lead], "monitor": [monitor], "seen": seen}).status_code == 302
    late = planner.post(NEXT, {"duty_lead": [], "monitor": [desk.people["zhoulan"].pk], "seen": seen})
    assert late.status_code == 422
    assert "先存了一次" in late.content.decode()
    assert [(b.label, b.theirs, b.yours) for b in late.context["both"]] == [
        ("值班长", "王敏", "（空）"),
        ("值守", "李卓", "周岚"),
    ]
    assert planner.get("/roster/2026-11-19/noon/").status_code == 404
    assert planner.get("/roster/yesterday/night/").status_code == 404


def test_a_week_is_planned_like_the_last_with_one_button(desk: Night, planner: Client) -> None:
    answer = planner.post("/roster/copy/", {"week": "2026-11-23"}, follow=True)
    assert "照上周排了" in answer.content.decode()
    assert cell(day=date(2026, 11, 24), key="night").people("duty_lead") == [desk.people["wangmin"]]


def test_a_swap_goes_from_the_asker_to_the_colleague_to_the_planner(
    desk: Night, planner: Client, sign_in: SignIn
) -> None:
    lizhuo, zhoulan = desk.people["lizhuo"], desk.people["zhoulan"]
    duty = Duty.objects.create(
        user=lizhuo, role="monitor", starts_at=NIGHT + timedelta(days=2), ends_at=NIGHT + timedelta(days=2, hours=8)
    )
    asker, colleague = sign_in(lizhuo), sign_in(zhoulan)
    assert asker.post("/swaps/new/", {"duty": duty.pk, "taker": zhoulan.pk, "reason": "看病"}).status_code == 302
    swap = Swap.objects.get()
    assert "等 <b>周岚</b> 答应" in asker.get("/people/").content.decode()
    refused = asker.post(f"/swaps/{swap.pk}/agree/", follow=True)
    assert "周岚 本人答应" in refused.content.decode()
    colleague.post(f"/swaps/{swap.pk}/agree/")
    assert colleague.post(f"/swaps/{swap.pk}/approve/").status_code == 403
    planner.post(f"/swaps/{swap.pk}/approve/")
    duty.refresh_from_db()
    assert duty.user == zhoulan
    assert '<s class="soft">李卓</s>' in planner.get("/people/").content.decode()
    assert planner.post(f"/swaps/{swap.pk}/dance/").status_code == 404


def test_a_person_leaves_and_each_case_has_somebody(desk: Night, admin: Client) -> None:
    person = desk.people["zhoulan"]
    address = f"/people/{person.pk}/leave/"
    shown = admin.get(address).content.decode()
    assert "在办事项 3 件" in shown and "L-0603" in shown
    assert "福谊里" not in shown  # an administrator of accounts sees no case
    refused = admin.post(address, {"reason": "调离"})
    assert refused.status_code == 422
    assert "没有指定交给谁" in refused.content.decode()
    done = admin.post(address, {"reason": "调离", "everything": desk.people["lizhuo"].pk}, follow=True)
    assert "已离岗" in done.content.decode()
    assert "离岗" in admin.get("/people/all/").content.decode()
    back = admin.post(f"/people/{person.pk}/do/reopen/", {"reason": "回来"}, follow=True)
    assert "没有角色" in back.content.decode()


def test_a_test_mail_is_sent_and_its_outcome_stands_beside_the_name(
    desk: Night, admin: Client, post: MailServer
) -> None:
    person = desk.people["lizhuo"]
    User.objects.filter(pk=person.pk).update(email="li@example.cn")
    admin.post(f"/people/{person.pk}/do/test/")
    assert post.to("li@example.cn")[0].message["Subject"] == "回应 试发"
    assert User.objects.get(pk=person.pk).mail_tested_at is not None
    nobody = desk.people["hechuan"]
    assert "不能试发" in admin.post(f"/people/{nobody.pk}/do/test/", follow=True).content.decode()


def test_who_gets_mail_is_ticked_person_by_person(desk: Night, admin: Client) -> None:
    person = desk.people["lizhuo"]
    User.objects.filter(pk=person.pk).update(email="li@example.cn")
    page = admin.get("/people/recipients/").content.decode()
    assert f'value="{person.pk}:11"' in page
    admin.post("/people/recipients/", {"shown": [f"{person.pk}:11"], f"notices_{person.pk}": "on"})
    person.refresh_from_db()
    assert (person.mail_notices, person.mail_briefs) == (True, False)
    late = admin.post("/people/recipients/", {"shown": [f"{person.pk}:11"]})
    assert late.status_code == 422
    assert "刚被别人改过" in late.content.decode()


def test_units_are_added_renamed_and_those_of_the_pack_stay(desk: Night, admin: Client, planner: Client) -> None:
    admin.post("/people/units/", {"name": "舆情专班", "short": "专班"})
    unit = Department.objects.get(name="舆情专班")
    assert unit.local
    assert planner.post("/people/units/", {"name": "别的"}).status_code == 403
    again = admin.post("/people/units/", {"name": "舆情专班", "short": ""})
    assert "已有" in again.content.decode()
    changed = admin.post(f"/people/units/{unit.pk}/", {"name": "值守专班", "active": "on", "version": unit.version})
    assert changed.status_code == 302
    late = admin.post(f"/people/units/{unit.pk}/", {"name": "夜班专班", "active": "on", "version": unit.version})
    assert [(b.theirs, b.yours) for b in late.context["both"]][0] == ("值守专班", "夜班专班")
    pack = Department.objects.get(name="区教委")
    assert "资料包" in admin.post(f"/people/units/{pack.pk}/", {"name": "教委", "active": "on"}).content.decode()


def test_one_sees_and_ends_ones_own_sessions_and_an_administrator_everybodys(
    desk: Night, admin: Client, sign_in: SignIn
) -> None:
    lizhuo = desk.people["lizhuo"]
    here, there = sign_in(lizhuo), sign_in(lizhuo)
    here.get("/")
    there.get("/")
    assert len(here.get("/sessions/").context["mine"]) == 2
    here.post("/sessions/0/end/")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    row = Login.objects.get(user=lizhuo, ended_at=None)
    stranger = sign_in(desk.people["hechuan"])
    assert "结束他人的登录" in stranger.post(f"/sessions/{row.pk}/end/", follow=True).content.decode()
    assert "李卓" in admin.get("/sessions/").content.decode()
    admin.post(f"/sessions/{row.pk}/end/")
    assert here.get("/").status_code == 302


def test_a_handover_is_ticked_and_signed_on_its_page_by_both(
    desk: Night, planner: Client, sign_in: SignIn, clock: Turn
) -> None:
    chenxi = desk.people["chenxi"]
    chenxi.roles = ["duty_lead"]
    chenxi.save()
    change = NIGHT + timedelta(hours=4, minutes=46)
    put_on_duty(
        user=chenxi, role="duty_lead", starts_at=change, ends_at=change + timedelta(hours=12), by=None, at=NIGHT
    )
    clock(change - timedelta(minutes=14))
    page = planner.get("/handover/")
    sheet = page.context["sheet"]
    ticks = {f"tick_{item.clock.pk}": "on" for item in sheet.near}
    words = {f"words_{sheet.near[0].clock.pk}": "区教委 09:00 给稿"}
    rest = {"rest": "1", "rest_keys": sheet.rest_keys, "version": 0}
    short = planner.post("/handover/do/give/", dict(list(ticks.items())[1:]) | words | rest)
    assert short.status_code == 422
    assert "还有 1 个时限没有勾" in short.content.decode()
    assert "区教委 09:00 给稿" in short.content.decode()  # kept
    given = planner.post("/handover/do/give/", ticks | words | rest | {"version": Handover.objects.get().version})
    assert given.status_code == 302
    taker = sign_in(chenxi)
    seen = taker.get("/handover/").content.decode()
    assert "区教委 09:00 给稿" in seen and "接班签字" in seen
    taker.post("/handover/do/say/", {"text": "热力几点修完？"})
    assert taker.post("/handover/do/take/", ticks | rest).status_code == 302
    done = Handover.objects.get()
    assert (done.giver, done.taker) == (desk.people["wangmin"], chenxi)
    past = taker.get(f"/handover/{done.pk}/").content.decode()
    assert "区教委 09:00 给稿" in past and "热力几点修完？" in past
    assert planner.post("/handover/do/dance/").status_code == 404


def test_the_board_says_who_has_not_signed_a_handover(desk: Night, planner: Client, clock: Turn) -> None:
    change = NIGHT + timedelta(hours=4, minutes=46)
    put_on_duty(
        user=desk.people["lizhuo"],
        role="monitor",
        starts_at=change,
        ends_at=change + timedelta(hours=12),
        by=None,
        at=NIGHT,
    )
    assert "未交" not in planner.get("/").content.decode()
    clock(change + timedelta(minutes=5))
    planner = Client()
    planner.force_login(desk.people["wangmin"], backend="django.contrib.auth.backends.ModelBackend")
    assert "王敏、周岚 未交" in planner.get("/").content.decode()


def test_no_handover_is_due_in_the_middle_of_a_shift(desk: Night, planner: Client) -> None:
    assert handover.change_now(at=NIGHT) is None
    assert "没有要交接的班" in planner.post("/handover/do/give/").content.decode()


def test_pages_about_people_ask_the_database_as_often_for_ten_people_as_for_sixty(desk: Night, planner: Client) -> None:
    addresses = ("/people/", "/people/all/", "/people/recipients/", "/people/roles/", "/handover/")
    planner.get("/people/")
    before = {address: _queries(planner, address) for address in addresses}
    for number in range(50):
        one = create_user(username=f"u{number}", name=f"甲{number}", roles=["monitor"], at=NIGHT, by=None)
        start = NIGHT + timedelta(hours=number)
        Duty.objects.create(user=one, role="monitor", starts_at=start, ends_at=start + timedelta(hours=1))
    _more_clocks(desk)
    assert {address: _queries(planner, address) for address in addresses} == before


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def _more_clocks(desk: Night) -> None:
    model = Clock.objects.filter(closed_at=None).order_by("pk")[0]
    for number in range(2, 22):
        model.pk, model.round = None, number
        model.save()


def test_hundreds_of_sessions_are_counted_and_the_newest_listed(desk: Night, admin: Client) -> None:
    somebody = desk.people["lizhuo"]
    before = NIGHT - timedelta(hours=1)
    Login.objects.bulk_create(Login(user=somebody, started_at=before, active_at=before) for _ in range(300))
    page = admin.get("/sessions/").content.decode()
    assert "别人的登录 300 处" in page
    assert page.count("/end/") < 130 and "没有列出" in page


def test_every_act_on_people_is_in_the_trail_with_words(desk: Night, admin: Client) -> None:
    person = desk.people["lizhuo"]
    admin.post(f"/people/{person.pk}/do/link/")
    admin.post(f"/people/{person.pk}/do/end/")
    kinds = set(Trail.objects.filter(object_kind="user", object_id=str(person.pk)).values_list("kind", flat=True))
    assert {"people.create", "people.link"} <= kinds
