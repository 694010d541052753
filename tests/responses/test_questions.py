"""公众在问: asks become questions, grow by themselves, and what people decided stays."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analysis.models import Membership, Reading
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import Trail
from responses.models import Asked, Issue, Question, Release
from responses.queries import timeline
from responses.services import decide, questions
from responses.services.decide.merging import part
from responses.services.evidence import check_release, enter_release
from tests.people import Office, clock
from tests.responses.facts import fire_lead, lamp_lead, post, topic

pytestmark = pytest.mark.django_db
NOTICE = "<html><p>区城市管理委员会正在抢修，预计今晚22时恢复供热。</p></html>".encode()


@pytest.fixture
def case(office: Office) -> Issue:
    """The fire of the rules, confirmed at 09:20."""
    issue = fire_lead()
    decide.confirm_lead(issue=issue, by=office.chen, at=clock("09:20"), level=2, version=issue.version)
    issue.refresh_from_db()
    return issue


def asks(issue: Issue, words: str, *, at: str = "09:30", handle: str = "", copy_of: Post | None = None) -> Post:
    """A post of a person who asks this, filed under the issue's topic."""
    assert issue.topic is not None
    told = post(issue.topic, clock(at), f"{words}？（{Post.objects.count()}）", handle=handle)
    Reading.objects.filter(post=told).update(asks=[words])
    if copy_of is not None:
        Post.objects.filter(pk=told.pk).update(copy_of=copy_of)
    return told


def gather() -> int:
    return questions.gather_questions()


def shown() -> dict[str, tuple[str, int]]:
    """Wording -> state and posts, of the questions that stand by themselves."""
    rows = Asked.objects.filter(shown=True, question__joined_into=None, question__hidden=False)
    return {row.words: (row.question.state, row.question.posts) for row in rows.select_related("question")}


def only() -> Question:
    return Question.objects.get()


def notice(issue: Issue, office: Office, *, title: str = "情况通报（一）", checked: bool = True) -> Release:
    release = enter_release(
        issue=issue, by=office.zhou, at=clock("10:00"), kind="notice", channel="门户网站", title=title,
        link="https://gov.example.test/1.html", published_at=clock("09:50"), copy=NOTICE, copy_name="1.html",
    )  # fmt: skip
    if checked:
        check_release(release=release, by=office.wu, at=clock("10:10"), accept=True, note="一致")
    return release


# --- asks become questions --------------------------------------------------------------------------------------------


def test_asks_in_other_words_are_one_question_and_each_post_is_counted(case: Issue) -> None:
    for words in ("什么时候恢复供暖", "几点能恢复供热", "请问什么时候恢复供暖", "有没有人受伤"):
        asks(case, words)
    assert gather() == 2
    assert shown() == {"几点能恢复供热": ("open", 3), "有没有人受伤": ("open", 1)}, "in the shortest clear words"


def test_a_lead_nobody_confirmed_has_no_questions_and_looking_twice_changes_nothing(office: Office) -> None:
    issue = fire_lead()
    asks(issue, "什么时候恢复供暖")
    assert gather() == 0 and not Question.objects.exists()
    decide.confirm_lead(issue=issue, by=office.chen, at=clock("09:35"), level=2, version=issue.version)
    assert gather() == 1
    with CaptureQueriesContext(connection) as asked:
        assert gather() == 0
    assert len(asked) == 1


def test_a_voice_and_a_group_of_copies_count_once(case: Issue) -> None:
    first = asks(case, "什么时候恢复供暖", handle="a")
    asks(case, "到底什么时候恢复供暖", handle="a")
    asks(case, "什么时候恢复供暖", handle="b", copy_of=first)
    asks(case, "什么时候恢复供暖", handle="c")
    gather()
    assert only().posts == 2
    assert Asked.objects.count() == 4 and Asked.objects.filter(counts=True).count() == 2


def test_new_posts_join_what_stands_and_leave_what_a_person_decided(case: Issue, office: Office) -> None:
    asks(case, "几点能恢复供热", at="09:30")
    gather()
    questions.mark_question(
        question=only(), state="answered", release=notice(case, office), by=office.zhou, at=clock("10:20")
    )
    asks(case, "什么时候恢复供暖", at="10:30")
    assert gather() == 0
    now = only()
    assert (now.state, now.posts, now.since) == ("answered", 2, 1)
    assert list(shown()) == ["几点能恢复供热"], "the wording it was decided on stays"


def test_posts_that_leave_the_topic_take_their_asks_away(case: Issue) -> None:
    asks(case, "什么时候恢复供暖")
    gone = asks(case, "有没有人受伤")
    gather()
    other = topic("另一件事", clock("09:00"))
    Membership.objects.filter(post=gone).update(topic=other)
    asks(case, "什么时候恢复供暖", at="09:45")
    gather()
    assert shown() == {"什么时候恢复供暖": ("open", 2)}


