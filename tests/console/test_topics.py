"""热点: the list by heat, two periods side by side, and what a person does to a topic from its page."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, Weighing
from alerts.queries import course as course_query
from alerts.queries.course import TopicCourse
from analysis.models import Arrangement, Membership, Reading, Topic
from analysis.services.figures import refresh_topics
from analysis.services.indexing import settle
from analysis.topic_store import DatabaseStore
from console.queries import curves
from crawlers.models import Post, Source
from office.models import User
from office.pack.current import current_pack
from office.pack.policy import PolicyPack
from responses.models import Issue
from responses.services import topics as services
from tests.console.conftest import NIGHT
from tests.people import Office

SignIn = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def desk(office: Office, clock: Callable[[datetime], None]) -> Office:
    """The office of 17 November at 03:14 of the 18th, everybody with a password of their own."""
    User.objects.update(must_change_password=False)
    return office


def told(
    title: str,
    *ages: float,
    street: str = "月坛街道",
    klass: str = "供水",
    negative: bool = True,
    copies: int = 0,
) -> Topic:
    """A topic of posts by as many people, each so many days ago; the last `copies` of them are copies of the first."""
    source = Source.objects.get_or_create(
        key="board",
        defaults={"name": "本地论坛", "klass": "board", "kind": "board", "voice": "public", "platform": "board"},
    )[0]
    moments = sorted(NIGHT - age * DAY for age in ages)
    span = {"first_post_at": moments[0], "last_post_at": moments[-1], "episode_started_at": moments[0]}
    topic = Topic.objects.create(title=title, changed_at=NIGHT, **span)
    start = Post.objects.count()
    posts = Post.objects.bulk_create(
        Post(
            source=source,
            platform="board",
            voice="public",
            handle=f"{start + n:016x}",
            text=f"{title}，第 {n} 个人说",
            text_key=f"{start + n:064d}",
            published_at=moment,
            precision="minute",
            fetched_at=moment,
            seen_at=moment,
            step=2,
        )
        for n, moment in enumerate(moments)
    )
    for copy in posts[len(posts) - copies :]:
        Post.objects.filter(pk=copy.pk).update(copy_of=posts[0])
    Reading.objects.bulk_create(
        Reading(
            post=post,
            version="t",
            at=NIGHT,
            relevant=True,
            confidence=1.0,
            sentiment="negative" if negative else "neutral",
            klass=klass,
            kind="投诉",
            demand=True,
            streets=[street],
        )
        for post in posts
    )
    Membership.objects.bulk_create(
        Membership(post=post, topic=topic, at=post.seen_at, similarity=0.2, why="相似") for post in posts
    )
    DatabaseStore().renumber(topic.pk, NIGHT)
    refresh_topics({topic.pk: moments[0]}, at=NIGHT)
    topic.refresh_from_db()
    return topic


def rows(client: Client, address: str = "/topics/") -> list[str]:
    """Titles in the order shown."""
    answer = client.get(address)
    assert answer.status_code == 200
    return [row.topic.title for row in answer.context["listed"].rows]


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


# --- the list --------------------------------------------------------------------------------------------------------


def test_topics_stand_by_heat_whether_or_not_there_is_a_lead_and_their_parts_add_up(
    desk: Office, sign_in: SignIn
) -> None:
    cool, hot = told("路灯不亮", 2, 1), told("自来水发黄", 1, 0.5, 0.2, 0.1, copies=1)
    services.open_lead(topic=hot, by=desk.wang, at=NIGHT, level=4, reason="街道来电")
    client = sign_in(desk.wang)
    answer = client.get("/topics/")
    page = answer.content.decode()
    first, second = answer.context["listed"].rows
    assert [first.topic, second.topic] == [hot, cool]
    assert first.heat == pytest.approx(sum(first.parts.values())) and first.issue.label in page
    assert (first.voices, first.posts, first.copies, sum(first.curve)) == (4, 4, 1, 4)
    assert "没有线索" in page and "月坛，供水，负面 100 %" in page
    for word in ("数据表", 'class="stack"', 'class="spark"', "人数"):
        assert word in page
    assert f'<td class="num strong">{first.heat}</td>' in page  # the table behind the bars
    assert " style=" not in page and "onclick" not in page


def test_a_matter_of_today_stands_above_a_larger_one_that_fell_silent_weeks_ago(desk: Office, sign_in: SignIn) -> None:
    told("三周前很热", *[21 + n / 50 for n in range(6)])
    told("今天", 0.1, 0.2)
    assert rows(sign_in(desk.wang), "/topics/?days=30") == ["今天", "三周前很热"]


def test_the_list_is_narrowed_by_place_class_period_and_lead(desk: Office, sign_in: SignIn) -> None:
    lead = told("停水", 1, klass="供水")
    told("停电", 2, street="德胜街道", klass="供电")
    told("堵车", 9, street="德胜街道", klass="供水")
    services.open_lead(topic=lead, by=desk.wang, at=NIGHT, level=4, reason="街道来电")
    Issue.objects.update(state="dismissed")
    client = sign_in(desk.wang)
    assert rows(client) == ["停水", "停电"]
    assert rows(client, "/topics/?days=30&street=德胜街道") == ["停电", "堵车"]
    assert rows(client, "/topics/?days=30&klass=供水") == ["停水", "堵车"]
    assert rows(client, "/topics/?state=none") == ["停电"] and rows(client, "/topics/?state=ended") == ["停水"]
    assert rows(client, "/topics/?state=lead") == rows(client, "/topics/?state=open") == []
    day = (NIGHT - 9 * DAY).date().isoformat()
    assert rows(client, f"/topics/?from={day}&to={day}") == ["堵车"]


@pytest.mark.parametrize(
    "address",
    [
        "/topics/?page=-4&days=99999999999999999999&street=' OR 1=1--&klass=<script>&state=x",
        "/topics/?from=2026-13-45&to=0001-01-01",
        "/topics/?from=2090-01-01&to=2010-01-01",
        "/topics/compare/?days=zz&from=9999-12-31&then-from=x&then-to=1000-01-01&street=²",
        "/topics/compare/?then-from=2026-11-01",
    ],
)
def test_conditions_that_can_not_be_count_nothing_and_break_no_page(
    address: str, desk: Office, sign_in: SignIn
) -> None:
    told("停水", 1)
    page = sign_in(desk.wang).get(address)
    assert page.status_code == 200 and "<script>" not in page.content.decode().replace("<script src", "")


def test_a_number_opens_as_many_posts_as_it_says(desk: Office, sign_in: SignIn) -> None:
    told("停水", 9, 2, 1, 0.1)
    settle(at=NIGHT)
    client = sign_in(desk.wang)
    answer = client.get("/topics/")
    (row,) = answer.context["listed"].rows
    found = re.search(r'href="(/search/\?topic=[^"]+)"', answer.content.decode())
    assert found is not None and row.posts == 3
    assert client.get(found[1].replace("&amp;", "&")).context["total"] == "3"


def test_long_lists_are_cut_into_pages_and_ranks_go_on(desk: Office, sign_in: SignIn) -> None:
    for n in range(45):
        told(f"第 {n} 件", 0.01 * n)
    client = sign_in(desk.wang)
    assert "第 1 页，共 2 页" in client.get("/topics/").content.decode()
    second = client.get("/topics/?page=2").context["listed"].rows
    assert [row.rank for row in second] == [41, 42, 43, 44, 45]


def test_pages_of_topics_ask_the_database_as_often_for_three_as_for_sixty(desk: Office, sign_in: SignIn) -> None:
    one = told("停水", 2, 1, 0.1)
    told("停电", 9, 8)
    told("新出现的", 0.1, 0.2, 0.3, 0.4)
    client = sign_in(desk.wang)
    client.get("/more/")  # the browser's own row is made at its first page
    addresses = ("/topics/", "/topics/compare/", f"/topics/{one.pk}/", f"/topics/{one.pk}/?by=day&order=weak")
    before = {address: asked(client, address) for address in addresses}
    for n in range(60):
        made = told(f"第 {n} 件", 10, 1, 0.3)
        if n % 3 == 0:
            services.open_lead(topic=made, by=desk.wang, at=NIGHT, level=4, reason="街道来电")
    Membership.objects.filter(topic__title="第 1 件").update(topic=one)
    refresh_topics({one.pk: NIGHT - 10 * DAY}, at=NIGHT)
    assert {address: asked(client, address) for address in addresses} == before
    assert before["/topics/"] < 20


# --- two periods -----------------------------------------------------------------------------------------------------


def test_two_periods_show_who_rose_what_is_new_and_what_is_gone(desk: Office, sign_in: SignIn) -> None:
    rose = told("升上来的", 10, 1, 0.5, 0.2)
    fell = told("降下去的", 9, 9.2, 9.4, 2)
    told("新出现的", 0.1, 0.2)
    told("没人再说的", 11)
    answer = sign_in(desk.wang).get("/topics/compare/")
    found, page = answer.context["found"], answer.content.decode()
    by_title = {pair.topic.title: pair for pair in found.kept}
    assert by_title["升上来的"].moved == 1 and by_title["降下去的"].moved == -2
    assert by_title["新出现的"].then is None and found.new == 1 and "<b>新</b>" in page
    assert [pair.topic.title for pair in found.gone] == ["没人再说的"]
    assert by_title["升上来的"].now.heat > by_title["升上来的"].then.heat
    assert (by_title["升上来的"].now.posts, by_title["升上来的"].then.posts) == (3, 1)
    assert rose.pk != fell.pk and 'class="pair-bars"' in page


def test_a_past_period_is_compared_as_it_stood_at_its_end(desk: Office, sign_in: SignIn) -> None:
    told("后来才热的", 12, 1, 0.5, 0.2, 0.1)
    told("当时最热的", 11.2, 11.4)
    day = (NIGHT - 11 * DAY).date()
    address = f"/topics/compare/?from={day - 2 * DAY}&to={day}&then-from={day - 10 * DAY}&then-to={day - 5 * DAY}"
    found = sign_in(desk.wang).get(address).context["found"]
    assert [pair.topic.title for pair in found.kept] == ["当时最热的", "后来才热的"]
    assert found.kept[1].now.voices == 1 and found.gone == []


# --- one topic -------------------------------------------------------------------------------------------------------


def test_a_topic_without_a_lead_says_what_is_missing_line_by_line(desk: Office, sign_in: SignIn) -> None:
    topic = told("停水", 3, 2, 1, 0.5)
    lines = [
        {"rule": "voices_long", "level": 4, "met": False, "sentence": "14 日内 4 人", "have": 4, "need": 5},
        {"rule": "three_streets", "level": 3, "met": False, "sentence": "1 个街道", "have": 1, "need": 3},
    ]
    Weighing.objects.create(topic=topic, at=NIGHT, lines=lines)
    page = sign_in(desk.wang).get(f"/topics/{topic.pk}/").content.decode()
    assert "还没有线索：差 1 人" in page and "再有 1 人说同一件事就满足" in page and "差 2 个街道" in page
    assert "T-" in page and "没有人工改过" in page


def test_the_curve_goes_by_the_hour_or_by_the_day_and_shows_the_silence_between_episodes(
    desk: Office, sign_in: SignIn
) -> None:
    topic = told("停水", 40, 39, 3, 1, 0.2)
    met = {"reason": "满足一条", "figures": {}, "raised_at": NIGHT, "updated_at": NIGHT}
    Alert.objects.create(topic=topic, rule="voices_long", episode=2, level=4, met_at=NIGHT - DAY, **met)
    client = sign_in(desk.wang)
    by_day = client.get(f"/topics/{topic.pk}/?by=day")
    curve = by_day.context["curve"]
    assert (curve.unit, len(curve.table), sum(own for _, own, _ in curve.table)) == ("天", 60, 5)
    assert curve.silent and 'class="silent"' in by_day.content.decode()
    by_hour = client.get(f"/topics/{topic.pk}/?by=hour")
    assert (by_hour.context["curve"].unit, sum(own for _, own, _ in by_hour.context["curve"].table)) == ("小时", 2)
    assert "满足一条，建议Ⅳ级" in by_hour.content.decode() and 'class="flag"' in by_hour.content.decode()


def test_a_title_that_is_markup_is_shown_as_words_on_every_page_of_topics(desk: Office, sign_in: SignIn) -> None:
    topic = told("<script>alert('x')</script>", 1, 0.5)
    client = sign_in(desk.wang)
    for address in ("/topics/", "/topics/compare/", f"/topics/{topic.pk}/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


# --- acts ------------------------------------------------------------------------------------------------------------


def test_a_lead_is_opened_from_the_page_and_stands_in_the_inbox(desk: Office, sign_in: SignIn) -> None:
    topic = told("停水", 1, 0.5)
    client = sign_in(desk.wang)
    answer = client.post(f"/topics/{topic.pk}/", {"way": "lead", "level": "3", "lead_reason": "街道来电"}, follow=True)
    issue = Issue.objects.get(topic=topic)
    assert answer.redirect_chain[-1][0] == f"/leads/{issue.pk}/" and issue.matter.level_proposed == 3
    assert "停水" in client.get("/leads/").content.decode()
    page = client.get(f"/topics/{topic.pk}/").content.decode()
    assert "已有未了结的事项" in page and "还没有线索" not in page


def test_ticked_posts_are_split_off_and_brought_back(desk: Office, sign_in: SignIn) -> None:
    topic = told("停水", 3, 2, 1)
    post = topic.memberships.order_by("at")[0].post_id
    client = sign_in(desk.qian)
    address = f"/topics/{topic.pk}/"
    kept = client.post(address, {"way": "split", "posts": [post], "split_title": "另一件"})
    assert kept.status_code == 422 and "没填：拆分的理由" in kept.content.decode()
    assert f'value="{post}" form="arrange" aria-label="选中这一帖" checked' in kept.content.decode()
    assert 'value="另一件"' in kept.content.decode()
    done = client.post(address, {"way": "split", "posts": [post], "split_reason": "另一处"}, follow=True)
    assert "已拆出 1 帖" in done.content.decode() and "人工拆并过" in done.content.decode()
    (row,) = Arrangement.objects.all()
    refused = client.post(f"/topics/undo/{row.pk}/", {"reason": " "})
    assert refused.status_code == 422 and "没填：撤销的理由" in refused.content.decode()
    client.post(f"/topics/undo/{row.pk}/", {"reason": "还是一件"})
    assert topic.memberships.count() == 3


def test_two_topics_are_merged_by_number_and_asked_once_where_both_have_an_issue(desk: Office, sign_in: SignIn) -> None:
    one, other = told("停水", 2, 1), told("停水了", 2, 1.5)
    for topic in (one, other):
        services.open_lead(topic=topic, by=desk.wang, at=NIGHT, level=4, reason="街道来电")
    client = sign_in(desk.qian)
    form = {"way": "merge", "number": f"t-{other.pk}", "merge_reason": "同一处"}
    asked_once = client.post(f"/topics/{one.pk}/", form)
    assert asked_once.status_code == 422 and "合并后并成一件" in asked_once.content.decode()
    assert 'name="sure"' in asked_once.content.decode() and 'value="同一处"' in asked_once.content.decode()
    done = client.post(f"/topics/{one.pk}/", {**form, "sure": "on"}, follow=True)
    assert done.redirect_chain[-1][0] == f"/topics/{other.pk}/"
    assert Issue.objects.filter(state="lead").count() == 1
    assert client.get(f"/topics/{one.pk}/").headers["Location"] == f"/topics/{other.pk}/"
    late = client.post(f"/topics/{one.pk}/", form)
    assert late.status_code == 422 and f"已经并入 T-{other.pk}" in late.content.decode()


def test_who_may_not_act_sees_no_form_and_is_refused(desk: Office, sign_in: SignIn) -> None:
    topic = told("停水", 1, 0.5)
    client = sign_in(desk.feng)  # a leader reads
    page = client.get(f"/topics/{topic.pk}/").content.decode()
    assert "人来处置" not in page and 'name="posts"' not in page
    for way in ("lead", "split", "merge"):
        assert client.post(f"/topics/{topic.pk}/", {"way": way}).status_code == 403
    assert client.post("/topics/undo/1/", {"reason": "x"}).status_code == 403
    press = sign_in(desk.zhou)
    assert press.post(f"/topics/{topic.pk}/", {"way": "merge"}).status_code == 403
    assert "手工开线索" in press.get(f"/topics/{topic.pk}/").content.decode()


def test_the_curve_shows_what_is_usual_and_the_line_of_a_burst_and_says_both(desk: Office, sign_in: SignIn) -> None:
    topic = told("停水", 30, 20, 10, 2, 1, 0.5, 0.1)
    client = sign_in(desk.wang)
    page = client.get(f"/topics/{topic.pk}/?by=day")
    course = page.context["course"]
    assert (course.stands[-1].have, course.stands[-1].past) == (4, 3)
    words = page.content.decode()
    assert "现在 4 人，平时 0.4 人（此前 28 日 3 人），突增线 3 人" in words
    assert 'class="usual"' in words and 'class="limit"' in words and "到突增线" in words
    row = next(row for row in course.rows if row[1])
    assert f'<td class="num">{row[3].have}</td>' in words


def test_a_quiet_source_is_drawn_over_its_longer_window_and_a_busy_one_is_not(
    desk: Office, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = told("路灯不亮", 6, 4.5, 1.5, 0.1)
    client = sign_in(desk.wang)
    page = client.get(f"/topics/{topic.pk}/?by=day")
    course = page.context["course"]
    assert (course.days, course.slow, course.stands[-1].have) == (7, True, 4)  # nearer to its line than three days
    assert "发帖较少的来源；其余来源近 3 日" in page.content.decode()
    short = client.get(f"/topics/{topic.pk}/?by=day&window=3").context["course"]
    assert (short.days, short.other, short.stands[-1].have) == (3, 7, 2)
    policy = current_pack().policy
    voices = policy.voices.model_copy(update={"quiet_posts_per_day": 1, "quiet_over_days": 2})  # two posts are busy
    monkeypatch.setattr(curves, "topic_course", _with(policy.model_copy(update={"voices": voices})))
    busy = client.get(f"/topics/{topic.pk}/?by=day&window=7").context["course"]
    assert (busy.days, busy.other) == (3, 0)


def _with(policy: PolicyPack) -> Callable[..., TopicCourse]:
    def asked(topic: Topic, moments: list[datetime]) -> TopicCourse:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(course_query, "current_pack", lambda: replace(current_pack(), policy=policy))
            return course_query.topic_course(topic, moments)

    return asked


def test_the_topics_before_and_after_stand_in_the_ranked_list_with_its_conditions(
    desk: Office, sign_in: SignIn
) -> None:
    cool, warm, hot = told("路灯不亮", 2, 1), told("垃圾没人收", 1, 0.5, 0.3), told("自来水发黄", 1, 0.5, 0.2, 0.1)
    other = told("井盖响", 1, 0.5, 0.2, street="广安门内街道")
    client = sign_in(desk.wang)
    order = rows(client, "/topics/?days=3")
    assert order[0] == hot.title and f"/topics/{hot.pk}/?days=3" in client.get("/topics/?days=3").content.decode()
    page = client.get(f"/topics/{warm.pk}/?days=3&street=月坛街道")
    beside = page.context["beside"]
    assert (beside.rank, beside.count, beside.before, beside.after) == (2, 3, hot.pk, cool.pk)
    assert "近 3 天第 2 个，共 3 个" in page.content.decode()
    assert f"/topics/{hot.pk}/?days=3&amp;street=" in page.content.decode()
    assert client.get(f"/topics/{hot.pk}/?days=3&street=月坛街道").context["beside"].before is None
    assert client.get(f"/topics/{other.pk}/?days=3&street=月坛街道").context["beside"] is None
    walked: list[int] = []
    at: int | None = hot.pk
    while at is not None:
        walked.append(at)
        at = client.get(f"/topics/{at}/").context["beside"].after
    assert [Topic.objects.get(pk=pk).title for pk in walked] == rows(client)


def test_streets_stand_from_north_to_south(desk: Office, sign_in: SignIn) -> None:
    topic = told("停水", 1, 0.5)
    page = sign_in(desk.wang).get(f"/topics/{topic.pk}/")
    cells = [cell.short for cell in page.context["cells"]]
    assert (cells[0], cells[-1], len(cells)) == ("德胜", "陶然亭", 15) and "从北到南排" in page.content.decode()
