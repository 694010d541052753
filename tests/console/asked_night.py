"""What the public asks about 青槐路 in the night of `night.py`, what was answered, and what units were asked to do."""

from datetime import timedelta

from analysis.models import Membership, Reading, Topic
from crawlers.models import Post, Source
from office.models import Department
from responses.models import Assignment, Question, Release
from responses.services import evidence, questions, tasks
from tests.console.night import Night

# Words -> how many people ask; each first words are the shortest.
ASKED = {
    "什么时候恢复供暖": 9,
    "有没有人受伤": 7,
    "封路到几时": 5,
    "为什么会塌": 4,
    "停暖期间老人孩子怎么办": 4,
    "车和店铺的损失找谁": 3,
    "这段管线多少年没换": 2,
    "网传停气三天是真的吗": 2,
}


def ask(topic: Topic, words: str, *, people: int, at_number: int = 0) -> None:
    """Posts of so many people who ask this, filed under the topic."""
    source = Source.objects.order_by("pk")[0]
    for number in range(people):
        moment = topic.last_post_at - timedelta(minutes=40 - number)
        key = f"ask-{topic.pk}-{at_number}-{words}-{number}"
        post = Post.objects.create(
            source=source, platform="board-life", voice="public", handle=f"asks-{at_number}-{words}-{number}",
            text=f"{words}？在线等", text_key=key[:64], published_at=moment, precision="minute", fetched_at=moment,
            seen_at=moment, step=2, address=f"https://board-life.example.cn/{key}",
        )  # fmt: skip
        Reading.objects.create(
            post=post, version="2026-10", at=moment, relevant=True, confidence=0.9, sentiment="negative", klass="供热",
            kind="咨询", demand=True, asks=[words],
        )  # fmt: skip
        Membership.objects.create(post=post, topic=topic, at=moment, similarity=0.8, why="“青槐路”同，同一地点")


def questions_of(desk: Night) -> dict[str, Question]:
    """The questions of the pictures, by their words."""
    topic = desk.issues["pipe"].topic
    assert topic is not None
    for number, (words, people) in enumerate(ASKED.items()):
        ask(topic, words, people=people, at_number=number)
    questions.gather_questions()
    return {row.words: row.question for question in Question.objects.all() for row in question.asked.filter(shown=True)}


def answered(desk: Night) -> Release:
    """Two releases; four questions answered, one in part, two with what is done about them."""
    found, at, by = questions_of(desk), desk.at, desk.people["hechuan"]
    release = evidence.enter_release(
        issue=desk.issues["pipe"], by=by, at=at, kind="progress", channel="门户", title="进展（二）",
        link="https://www.example.cn/notice/2", published_at=at - timedelta(minutes=10),
        copy="<p>正在抢修，预计明日22时恢复供热。无人受伤。</p>".encode(), copy_name="2.html",
    )  # fmt: skip
    evidence.check_release(release=release, by=desk.people["linjing"], at=at, accept=True, note="一致")

    def mark(words: str, state: str, remark: str = "") -> None:
        questions.mark_question(
            question=found[words],
            state=state,
            release=release if state != "open" else None,
            remark=remark,
            by=by,
            at=at,
        )

    mark("什么时候恢复供暖", "answered")
    mark("封路到几时", "answered")
    mark("停暖期间老人孩子怎么办", "answered")
    mark("为什么会塌", "partly", "原因调查中")
    mark("车和店铺的损失找谁", "open", "列入发布会答问")
    mark("这段管线多少年没换", "open", "问区城市管理委")
    questions.gather_questions()  # for what else the release speaks of
    return release


def given(desk: Night) -> list[Assignment]:
    """Five tasks: one near its limit, one fed back, one nobody signed for."""
    at, wang, pipe = desk.at, desk.people["wangmin"], desk.issues["pipe"]
    begun = at - timedelta(hours=2)
    city = Department.objects.get(name="区城市管理委")
    street = Department.objects.get_or_create(name="展览路街道", defaults={"short": "展览路街道"})[0]
    plan = [
        ("抢修进度，每 2 小时报", city, timedelta(hours=3)),
        ("损失登记点地址、电话", street, timedelta(minutes=36)),
        ("管线建成与检修年份", city, timedelta(hours=4)),
        ("核实伤亡", city, timedelta(minutes=-12)),
        ("临时取暖点清单", street, timedelta(minutes=20)),
    ]
    made = [
        tasks.give_task(issue=pipe, unit=unit, what=what, due_at=at + left, by=wang, at=begun)
        for what, unit, left in plan
    ]
    for task in (made[0], made[1], made[3], made[4]):
        tasks.sign_task(task=task, by=wang, at=at, told="值班室，电话", told_at=begun + timedelta(minutes=20))
    tasks.feed_back(
        task=made[4], feedback="三处：展览路文化中心、社区服务站、青槐小学", by=wang, at=at, told="值班室，电话",
        told_at=at - timedelta(minutes=70),
    )  # fmt: skip
    return made
