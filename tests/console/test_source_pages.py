"""来源: the health of each, changing and switching, trying an address and keeping it, the register as a file."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from analysis.models import Reading
from crawlers.models import Post, Source, SourceChange, SourceDay, SourceGap, SourceTrial
from office.models import Trail, User
from office.pack.sources import Sources
from tests.console.conftest import NIGHT
from tests.console.night import Night
from tests.site.server import Site

SignIn = Callable[[User], Client]


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    site = Site().run()
    settings.LOOPBACK = site.pair
    yield site
    site.stop()


@pytest.fixture
def lead(desk: Night, sign_in: SignIn) -> Client:
    return sign_in(desk.people["wangmin"])


def words_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_list_shows_health_gaps_and_delays(lead: Client) -> None:
    words = words_of(lead, "/sources/")
    assert "本地论坛生活版" in words and "缺口台账" in words and "对方回 403" in words
    assert "发布到判读" in words and "登记新来源" in words
    only = words_of(lead, "/sources/?trouble=1")
    assert "本地论坛生活版" in only and "公开热榜甲" not in only


def test_delays_are_told_by_stage_and_source_within_which_half_and_nine_in_ten_came(lead: Client) -> None:
    assert [(name, d is None) for name, d in lead.get("/sources/").context["delays"].stages] == [
        ("发布到抓取", False), ("抓取到入库", True), ("入库到判读", True), ("发布到判读", False),
    ]  # fmt: skip
    mail = Source.objects.get(name="区政府门户 领导信箱")
    posts = list(Post.objects.filter(source=mail, reading__isnull=False, precision="minute").order_by("-fetched_at"))
    for n, row in enumerate(posts):
        Post.objects.filter(pk=row.pk).update(taken_at=row.fetched_at + timedelta(seconds=10 + n))
        Reading.objects.filter(post=row).update(at=row.fetched_at + timedelta(seconds=100))
    answer = lead.get("/sources/")
    stages = dict(answer.context["delays"].stages)
    assert (stages["抓取到入库"].half, stages["抓取到入库"].longest) == (10 + (len(posts) - 1) // 2, 9 + len(posts))
    assert stages["入库到判读"].longest == 90
    rows = {row.source.pk: row for row in answer.context["rows"]}
    assert rows[mail.pk].delays[1].n == len(posts)
    assert f"{rows[mail.pk].delays[1].half:.0f} / {rows[mail.pk].delays[1].most:.0f} 秒" in answer.content.decode()


def test_a_source_is_visited_at_once_from_the_list_and_the_list_comes_back(
    lead: Client, desk: Night, sign_in: SignIn
) -> None:
    assert 'name="list" value="trouble=1"' in words_of(lead, "/sources/?trouble=1")
    Source.objects.filter(key="board-life").update(state="forbidden")
    assert 'name="list" value="trouble=1"' not in words_of(lead, "/sources/?trouble=1")  # who refuses is left alone
    assert 'name="list" value=""' in words_of(lead, "/sources/")
    answer = lead.post("/sources/letters/do/run/", {"list": "page=1&next=//elsewhere.example/"}, follow=True)
    assert answer.redirect_chain == [("/sources/?page=1", 302)]
    assert "排到最前" in answer.content.decode()
    assert Source.objects.get(key="letters").next_visit_at == NIGHT.replace(second=20)
    refused = lead.post("/sources/board-life/do/run/", {"list": ""}, follow=True)
    assert refused.redirect_chain == [("/sources/", 302)] and "对方已拒绝" in refused.content.decode()
    looker = sign_in(desk.people["hechuan"])
    assert "立即采" not in words_of(looker, "/sources/")
    assert looker.post("/sources/letters/do/run/", {"list": ""}).status_code == 403


def test_until_a_visit_has_seen_it_a_source_stands_as_not_checked_online(lead: Client) -> None:
    Source.objects.update(verified_at=NIGHT, state="ok")
    assert "未联网核对" not in words_of(lead, "/sources/")
    Source.objects.filter(key="letters").update(verified_at=None, state="failing")  # a visit that saw nothing
    assert words_of(lead, "/sources/").count("未联网核对") == 2  # at the source and in the tally above
    assert "未联网核对" in words_of(lead, "/sources/letters/")


def test_more_sources_cost_no_more_questions_and_a_page_stays_small(lead: Client) -> None:
    lead.get("/sources/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        lead.get("/sources/")
    for n in range(120):
        made = Source.objects.create(
            key=f"more-{n}", name=f"更多来源 {n}", klass="media", kind="feed", voice="media", platform=f"p{n}",
            scope="open", enabled=True, state="ok", address=f"https://m{n}.example/rss",
        )  # fmt: skip
        SourceDay.objects.bulk_create(
            SourceDay(source=made, day=(NIGHT - timedelta(days=d)).date(), visits=48, good=48, items=d)
            for d in range(28)
        )
    with CaptureQueriesContext(connection) as many:
        answer = lead.get("/sources/")
    assert len(many) == len(few)
    assert len(answer.content) < 150_000
    assert "第 1 页，共 4 页" in answer.content.decode()


def test_rhythm_and_voice_are_changed_on_the_page_and_the_change_is_listed(lead: Client) -> None:
    answer = lead.post("/sources/hot-a/do/edit/", {"rhythm_minutes": "2", "voice": "media", "reason": "快"})
    assert answer.status_code == 422 and "不少于 5 分钟" in answer.content.decode()
    fields = {"rhythm_minutes": "45", "voice": "official", "reason": "对方要求放慢"}
    words = lead.post("/sources/hot-a/do/edit/", fields, follow=True).content.decode()
    assert "已办" in words and "对方要求放慢" in words and "每 45 分" in words
    source = Source.objects.get(key="hot-a")
    assert (source.rhythm_minutes, source.voice) == (45, "official")


def test_switching_off_closes_the_gap_and_stands_beside_the_pack(lead: Client) -> None:
    lead.post("/sources/board-life/do/off/", {"reason": "长期拒绝"})
    assert SourceGap.objects.get(source__key="board-life").until == NIGHT
    assert SourceChange.objects.get().values == {"enabled": False, "disabled_reason": "长期拒绝"}


def test_who_may_not_change_sources_sees_no_form_and_is_refused(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    assert "改节律和声音" not in words_of(client, "/sources/hot-a/")
    assert client.get("/sources/new/").status_code == 403
    fields = {"rhythm_minutes": "45", "voice": "media", "reason": "慢"}
    assert client.post("/sources/hot-a/do/edit/", fields).status_code == 403
    assert client.post("/sources/export/").status_code == 403


def test_the_register_comes_as_a_file_that_loads(lead: Client) -> None:
    answer = lead.post("/sources/export/")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="sources-20261118')
    assert Sources.model_validate(yaml.safe_load(answer.content)).sources
    assert Trail.objects.filter(kind="source.export").exists()


def tried(client: Client, address: str, **asked: str) -> Any:
    """The page of the trial when its child is back."""
    sent = client.post("/sources/new/", {"address": address, **asked})
    assert sent.status_code == 302, sent.content.decode()
    until = time.monotonic() + 60
    while SourceTrial.objects.get(pk=SourceTrial.objects.latest("pk").pk).ended_at is None:
        assert time.monotonic() < until
        page = client.get(sent.headers["Location"], headers={"HX-Request": "true"})
        assert page.status_code == 204 or "正在取" in page.content.decode()
        time.sleep(0.1)
    return client.get(sent.headers["Location"])


def test_an_address_is_tried_answered_for_and_kept(lead: Client, site: Site) -> None:
    twin = Source.objects.get(key="board-life")
    Source.objects.filter(pk=twin.pk).update(address=site.url("/board/"))
    page = tried(lead, site.url("/forum/"))
    words = page.content.decode()
    assert "允许这个地址" in words and "认出 8 条" in words and "改取订阅" in words
    assert "和“本地论坛生活版”是同一个平台吗" in words
    address = page.request["PATH_INFO"]
    fields = {
        "name": "本地论坛 西城版", "klass": "board", "voice": "public", "scope": "open", "rhythm_minutes": "30",
        "legal_basis": "公开网页", "impact": "正文里可能有电话门牌，入库前去除", "why": "居民常在这里说事", "on": "1",
    }  # fmt: skip
    refused = lead.post(address, fields)
    assert refused.status_code == 422
    said = refused.content.decode()
    assert (
        '<a href="#id_platform">答：是不是同一个平台</a>' in said and '<a href="#id_review_by">填：复核日期</a>' in said
    )
    assert "没答：" in said and "没填：复核日期" in said and "居民常在这里说事" in said
    good = fields | {"review_by": "2027-06-30", "platform": "unsure"}
    words = lead.post(address, good, follow=True).content.decode()
    assert "没有启用" in words  # nobody knows whose platform it is
    made = Source.objects.get(name="本地论坛 西城版")
    assert not made.enabled and made.rhythm_minutes == 30
    assert "正文里可能有电话门牌，入库前去除" in words_of(lead, f"/sources/{made.key}/")
    assert lead.get(address).headers["Location"] == f"/sources/{made.key}/"


def test_what_was_fetched_is_shown_as_it_was_and_as_it_would_be_read(lead: Client, site: Site) -> None:
    page = tried(lead, site.url("/forum/"))
    words = page.content.decode()
    seen = SourceTrial.objects.get().found["seen"]
    assert "看原样" in words and 0 < len(seen) <= 4000 and "<" not in seen
    assert [line.where for line in page.context["stored"]] != []
    assert all(line.read.klass for line in page.context["stored"])
    assert [name for name, _ in page.context["missing"]] == ["impact", "review_by", "why"]
    told = lead.post(page.request["PATH_INFO"], {"impact": "  "})
    assert "impact" in [name for name, _ in told.context["missing"]]


def test_an_address_that_is_no_source_offers_no_form_and_says_what_to_do(lead: Client, site: Site) -> None:
    page = tried(lead, site.url("/tologin"))
    words = page.content.decode()
    assert "要登录才能看" in words and "登记不了" in words and "保存并启用" not in words
    empty = lead.post("/sources/new/", {"address": ""})
    assert empty.status_code == 422 and "没填：粘贴地址" in empty.content.decode()
    odd = lead.post("/sources/new/", {"address": "ftp://a.example/"})
    assert (
        odd.status_code == 422 and "http" in odd.content.decode() and 'value="ftp://a.example/"' in odd.content.decode()
    )


def test_an_address_of_the_same_platform_shares_its_book_of_handles(lead: Client, desk: Night) -> None:
    trial = SourceTrial.objects.create(
        address="https://board-life.example.cn/other/", by=desk.people["wangmin"], at=NIGHT, job="t", ended_at=NIGHT,
        verdict="ok", found={"kind": "board", "config": {}, "items": [], "rows": 9, "times": [], "counts": []},
    )  # fmt: skip
    assert "登记不了" in words_of(lead, f"/sources/new/{trial.pk}/")
    item = {"title": "一", "text": "一二", "published_at": None, "precision": "unknown", "handle": True, "same": ""}
    SourceTrial.objects.filter(pk=trial.pk).update(found=trial.found | {"items": [item]})
    fields = {
        "name": "生活版二", "klass": "media", "voice": "public", "scope": "open", "rhythm_minutes": "30",
        "why": "补版块", "legal_basis": "公开网页", "impact": "门牌入库前去除",
        "review_by": "2027-06-30", "platform": "same", "on": "1",
    }  # fmt: skip
    assert "要写明层级" in lead.post(f"/sources/new/{trial.pk}/", fields).content.decode()
    words = lead.post(f"/sources/new/{trial.pk}/", fields | {"klass": "board"}, follow=True).content.decode()
    assert "并启用" in words
    assert Source.objects.get(name="生活版二").platform == "board-life"


def test_a_list_that_tells_days_only_is_counted_by_days(lead: Client, desk: Night) -> None:
    times = ["2026-11-18T00:00+08:00", "2026-11-17T00:00+08:00", "2026-11-16T00:00+08:00"]
    item = {"title": "一", "text": "一二", "published_at": None, "precision": "unknown", "handle": True, "same": ""}
    found = {"kind": "page", "config": {}, "items": [item], "rows": 3, "times": times, "counts": []}
    trial = SourceTrial.objects.create(
        address="https://days.example.cn/", by=desk.people["wangmin"], at=NIGHT, job="t", ended_at=NIGHT,
        verdict="ok", found=found,
    )  # fmt: skip
    assert "认出 3 条，昨天和今天 2 条" in words_of(lead, f"/sources/new/{trial.pk}/")
    SourceTrial.objects.filter(pk=trial.pk).update(found=found | {"times": ["2026-11-17T20:55+08:00", *times]})
    assert "近 24 小时 2 条" in words_of(lead, f"/sources/new/{trial.pk}/")
