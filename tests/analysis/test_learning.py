"""Learning from corrections: a candidate is built once, measured on what it never saw, and in force only by people."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from analysis.adjusting import digest
from analysis.models import Correction, LearntModel, Reading, Rereading
from analysis.services import learning, rereading
from analysis.services.lessons import examples
from analysis.services.reading import read_posts, reader
from crawlers.canonical import REMOVED, text_key
from crawlers.models import Post, Source
from office import trail
from office.errors import Refused
from office.models import Trail
from office.state import set_state
from responses.services.corrections import correct, take_back
from tests.people import Office

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
STREETS = ["德胜", "新街口", "什刹海", "展览路", "月坛", "金融街", "天桥", "牛街", "椿树", "白纸坊", "陶然亭", "大栅栏"]
ODD = (
    "西城区{street}街道办事处门前的银杏步道今年又到了打卡的时候",
    "西城区{street}街道的书香驿站换了新的长椅，借阅机搬到了二层东侧靠窗的位置",
)


def post(text: str, at: datetime = NOW, *, title: str = "") -> Post:
    source = Source.objects.get_or_create(
        key="board",
        defaults={
            "name": "板", "klass": "board", "kind": "board", "voice": "public", "platform": "board", "scope": "open",
        },
    )[0]  # fmt: skip
    return Post.objects.create(
        source=source,
        platform="board",
        voice="public",
        handle=f"{Post.objects.count():016x}",
        title=title,
        text=text,
        text_key=text_key(text)[0],
        published_at=at,
        precision="minute",
        fetched_at=at,
        seen_at=at,
    )


def corrected(office: Office, number: int = 24) -> list[Post]:
    """Posts of one kind that the machine reads otherwise than the officers."""
    rows = [post(ODD[n % 2].format(street=STREETS[n // 2])) for n in range(number)]
    read_posts(at=NOW)
    for n, row in enumerate(rows):
        correct(post=row, judgement="sentiment", value=("neutral", "positive")[n % 2], by=office.wang, at=NOW)
    return rows


def candidate(office: Office) -> LearntModel:
    return learning.build(learning.ask(by=office.qian, at=NOW), at=NOW)


def adopted(office: Office) -> LearntModel:
    row = learning.propose(model=candidate(office), by=office.qian, at=NOW, reason="看过对照表")
    return learning.confirm(model=row, by=office.zhao, at=NOW)


def test_a_candidate_is_measured_on_texts_it_never_learnt_from_and_is_the_same_again(office: Office) -> None:
    corrected(office)
    first, second = candidate(office), candidate(office)
    assert first.state == second.state == "candidate" and first.digest == second.digest
    some = examples("sentiment")
    told = {(row["judgement"], row["on"]): row for row in first.table["rows"]}
    assert first.table["learnt_from"]["sentiment"] == sum(not one.held_out for one in some)
    assert told["sentiment", "hold_out"]["texts"] == sum(one.held_out for one in some) > 0
    assert told["sentiment", "hold_out"]["candidate"] >= told["sentiment", "hold_out"]["shipped"]
    yardstick = told["sentiment", "yardstick"]
    assert yardstick["texts"] == 88 and yardstick["candidate"] >= yardstick["shipped"] - 4
    assert reader().version.endswith("linear-1") or "+m" not in reader().version


def test_it_is_in_force_only_after_two_people_and_old_posts_are_read_anew(office: Office) -> None:
    corrected(office)
    row = candidate(office)
    with pytest.raises(Refused, match="还没有人提出"):
        learning.confirm(model=row, by=office.zhao, at=NOW)
    with pytest.raises(Refused, match="请写明为什么采用"):
        learning.propose(model=row, by=office.qian, at=NOW, reason=" ")
    row = learning.propose(model=row, by=office.qian, at=NOW, reason="看过对照表")
    with pytest.raises(Refused, match="另一个人"):
        learning.confirm(model=row, by=office.qian, at=NOW)
    for by in (office.wang, office.han, office.admin):
        with pytest.raises(Refused, match="没有“采用判读版本”的权限"):
            learning.confirm(model=row, by=by, at=NOW)
    learning.confirm(model=row, by=office.zhao, at=NOW)
    fresh = post("西城区月坛街道办事处门前的银杏步道又到了打卡的时候，大家都来")
    read_posts(at=NOW)
    assert Reading.objects.get(post=fresh).version.endswith(f"+m{row.pk}")
    while rereading.step(at=NOW + DAY):
        pass
    assert {one.version for one in Reading.objects.all()} == {reader().version}
    learning.go_back(to=None, by=office.qian, at=NOW + DAY, reason="误报多了")
    assert "+m" not in reader().version and LearntModel.objects.get(pk=row.pk).state == "former"
    learning.go_back(to=LearntModel.objects.get(pk=row.pk), by=office.qian, at=NOW + DAY, reason="再试")
    assert reader().version.endswith(f"+m{row.pk}")
    kinds = list(Trail.objects.filter(kind__startswith="model.").order_by("seq").values_list("kind", flat=True))
    assert kinds == ["model.train", "model.propose", "model.adopt", "model.back", "model.back"]
    assert trail.verify() == []


def test_alone_on_duty_the_reason_is_typed_again(office: Office) -> None:
    corrected(office)
    row = learning.propose(model=candidate(office), by=office.qian, at=NOW, reason="看过对照表")
    set_state("solo_duty", {"reason": "只有一人"}, by=None, at=NOW)
    with pytest.raises(Refused, match="与第一次写的不一样"):
        learning.confirm(model=row, by=office.qian, at=NOW, reason_again="看过了")
    learning.confirm(model=row, by=office.qian, at=NOW, reason_again="看过对照表")
    assert Trail.objects.get(kind="model.adopt").solo


def test_two_at_once_build_one_and_one_that_was_killed_is_built_by_the_next(office: Office) -> None:
    corrected(office)
    row = learning.ask(by=office.qian, at=NOW)
    with pytest.raises(Refused, match="已经在训练"):
        learning.ask(by=office.zhao, at=NOW)
    LearntModel.objects.filter(pk=row.pk).update(claimed_until=NOW + learning.CLAIM)  # another process has begun
    with pytest.raises(Refused, match="另一个进程"):
        learning.build(row, at=NOW)
    assert learning.build_asked(at=NOW) is None
    later = NOW + 2 * learning.CLAIM
    done = learning.build_asked(at=later)
    assert done is not None and done.pk == row.pk and done.state == "candidate"
    stuck = learning.ask(by=office.qian, at=later)
    LearntModel.objects.filter(pk=stuck.pk).update(claimed_until=later)
    learning.ask(by=office.qian, at=later + DAY)
    stuck.refresh_from_db()
    assert stuck.state == "failed" and "中断" in stuck.fault


def test_nothing_to_learn_from_and_no_permission_are_said(office: Office) -> None:
    with pytest.raises(Refused, match="还没有可学的更正"):
        learning.ask(by=office.qian, at=NOW)
    with pytest.raises(Refused, match="没有“训练候选版本”的权限"):
        learning.ask(by=office.wang, at=NOW)


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_a_disk_that_is_full_in_the_middle_leaves_what_is_in_force(office: Office) -> None:
    corrected(office)
    row = learning.ask(by=office.qian, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (b BLOB)")
        while free := cursor.execute("PRAGMA freelist_count").fetchone()[0]:
            cursor.execute("INSERT INTO filler VALUES (zeroblob(%s))", [4000 * free])
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        try:
            done = learning.build(row, at=NOW)
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
            cursor.execute("DROP TABLE filler")
    assert done.state == "failed" and "磁盘满了" in done.fault and done.digest == ""
    assert learning.ask(by=office.qian, at=NOW).state == "building"


def test_damaged_weights_read_on_with_the_shipped_ones_and_are_refused_with_what_to_do(office: Office) -> None:
    corrected(office)
    row = adopted(office)
    LearntModel.objects.filter(pk=row.pk).update(weights=bytes(row.weights)[:100], state="former")
    with pytest.raises(Refused, match="截断或改过.*重新训练"):
        learning.go_back(to=LearntModel.objects.get(pk=row.pk), by=office.qian, at=NOW, reason="试")
    other = bytes(candidate(office).weights)
    LearntModel.objects.filter(pk=row.pk).update(weights=other[:-9], digest=digest(other[:-9]), state="in_force")
    fresh = post("西城区天桥街道办事处门前的银杏步道")
    assert read_posts(at=NOW) == 1
    assert "+m" not in Reading.objects.get(post=fresh).version


def test_a_table_learnt_on_another_engine_is_not_laid_over_this_one(office: Office, settings: Settings) -> None:
    corrected(office)
    row = adopted(office)
    settings.SENTIMENT = "snownlp"
    with pytest.raises(Refused, match="情绪部分是在 .* 上学的，现在是 snownlp.*重新训练"):
        LearntModel.objects.filter(pk=row.pk).update(state="former")
        learning.go_back(to=LearntModel.objects.get(pk=row.pk), by=office.qian, at=NOW, reason="试")


def test_a_machine_that_reads_again_never_undoes_a_person(office: Office) -> None:
    rows = corrected(office, 3)
    correct(post=rows[0], judgement="klass", value="电梯", by=office.li, at=NOW)
    rereading.begin(by=office.qian, at=NOW, why="试")
    assert rereading.step(at=NOW + DAY) == 3 and rereading.step(at=NOW + DAY) == 0
    now = Reading.objects.get(post=rows[0])
    assert (now.sentiment, now.klass, now.at) == ("neutral", "电梯", NOW + DAY)
    for one in Correction.objects.filter(post=rows[0]):
        take_back(correction=one, by=office.li, at=NOW + DAY)
    back = Reading.objects.get(post=rows[0])
    assert back.machine is None and back.klass != "电梯"


def test_what_was_removed_on_request_is_no_example_and_is_not_read_again(office: Office) -> None:
    rows = corrected(office, 3)
    before = len(examples("sentiment"))
    Post.objects.filter(pk=rows[0].pk).update(text=REMOVED)
    assert len(examples("sentiment")) == before - 1
    rereading.begin(by=office.qian, at=NOW, why="试")
    assert rereading.step(at=NOW + DAY) == 3
    assert Reading.objects.get(post=rows[0]).at == NOW


def test_a_re_reading_is_held_and_goes_on_where_it_was(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "SLICE", 2)
    rows = [post(f"西城区月坛街道第{n}号楼停水") for n in range(5)]
    read_posts(at=NOW)
    rereading.begin(by=office.qian, at=NOW, why="试")
    assert rereading.step(at=NOW + DAY) == 2
    rereading.hold(by=office.qian, at=NOW + DAY)
    assert rereading.step(at=NOW + DAY) == 0
    with pytest.raises(Refused, match="没有在进行的重读"):
        rereading.hold(by=office.qian, at=NOW + DAY)
    rereading.go_on(by=office.admin, at=NOW + DAY)
    assert [rereading.step(at=NOW + 2 * DAY) for _ in range(3)] == [2, 1, 0]
    done = Rereading.objects.get()
    assert (done.done, done.total, done.under_way) == (5, 5, False) and done.ended_at == NOW + 2 * DAY
    moments = [Reading.objects.get(post=row).at for row in rows]
    assert moments == [NOW + 2 * DAY] * 3 + [NOW + DAY] * 2
