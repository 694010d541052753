"""判读 on the desk: corrected with one click and taken back with one, the sample by keys, versions in two steps."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from alerts.models import Notice
from analysis.models import Correction, LearntModel, Reading, Rereading, SampledPost
from analysis.services import sampling
from analysis.services.standing import held_out
from console.doctor_keeping import learning as learning_findings
from console.findings import Weight
from console.queries import judging
from crawlers.canonical import REMOVED
from crawlers.models import Post
from office.models import AccessLog, User
from responses.services.corrections import correct
from responses.services.reading_samples import announce
from tests.console import full_house
from tests.console.conftest import NIGHT
from tests.console.night import Night

SignIn = Callable[[User], Client]


@pytest.fixture
def post(desk: Night) -> Post:
    return Post.objects.filter(reading__relevant=True, reading__sentiment="negative", copy_of=None).earliest("pk")


def test_a_click_on_the_post_page_corrects_and_another_takes_it_back(desk: Night, post: Post, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    page = client.get(f"/posts/{post.pk}/").content.decode()
    assert 'name="value" value="positive"' in page and "机器重读也不改回来" in page
    sent = {"post": post.pk, "judgement": "sentiment", "value": "positive"}
    after = client.post("/corrections/", sent, follow=True).content.decode()
    row = Correction.objects.get()
    assert Reading.objects.get(post=post).sentiment == "positive" and f"/corrections/{row.pk}/undo/" in after
    assert "已改" in after and "李卓" in after
    sign_in(desk.people["zhoulan"]).post("/corrections/", {**sent, "value": "neutral"})
    shown = client.get(f"/posts/{post.pk}/").content.decode()
    assert "有分歧" in shown and "先改，有分歧" in shown and "后改，在用" in shown
    assert "有分歧" in client.get("/judging/").content.decode()
    undone = client.post(f"/corrections/{row.pk}/undo/", {"back": "/judging/"}, follow=True).content.decode()
    assert "已撤销更正" in undone and Reading.objects.get(post=post).sentiment == "neutral"
    assert "撤销过的 1 次" in client.get(f"/posts/{post.pk}/").content.decode()


def test_a_row_of_a_topic_is_said_not_to_be_ours(desk: Night, post: Post, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    topic = desk.issues["pipe"].topic_id
    member = Post.objects.filter(membership__topic=topic, reading__isnull=False).earliest("pk")
    here = f"/topics/{topic}/"
    assert 'form="not-ours"' in client.get(here).content.decode()
    sent = {"post": member.pk, "judgement": "relevant", "value": "no", "back": here}
    answer = client.post("/corrections/", sent, follow=True)
    assert answer.redirect_chain[-1][0] == here and "照旧" in answer.content.decode()
    assert not Post.objects.filter(pk=member.pk, membership__isnull=False).exists()


def test_what_is_wrong_is_said_on_the_page(desk: Night, post: Post, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    for sent, words in (
        ({"judgement": "klass", "value": "没有这一类"}, "不在单子里"),
        ({"judgement": "topic", "value": "", "number": "T-99999"}, "没有编号为 T-99999"),
        ({"judgement": "relevant", "value": "maybe"}, "不在单子里"),
        ({"judgement": "", "value": ""}, "不在单子里"),
    ):
        page = client.post("/corrections/", {"post": post.pk, **sent}, follow=True).content.decode()
        assert words in page, sent
    Post.objects.filter(pk=post.pk).update(text=REMOVED)
    sent = {"post": f"{post.pk}", "judgement": "sentiment", "value": "positive", "back": "https://elsewhere.example/"}
    answer = client.post("/corrections/", sent, follow=True)
    assert "按本人要求移除" in answer.content.decode() and answer.redirect_chain[-1][0] == f"/posts/{post.pk}/"
    assert sign_in(desk.people["hechuan"]).post("/corrections/", sent).status_code == 403
    assert Correction.objects.count() == 0


def drawn(desk: Night) -> list[SampledPost]:
    """The posts of the night as a week's sample."""
    Post.objects.update(fetched_at=NIGHT, step=2)
    later = NIGHT + timedelta(days=7)
    assert sampling.draw(at=later) == SampledPost.objects.count() > 0
    assert sampling.draw(at=later + timedelta(days=1)) == 0
    return list(SampledPost.objects.order_by("place"))


def test_a_sample_is_drawn_once_a_week_the_same_for_everybody(desk: Night) -> None:
    rows = drawn(desk)
    monday = rows[0].week
    wanted = Post.objects.filter(copy_of=None, reading__isnull=False, history=False).values_list("pk", flat=True)
    order = sorted(wanted, key=lambda pk: sampling.mark(monday, pk))
    assert [row.post_id for row in rows] == order[: sampling.DRAWN] and monday.weekday() == 0
    later = NIGHT + timedelta(days=7)
    assert announce(at=later) > 0 and announce(at=later + timedelta(hours=1)) == 0
    assert Notice.objects.filter(event=f"reading-sample:{monday}", person=desk.people["wangmin"]).exists()


