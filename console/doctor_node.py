"""The doctor's check of the search node: can it be reached, is it let in, does it hold what the database holds."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from analysis.models import SearchEntry, SearchNode, SearchOutbox, SearchRefused
from analysis.search import node, node_writing
from analysis.search.faults import NodeFault
from analysis.search.standing import BEHIND
from console.findings import Finding, good, hint, must
from console.upgrade import waiting_migrations
from office.pack.current import current_pack

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def search_node(at: datetime) -> Iterator[Finding]:
    """Nothing to say where none is used. What is wrong with it never stops searching: the database answers."""
    if not node.used() or waiting_migrations():
        return
    if settings.SEARCH_USER or settings.SEARCH_API_KEY:
        open_to_all = [
            url for url in settings.SEARCH_URLS if url.startswith("http://") and urlsplit(url).hostname not in _HERE
        ]
        if open_to_all:
            yield hint(f"检索节点 {'、'.join(open_to_all)} 不是 https，口令和帖文明文经过网络。")
    try:
        node.client()
    except NodeFault as fault:
        yield must(f"{fault}检索现由数据库应答，改动留在待送里，节点好了自己补送。")
        return
    row = SearchNode.objects.first()
    if row is None:
        yield hint("检索节点连得上，还没有收帖文。服务运行时会自己收。")
        return
    if row.fault and row.failing_since:
        since = row.failing_since.astimezone(current_pack().zone)
        yield must(f"检索节点自 {since:%m月%d日 %H:%M} 起收不进：{row.fault}")
    yield from _contents(row)


def _contents(row: SearchNode) -> Iterator[Finding]:
    unsent, refused = SearchOutbox.objects.count(), SearchRefused.objects.count()
    if refused:
        first = SearchRefused.objects.order_by("at")[0]
        yield must(
            f"检索节点不收 {refused} 帖，这些帖检索时查不到。例如帖 {first.post}：{first.reason}。"
            "请看原因；改好后运行 manage.py search rebuild。"
        )
    if not row.serving:
        yield hint("检索节点正在收帖文（新帖在先），收完才由它应答，现由数据库应答。")
        return
    if unsent > BEHIND:
        yield hint(f"检索节点还差 {unsent} 处改动没有送到，现由数据库应答，送完自己换回。")
        return
    try:
        held = node_writing.count()
    except NodeFault as fault:
        yield must(str(fault))
        return
    wanted = SearchEntry.objects.count() - refused
    if not unsent and held != wanted:
        yield must(f"检索节点有 {held} 帖，应有 {wanted} 帖。请运行 manage.py search rebuild，期间照常检索。")
    else:
        yield good(f"检索节点收了 {held} 帖" + (f"，{unsent} 处改动待送" if unsent else ""))
