"""明确拒绝: found, removed everywhere, on the trail without a word of it, and not stored again when it comes again."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analysis.models import CopyKey, Membership, PostVector, Reading, SearchEntry, Topic, TopicTerm
from analysis.search import Query, engine, parse
from analysis.services.filing import file_posts
from analysis.services.indexing import settle
from analysis.services.reading import read_posts
from console.database import keeper
from console.removal import REMOVED, find, remove
from console.tasks import retain
from crawlers.handles import single
from crawlers.items import Door
from crawlers.models import InboxFile, Post, Quarantine, Removal, Snapshot, Source, SourceTrial, Tombstone
from crawlers.services import ingest_files, ingest_items
from office import trail
from office.errors import Refused
from office.models import AccessLog, Trail, TrailText, User
from office.pack.current import current_pack
from reports.models import Brief
from responses.models import Asked, DraftText, Issue, Note, Release, ReleaseDraft
from responses.services.questions import choose_words, gather_questions, mark_question
from tests.people import Office, clock

pytestmark = pytest.mark.django_db
AT = clock("09:30")
WORDS = "白纸坊街道菜市口大街三号院的路灯坏了一个星期，我母亲晚上出门摔了一跤，没有人管"
SignIn = Callable[[User], Client]


@pytest.fixture
def board(office: Office) -> Source:
    return Source.objects.create(
        key="board", name="居民论坛", klass="board", kind="board", voice="public", platform="论坛", scope="district"
    )


def said(board: Source, text: str = WORDS, *, address: str = "https://bbs.test/t/1", **raw: Any) -> Post:
    """Through the whole of reading and filing."""
    take(board, text, address, **raw)
    read_posts(at=AT)
    file_posts(at=AT)
    settle(at=AT)
    return Post.objects.latest("pk")


def take(board: Source, text: str, address: str, **raw: Any) -> Any:
    door = Door(board.key, board.platform, "public", current_pack().zone, single(b"k" * 32), kind="board")
    line = {"text": text, "author": "王女士", "url": address, "published_at": "2026-11-17 09:00", **raw}
    return ingest_items([door.admit(line, fetched_at=AT)], source=board, at=AT)


def everything() -> str:
    """Every word of every row of the database."""
    words = []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
            tables = [name for (name,) in cursor.fetchall()]
        else:
            tables = connection.introspection.table_names(cursor)
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            words.append(repr(cursor.fetchall()))
    return "".join(words)


def done(posts: list[int], office: Office, **more: Any) -> Any:
    return remove(posts=posts, reference="信〔2026〕31号", reason="本人来信拒绝", by=office.keeper, at=AT, **more)


def test_words_handle_and_address_go_from_every_table_and_what_rests_on_the_post_stays(
    office: Office, board: Source
) -> None:
    post = said(board)
    topic = Membership.objects.get(post=post).topic
    assert "摔了一跤" in everything() and post.handle and SearchEntry.objects.filter(post=post.pk).exists()
    done([post.pk], office)
    rest = everything()
    for word in ("摔了一跤", "三号院", "路灯坏了", post.handle, "bbs.test/t/1"):
        assert word not in rest, word
    post.refresh_from_db()
    assert post.text == REMOVED and post.published_at is not None
    assert Membership.objects.get(post=post).topic == topic and Reading.objects.get(post=post).relevant
    assert not Snapshot.objects.exists() and not CopyKey.objects.exists()
    assert not PostVector.objects.exists() and not TopicTerm.objects.exists()
    assert engine().newest(Query(words=parse("摔了一跤")), start=0, count=5) == []


def test_it_is_on_the_trail_with_number_and_reason_and_the_chain_stays_whole(office: Office, board: Source) -> None:
    post = said(board)
    removal = done([post.pk], office).removal
    row = Trail.objects.get(kind="remove_personal")
    words = trail.words_of([row])[row.text_digest]
    assert row.by == office.keeper and "信〔2026〕31号" in words.text and words.data["posts"] == [post.pk]
    assert trail.verify() == []
    stone = Tombstone.objects.get(kind="text")
    assert (stone.removal, stone.at) == (removal, AT) and len(stone.key) == 64


def test_crawled_again_it_is_not_stored_again_at_its_address_or_elsewhere(office: Office, board: Source) -> None:
    done([said(board).pk], office)
    for address in ("https://bbs.test/t/1", "https://m.bbs.test/copy/9"):
        again = take(board, WORDS, address)
        assert (again.stored, again.repeats) == (0, 1)
    edited = take(board, WORDS + "（已改）", "https://bbs.test/t/1")
    assert edited.stored == 0
    assert Post.objects.count() == 1 and "摔了一跤" not in everything()
    assert Tombstone.objects.get(kind="address").turned_away == 2
    assert take(board, "别人说的另一件完全不同的事情，和他没有关系", "https://bbs.test/t/2").stored == 1


def test_a_short_text_blocks_nobody_else_who_says_the_same(office: Office, board: Source) -> None:
    done([said(board, "没有人管啊").pk], office)
    assert take(board, "没有人管啊", "https://bbs.test/t/7").stored == 1
    assert not Tombstone.objects.filter(kind="text").exists()


def test_copies_are_found_with_it_and_the_person_decides_which_go(office: Office, board: Source) -> None:
    first = said(board)
    copy = said(board, WORDS, address="https://other.test/9", author="乙")
    other = said(board, "德胜门内大街的公共厕所关了两天，附近的商户都没有地方去", address="https://bbs.test/t/5")
    found = find("母亲晚上出门摔了一跤", by=office.zhao, at=AT)
    assert {post.pk for post in found.posts + found.copies} == {first.pk, copy.pk}
    by_address = find("https://bbs.test/t/1", by=office.zhao, at=AT)
    assert [post.pk for post in by_address.posts] == [first.pk] and [p.pk for p in by_address.copies] == [copy.pk]
    assert [post.pk for post in find(str(other.pk), by=office.zhao, at=AT).posts] == [other.pk]
    done([first.pk, copy.pk], office)
    assert Post.objects.filter(text=REMOVED).count() == 2
    assert find("母亲晚上出门摔了一跤", by=office.zhao, at=AT).posts == []
    assert find("https://bbs.test/t/1", by=office.zhao, at=AT).gone == 1


def test_what_is_looked_for_is_written_down_without_its_words(office: Office, board: Source) -> None:
    said(board)
    find("母亲晚上出门摔了一跤", by=office.keeper, at=AT)
    row = AccessLog.objects.get(kind="removal")
    assert row.by == office.keeper and "摔" not in row.what


def test_lines_that_were_not_taken_in_go_too_in_the_file_as_well(office: Office, board: Source) -> None:
    home = Path(settings.HOME)
    (home / "inbox").mkdir(parents=True)
    bad = json.dumps({"source": "nobody", "text": WORDS, "id": "9"}, ensure_ascii=False)
    good = json.dumps(
        {"source": "board", "text": "另一件事，公共厕所关了两天没有人来开门", "id": "1"}, ensure_ascii=False
    )
    (home / "inbox" / "a.jsonl").write_text(bad + "\n" + good + "\n", encoding="utf-8")
    ingest_files(at=AT)
    line = Quarantine.objects.get()
    assert [q.pk for q in find("母亲晚上出门摔了一跤", by=office.keeper, at=AT).lines] == [line.pk]
    done([], office, lines=[line.pk])
    line.refresh_from_db()
    assert line.preview == "" and line.retaken_at is not None
    kept = (home / "inbox" / "a.jsonl").read_text(encoding="utf-8")
    assert "摔" not in kept and good in kept and len(kept.splitlines()) == 2
    assert "摔了一跤" not in everything()


def test_the_file_it_was_imported_from_goes_because_it_holds_the_words_unmasked(office: Office) -> None:
    source = Source.objects.create(
        key="letters", name="来信", klass="letters", kind="file", voice="public", platform="来信", scope="district",
        config={"columns": {"id": "编号", "text": "内容"}},
    )  # fmt: skip
    path = Path(settings.HOME) / "imports" / "ab.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f"编号,内容\n1,{WORDS}\n", encoding="utf-8")
    InboxFile.objects.create(path="imports/ab.csv", kind="import", source=source, arrived_at=AT)
    ingest_files(at=AT)
    post = Post.objects.get()
    assert done([post.pk], office).removal.files == 1 and not path.exists()


def test_a_case_named_after_the_words_gets_another_name_everywhere(office: Office, board: Source) -> None:
    post = said(board)
    topic = Membership.objects.get(post=post).topic
    Topic.objects.filter(pk=topic.pk).update(title="菜市口大街三号院的路灯坏了")
    issue = Issue.objects.create(
        matter=topic.matters.create(title="菜市口大街三号院的路灯坏了", level_proposed=4, detected_at=AT),
        topic=topic, number=1, state="lead", origin="machine", opened_at=AT,
    )  # fmt: skip
    words = "开线索：菜市口大街三号院的路灯坏了"
    trail.record(by=None, kind="issue.grow", at=AT, object_kind="issue", object_id=str(issue.pk), text=words)
    done([post.pk], office)
    issue.matter.refresh_from_db()
    assert "原标题已按本人要求移除" in issue.matter.title
    assert not TrailText.objects.filter(text__contains="三号院").exists() and trail.verify() == []
    assert "三号院" not in everything()


def test_papers_that_quote_it_are_listed_with_their_pages_and_others_are_not(office: Office, board: Source) -> None:
    post = said(board)
    topic = Membership.objects.get(post=post).topic
    issue = Issue.objects.create(
        matter=topic.matters.create(title="路灯", level_proposed=4, detected_at=AT),
        topic=topic, number=7, state="responding", origin="machine", opened_at=AT,
    )  # fmt: skip
    Note.objects.create(issue=issue, by=office.zhao, at=AT, text="有人说 母亲晚上出门 摔了一跤，请街道看")
    Note.objects.create(issue=issue, by=office.zhao, at=AT, text="街道说路灯明天修好")
    draft = ReleaseDraft.objects.create(
        issue=issue, kind=Release.Kind.OUTCOME, name="答复稿", drafter=office.zhao, created_at=AT, waiting_since=AT
    )
    DraftText.objects.create(draft=draft, number=1, text="针对“我母亲晚上出门摔了一跤”一事", by=office.zhao, at=AT)
    brief = Brief.objects.create(
        day=AT.date(), since=AT - timedelta(days=1), until=AT + timedelta(hours=1), due_at=AT, drafted_at=AT,
        numbers={}, content={"sections": [{"text": "居民说路灯坏了一个星期，我母亲摔了"}]},
    )  # fmt: skip
    before = AT - timedelta(days=9)
    Note.objects.create(issue=issue, by=office.zhao, at=before, text="我母亲晚上出门摔了一跤，另一件旧事")
    told = done([post.pk], office)
    places = {place.address: place.words for place in told.look}
    assert places == {
        f"/issues/{issue.pk}/": "办理记录（L-0007）",
        f"/drafts/{draft.pk}/": "发布稿（L-0007）",
        f"/briefs/{brief.pk}/": "简报",
    }
    told.removal.refresh_from_db()
    assert "摔" not in json.dumps(told.removal.places, ensure_ascii=False) and len(told.removal.places) == 3
    User.objects.update(must_change_password=False)
    client = Client()
    client.force_login(office.keeper, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/removals/").content.decode()
    assert f'<a href="/drafts/{draft.pk}/">发布稿（L-0007）</a>' in page


@pytest.mark.django_db(transaction=True)
def test_the_files_of_a_server_are_cleaned_up_by_the_next_sweep_and_no_page_waits_for_it() -> None:
    """The embedded database overwrites at once."""
    on_server = connection.vendor == "postgresql"
    with CaptureQueriesContext(connection) as asked, keeper().without_trace(at=AT):
        pass
    assert not any("VACUUM" in one["sql"] for one in asked)
    with CaptureQueriesContext(connection) as asked:
        assert ("已清除" in retain()) == on_server
    assert any('VACUUM "crawlers_post"' in one["sql"] for one in asked) == on_server
    assert "已清除" not in retain()


def test_what_was_fetched_to_be_looked_at_and_says_it_goes_too(office: Office, board: Source) -> None:
    post = said(board)
    same, other = (
        SourceTrial.objects.create(address="https://bbs.test/", by=office.zhao, at=AT, job="x", found={"seen": seen})
        for seen in (f"论坛 {WORDS}", "论坛 公共厕所关了两天没有人开门")
    )
    done([post.pk], office)
    same.refresh_from_db()
    other.refresh_from_db()
    assert same.found == {} and other.found != {} and "摔了一跤" not in everything()


def test_only_who_may_and_not_without_number_and_reason(office: Office, board: Source) -> None:
    post = said(board)
    with pytest.raises(Refused, match="没有“按本人要求移除内容”的权限"):
        find(str(post.pk), by=office.wang, at=AT)
    with pytest.raises(Refused, match="没有“按本人要求移除内容”的权限"):
        remove(posts=[post.pk], reference="1", reason="1", by=office.wang, at=AT)
    with pytest.raises(Refused, match="请填请求编号和理由"):
        remove(posts=[post.pk], reference=" ", reason="来信", by=office.keeper, at=AT)
    done([post.pk], office)
    with pytest.raises(Refused, match="已经移除过了"):
        done([post.pk], office)
    with pytest.raises(Refused, match="至少写 4 个字"):
        find("路灯", by=office.keeper, at=AT)


def test_the_page_finds_asks_for_number_and_reason_removes_and_lists_it(office: Office, board: Source) -> None:
    post = said(board)
    client = Client()
    User.objects.update(must_change_password=False)
    client.force_login(office.keeper, backend="django.contrib.auth.backends.ModelBackend")
    found = client.post("/removals/", {"words": "母亲晚上出门摔了一跤"}).content.decode()
    assert "找到 1 帖" in found and f'value="{post.pk}" checked' in found
    hole = client.post(
        "/removals/do/", {"words": "母亲晚上出门摔了一跤", "post": [post.pk], "reference": "", "reason": ""}
    )
    assert "没填：请求编号" in hole.content.decode() and Removal.objects.count() == 0
    form = {"words": "母亲晚上出门摔了一跤", "post": [post.pk], "reference": "信31号", "reason": "本人来信拒绝"}
    after = client.post("/removals/do/", form, follow=True).content.decode()
    assert "已移除 1 帖" in after and "信31号" in after and "摔了一跤" not in after
    assert "没有找到" in client.post("/removals/", {"words": "母亲晚上出门摔了一跤"}).content.decode()
    client.force_login(office.wang, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/removals/").status_code == 403


def test_a_question_in_these_words_goes_on_in_anothers_or_without_any(office: Office, board: Source) -> None:
    post = said(board, "白纸坊街道三号院的路灯什么时候能修好？我母亲摔了一跤，没有人管")
    other = said(board, "白纸坊街道三号院路灯何时修好，天黑看不见路", address="https://bbs.test/t/9", author="李先生")
    topic = Membership.objects.get(post=post).topic
    Membership.objects.filter(post=other).update(topic=topic)
    Issue.objects.create(
        matter=topic.matters.create(title="路灯", level_proposed=4, detected_at=AT), topic=topic, number=1,
        state="responding", origin="machine", opened_at=AT,
    )  # fmt: skip
    gather_questions()
    question = Asked.objects.get(post=post).question
    assert Asked.objects.filter(question=question).count() == 2 and "摔了一跤" in everything()
    mark_question(question=question, state="open", remark="问街道", by=office.wang, at=AT)
    choose_words(question=question, asked=Asked.objects.get(post=post), by=office.wang, at=AT)
    done([post.pk], office)
    question.refresh_from_db()
    rest = everything()
    for word in ("摔了一跤", "什么时候能修好"):
        assert word not in rest, word
    assert Asked.objects.get(question=question).shown and (question.posts, question.note) == (1, "问街道")
    done([other.pk], office)
    question.refresh_from_db()
    assert question.posts == 0 and not Asked.objects.exists()
    gather_questions()
    assert not Asked.objects.exists()
