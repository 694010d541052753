"""An amendment of the rules: typed and kept, faults by the field, two people, one truth, running clocks untouched."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from alerts.models import Clock, Notice
from console.installation import take_in_pack
from console.pack_proposals import agree, ask_draft, save_draft
from console.pack_taking import laid_on, on_disk
from office.errors import Refused
from office.models import PackProposal, PackTaking, Trail, User
from office.pack.current import current_pack
from office.pack.loading import load_pack
from office.state import set_state
from tests.console.conftest import NIGHT
from tests.console.night import Night
from tests.console.test_policy_page import edit, keeper, words_of
from tests.office.test_pack_in_force import disk as small

SignIn = Callable[[User], Client]
__all__ = ["small"]
DRAFT = "/policy/draft/"
NEW = {"version": "2026-02", "followup-first_minutes": "240"}


def save(client: Client, seen: int = 0, **typed: str) -> str:
    values = {key.replace("__", "-"): value for key, value in typed.items()}
    return client.post(DRAFT, {"seen": str(seen), **values}, follow=True).content.decode()


def ask(client: Client, seen: int, **typed: str) -> str:
    values = {key.replace("__", "-"): value for key, value in typed.items()}
    asked = {"seen": str(seen), "ask": "1", "reason": "区委宣传部 11-16 纪要", **values}
    return client.post(DRAFT, asked, follow=True).content.decode()


def live() -> PackProposal:
    return PackProposal.objects.get(state__in=PackProposal.LIVE)


@pytest.fixture
def disk(desk: Night, small: Path) -> Path:
    """A small pack with the district's rules, taken seventeen days ago."""
    take_in_pack(at=NIGHT - timedelta(days=17))
    return small


@pytest.fixture
def lead(desk: Night, disk: Path, sign_in: SignIn) -> Client:
    return sign_in(desk.people["wangmin"])


def test_a_draft_is_kept_right_or_wrong_and_its_faults_stand_beside_the_fields(lead: Client, desk: Night) -> None:
    assert "起草修订" in words_of(lead)
    assert "没有改什么" in save(lead, brief__copies="20") and live_count() == 0
    words = save(lead, version="2026-02", ladder__percents="40、六十", brief__out_by="10:00", retention__trail_days="9")
    assert "草稿已存" in words and "写的是 六十，允许的是 整数" in words and 'value="40、六十"' in words
    assert "简报：发出" in words and '<b class="fresh">10:00</b>' in words
    draft = live()
    assert set(draft.values) == {"version", "ladder-percents", "brief-out_by", "retention-trail_days"}
    refused = ask(lead, 1, **{key.replace("-", "__"): value for key, value in draft.values.items()})
    assert "处不对，改好再提请" in refused and "写过的都在" in refused
    mended = save(
        lead,
        live().version,
        version="2026-02",
        ladder__percents="40、60、80",
        brief__out_by="10:00",
        retention__trail_days="9",
    )
    assert "不得少于 183 天" in mended and "几处合起来不对" in mended
    assert "草稿已存" in save(lead, live().version, version="2026-02", brief__out_by="10:00")
    assert set(live().values) == {"version", "brief-out_by"}  # what is as in force is not a change
    assert current_pack().policy.version == "2026-01" and Trail.objects.filter(kind="policy.draft").count() >= 3


def test_two_people_take_it_and_running_clocks_keep_the_old_rule(lead: Client, desk: Night, sign_in: SignIn) -> None:
    before = sorted(Clock.objects.values_list("pk", "minutes", "due_at", "wording"))
    assert "请换一个版本名" in ask(lead, 0, brief__copies="25")
    assert (
        "请写明为什么改" in lead.post(DRAFT, {"seen": live().version, "ask": "1", **NEW}, follow=True).content.decode()
    )
    words = ask(
        lead, live().version, **{k.replace("-", "__"): v for k, v in NEW.items()}, clocks__response__minutes="1440"
    )
    assert "已提请" in words and "同意，采用" not in words and "照旧规则走完的" in words and "最晚" in words
    asked = live()
    assert lead.post(f"/policy/proposals/{asked.pk}/agree/").status_code == 403
    assert "不能再改" in save(lead, asked.version, brief__copies="30")
    second = desk.people["zhaoning"]
    assert Notice.objects.filter(person=second, title__contains="提请采用新的规则 2026-02").count() == 1
    words = words_of(sign_in(second))
    assert "修订改 3 处" in words and "1440 分" in words and "同意，采用" in words
    done = sign_in(second).post(f"/policy/proposals/{asked.pk}/agree/", follow=True).content.decode()
    assert "已采用 2026-02" in done and "王敏提，赵宁同意" in done and "区委宣传部 11-16 纪要" in done
    policy = current_pack().policy
    assert (policy.version, policy.followup.first_minutes, policy.brief.copies) == ("2026-02", 240, 20)
    assert sorted(Clock.objects.values_list("pk", "minutes", "due_at", "wording")) == before
    row = PackTaking.objects.latest("pk")
    assert (row.by, row.changed, live_count()) == (second, 3, 0)
    assert Trail.objects.filter(kind="take_pack", by=second).count() == 1


