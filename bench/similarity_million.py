"""Which index of copies and of topic terms stays constant as posts grow to a million? Prints a table.

    .venv/bin/python bench/similarity_million.py [--posts 1000000] [--folder /tmp]

The rows are made: chains of real characters (HUIYING_DATA, default ../shared/data), a fifth of them with a stock
phrase in front, so that words and n-grams are as common as they are in real posts. Every index is loaded in key order,
then 1 000 further posts are looked up and written one by one, as the service does it. Nothing is kept.
"""

import argparse
import csv
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from analysis import similarity  # noqa: E402  (run as a script: the repository is not on the path before)
from analysis.grouping import CANDIDATES, INDEX_TERMS, JOIN_AT, NEWEST  # noqa: E402

STOCK = ["尊敬的领导您好我是本小区业主", "希望有关部门尽快解决还居民安宁", "严重影响居民正常生活休息"]
LENGTHS = (30, 50, 70, 100)
Codes = npt.NDArray[np.uint32]


def corpus(folder: Path) -> str:
    if not folder.exists():
        sys.exit(f"{folder} is not there: set HUIYING_DATA to the folder of real data the rows are made from")
    parts: list[str] = []
    for name in ("usual_train.tsv", "virus_train.tsv"):
        lines = (folder / "emotion_weibo" / name).read_text(encoding="utf-8").splitlines()[1:]
        parts.extend(line.partition("\t")[2] for line in lines)
    with (folder / "citizen_messages" / "labelled_train.csv").open(encoding="utf-8-sig", newline="") as file:
        parts.extend(f"{row['title']}。{row['text']}" for row in csv.DictReader(file))
    # Folded here, because the rows below are made and hashed in bulk without passing through `plain`.
    return "".join(similarity.plain(part) for part in parts)