def test_the_sample_is_looked_at_one_by_one_and_counts(desk: Night, sign_in: SignIn) -> None:
    rows = drawn(desk)
    client = sign_in(desk.people["lizhuo"])
    first = client.get("/judging/sample/", follow=True)
    assert first.redirect_chain[-1][0] == f"/judging/sample/{rows[0].pk}/"
    assert AccessLog.objects.filter(what=f"post {rows[0].post_id}").exists()
    ours = next(row for row in rows if row.said["relevant"])
    told = {"relevant": "yes", "klass": "供电", "sentiment": ours.said["sentiment"], "place": ours.said["place"]}
    client.post(f"/judging/sample/{ours.pk}/", told)
    ours.refresh_from_db()
    assert ours.wrong == ["klass"] and Reading.objects.get(post=ours.post_id).klass == "供电"
    assert Correction.objects.get().judgement == "klass"
    other = next(row for row in rows if row.said["relevant"] and row != ours)
    client.post(f"/judging/sample/{other.pk}/", {**told, "relevant": "no"})
    other.refresh_from_db()
    assert other.wrong == ["relevant"] and Reading.objects.get(post=other.post_id).relevant is False
    again = client.post(f"/judging/sample/{other.pk}/", told, follow=True).content.decode()
    assert (
        "已经核过了" in again
        and "请选这一帖" in client.post(f"/judging/sample/{rows[-1].pk}/", follow=True).content.decode()
    )
    rates = judging.rates(at=NIGHT + timedelta(days=7))
    assert [(rate.share.some, rate.share.all) for rate in rates.judgements] == [(1, 2), (1, 1), (0, 1), (0, 1)]
    assert all(rate.share.few for rate in rates.judgements)
    page = client.get("/judging/").content.decode()
    assert "样本太少" in page and "50.0%（" in page
    client.post(f"/judging/sample/{other.pk}/", {"again": "1"})
    other.refresh_from_db()
    assert other.wrong is None


def test_a_version_is_proposed_by_one_and_adopted_by_another_on_the_page(desk: Night, sign_in: SignIn) -> None:
    full_house.fill(desk)
    min_, zhuo = sign_in(desk.people["wangmin"]), sign_in(desk.people["lizhuo"])
    page = min_.get("/judging/").content.decode()
    assert "留出的更正（没有学过" in page and "判读有变" in page
    assert zhuo.post("/judging/do/propose/", {"model": 1}).status_code == 403
    row = LearntModel.objects.get()
    words = min_.post("/judging/do/propose/", {"model": row.pk, "reason": ""}, follow=True).content.decode()
    assert "没有办成" in words
    words = min_.post("/judging/do/propose/", {"model": row.pk, "reason": "好"}, follow=True).content.decode()
    assert "权重不在了" in words  # the candidate of the full house has none
    held = min_.post("/judging/do/hold/", follow=True).content.decode()
    assert "重读已暂停" in held and Rereading.objects.get().paused_at is not None
    assert "没有在进行的重读" in min_.post("/judging/do/hold/", follow=True).content.decode()
    assert "继续" in min_.post("/judging/do/go-on/", follow=True).content.decode()
    assert (
        "现在用的就是随程序发布"
        in min_.post("/judging/do/back/", {"model": "0", "reason": "试"}, follow=True).content.decode()
    )
    assert "没有这一版" in min_.post("/judging/do/drop/", {"model": "77"}, follow=True).content.decode()
    assert "留在清单里" in min_.post("/judging/do/drop/", {"model": row.pk}, follow=True).content.decode()
    assert "已开始训练" in min_.post("/judging/do/train/", follow=True).content.decode()
    assert "已经在训练" in min_.post("/judging/do/train/", follow=True).content.decode()


def test_the_command_trains_shows_the_table_and_is_adopted_by_two(
    desk: Night, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="还没有可学的更正"):
        call_command("retrain", "--by", "wangmin")
    with pytest.raises(CommandError, match="没有账号 nobody"):
        call_command("retrain", "--by", "nobody")
    post = Post.objects.filter(reading__sentiment="negative", copy_of=None).earliest("pk")
    for number in range(8):  # some texts that are learnt from, whatever their fingerprints hold out
        Post.objects.filter(pk=post.pk).update(text_key=f"{number}")
        if not held_out(f"{number}"):
            break
    correct(post=post, judgement="sentiment", value="neutral", by=desk.people["lizhuo"], at=NIGHT)
    call_command("retrain", "--by", "wangmin", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["learnt_from"] == {"sentiment": 1, "klass": 0} and len(told["rows"]) == 6
    number = told["model"]
    call_command("retrain", "--by", "wangmin")
    assert "随程序的标尺句" in capsys.readouterr().out
    call_command("retrain", "--by", "wangmin", "--propose", str(number), "--reason", "看过")
    with pytest.raises(CommandError, match="另一个人"):
        call_command("retrain", "--by", "wangmin", "--adopt", str(number))
    call_command("retrain", "--by", "chenxi", "--adopt", str(number))
    assert LearntModel.objects.get(state="in_force").pk == number
    assert [one.weight for one in learning_findings(NIGHT)] == [Weight.GOOD]
    LearntModel.objects.filter(pk=number).update(weights=b"cut")
    (finding,) = learning_findings(NIGHT)
    assert finding.weight is Weight.MUST and "重新训练" in finding.sentence
    call_command("retrain", "--by", "chenxi", "--back", "0", "--reason", "权重坏了")
    assert not LearntModel.objects.filter(state="in_force").exists() and list(learning_findings(NIGHT)) == []
    with pytest.raises(CommandError, match="没有第 77 版"):
        call_command("retrain", "--by", "chenxi", "--propose", "77", "--reason", "x")