def live_count() -> int:
    return PackProposal.objects.filter(state__in=PackProposal.LIVE).count()


def test_there_is_one_truth_the_disk_asks_for_nothing_and_a_restart_changes_nothing(
    lead: Client, desk: Night, sign_in: SignIn, disk: Path, settings: Settings
) -> None:
    ask(lead, 0, version="2026-02", brief__copies="25")
    sign_in(desk.people["zhaoning"]).post(f"/policy/proposals/{live().pk}/agree/")
    assert not on_disk().waits and "其中 2 处是页面上改的" in words_of(lead)
    heard: list[str] = []
    take_in_pack(at=NIGHT, say=lambda line: heard.append(str(line)))
    assert heard == [] and current_pack().policy.brief.copies == 25
    edit(disk, "after_due_minutes: 30", "after_due_minutes: 20")  # the file moves on elsewhere: both hold
    assert [d.words for d in on_disk().changes] == ["提醒阶梯 · 超时后每隔"]
    edit(disk, "copies: 20", "copies: 40")  # the file says otherwise than it did: it counts again
    assert {(d.words, d.after) for d in on_disk().changes} == {
        ("提醒阶梯 · 超时后每隔", "20 分"),
        ("简报 · 份数", "40"),
    }
    assert "盘上的另有规定" in words_of(lead)
    given = lead.get("/policy/file/").content
    (disk / "policy.yaml").write_bytes(given)  # exported and laid there: the same pack
    assert not on_disk().waits and load_pack(str(disk)).digest == current_pack().digest
    assert len(laid_on("mine")) == 2


def test_a_rule_of_a_later_day_waits_for_it(lead: Client, desk: Night, sign_in: SignIn) -> None:
    typed = {
        "clocks__response__minutes": "1440",
        "clocks__response__document": "西政办发〔2026〕9号",
        "since__response": "2026-12-01",
    }
    words = ask(lead, 0, version="2026-02", **typed)
    assert "2026-12-01 起" in words
    sign_in(desk.people["zhaoning"]).post(f"/policy/proposals/{live().pk}/agree/")
    lengths = {
        day: rule.minutes
        for day in (date(2026, 11, 30), date(2026, 12, 1))
        if (rule := current_pack().policy.clock("response", day))
    }
    assert list(lengths.values()) == [2880, 1440]
    words = words_of(lead)
    assert "待生效" in words and "西政办发〔2026〕9号" in words and "至 2026-11-30" in words
    assert 'name="clocks-response_2-minutes"' in words_of(lead, DRAFT)


def test_two_who_write_on_one_draft_are_told_and_see_both(lead: Client, desk: Night, sign_in: SignIn) -> None:
    other = sign_in(desk.people["zhaoning"])
    save(lead, version="2026-02", brief__copies="25")
    save(other, 1, version="2026-02", brief__copies="30")
    answer = lead.post(DRAFT, {"seen": "1", "brief-copies": "35"})
    words = answer.content.decode()
    assert answer.status_code == 422 and "赵宁 03:14 存过这份草稿" in words and "两份对照" in words
    assert "简报：份数" in words and 'value="35"' in words and live().values["brief-copies"] == "30"
    assert "草稿已存" in save(lead, live().version, version="2026-02", brief__copies="35")
    assert "已被采用或撤回" not in words and live().values["brief-copies"] == "35"
    ask(lead, live().version, version="2026-02", brief__copies="35")
    assert (
        "不能是同一人" in other.post(f"/policy/proposals/{live().pk}/agree/", follow=True).content.decode()
    )  # 写过的不签


