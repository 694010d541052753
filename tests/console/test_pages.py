"""Every page opens, obeys the same policy of what may be loaded, and shows hostile text as text."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Clock
from analysis.models import Topic
from analysis.services.figures import heat_makers
from crawlers.models import Post, Source
from office.models import AccessLog, User
from office.roles import Role
from responses.models import Issue
from tests.console.night import Night

SignIn = Callable[[User], Client]

PAGES = [
    "/",
    "/?mine=1",
    "/leads/",
    "/issues/",
    "/issues/?which=closed",
    "/ledger/",
    "/releases/",
    "/report/",
    "/topics/",
    "/search/",
    "/search/?q=青槐路&voice=public&sentiment=negative&klass=供热&kind=投诉&day=2026-11-18&since=2026-11-17T00:00&copies=1",
    "/search/?topic=zzz&page=-4&ids=1,b,2&source=99999999999999999999",
    "/search/?ids=99999999999999999999&page=99999999999999999999&since=0001-01-01&until=9999-12-31T23:59&day=9999-12-31",
    "/issues/?issues=99999999999999999999,²,1&clocks=99999999999999999999",
    "/notices/",
    "/briefs/",
    "/sources/",
    "/sources/board-life/",
    "/quarantine/",
    "/import/",
    "/people/",
    "/handover/",
    "/settings/",
    "/upkeep/",
    "/removals/",
    "/policy/",
    "/more/",
    "/health/",
    "/drill/",
    "/password/",
]


@pytest.fixture
def all_roles(desk: Night) -> User:
    """王敏 with every role, so that no page stays closed."""
    person = desk.people["wangmin"]
    person.roles = [r.value for r in Role]
    person.save(update_fields=["roles"])
    return person


@pytest.mark.parametrize("address", [*PAGES, "/trail/", "/trail/?verify=1&solo=1", "/people/new/"])
def test_every_page_opens_and_loads_nothing_from_elsewhere(address: str, all_roles: User, sign_in: SignIn) -> None:
    answer = sign_in(all_roles).get(address)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert answer.headers["Server-Timing"].startswith("desk;dur=")
    assert "default-src 'none'" in policy
    words = answer.content.decode()
    assert "<script>alert" not in words
    assert " style=" not in words
    assert "onclick=" not in words
    assert 'src="http' not in words


def test_crawled_script_tags_are_shown_as_text_on_lead_issue_topic_and_post(
    desk: Night, all_roles: User, sign_in: SignIn
) -> None:
    client = sign_in(all_roles)
    hostile = Post.objects.filter(text__contains="<script>").first()
    assert hostile is not None
    topic = hostile.membership.topic_id
    for address in (
        f"/leads/{desk.leads['power'].pk}/",
        f"/issues/{desk.issues['pipe'].pk}/",
        f"/topics/{topic}/",
        f"/posts/{hostile.pk}/",
    ):
        words = client.get(address).content.decode()
        assert "<script>alert" not in words
    assert "&lt;script&gt;alert" in client.get(f"/posts/{hostile.pk}/").content.decode()


def test_what_was_masked_is_marked_where_it_stands(desk: Night, all_roles: User, sign_in: SignIn) -> None:
    post = Post.objects.filter(text__contains="［手机号］").first()
    assert post is not None
    assert '<span class="masked">［手机号］</span>' in sign_in(all_roles).get(f"/posts/{post.pk}/").content.decode()


def test_looking_at_a_post_and_searching_leave_a_row_each(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    post = Post.objects.order_by("pk").first()
    assert post is not None
    client.get(f"/posts/{post.pk}/?issue={desk.issues['pipe'].pk}")
    client.get("/search/?q=暖气")
    rows = list(AccessLog.objects.order_by("pk").values_list("kind", "by__username", "issue_id"))
    assert rows == [("post", "lizhuo", desk.issues["pipe"].pk), ("search", "lizhuo", None)]


def test_the_board_says_what_is_over_first_and_who_has_it(desk: Night, sign_in: SignIn) -> None:
    words = sign_in(desk.people["wangmin"]).get("/").content.decode()
    order = [
        words.index(title)
        for title in ("课后服务收费说法不一", "青槐路热力管线破裂", "福谊里小区自来水发黄", "加装电梯公示")
    ]
    assert order == sorted(order)
    assert "1 件超时" in words
    assert "1 件一小时内到期" in words
    assert "认领" in words  # 限行牌 has nobody yet


def test_a_number_opens_as_many_posts_as_it_says(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    source = Source.objects.get(key="letters")
    shown = client.get(f"/search/?source={source.pk}").context["total"]
    assert shown == str(Post.objects.filter(source=source).count())
    street = client.get("/search/?street=展览路街道").context["total"]
    assert street == "24"


def test_the_service_tells_machines_how_it_is_without_signing_in(desk: Night, client: Client) -> None:
    answer = client.get("/healthz")
    told = answer.json()
    assert answer.status_code == 200
    assert told["ok"] is True
    assert told["sources"]["board-life"]["state"] == "failing"


def test_prometheus_reads_counts_and_ages_and_nothing_of_a_case(desk: Night, client: Client) -> None:
    answer = client.get("/metrics")
    text = answer.content.decode()
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain; version=0.0.4")
    rows = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    overdue = Clock.objects.filter(closed_at=None, due_at__lt=desk.at).count()
    assert int(rows["huiying_clocks_open_overdue"]) == overdue > 0
    by_state = sum(int(value) for name, value in rows.items() if name.startswith("huiying_clocks{"))
    assert by_state == Clock.objects.count()
    titles = Issue.objects.values_list("matter__title", flat=True)
    assert not any(title in text for title in titles)
    assert all(person.name not in text for person in desk.people.values())


def test_an_unknown_address_is_answered_in_chinese(desk: Night, sign_in: SignIn) -> None:
    answer = sign_in(desk.people["wangmin"]).get("/nowhere/")
    assert answer.status_code == 404
    assert "没有这一页" in answer.content.decode()


def test_a_share_opens_just_the_posts_it_counts(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["zhoulan"])
    told = Post.objects.filter(reading__isnull=False, voice="public", copy_of=None, membership__isnull=False)
    topic = told.order_by("pk")[0].membership.topic
    page = client.get(f"/topics/{topic.pk}/").content.decode()
    base = f"/search/?topic={topic.pk}&amp;episode={topic.episode}"
    assert f"{base}&amp;voice=public&amp;first=1&amp;sentiment=negative" in page
    listed = client.get(f"/search/?topic={topic.pk}&episode={topic.episode}&voice=public&first=1")
    firsts = Post.objects.filter(
        membership__topic=topic, membership__episode=topic.episode, voice="public", copy_of=None, is_repost=False
    )
    assert {p.pk for p in listed.context["posts"]} == set(
        firsts.order_by("-seen_at", "-pk").values_list("pk", flat=True)[:20]
    )
    assert client.get(f"/search/?topic={topic.pk}&episode=99").context["total"] == "0"


def test_each_part_of_heat_opens_the_posts_that_make_it(desk: Night, all_roles: User, sign_in: SignIn) -> None:
    client = sign_in(all_roles)
    topic = Topic.objects.get(title="青槐路热力管线破裂、路面塌陷")
    makers = heat_makers(topic)
    page = client.get(f"/topics/{topic.pk}/").content.decode()
    assert makers["人数"] and makers["速度"]
    for name in ("人数", "速度"):
        address = f"{reverse('posts')}?ids={','.join(map(str, makers[name]))}"
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200
