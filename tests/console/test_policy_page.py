"""时限和等级规则: what holds, what lies on the disk instead, taking it with a reason, and what administrators see."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from alerts.models import Clock
from console.installation import take_in_pack
from office.models import PackProposal, PackTaking, User
from office.pack.current import current_pack
from office.services.people import create_user
from tests.console.conftest import NIGHT
from tests.console.night import Night

ROOT = Path(__file__).resolve().parents[2]
SignIn = Callable[[User], Client]


@pytest.fixture
def disk(desk: Night, settings: Settings, tmp_path: Path) -> Path:
    """The district's pack on the disk, taken seventeen days ago."""
    folder = tmp_path / "xicheng"
    shutil.copytree(ROOT / "districts" / "xicheng", folder)
    settings.DISTRICT = str(folder)
    take_in_pack(at=NIGHT - timedelta(days=17))
    return folder


def keeper() -> User:
    """A second administrator who may agree."""
    made = create_user(username="yanmi", name="严密", roles=["sec_admin"], email="", department=None, by=None, at=NIGHT)
    User.objects.filter(pk=made.pk).update(must_change_password=False)
    return User.objects.get(pk=made.pk)


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "policy.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def words_of(client: Client, address: str = "/policy/") -> str:
    return client.get(address).content.decode()


def test_the_rules_say_since_when_and_from_which_paper(disk: Path, desk: Night, sign_in: SignIn) -> None:
    words = words_of(sign_in(desk.people["wangmin"]), "/policy/?clock=response")
    assert "2026-01</b>，自 11-01 03:14" in words and "与现用一致" in words
    assert "国办发〔2016〕80号；西政办发〔2018〕6号" in words and "2016-11-10" in words
    assert "以 48 小时回应为例" in words and "28:48" in words  # 60 % of 48 h
    assert "每个工作日 08:00 截止，09:30 前发出" in words
    assert "没有进入事项的原帖" in words and "90 天" in words
    assert "照旧规则" in words and "课后服务收费说法不一" in words
    assert "首次登记，按盘上的资料包" in words


def test_what_lies_on_the_disk_is_shown_before_an_administrator_takes_it(
    disk: Path, desk: Night, sign_in: SignIn
) -> None:
    edit(disk, "minutes: 2880", "minutes: 1440")
    admin, lead = sign_in(desk.people["zhaoning"]), sign_in(desk.people["wangmin"])
    words = words_of(lead)
    assert "改了 1 处" in words and "2880 分" in words and "1440 分" in words
    assert "提请采用盘上的资料包" not in words and "由系统管理员或安全保密管理员" in words
    assert lead.post("/policy/take/", {"reason": "我要"}).status_code == 403
    seen = admin.get("/policy/").context["form"].initial["seen"]
    assert "请写明为什么采用" in admin.post("/policy/take/", {"seen": seen}, follow=True).content.decode()
    done = admin.post("/policy/take/", {"seen": seen, "reason": "区委宣传部 11-16 签"}, follow=True).content.decode()
    assert "已提请" in done and "等另一人同意" in done and "同意，采用" not in done
    asked = PackProposal.objects.get()
    assert "不能是同一人" in admin.post(f"/policy/proposals/{asked.pk}/agree/", follow=True).content.decode()
    second = sign_in(keeper())
    assert "同意，采用" in words_of(second)
    done = second.post(f"/policy/proposals/{asked.pk}/agree/", follow=True).content.decode()
    assert "已采用" in done and "改了 1 处" in done and "区委宣传部 11-16 签" in done and "提，严密同意" in done
    clock = current_pack().policy.clock("response", NIGHT.date())
    assert clock is not None and clock.minutes == 1440
    assert set(Clock.objects.filter(kind="response").values_list("minutes", flat=True)) == {2880}  # as they began
    assert "现规定 24时00分" in words_of(lead)
    assert PackTaking.objects.latest("pk").by.username == "yanmi"  # type: ignore[union-attr]  # a person took it


def test_a_broken_pack_on_the_disk_stops_nothing_and_its_fault_is_shown(
    disk: Path, desk: Night, sign_in: SignIn
) -> None:
    edit(disk, "\nladder:", "\nlader:")
    client = sign_in(desk.people["zhaoning"])
    words = words_of(client)
    assert "盘上的资料包有误，现用的不受影响" in words
    assert "policy.yaml" in words and "lader" in words and "不认识的键" in words
    answer = client.post("/policy/take/", {"seen": "x", "reason": "试试"}, follow=True).content.decode()
    assert "没有提请" in answer and "不认识的键" in answer
    assert client.get("/").status_code in (200, 403) and current_pack().policy.ladder.percents == (40, 60, 80)


def test_an_administrator_sees_how_many_clocks_run_and_no_case(disk: Path, desk: Night, sign_in: SignIn) -> None:
    words = words_of(sign_in(desk.people["zhaoning"]))
    assert "您的角色不看事项内容" in words and "课后服务收费说法不一" not in words