def test_it_is_sent_back_with_a_sentence_and_withdrawn_with_a_reason(
    lead: Client, desk: Night, sign_in: SignIn
) -> None:
    admin = sign_in(desk.people["zhaoning"])
    ask(lead, 0, version="2026-02", brief__copies="25")
    address = f"/policy/proposals/{live().pk}/"
    assert "为什么退回" in admin.post(f"{address}back/", follow=True).content.decode()
    admin.post(f"{address}back/", {"words": "份数没有依据"})
    words = words_of(lead, DRAFT)
    assert "赵宁 退回：份数没有依据" in words and live().state == "drafting" and 'name="brief-copies"' in words
    assert "为什么撤回" in lead.post(f"{address}withdraw/", follow=True).content.decode()
    assert "已撤回" in lead.post(f"{address}withdraw/", {"words": "不改了"}, follow=True).content.decode()
    assert live_count() == 0 and current_pack().policy.version == "2026-01"
    assert "刚刚已有人办过" in lead.post(f"{address}withdraw/", {"words": "再来"}, follow=True).content.decode()
    assert (
        "起另一份" not in save(lead, 3, version="2026-02") and live_count() == 0
    )  # the old page: told, not taken for new


def test_one_alone_declares_it_and_types_the_reason_again(lead: Client, desk: Night, sign_in: SignIn) -> None:
    admin = sign_in(desk.people["zhaoning"])
    words = ask(admin, 0, version="2026-02", brief__copies="25")
    assert "没有第二个能同意的人" in words and "先声明“单人值守”" in words
    set_state("solo_duty", {"reason": "夜间一人", "by": "赵宁", "at": NIGHT.isoformat()}, by=None, at=NIGHT)
    address = f"/policy/proposals/{live().pk}/agree/"
    assert "再写一遍（单人值守）" in words_of(admin, DRAFT)
    assert "再写一遍的理由" in admin.post(address, {"words": "别的"}, follow=True).content.decode()
    assert "已采用" in admin.post(address, {"words": "区委宣传部 11-16 纪要"}, follow=True).content.decode()
    assert PackProposal.objects.get().solo and Trail.objects.get(kind="take_pack").solo
    assert "单人" in words_of(admin)


def test_what_was_asked_for_is_not_taken_once_the_rules_in_force_moved(
    lead: Client, desk: Night, sign_in: SignIn, disk: Path
) -> None:
    admin, second = sign_in(desk.people["zhaoning"]), sign_in(keeper())
    ask(lead, 0, version="2026-02", brief__copies="25")
    draft = live()
    edit(disk, "after_due_minutes: 30", "after_due_minutes: 20")
    seen = admin.get("/policy/").context["form"].initial["seen"]
    admin.post("/policy/take/", {"seen": seen, "reason": "升级"})
    disk_one = PackProposal.objects.get(kind="disk")
    assert (
        "已有人提请采用" in admin.post("/policy/take/", {"seen": seen, "reason": "又来"}, follow=True).content.decode()
    )
    second.post(f"/policy/proposals/{disk_one.pk}/agree/")
    assert current_pack().policy.ladder.after_due_minutes == 20
    answer = second.post(f"/policy/proposals/{draft.pk}/agree/", follow=True).content.decode()
    assert "在用的规则变过" in answer and current_pack().policy.brief.copies == 20
    assert "提请以后在用的规则变过" in words_of(second, DRAFT)


def test_who_may_not_draft_reads_only_and_a_drill_takes_nothing(
    desk: Night, disk: Path, sign_in: SignIn, settings: Settings
) -> None:
    monitor = sign_in(desk.people["lizhuo"])
    assert "/policy/draft/" not in words_of(monitor) and 'name="brief-copies"' not in words_of(monitor, DRAFT)
    assert monitor.post(DRAFT, {"brief-copies": "25"}).status_code == 403
    assert monitor.get("/policy/file/").status_code == 403
    settings.DRILL = "x"
    lead, values = desk.people["wangmin"], {"version": "2026-02", "brief-copies": "25"}
    draft = save_draft(values=values, version=0, by=lead, at=NIGHT)
    asked = ask_draft(version=draft.version, reason="练一遍", by=lead, at=NIGHT)
    with pytest.raises(Refused, match="演练里不换资料包"):
        agree(proposal=asked, reason_again="", by=desk.people["zhaoning"], at=NIGHT)


def test_hostile_words_are_words_and_the_queries_do_not_grow(lead: Client, desk: Night) -> None:
    with CaptureQueriesContext(connection) as few:
        lead.get(DRAFT)
    words = save(
        lead,
        version="<script>alert(1)</script>",
        retention__snapshots_days="400",
        retention__import_files_days="400",
    )
    assert "<script>alert(1)" not in words and "&lt;script&gt;" in words
    with CaptureQueriesContext(connection) as more:
        lead.get(DRAFT)
    assert len(more) - len(few) <= 2
    assert len(lead.get(DRAFT).content) < 150_000
