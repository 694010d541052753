"""公众在问 and 任务 on their pages: what stands there, who may do what, without JavaScript, small and constant."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from office.models import Department, User
from office.roles import Role
from office.services.people import create_user
from responses.models import Asked, Assignment, Question
from responses.services import questions
from tests.console.asked_night import answered, ask, given, questions_of
from tests.console.night import Night

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LARGEST = 150_000  # bytes of a page


@pytest.fixture
def pipe(desk: Night) -> str:
    return f"/issues/{desk.issues['pipe'].pk}/"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def of(words: str) -> Question:
    return Asked.objects.get(words=words, shown=True).question


# --- questions --------------------------------------------------------------------------------------------------------


def test_the_issue_shows_what_is_asked_by_posts_and_how_it_was_answered(
    desk: Night, pipe: str, sign_in: SignIn
) -> None:
    answered(desk)
    page = text(sign_in(desk.people["wangmin"]), pipe)
    assert "公众在问 8 个问题" in page and "已答 3，部分 1，<b>未答 4</b>" in page
    places = [page.index(f'title="{words}"') for words in ("什么时候恢复供暖", "有没有人受伤", "封路到几时")]
    assert places == sorted(places)
    assert "列入发布会答问" in page and "“原因调查中”" in page and "系统建议" in page
    assert f'href="/search/?question={of("封路到几时").pk}">5</a>' in page


def test_the_topic_of_a_case_shows_how_each_question_was_answered(desk: Night, sign_in: SignIn) -> None:
    answered(desk)
    page = text(sign_in(desk.people["wangmin"]), f"/topics/{desk.issues['pipe'].topic_id}/")
    assert "在问 8 个问题" in page and "未答 4，部分 1，已答 3" in page
    assert f'href="/questions/{of("什么时候恢复供暖").pk}/"' in page and "<dt>在问</dt>" not in page
    other = desk.issues["pipe"].topic
    assert other is not None
    Question.objects.all().delete()
    assert "个问题" not in text(sign_in(desk.people["wangmin"]), f"/topics/{other.pk}/")


def test_a_count_opens_exactly_the_posts_it_counts(desk: Night, sign_in: SignIn) -> None:
    questions_of(desk)
    question = of("封路到几时")
    client = sign_in(desk.people["wangmin"])
    page = text(client, f"/search/?question={question.pk}")
    assert "问同一个问题的 5 帖" in page
    assert "问同一个问题的 0 帖" in text(client, "/search/?question=99999")


def test_a_question_is_marked_on_its_page_and_the_case_tells_it_in_its_words(
    desk: Night, pipe: str, sign_in: SignIn
) -> None:
    answered(desk)
    question = of("有没有人受伤")
    client = sign_in(desk.people["hechuan"])
    page = text(client, f"/questions/{question.pk}/")
    assert "系统建议" in page and "无人受伤" in page
    sent = {"version": question.version, "state": "answered", "release": question.suggested_id, "note": ""}
    answer = client.post(f"/questions/{question.pk}/do/mark/", sent, follow=True)
    assert "已标，留痕" in answer.content.decode()
    question.refresh_from_db()
    assert (question.state, question.release) == ("answered", question.suggested)
    assert "“有没有人受伤” 标为已答，见《进展（二）》" in text(client, pipe)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"state": ""}, "没填：答了没有"),
        ({"state": "answered"}, "请选是哪一份发布回答的"),
        ({"state": "answered", "release": "99999"}, "不在可用的选项"),
        ({"state": "open", "note": "说" * 101}, "100"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    desk: Night, sign_in: SignIn, sent: dict[str, str], sentence: str
) -> None:
    questions_of(desk)
    question = of("有没有人受伤")
    answer = sign_in(desk.people["hechuan"]).post(
        f"/questions/{question.pk}/do/mark/", {"note": "等消防答复", **sent, "version": question.version}
    )
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert sent.get("note", "等消防答复") in answer.content.decode()


def test_two_people_on_one_question_the_second_sees_who_was_first(desk: Night, sign_in: SignIn) -> None:
    questions_of(desk)
    question = of("有没有人受伤")
    sent = {"version": question.version, "state": "open", "note": "等消防答复"}
    sign_in(desk.people["hechuan"]).post(f"/questions/{question.pk}/do/mark/", sent)
    late = sign_in(desk.people["wangmin"]).post(f"/questions/{question.pk}/do/mark/", {**sent, "note": "已问医院"})
    assert late.status_code == 422 and "何川刚办过这个问题" in late.content.decode()
    assert "已问医院" in late.content.decode()


def test_joined_parted_hidden_and_put_in_other_words_with_buttons_alone(desk: Night, sign_in: SignIn) -> None:
    questions_of(desk)
    client, road, why = sign_in(desk.people["wangmin"]), of("封路到几时"), of("为什么会塌")

    def do(question: Question, name: str, **sent: object) -> str:
        question.refresh_from_db()
        answer = client.post(f"/questions/{question.pk}/do/{name}/", {"version": question.version, **sent}, follow=True)
        return answer.content.decode()

    assert "已并为一个问题" in do(road, "join", into=why.pk)
    assert "已并入" in text(client, f"/questions/{road.pk}/")
    assert Question.objects.get(pk=why.pk).posts == 9
    assert "已拆开" in do(road, "part")
    assert "已标为不是问题" in do(road, "hide")
    listed = text(client, f"/issues/{desk.issues['pipe'].pk}/questions/")
    assert "封路到几时" not in listed and "不是问题 1" in listed
    assert "封路到几时" in text(client, f"/issues/{desk.issues['pipe'].pk}/questions/?which=hidden")
    assert "已恢复" in do(road, "show")
    other = Asked.objects.filter(question=road).exclude(shown=True).order_by("pk")[0]
    assert "已换用这句原话" in do(road, "words", asked=other.pk)
    Asked.objects.filter(pk=other.pk).update(words="挖开的路几时填上")
    asked = Asked.objects.filter(question=road).exclude(pk=other.pk).order_by("pk")[0]
    assert f'name="ask" value="{asked.pk}"' in client.get(f"/questions/{road.pk}/").content.decode()
    assert "分错了可以放回去" in do(road, "split", ask=asked.pk)
    made = Question.objects.get(split_from=road)
    assert "放回去" in text(client, f"/questions/{made.pk}/")
    assert "已并为一个问题" in do(made, "join", into=road.pk)


@pytest.mark.parametrize("which", ["all", "open", "answered", "hidden", "nonsense"])
def test_the_list_of_all_questions_by_how_they_stand(desk: Night, sign_in: SignIn, which: str) -> None:
    answered(desk)
    page = text(sign_in(desk.people["wangmin"]), f"/issues/{desk.issues['pipe'].pk}/questions/?which={which}")
    assert ("封路到几时" in page) == (which in ("all", "answered", "nonsense"))
    assert ("车和店铺的损失找谁" in page) == (which in ("all", "open", "nonsense"))


def test_words_of_people_are_shown_as_text(desk: Night, pipe: str, sign_in: SignIn) -> None:
    topic = desk.issues["pipe"].topic
    assert topic is not None
    ask(topic, "<script>alert(1)</script>为什么这样", people=1)
    questions.gather_questions()
    page = text(sign_in(desk.people["wangmin"]), pipe)
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


def test_an_issue_without_posts_and_one_without_asks_say_what_will_come(desk: Night, sign_in: SignIn) -> None:
    page = text(sign_in(desk.people["wangmin"]), f"/issues/{desk.issues['bus'].pk}/")
    assert "公众在问 0 个问题" in page and "还没有人问" in page
    assert "任务 0 项" in page and "还没有转办" in page


def test_hundreds_of_questions_the_first_twelve_and_a_link_small_and_constant(
    desk: Night, pipe: str, sign_in: SignIn
) -> None:
    topic, client = desk.issues["pipe"].topic, sign_in(desk.people["wangmin"])
    assert topic is not None
    issue = desk.issues["pipe"]

    def more(numbers: range) -> None:
        made = [Question(issue=issue, opened_at=desk.at, posts=number) for number in numbers]
        Question.objects.bulk_create(made)
        post = topic.memberships.order_by("pk")[0].post
        Asked.objects.bulk_create(
            Asked(question=q, post=post, words=f"第 {q.posts} 个问题，什么时候给个说法，大家都在等着呢", shown=True)
            for q in made
        )

    def asks(address: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            answer = client.get(address)
        return len(seen), len(answer.content)

    pages = (pipe, f"{pipe}questions/", f"/questions/{questions_of(desk)['为什么会塌'].pk}/")
    for address in pages:
        client.get(address)
    more(range(1, 60))
    few = [asks(address) for address in pages]
    more(range(60, 500))
    many = [asks(address) for address in pages]
    assert [count for count, _ in few] == [count for count, _ in many]
    assert all(size < LARGEST for _, size in many)
    page = text(client, pipe)
    assert page.count('data-key="q') == 12 and "全部 507 个问题" in page


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_tasks_stand_by_their_limit_with_what_is_late_and_what_came_back(
    desk: Night, pipe: str, sign_in: SignIn
) -> None:
    given(desk)
    page = text(sign_in(desk.people["wangmin"]), pipe)
    assert "任务 5 项" in page
    assert "超时 0时12分" in page and "未签收" in page and "02:04 已反馈" in page
    assert page.index("核实伤亡") < page.index("损失登记点地址、电话")


def test_a_task_is_given_from_the_page_signed_for_and_fed_back_by_the_unit(
    desk: Night, pipe: str, sign_in: SignIn
) -> None:
    city = Department.objects.get(name="区城市管理委")
    liu = create_user(
        username="liuyan",
        name="刘岩",
        roles=[Role.UNIT_CONTACT],
        department=city,
        at=desk.at,
        by=None,
        password="Qinghuai-2026",
    )
    User.objects.filter(pk=liu.pk).update(must_change_password=False)
    liu.refresh_from_db()
    desk_client, unit = sign_in(desk.people["wangmin"]), sign_in(liu)
    assert 'data-press="t"' in text(desk_client, pipe)
    sent = {"unit": city.pk, "what": "管线建成与检修年份", "due_at": "2026-11-18T06:00"}
    assert "已转办区城市管理委" in desk_client.post(f"{pipe}task/", sent, follow=True).content.decode()
    task = Assignment.objects.get()
    assert "管线建成与检修年份" in text(unit, "/tasks/")
    page = text(unit, f"/tasks/{task.pk}/")
    assert "代签" not in page and "谁说的" not in page
    unit.post(f"/tasks/{task.pk}/do/sign/", {"version": task.version})
    task.refresh_from_db()
    assert (task.state, task.signed_by) == ("signed", liu)
    answer = unit.post(
        f"/tasks/{task.pk}/do/feed_back/", {"version": task.version, "feedback": "1998 年建成"}, follow=True
    )
    assert "已反馈，留痕" in answer.content.decode() and "1998 年建成" in answer.content.decode()
    assert "区城市管理委 反馈“管线建成与检修年份”：1998 年建成" in text(desk_client, pipe)
    assert "没有等着反馈的任务" in text(unit, "/tasks/")


def test_the_desk_signs_for_a_unit_without_an_account_and_says_who_told_it(desk: Night, sign_in: SignIn) -> None:
    task = given(desk)[2]
    client = sign_in(desk.people["wangmin"])
    assert "代签" in text(client, f"/tasks/{task.pk}/")
    lacking = client.post(f"/tasks/{task.pk}/do/sign/", {"version": task.version, "told": ""})
    assert lacking.status_code == 422 and "谁说的、怎么说的" in lacking.content.decode()
    sent = {"version": task.version, "told": "值班室张科，电话", "told_at": "2026-11-18T03:00"}
    done = client.post(f"/tasks/{task.pk}/do/sign/", sent, follow=True)
    assert "03:00 值班室张科，电话（王敏 代签）" in done.content.decode()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"what": ""}, "没填：办什么"),
        ({"unit": ""}, "没填：转给哪个单位"),
        ({"due_at": "2026-11-18T03:00"}, "要在现在以后"),
        ({"due_at": "不久"}, "时间看不懂"),
    ],
)
def test_a_task_that_lacks_something_is_not_given(
    desk: Night, pipe: str, sign_in: SignIn, sent: dict[str, str], sentence: str
) -> None:
    city = Department.objects.get(name="区城市管理委")
    whole = {"unit": city.pk, "what": "登记点", "due_at": "2026-11-18T06:00", **sent}
    answer = sign_in(desk.people["wangmin"]).post(f"{pipe}task/", whole)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Assignment.objects.exists()


def test_board_and_handover_count_the_tasks_nobody_fed_back(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["wangmin"])
    assert "项没有反馈" not in text(client, "/")
    given(desk)
    for address in ("/", "/handover/"):
        page = text(client, address)
        assert '<a class="n" href="/tasks/">4</a> 项没有反馈，<b class="red">1 项到期</b>' in page


def test_a_leader_looks_and_is_offered_nothing(desk: Night, pipe: str, sign_in: SignIn) -> None:
    answered(desk)
    task = given(desk)[0]
    leader = create_user(
        username="feng", name="冯远", roles=[Role.LEADER], at=desk.at, by=None, password="Qinghuai-2026"
    )
    User.objects.filter(pk=leader.pk).update(must_change_password=False)
    leader.refresh_from_db()
    client = sign_in(leader)
    assert 'data-press="t"' not in text(client, pipe)
    assert "<form" not in text(client, f"/questions/{of('有没有人受伤').pk}/").split("<main")[1].split("</main")[0]
    assert "<form" not in text(client, f"/tasks/{task.pk}/").split("<main")[1].split("</main")[0]
    assert client.post(f"/tasks/{task.pk}/do/sign/", {}).status_code == 403
    assert client.get(f"{pipe}task/").status_code == 403