def test_an_issue_merged_into_another_brings_its_questions(case: Issue, office: Office) -> None:
    lamps = lamp_lead()
    asks(lamps, "什么时候恢复供暖")
    asks(case, "什么时候恢复供暖")
    decide.merge_issue(issue=lamps, into=case, by=office.wang, at=clock("09:35"), reason="同一件事", version=None)
    gather()
    assert shown() == {"什么时候恢复供暖": ("open", 2)}
    with CaptureQueriesContext(connection) as asked:
        gather()
    assert len(asked) == 1, "nothing is left to look at"


def test_a_merge_taken_back_parts_their_questions_again(case: Issue, office: Office) -> None:
    lamps = lamp_lead()
    asks(lamps, "路灯什么时候修好")
    asks(case, "损失谁赔")
    asks(lamps, "损失谁赔")
    decide.merge_issue(issue=lamps, into=case, by=office.wang, at=clock("09:35"), reason="同一件事", version=None)
    gather()
    gather()
    assert shown() == {"损失谁赔": ("open", 2), "路灯什么时候修好": ("open", 1)}
    lamp, loss = (Asked.objects.get(words=w, shown=True).question for w in ("路灯什么时候修好", "损失谁赔"))
    questions.join_questions(question=lamp, into=loss, by=office.wang, at=clock("10:00"))
    lamps.refresh_from_db()
    part(lamps, state="lead", by=office.wang, at=clock("10:05"), reason="不是一件事")
    decide.confirm_lead(
        issue=lamps, by=office.wang, at=clock("10:06"), level=4, version=Issue.objects.get(pk=lamps.pk).version
    )
    gather()
    gather()
    assert {(q.issue_id, q.posts) for q in Question.objects.filter(posts__gt=0)} == {(case.pk, 1), (lamps.pk, 1)}
    assert Question.objects.filter(issue=lamps, posts=1).count() == 2 and not Question.objects.exclude(joined_into=None)


# --- what people say of them ------------------------------------------------------------------------------------------


def test_marking_leaves_a_line_in_the_case_without_the_persons_words(case: Issue, office: Office) -> None:
    asks(case, "什么时候恢复供暖")
    gather()
    done = questions.mark_question(
        question=only(),
        state="partly",
        release=notice(case, office),
        remark="原因调查中",
        by=office.zhou,
        at=clock("10:20"),
    )
    assert (done.state, done.note, done.decided_by) == ("partly", "原因调查中", office.zhou)
    row = Trail.objects.get(kind="question.mark")
    told = trail.words_of([row])[row.text_digest]
    assert told.text == "标为部分回答，见《情况通报（一）》：原因调查中"
    assert told.data["question"] == done.pk and "供暖" not in told.text
    assert any(line.kind == "question.mark" and line.mark == "person" for line in timeline(case))


@pytest.mark.parametrize(
    ("state", "with_release", "remark", "sentence"),
    [
        ("answered", False, "", "请选是哪一份发布回答的"),
        ("partly", False, "", "请选是哪一份发布回答的"),
        ("maybe", True, "", "请选：已答、部分、未答"),
        ("open", False, "说" * 101, "说明最多 100 个字"),
    ],
)
def test_what_is_missing_is_said(
    case: Issue, office: Office, state: str, with_release: bool, remark: str, sentence: str
) -> None:
    asks(case, "什么时候恢复供暖")
    gather()
    release = notice(case, office) if with_release else None
    with pytest.raises(Refused, match=sentence):
        questions.mark_question(
            question=only(), state=state, release=release, remark=remark, by=office.zhou, at=clock("10:20")
        )


def test_only_a_release_of_this_issue_that_was_not_sent_back_answers(case: Issue, office: Office) -> None:
    asks(case, "什么时候恢复供暖")
    gather()
    other = lamp_lead()
    decide.confirm_lead(issue=other, by=office.wang, at=clock("09:35"), level=4, version=other.version)
    with pytest.raises(Refused, match="不是本事项的"):
        questions.mark_question(
            question=only(), state="answered", release=notice(other, office), by=office.zhou, at=clock("10:20")
        )
    back = notice(case, office, checked=False)
    check_release(release=back, by=office.wu, at=clock("10:10"), accept=False, note="链接打不开")
    back.refresh_from_db()
    with pytest.raises(Refused, match="退回了"):
        questions.mark_question(question=only(), state="answered", release=back, by=office.zhou, at=clock("10:20"))