def made_texts(source: str, posts: int, rng: np.random.Generator) -> list[Codes]:
    """Character codes, one matrix per length: a chain over pairs of characters of the source."""
    codes = np.frombuffer(source.encode("utf-32-le"), dtype="<u4")
    pairs = codes[:-1].astype(np.uint64) << np.uint64(32) | codes[1:]
    _, state, count = np.unique(pairs, return_inverse=True, return_counts=True)
    order = np.argsort(state, kind="stable")
    start = np.concatenate(([0], np.cumsum(count)[:-1]))
    stock = [np.frombuffer(text.encode("utf-32-le"), dtype="<u4") for text in STOCK]
    groups = []
    for length in LENGTHS:
        rows = posts // len(LENGTHS)
        place = rng.integers(0, len(codes) - 2, rows)
        text = np.empty((rows, length), dtype=np.uint32)
        for column in range(length):
            text[:, column] = codes[place]
            here = state[np.minimum(place, len(state) - 1)]
            place = order[start[here] + (rng.random(rows) * count[here]).astype(np.int64)] + 1
            place[place >= len(state)] = 0
        for i in range(0, rows, 5):
            phrase = stock[(i // 5) % len(stock)]
            text[i, : len(phrase)] = phrase
        groups.append(text)
    return groups


def as_text(row: Codes) -> str:
    return row.astype("<u4").tobytes().decode("utf-32-le", "replace")


def grams(text: Codes, size: int) -> similarity.Hashes:
    """Hashes of every row's n-grams, as `similarity.shingles` makes them (made texts need no folding)."""
    wide = text.astype(np.uint64)
    columns = text.shape[1] - size + 1
    values = np.zeros((len(text), columns), dtype=np.uint64)
    for i in range(size):
        values = values * np.uint64(1_000_003) + wide[:, i : i + columns]
    return np.asarray(similarity._mixed(values) & similarity._MASK, dtype=np.uint64)


def all_keys(groups: list[Codes], kind: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Keys and post numbers of every index row."""
    keys, owners, first = [], [], 1
    for text in groups:
        for begin in range(0, len(text), 20_000):
            part = text[begin : begin + 20_000]
            if kind == "keys16":
                found = np.partition(grams(part, similarity.KEY_SHINGLE), 15, axis=1)[:, :16] >> np.uint64(15)
            else:
                three = grams(part, similarity.SHINGLE)
                sign = np.empty((len(part), 64), dtype=np.uint64)
                for i in range(64):
                    spread = three * similarity._FACTORS[i] + similarity._ADDENDS[i]
                    sign[:, i] = (spread >> np.uint64(32)).min(axis=1)
                count = 32 if kind == "bands32" else 16
                rows = sign.reshape(len(part), count, 64 // count)
                values = np.broadcast_to(np.arange(count, dtype=np.uint64), (len(part), count))
                for i in range(rows.shape[2]):
                    values = similarity._mixed(values * np.uint64(1_000_003) + rows[:, :, i])
                found = values >> np.uint64(16)
            owner = np.arange(first + begin, first + begin + len(part), dtype=np.int64)
            keys.append(found.astype(np.int64).ravel())
            owners.append(np.repeat(owner, found.shape[1]))
        first += len(text)
    return np.concatenate(keys), np.concatenate(owners)


def text_keys(text: str, kind: str) -> list[int]:
    if kind == "keys16":
        return similarity.copy_keys(text)
    return similarity.bands(similarity.signature(text), 32 if kind == "bands32" else 16)


def opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
    )
    return connection


def load(path: Path, sql: str, rows: Iterator[tuple[int, ...]], columns: int) -> tuple[sqlite3.Connection, float]:
    connection = opened(path)
    connection.execute("DROP TABLE IF EXISTS t")
    connection.execute("DROP TABLE IF EXISTS f")
    connection.execute(sql)
    began = time.perf_counter()
    connection.execute("BEGIN")
    marks = ",".join("?" * columns)
    connection.executemany(f"INSERT OR IGNORE INTO t VALUES ({marks})", rows)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return connection, time.perf_counter() - began


def in_order(keys: npt.NDArray[np.int64], owners: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    order = np.lexsort((owners, keys))
    for begin in range(0, len(order), 500_000):
        part = order[begin : begin + 500_000]
        yield from zip(keys[part].tolist(), owners[part].tolist(), strict=True)


def variants(text: str, other: str, chance: random.Random) -> dict[str, str]:
    changed = [chance.choice(other) if chance.random() < 0.1 else sign for sign in text]
    return {
        "wrapped, short prefix and suffix": "转发：" + text + "（来源：网友）",
        "10 % of characters changed": "".join(changed),
        "cut to 70 %": text[: int(len(text) * 0.7)],
        "wrapped in 60 characters": other[:30] + text + other[30:60],
        "wrapped in 200 characters": (other * 7)[:100] + text + (other * 7)[100:200],
    }


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} / {sorted(values)[int(len(values) * 0.95)]:.2f}"


def copies(kind: str, groups: list[Codes], limit: int, folder: Path, fresh: list[str]) -> None:
    posts = sum(len(group) for group in groups)
    path = folder / f"{kind}-{posts}.sqlite3"
    keys, owners = all_keys(groups, kind)
    connection, seconds = load(
        path,
        "CREATE TABLE t (key INTEGER, post INTEGER, PRIMARY KEY (key, post)) WITHOUT ROWID",
        in_order(keys, owners),
        2,
    )
    size = path.stat().st_size / 1e6
    chance = random.Random(7)

    def candidates(text: str) -> tuple[list[int], int]:
        shared: Counter[int] = Counter()
        read = 0
        for key in text_keys(text, kind):
            rows = connection.execute(
                "SELECT post FROM t WHERE key=? ORDER BY post DESC LIMIT ?", (key, limit)
            ).fetchall()
            read += len(rows)
            shared.update(post for (post,) in rows)
        best = sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))
        return [post for post, _ in best[:8]], read

    found: Counter[str] = Counter()
    tried = 0
    for number in range(0, 400):
        group = groups[number % len(groups)]
        row = chance.randrange(len(group))
        post = 1 + sum(len(g) for g in groups[: number % len(groups)]) + row
        text = as_text(group[row])
        other = as_text(groups[-1][chance.randrange(len(groups[-1]))])
        tried += 1
        for name, variant in variants(text, other, chance).items():
            best, _ = candidates(variant)
            found[name] += post in best
    look, write, read_rows = [], [], []
    connection.execute("BEGIN IMMEDIATE")
    for i, text in enumerate(fresh):
        began = time.perf_counter()
        _, read = candidates(text)
        look.append(1000 * (time.perf_counter() - began))
        read_rows.append(float(read))
        began = time.perf_counter()
        mine = [(key, posts + i + 1) for key in text_keys(text, kind)]
        connection.executemany("INSERT OR IGNORE INTO t VALUES (?,?)", mine)
        write.append(1000 * (time.perf_counter() - began))
        if i % 50 == 49:
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")
    connection.close()
    recall = ", ".join(f"{found[name] / tried:.2f}" for name in found)
    print(
        f"| copies, {kind}, {'newest ' + str(limit) if limit < 10**6 else 'all'} rows a key | {posts} | "
        f"{len(keys) / posts:.0f} | {size:.0f} | {spread(read_rows)} | {spread(look)} | {spread(write)} | {recall} | "
        f"{seconds:.0f} |",
        flush=True,
    )
    path.unlink()


def half(counts: Mapping[int, int], chance: random.Random) -> dict[int, int]:
    return dict.fromkeys(chance.sample(sorted(counts), (len(counts) + 1) // 2), 1)


def topics(groups: list[Codes], folder: Path, fresh: list[str], terms: int, limit: int) -> None:
    posts = sum(len(group) for group in groups)

    def counts_of(post: int) -> similarity.TermCounts:
        group, row = divmod(post, posts // len(groups))
        return similarity.term_counts("", as_text(groups[group][row]))

    frequency: Counter[int] = Counter()
    for post in range(posts):
        frequency.update(counts_of(post).terms())
    order = np.random.default_rng(3).permutation(posts)  # posts of every length through the whole window
    keys, ats, owners = [], [], []
    for post in range(posts):
        for number in list(similarity.vector(counts_of(post), posts, frequency))[:terms]:
            keys.append(number)
            ats.append(int(order[post]) * (60 * 86_400) // posts)
            owners.append(post + 1)
    key, at, owner = (np.asarray(values, dtype=np.int64) for values in (keys, ats, owners))
    sort = np.lexsort((owner, at, key))
    path = folder / f"terms-{posts}.sqlite3"

    def rows() -> Iterator[tuple[int, int, int]]:
        for begin in range(0, len(sort), 500_000):
            part = sort[begin : begin + 500_000]
            yield from zip(key[part].tolist(), at[part].tolist(), owner[part].tolist(), strict=True)

    connection, seconds = load(
        path,
        "CREATE TABLE t (term INTEGER, at INTEGER, post INTEGER, PRIMARY KEY (term, at, post)) WITHOUT ROWID",
        rows(),
        3,
    )
    connection.execute("CREATE TABLE f (term INTEGER PRIMARY KEY, posts INTEGER)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO f VALUES (?,?)", sorted(frequency.items()))
    connection.execute("COMMIT")
    size = path.stat().st_size / 1e6
    look, write, read_rows, found, tried = [], [], [], 0, 0
    chance = random.Random(5)
    now = 60 * 86_400
    connection.execute("BEGIN IMMEDIATE")
    for i, text in enumerate(fresh):
        planted = None
        counts = similarity.term_counts("", text)
        if i % 2:  # a post on the matter of a stored one: half of its words and pairs, told again
            planted = chance.randrange(posts)
            old = counts_of(planted)
            counts = similarity.TermCounts(half(old.words, chance), half(old.pairs, chance))
        began = time.perf_counter()
        asked = counts.terms()
        marks = ",".join("?" * len(asked))
        known = dict(connection.execute(f"SELECT term, posts FROM f WHERE term IN ({marks})", asked).fetchall())
        mine = similarity.vector(counts, posts, known)
        shared: Counter[int] = Counter()
        read = 0
        for number, weight in list(mine.items())[:terms]:
            hits = connection.execute(
                "SELECT post FROM t WHERE term=? AND at>=? ORDER BY at DESC, post DESC LIMIT ?", (number, 0, limit)
            ).fetchall()
            read += len(hits)
            for (post,) in hits:
                shared[post] += int(weight * weight * 1e6)
        look.append(1000 * (time.perf_counter() - began))
        read_rows.append(float(read))
        if planted is not None and mine:
            theirs = similarity.vector(counts_of(planted), posts, frequency)
            near = similarity.cosine(mine, theirs) >= JOIN_AT
        else:
            near = False
        if near and planted is not None:
            tried += 1
            best = sorted(shared.items(), key=lambda pair: (-pair[1], pair[0]))[:CANDIDATES]
            found += planted + 1 in dict(best)
        began = time.perf_counter()
        connection.executemany(
            "INSERT OR IGNORE INTO t VALUES (?,?,?)", [(n, now + i, posts + i + 1) for n in list(mine)[:terms]]
        )
        connection.executemany(
            "INSERT INTO f VALUES (?,1) ON CONFLICT (term) DO UPDATE SET posts = posts + 1",
            [(n,) for n in asked],
        )
        write.append(1000 * (time.perf_counter() - began))
        if i % 50 == 49:
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")
    connection.close()
    print(
        f"| topic terms, {terms} a post, {'newest ' + str(limit) if limit < 10**6 else 'all'} rows a term | {posts} | "
        f"{len(key) / posts:.1f} | {size:.0f} | {spread(read_rows)} | {spread(look)} | {spread(write)} | "
        f"{found / max(1, tried):.2f} ({tried}) | {seconds:.0f} |",
        flush=True,
    )
    path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", choices=["copies", "topics"])
    wanted = parser.parse_args()
    folder = Path(os.environ.get("HUIYING_DATA", "") or Path(__file__).resolve().parents[2] / "shared" / "data")
    source = corpus(folder)
    rng = np.random.default_rng(1)
    fresh = [as_text(row) for group in made_texts(source, 1000, np.random.default_rng(2)) for row in group]
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, numpy {np.__version__}, "
        f"{platform.machine()}, {os.cpu_count()} cores; cache 16 MB, WAL"
    )
    print("| index | posts | rows a post | MB | rows read p50 / p95 | look-up ms | write ms | recall | load s |")
    print("|---|---|---|---|---|---|---|---|---|")
    everything, copies_asked = 10**9, 20  # rows read per key; 20 is NEWEST of analysis/copies.py
    runs: list[Callable[[list[Codes]], None]] = []
    if wanted.only != "topics":
        for kind, limit in (
            ("bands32", everything),
            ("bands16", everything),
            ("bands16", copies_asked),
            ("keys16", copies_asked),
        ):
            runs.append(lambda groups, kind=kind, limit=limit: copies(kind, groups, limit, wanted.folder, fresh))  # type: ignore[misc]  # defaults bind the loop's values
    if wanted.only != "copies":
        for terms, limit in ((20, everything), (INDEX_TERMS, NEWEST)):
            runs.append(lambda groups, terms=terms, limit=limit: topics(groups, wanted.folder, fresh, terms, limit))  # type: ignore[misc]  # as above
    for size in (wanted.posts // 10, wanted.posts):
        groups = made_texts(source, size, rng)
        for run in runs:
            run(groups)


if __name__ == "__main__":
    main()
