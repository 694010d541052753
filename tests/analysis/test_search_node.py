"""Who is let in, who is trusted, what kind of node it is: each fault with a sentence that says what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from pytest_django.fixtures import Settings

from analysis.models import SearchNode, SearchRefused
from analysis.search import Query, engine, faults, node, node_index, parse, shown, standing
from analysis.search.node_client import PlainNode
from analysis.services import outbox
from analysis.services.indexing import settle
from config import search as config
from config.env import SettingError, envaccount, envca
from console.doctor_node import search_node as doctor
from tests.analysis.search_posts import AT, scattered, told
from tests.gateways.tls_front import KEY, PASSWORD, USER, front
from tests.search_fixtures import Index

pytestmark = pytest.mark.django_db


def found(line: str) -> list[int]:
    return engine().newest(Query(parse(line)), start=0, count=100)


def said() -> str:
    return " ".join(finding.sentence for finding in doctor(AT))


@pytest.mark.parametrize("account", ["password", "key"])
@pytest.mark.parametrize("kind", ["opensearch", "elasticsearch"])
def test_over_tls_with_a_password_or_a_key_as_either_kind(
    search_node: Index, settings: Settings, tmp_path: Path, kind: str, account: str
) -> None:
    with front(search_node.address, tmp_path, as_elasticsearch=kind == "elasticsearch") as before:
        settings.SEARCH_URLS, settings.SEARCH_CA, settings.SEARCH_KIND = (before.url,), str(before.ca), kind
        if account == "key":
            settings.SEARCH_API_KEY = KEY
        else:
            settings.SEARCH_USER, settings.SEARCH_PASSWORD = USER, PASSWORD
        one = told("停水三天")
        search_node.follow(at=AT)
        assert found("停水") == [one.pk]
        assert "收了 1 帖" in said()


@pytest.mark.parametrize(
    ("given", "fault", "words"),
    [
        ({"SEARCH_PASSWORD": "wrong"}, faults.WrongAccount, "口令"),
        ({"SEARCH_USER": "", "SEARCH_PASSWORD": ""}, faults.WrongAccount, "HUIYING_SEARCH_USER"),
        ({"SEARCH_CA": ""}, faults.NotTrusted, "HUIYING_SEARCH_CA"),
        ({"SEARCH_KIND": "elasticsearch"}, faults.OtherProduct, "HUIYING_SEARCH_KIND=opensearch"),
    ],
)
def test_who_is_not_let_in_or_not_trusted_is_told_so(
    search_node: Index, settings: Settings, tmp_path: Path, given: dict[str, Any], fault: type, words: str
) -> None:
    with front(search_node.address, tmp_path) as before:
        settings.SEARCH_URLS, settings.SEARCH_CA = (before.url,), str(before.ca)
        settings.SEARCH_USER, settings.SEARCH_PASSWORD = USER, PASSWORD
        for name, value in given.items():
            setattr(settings, name, value)
        with pytest.raises(fault, match=words):
            node.client()
        one = told("停水三天")
        settle(at=AT)
        outbox.send(at=AT)
        assert words in SearchNode.objects.get().fault
        assert words in said()
        assert found("停水") == [one.pk], "the database answers"
        assert "由数据库检索" in shown().why


def test_an_elasticsearch_given_as_opensearch_is_told_so(
    search_node: Index, settings: Settings, tmp_path: Path
) -> None:
    with front(search_node.address, tmp_path, as_elasticsearch=True) as before:
        settings.SEARCH_URLS, settings.SEARCH_CA = (before.url,), str(before.ca)
        settings.SEARCH_USER, settings.SEARCH_PASSWORD = USER, PASSWORD
        with pytest.raises(faults.OtherProduct, match="HUIYING_SEARCH_KIND=elasticsearch"):
            node.client()


def test_an_opensearch_given_as_elasticsearch_without_a_front(search_node: Index, settings: Settings) -> None:
    settings.SEARCH_KIND = "elasticsearch"
    with pytest.raises(faults.OtherProduct, match="HUIYING_SEARCH_KIND=opensearch"):
        node.client()


def test_a_request_too_large_is_sent_in_halves_and_a_post_too_large_kept_aside(
    search_node: Index, settings: Settings, tmp_path: Path
) -> None:
    with front(search_node.address, tmp_path, most=60_000) as before:
        settings.SEARCH_URLS, settings.SEARCH_CA = (before.url,), str(before.ca)
        settings.SEARCH_USER, settings.SEARCH_PASSWORD = USER, PASSWORD
        rows = scattered(150)
        search_node.follow(at=AT)
        long = told("很长的停水" * 5000)
        search_node.follow(at=AT)
        assert len(found("-没有的词")) == min(len(rows), 100)
        assert "太长" in SearchRefused.objects.get(post=long.pk).reason


def test_another_program_s_fields_under_our_name_are_told(search_node: Index, settings: Settings) -> None:
    raw = _raw(search_node)
    name = f"{node_index.alias()}-foreign"
    raw.indices.put_index_template(
        name=name,
        index_patterns=[f"{node_index.alias()}-g*"],
        priority=900,
        template={"mappings": {"properties": {"docid": {"type": "keyword"}}}},
    )
    one = told("停水三天")
    settle(at=AT)
    outbox.send(at=AT)
    raw.indices.delete_index_template(name=name)
    assert "字段" in SearchNode.objects.get().fault
    assert "search rebuild" in SearchNode.objects.get().fault
    assert found("停水") == [one.pk]
    outbox.send(at=SearchNode.objects.get().retry_at or AT)
    standing.forget()
    search_node.follow(at=AT)
    assert found("停水") == [one.pk]


def test_a_node_that_makes_no_more_indices_is_told_and_tried_again(search_node: Index) -> None:
    raw = _raw(search_node)
    one = told("停水三天")
    settle(at=AT)
    raw.cluster.put_settings(transient={"cluster.max_shards_per_node": 1})
    raw.indices.create(index=f"{node_index.alias()}-other", settings={"number_of_replicas": 0})
    try:
        outbox.send(at=AT)
        assert "shards" in SearchNode.objects.get().fault
        assert found("停水") == [one.pk]
    finally:
        raw.cluster.put_settings(transient={"cluster.max_shards_per_node": None})
    outbox.send(at=SearchNode.objects.get().retry_at or AT)
    search_node.follow(at=AT)
    assert found("停水") == [one.pk]


def test_the_doctor_tells_how_far_it_is(search_node: Index) -> None:
    one = told("停水三天", places=[{"name": "很长" * 20_000}])
    assert "还没有收" in said()
    search_node.follow(at=AT)
    assert "不收 1 帖" in said()
    assert str(one.pk) in said()
    told("停水")
    settle(at=AT)
    assert "1 处改动待送" in said()


def _raw(index: Index) -> Elasticsearch:
    return Elasticsearch(index.address, node_class=PlainNode)


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "read", "words"),
    [
        ({"HUIYING_SEARCH_URL": "elastic:9200"}, config.node_urls, "E08"),
        ({"HUIYING_SEARCH_URL": "http://a:9200,b:9200"}, config.node_urls, "E08"),
        ({"HUIYING_SEARCH_URL": "https://u:secret@a:9200"}, config.node_urls, "E16"),
        ({"HUIYING_SEARCH_USER": "u"}, lambda: envaccount("HUIYING_SEARCH_URL"), "E16"),
        (
            {"HUIYING_SEARCH_USER": "u", "HUIYING_SEARCH_PASSWORD_FILE": "/not/there"},
            lambda: envaccount("HUIYING_SEARCH_URL"),
            "E01",
        ),
        (
            {"HUIYING_SEARCH_USER": "u", "HUIYING_SEARCH_PASSWORD": "p", "HUIYING_SEARCH_API_KEY": "k"},
            lambda: envaccount("HUIYING_SEARCH_URL"),
            "E16",
        ),
        ({"HUIYING_SEARCH_PREFIX": "Ours*"}, config.node_prefix, "E16"),
        ({"HUIYING_SEARCH_CA": "/not/there"}, lambda: envca("HUIYING_SEARCH_URL", ["https://a"]), "E01"),
        ({"HUIYING_SEARCH_CA": "/etc/hostname"}, lambda: envca("HUIYING_SEARCH_URL", ["https://a"]), "E16"),
        ({"HUIYING_SEARCH_CA": "/etc/hostname"}, lambda: envca("HUIYING_SEARCH_URL", ["http://a"]), "E16"),
    ],
)
def test_a_wrong_setting_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], read: Callable[[], object], words: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=words) as refused:
        read()
    assert "secret" not in str(refused.value)


def test_several_addresses_and_secrets_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-key\n", encoding="ascii")
    monkeypatch.setenv("HUIYING_SEARCH_URL", "https://a:9200/, https://b:9200")
    monkeypatch.setenv("HUIYING_SEARCH_API_KEY_FILE", str(tmp_path / "key"))
    assert config.node_urls() == ("https://a:9200", "https://b:9200")
    assert envaccount("HUIYING_SEARCH_URL") == ("", "", "a-key")
