"""Keeping the index of posts true: in with what was read, out with what was removed, anew after a change of rules.

Triggers of the database write down which posts changed (analysis/search/triggers.py). A reading's own transaction
indexes its posts; the sweep `index` follows every other change within seconds and fills the rest after an upgrade,
newest first. What was removed is found no more from the moment of its removal, before the sweep comes.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, transaction

from analysis.models import SearchEntry, SearchGone, SearchPending
from analysis.search import docid as numbers
from analysis.search import engine, triggers, units
from analysis.search.engine import Doc
from analysis.search.labels import code_for, known_codes
from analysis.services import outbox
from crawlers.models import Post
from office.state import get_state, set_state
from office.statements import run

log = logging.getLogger(__name__)
BATCH = 500  # posts in one transaction, which holds the only write lock of the embedded database for some 100 ms
GONE = 20  # removed posts let go of in one transaction: some 6 ms, what a page that writes may have to wait
REST = 3  # times the time of that; who wants to write between two of them gets the lock
SLICE = 500  # pages rewritten in one transaction when the index is squeezed: about 2 MB
SQUEEZE_SECONDS = 20.0  # at most, in one run of `tidy`
# The condition keeps SQLite from reading ON CONFLICT as part of a join.
WAIT_ALL = (
    "INSERT INTO analysis_searchpending (post) SELECT post_id FROM analysis_reading WHERE TRUE ON CONFLICT DO NOTHING"
)
RULES = "search_rules"  # state: by which rules of words the index was made
REMOVED = "search_removed"  # state: removed posts whose words may still lie on the disk

_FIELDS = (
    "id",
    "title",
    "text",
    "seen_at",
    "source_id",
    "platform",
    "voice",
    "copy_of_id",
    "is_repost",
    "reading__relevant",
    "reading__klass",
    "reading__kind",
    "reading__sentiment",
    "reading__streets",
    "reading__places",
    "reading__units",
)
_checked: set[str] = set()  # rules found to be those of the index, by this process


def index_posts(posts: Sequence[int], *, at: datetime) -> int:
    """Bring these posts into the index as they now are; those without a reading are not in it. Returns how many are.

    Runs in the caller's transaction. Twice is harmless.
    """
    rows = list(Post.objects.filter(pk__in=posts).values_list(*_FIELDS))
    held = {entry.post: entry for entry in SearchEntry.objects.filter(post__in=posts)}
    # A post whose words were rewritten has left its entry already (triggers): what is held has the words of now.
    _drop([_held_doc(held[row[0]], row) for row in rows if row[0] in held], at=at)
    docs = _numbered([row for row in rows if row[9] is not None])
    engine().put(docs)
    if held:
        outbox.kept_back([doc.post for doc in docs if doc.post in held])
    SearchPending.objects.filter(post__in=posts).delete()
    return len(docs)


def settle(*, at: datetime, limit: int = 4 * BATCH) -> int:
    """Let go of what was removed and bring in what waits, newest first, `limit` posts of each at most.

    Returns how many rows that was. Where the rules of words changed (a new version) or triggers were missing,
    everything waits anew.
    """
    _hold_to_rules(at=at)
    done = _let_go(at=at, limit=limit)
    while done < limit:
        with transaction.atomic():
            posts = list(SearchPending.objects.order_by("-post").values_list("post", flat=True)[:BATCH])
            if not posts:
                break
            index_posts(posts, at=at)
        done += len(posts)
    return done


def rebuild(*, at: datetime, told: Callable[[int], object] = lambda done: None) -> int:
    """Empty the index and fill it from the posts, newest first; `told` hears how many are in. Returns how many.

    Pages go on finding what is in already. Posts that are changed meanwhile wait for the next round, as ever.
    """
    _start_anew(at=at)
    done = 0
    while count := settle(at=at, limit=BATCH):
        done += count
        told(done)
    return done


def waiting() -> int:
    """How many posts wait to be indexed."""
    return SearchPending.objects.count()


def squeeze(*, at: datetime, seconds: float = SQUEEZE_SECONDS) -> bool:
    """Rewrite the index in slices so that words of removed posts leave the disk too; True while there is more to do.

    An index only marks what was removed until it merges its parts. Done when a twentieth was removed, or after a day.
    """
    state = get_state(REMOVED)
    if not isinstance(state, dict):
        return False
    old = (at - datetime.fromisoformat(state["since"])).total_seconds() >= 86_400
    if not (state.get("begun") or old or state["posts"] * 20 >= SearchEntry.objects.count()):
        return False
    if not state.get("begun"):
        set_state(REMOVED, {**state, "begun": True}, by=None, at=at)
    until = time.monotonic() + seconds
    begin = not state.get("begun")
    while time.monotonic() < until:
        with transaction.atomic():
            more = engine().squeeze(pages=SLICE, begin=begin)
        begin = False
        if not more:
            set_state(REMOVED, False, by=None, at=at)
            return False
    return True


def _held_doc(entry: SearchEntry, row: tuple[Any, ...]) -> Doc:
    return Doc(entry.docid, entry.post, row[1], row[2], entry.facets)


def _numbered(rows: Sequence[tuple[Any, ...]]) -> list[Doc]:
    """The rows as documents, each under a number that nobody holds."""
    codes = {field: known_codes(field) for field in ("klass", "kind")}
    made = [(row, _bits(row, codes)) for row in rows]
    wished = [next(numbers.candidates(row[3], row[0], bits)) for row, bits in made]
    taken = _taken(wished)
    docs = []
    for (row, bits), wish in zip(made, wished, strict=True):
        number = wish
        if wish in taken:
            number = next(n for n in numbers.candidates(row[3], row[0], bits) if n not in taken and not _taken([n]))
        taken.add(number)
        docs.append(Doc(number, row[0], row[1], row[2], _names(row)))
    return docs


def _taken(wished: Iterable[int]) -> set[int]:
    """Those numbers that a post holds, or a removed one still does."""
    wished = list(wished)
    held = SearchEntry.objects.filter(docid__in=wished).values_list("docid", flat=True)
    return set(held) | set(SearchGone.objects.filter(docid__in=wished).values_list("docid", flat=True))


def _bits(row: tuple[Any, ...], codes: dict[str, dict[str, int]]) -> int:
    _, _, _, _, _, _, voice, copy_of, is_repost, relevant, klass, kind, sentiment, *_ = row
    return numbers.Facets(
        klass=code_for("klass", klass, codes["klass"]),
        voice=voice,
        sentiment=sentiment,
        kind=code_for("kind", kind, codes["kind"]),
        relevant=bool(relevant),
        first=copy_of is None and not is_repost,
    ).bits()


def _names(row: tuple[Any, ...]) -> str:
    streets, places, departments = row[13:16]
    named: list[tuple[str, str | int]] = [("s", row[4]), ("f", row[5])]
    named += [("t", street) for street in streets or ()]
    named += [("p", place["name"]) for place in places or () if place.get("name")]
    named += [("u", unit["name"]) for unit in departments or () if unit.get("name")]
    return units.facets(named)


def _let_go(*, at: datetime, limit: int) -> int:
    done = 0
    while done < limit:
        with transaction.atomic():
            started = time.monotonic()
            gone = list(SearchGone.objects.order_by("docid")[:GONE])
            if not gone:
                break
            _drop([Doc(one.docid, 0, one.title, one.text, one.facets) for one in gone], at=at)
            SearchGone.objects.filter(docid__in=[one.docid for one in gone]).delete()
            _note_removed(len(gone), at=at)
        done += len(gone)
        time.sleep(REST * (time.monotonic() - started))
    return done


def _drop(docs: Sequence[Doc], *, at: datetime) -> None:
    """Let go of documents. An index that does not hold what it is to let go of is made anew from the posts: a fault of
    the index, which holds nothing of its own, must never stop the reading of posts."""
    try:
        with transaction.atomic():
            engine().drop(docs)
    except OperationalError:  # busy, or a full disk: no fault of the index
        raise
    except DatabaseError:
        log.exception("The search index does not fit its posts; it is made anew")
        _start_anew(at=at)


def _note_removed(count: int, *, at: datetime) -> None:
    state = get_state(REMOVED)
    kept: dict[str, Any] = state if isinstance(state, dict) else {"since": at.isoformat(), "posts": 0}
    set_state(REMOVED, {**kept, "posts": kept["posts"] + count}, by=None, at=at)


def _rules() -> str:
    """A digest of how words become tokens and posts become numbers: letting go of a post needs the very same."""
    letters = (chr(code) for code in range(0x20, 0x30000) if not 0xD800 <= code < 0xE000)
    made = units.tokens("", " ".join(letters)) + units.tokens("题", "题甲*乙，A1b 2.5")
    return hashlib.sha256(f"{made}{numbers.SLOT_BITS}{numbers.FIELDS}".encode()).hexdigest()[:16]


def _hold_to_rules(*, at: datetime) -> None:
    if _checked:
        return
    rules, known = _rules(), get_state(RULES)
    with transaction.atomic():
        missing = triggers.put_up()
        if missing - triggers.TRIGGERS.keys():
            outbox.forget()  # nobody told the search node since they were lost
        fresh = known is None and not SearchEntry.objects.exists()
        # An index without entries is what an emptied database leaves behind; its numbers would be given again.
        if missing & triggers.TRIGGERS.keys() or (known != rules and not fresh) or (fresh and not engine().is_empty()):
            _start_anew(at=at)
        elif fresh:
            set_state(RULES, rules, by=None, at=at)
    _checked.add(rules)


def _start_anew(*, at: datetime) -> None:
    with transaction.atomic():
        outbox.forget()
        engine().clear()
        SearchGone.objects.all().delete()
        run(WAIT_ALL, [])
        set_state(RULES, _rules(), by=None, at=at)
        set_state(REMOVED, False, by=None, at=at)