def test_who_may_not_and_an_issue_that_ended(case: Issue, office: Office) -> None:
    asks(case, "什么时候恢复供暖")
    gather()
    for person in (office.han, office.feng, office.admin, office.auditor):
        with pytest.raises(Refused, match="没有“对应公众的问题”的权限"):
            questions.mark_question(question=only(), state="open", remark="等答复", by=person, at=clock("10:20"))
        with pytest.raises(Refused, match="没有“对应公众的问题”的权限"):
            questions.hide_question(question=only(), by=person, at=clock("10:20"))
    Issue.objects.filter(pk=case.pk).update(state="closed")
    with pytest.raises(Refused, match="已办结"):
        questions.mark_question(question=only(), state="open", remark="等答复", by=office.zhou, at=clock("10:20"))


def test_of_two_people_on_one_question_the_second_hears_who_was_first(case: Issue, office: Office) -> None:
    asks(case, "什么时候恢复供暖")
    gather()
    question, seen = only(), only().version
    questions.mark_question(
        question=question, state="open", remark="列入发布会答问", by=office.zhou, at=clock("10:20"), version=seen
    )
    with pytest.raises(Refused, match="周芸刚办过这个问题"):
        questions.mark_question(
            question=question, state="open", remark="问消防", by=office.wang, at=clock("10:21"), version=seen
        )
    assert only().note == "列入发布会答问"


def test_personal_data_in_a_remark_does_not_reach_the_disk(case: Issue, office: Office) -> None:
    asks(case, "什么时候恢复供暖")
    gather()
    done = questions.mark_question(
        question=only(), state="open", remark="回电 13800138000", by=office.zhou, at=clock("10:20")
    )
    assert "13800138000" not in done.note


# --- sorting: one question, none, its words ---------------------------------------------------------------------------


def two(case: Issue) -> tuple[Question, Question]:
    asks(case, "车和店铺的损失找谁", handle="a")
    asks(case, "损失谁赔", handle="a")
    asks(case, "损失谁赔", handle="b")
    gather()
    first, second = Question.objects.order_by("pk")
    return first, second


def test_two_questions_joined_are_counted_as_one_and_new_posts_of_both_join_it(case: Issue, office: Office) -> None:
    first, second = two(case)
    questions.join_questions(question=first, into=second, by=office.wang, at=clock("10:00"))
    assert shown() == {"损失谁赔": ("open", 2)}, "one voice asked both"
    asks(case, "车和店铺的损失找谁", handle="d", at="10:05")
    gather()
    assert shown() == {"损失谁赔": ("open", 3)}


def test_a_joining_is_taken_back_and_each_stands_as_it_was(case: Issue, office: Office) -> None:
    first, second = two(case)
    questions.mark_question(question=first, state="open", remark="问街道", by=office.wang, at=clock("09:50"))
    questions.join_questions(question=first, into=second, by=office.wang, at=clock("10:00"))
    with pytest.raises(Refused, match="已并入另一个"):
        questions.mark_question(question=first, state="open", by=office.wang, at=clock("10:01"))
    questions.part_question(question=first, by=office.wang, at=clock("10:02"))
    first.refresh_from_db()
    assert shown() == {"车和店铺的损失找谁": ("open", 1), "损失谁赔": ("open", 2)} and first.note == "问街道"
    with pytest.raises(Refused, match="没有并入"):
        questions.part_question(question=first, by=office.wang, at=clock("10:03"))


def test_an_ask_that_asks_something_else_stands_by_itself_and_so_do_later_ones_in_its_words(
    case: Issue, office: Office
) -> None:
    for words in ("什么时候恢复供暖", "几点能恢复供热", "几点能恢复供热？"):
        asks(case, words)
    gather()
    question = only()
    alone = Asked.objects.filter(question=question, words="几点能恢复供热").first()
    assert alone is not None
    made = questions.split_question(question=question, asked=alone, by=office.wang, at=clock("10:00"))
    assert shown() == {"什么时候恢复供暖": ("open", 1), "几点能恢复供热": ("open", 2)}
    assert made.split_from == question and not Asked.objects.filter(question=made).exclude(why="").exists()
    asks(case, "几点能恢复供热", at="10:05")
    assert gather() == 0
    assert shown()["几点能恢复供热"] == ("open", 3)
    row = Trail.objects.get(kind="question.split")
    assert trail.words_of([row])[row.text_digest].data == {"question": question.pk, "to": made.pk}
    made.refresh_from_db()
    questions.join_questions(question=made, into=question, by=office.wang, at=clock("10:06"))
    question.refresh_from_db()
    assert question.posts == 4 and len(shown()) == 1


