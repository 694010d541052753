"""The connection to the search node: Elasticsearch 8.19, or OpenSearch 2.x behind the same client.

The client asks for Elastic's own media types and checks that the server says it is Elasticsearch. OpenSearch knows
neither, so for it the two are translated at the lowest place (node_client.py). What the client raises leaves here as a
`NodeFault`. The library is loaded where a node is used only.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.conf import settings

from analysis.search import faults

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

WRITE_SECONDS = 60.0  # what a bulk may take
_NAMES = {"elasticsearch": "Elasticsearch", "opensearch": "OpenSearch"}
_BLOCKED = ("cluster_block_exception", "read_only_allow_delete", "flood-stage", "read-only")
_MAPPING = ("mapper_", "mapping", "illegal_argument_exception", "document_parsing_exception", "parsing_exception")


def used() -> bool:
    """Whether this installation has a search node."""
    return bool(settings.SEARCH_URLS)


def client() -> "Elasticsearch":
    """The connection of this process, checked once to be of the kind the settings name. Raises NodeFault."""
    held = _client(os.getpid(), _told())
    key = (os.getpid(), _told())
    if key not in _checked:
        with told():
            _check_kind(held.info().body)
        _checked.add(key)
    return held


@contextmanager
def told() -> Iterator[None]:
    """What the client raises inside becomes a NodeFault."""
    library = _library()
    try:
        yield
    except library.UnsupportedProductError as error:
        raise _other_product() from error
    except library.ApiError as error:
        raise _refusal(error.status_code, str(error)) from error
    except library.ConnectionTimeout as error:
        raise faults.NodeAway(
            f"检索节点没有按时应答（{_place()}）。请看节点是否过忙，或调大 HUIYING_SEARCH_TIMEOUT。"
        ) from error
    except library.TransportError as error:
        if isinstance(error, library.TlsError) or _by_certificate(error):
            raise _untrusted(error) from error
        raise faults.NodeAway(
            f"检索节点连不上（{_place()}）。请看节点是否在运行、HUIYING_SEARCH_URL 是否写对。"
        ) from error


def refusal(status: int, kind: str, reason: str) -> faults.NodeFault | None:
    """The fault of the whole node behind the refusal of one document; None where it is the document's own."""
    if status == 429 or status >= 500 or any(word in f"{kind} {reason}" for word in _BLOCKED):
        return _refusal(status, f"{kind} {reason}")
    return None


_checked: set[tuple[int, tuple[Any, ...]]] = set()


def _told() -> tuple[Any, ...]:
    return (
        settings.SEARCH_URLS, settings.SEARCH_KIND, settings.SEARCH_USER, settings.SEARCH_PASSWORD,
        settings.SEARCH_API_KEY, settings.SEARCH_CA, settings.SEARCH_TIMEOUT,
    )  # fmt: skip


@lru_cache(maxsize=4)
def _client(process: int, given: tuple[Any, ...]) -> "Elasticsearch":
    """One per process: connections do not outlive a fork."""
    held: Elasticsearch = _library().connect(*given)
    return held


def _library() -> ModuleType:
    from analysis.search import node_client  # noqa: PLC0415 - a third of a second that only a node's user pays

    return node_client


def _check_kind(info: Any) -> None:
    found = "opensearch" if info.get("version", {}).get("distribution") == "opensearch" else "elasticsearch"
    number = str(info.get("version", {}).get("number", ""))
    if found != settings.SEARCH_KIND:
        raise _other_product()
    if not number.startswith("8." if found == "elasticsearch" else "2."):
        raise faults.OtherProduct(f"检索节点是 {_NAMES[found]} {number}，只支持 Elasticsearch 8.19 和 OpenSearch 2.x。")


def _other_product() -> faults.OtherProduct:
    wanted = str(settings.SEARCH_KIND)
    other = "opensearch" if wanted == "elasticsearch" else "elasticsearch"
    return faults.OtherProduct(
        f"HUIYING_SEARCH_URL（{_place()}）不是 {_NAMES[wanted]}。"
        f"若是 {_NAMES[other]}，请设 HUIYING_SEARCH_KIND={other}。"
    )


def _untrusted(error: Exception) -> faults.NotTrusted:
    return faults.NotTrusted(
        f"检索节点的证书不可信（{_place()}）：{_by_certificate(error) or '握手失败'}。"
        "请用 HUIYING_SEARCH_CA 指出签发它的证书，并核对网址里的主机名。"
    )


def _by_certificate(error: BaseException) -> str:
    """What the library of TLS says about the certificate, anywhere among the causes."""
    seen: list[BaseException] = [error]
    for one in seen:
        if isinstance(one, ssl.SSLError):
            return str(getattr(one, "verify_message", "") or one.reason or one)
        seen += [e for e in (one.__cause__, one.__context__, *getattr(one, "errors", ()), *one.args)
                 if isinstance(e, BaseException) and e not in seen]  # fmt: skip
    return ""


def _refusal(status: int, said: str) -> faults.NodeFault:
    if any(word in said for word in _BLOCKED):
        return faults.ReadOnly(
            "检索节点只读，不收新帖：它的磁盘快满了（或有人锁了索引）。请腾出节点的磁盘空间；"
            "腾出后它会自己解除，没有解除就在节点上把 index.blocks.read_only_allow_delete 设回 null。"
        )
    if "resource_already_exists" in said:
        return faults.AlreadyThere(said[:200])
    if status in (401, 403):
        words = "用户、口令或密钥不对" if status == 401 else "这个用户或密钥没有建索引、读写索引的权限"
        return faults.WrongAccount(
            f"检索节点不让进（{_place()}）：{words}。请核对 HUIYING_SEARCH_USER、_PASSWORD 或 _API_KEY。"
        )
    if status in (406, 415):
        return _other_product()
    if status == 413:
        return faults.TooLarge("一次送给检索节点的内容太大")
    if status == 404:
        return faults.IndexMissing("检索节点上没有索引。服务运行时会自己重建，也可以运行 manage.py search rebuild。")
    if status == 429:
        return faults.Busy("检索节点太忙，稍后再送。")
    if status == 400 and any(word in said for word in _MAPPING):
        return faults.OtherMapping(
            f"检索节点上的索引或模板与本程序的字段不合：{said[:200]}。请运行 manage.py search rebuild；"
            "仍不行，看是否有别的程序用了同样的索引名（HUIYING_SEARCH_PREFIX）。"
        )
    return faults.NodeAway(f"检索节点出错（{status}）：{said[:200]}")


def _place() -> str:
    return "、".join(settings.SEARCH_URLS)