def test_the_only_way_of_asking_and_anothers_words_are_not_split_off(case: Issue, office: Office) -> None:
    first, second = two(case)
    only_way = Asked.objects.filter(question=second).first()
    assert only_way is not None
    with pytest.raises(Refused, match="只有这一种问法"):
        questions.split_question(question=second, asked=only_way, by=office.wang, at=clock("10:00"))
    with pytest.raises(Refused, match="从问这个问题的原话里选"):
        questions.split_question(question=first, asked=only_way, by=office.wang, at=clock("10:00"))
    with pytest.raises(Refused, match="权限"):
        questions.split_question(question=first, asked=only_way, by=office.keeper, at=clock("10:00"))


def test_a_question_is_joined_neither_into_itself_nor_into_another_issues(case: Issue, office: Office) -> None:
    first, _ = two(case)
    with pytest.raises(Refused, match="不能并入自己"):
        questions.join_questions(question=first, into=first, by=office.wang, at=clock("10:00"))
    other = lamp_lead()
    decide.confirm_lead(issue=other, by=office.wang, at=clock("09:35"), level=4, version=other.version)
    asks(other, "路灯什么时候修好")
    gather()
    foreign = Question.objects.get(issue=other)
    with pytest.raises(Refused, match="本事项的另一个"):
        questions.join_questions(question=first, into=foreign, by=office.wang, at=clock("10:01"))


def test_what_is_no_question_leaves_the_list_and_comes_back_with_what_was_said_since(
    case: Issue, office: Office
) -> None:
    asks(case, "希望大家都平安")
    gather()
    questions.hide_question(question=only(), by=office.wang, at=clock("10:00"))
    asks(case, "希望大家都平安", at="10:05")
    gather()
    assert shown() == {} and only().hidden
    with pytest.raises(Refused, match="已经标为"):
        questions.hide_question(question=only(), by=office.wang, at=clock("10:07"))
    questions.show_question(question=only(), by=office.wang, at=clock("10:08"))
    assert shown() == {"希望大家都平安": ("open", 2)}


def test_a_question_is_put_in_the_words_of_somebody_who_asked_it_and_growth_leaves_them(
    case: Issue, office: Office
) -> None:
    asks(case, "什么时候恢复供暖")
    asks(case, "我们这几栋楼什么时候恢复供暖")
    gather()
    longer = Asked.objects.get(words="我们这几栋楼什么时候恢复供暖")
    questions.choose_words(question=only(), asked=longer, by=office.wang, at=clock("10:00"))
    asks(case, "何时恢复供暖", at="10:05")
    gather()
    assert list(shown()) == ["我们这几栋楼什么时候恢复供暖"]
    asks(case, "有没有人受伤", at="10:07")
    gather()
    with pytest.raises(Refused, match="从问这个问题的原话里选"):
        foreign = Asked.objects.get(words="有没有人受伤")
        questions.choose_words(question=longer.question, asked=foreign, by=office.wang, at=clock("10:09"))


def test_words_that_are_gone_give_way_to_anothers_and_a_question_without_words_stands(
    case: Issue, office: Office
) -> None:
    first = asks(case, "什么时候恢复供暖")
    asks(case, "我们这几栋楼什么时候恢复供暖")
    gather()
    questions.mark_question(question=only(), state="open", remark="等", by=office.zhou, at=clock("10:00"))
    Asked.objects.filter(post=first).delete()
    questions.recount([only().pk])
    assert shown() == {"我们这几栋楼什么时候恢复供暖": ("open", 1)}
    Asked.objects.all().delete()
    questions.recount([only().pk])
    assert only().posts == 0 and only().note == "等"


# --- what the machine suggests ----------------------------------------------------------------------------------------


def test_a_checked_release_that_speaks_of_it_is_suggested_and_sets_nothing(case: Issue, office: Office) -> None:
    asks(case, "什么时候恢复供暖")
    asks(case, "损失谁赔")
    gather()
    waiting = notice(case, office, checked=False)
    gather()
    assert not Question.objects.exclude(suggested=None).exists()
    check_release(release=waiting, by=office.wu, at=clock("10:10"), accept=True, note="一致")
    gather()
    told = Question.objects.get(suggested=waiting)
    assert "22时恢复供热" in told.suggested_why and told.state == "open"
    assert Asked.objects.get(question=told, shown=True).words == "什么时候恢复供暖"


def test_a_storm_is_taken_in_pieces(case: Issue) -> None:
    for number in range(25):
        asks(case, "什么时候恢复供暖", at="09:30", handle=f"h{number}")
    opened = [questions.gather_questions(most=10) for _ in range(3)]
    assert opened == [1, 0, 0] and only().posts == 25
