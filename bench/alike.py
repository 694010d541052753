"""Copies and events: near-duplicates by kind of change, events of the news, and how far the order of arrival counts.

    .venv/bin/python -m bench.alike [--posts 4000]

Copies: posts of 30 to 300 characters of emotion_weibo, each changed in the ways of technology.md 2 and shown to
the finder of copies; recall by change, and how many of the unrelated pairs it takes for copies. Events: the articles of
event_news, filed an hour apart in order of their date; B-cubed F against the event of each. Order: the messages of
citizens filed in order, each up to a day late, and shuffled, against the result in order. Beside the news stands what
single-pass clustering on character tf-idf gives. All in memory. Data: HUIYING_DATA, default ../shared/data.
"""

import argparse
import csv
import gzip
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402  (run as a script)

from analysis.copy_memory import CopyMemory  # noqa: E402
from analysis.grouping import NewPost, file_post  # noqa: E402
from analysis.similarity import plain  # noqa: E402
from analysis.topic_memory import MemoryStore  # noqa: E402

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
FILLER = (
    "今天天气不错大家出门记得带伞另外把昨天拍的照片也发上来给朋友们看看周末有空一起去公园走走顺便买点水果回来晚上再聊"
)
PREFIX, SUFFIX = "转发一条刚看到的：", "（来源：本地论坛，侵删）"
Labels = Sequence[Hashable]


def moment(text: str) -> datetime:
    """A time of the messages, in either of their two forms."""
    day, _, clock = text.strip().replace("/", "-").partition(" ")
    year, month, date = map(int, day.split("-"))
    hour, minute, second = map(int, clock.split(":"))
    return datetime(year, month, date, hour, minute, second, tzinfo=timezone(timedelta(hours=8)))


def b_cubed(truth: Labels, told: Labels) -> tuple[float, float, float]:
    """(precision, recall, F) of a grouping against another."""
    both, of_truth, of_told = Counter(zip(truth, told, strict=True)), Counter(truth), Counter(told)
    precision = sum(both[pair] / of_told[pair[1]] for pair in zip(truth, told, strict=True)) / len(truth)
    recall = sum(both[pair] / of_truth[pair[0]] for pair in zip(truth, told, strict=True)) / len(truth)
    return precision, recall, 2 * precision * recall / (precision + recall)


def changes(dice: random.Random, others: str) -> dict[str, Callable[[str], str]]:
    """The ways in which a post is made into another with the same words."""

    def replaced(text: str, share: float) -> str:
        letters = list(text)
        for place in dice.sample(range(len(letters)), max(1, round(share * len(letters)))):
            letters[place] = dice.choice(others)
        return "".join(letters)

    return {
        "repost prefix and source suffix": lambda text: PREFIX + text + SUFFIX,
        "5 % of characters changed": lambda text: replaced(text, 0.05),
        "10 % of characters changed": lambda text: replaced(text, 0.10),
        "cut to 70 %": lambda text: text[: round(0.7 * len(text))],
        "wrapped in 60 other characters": lambda text: FILLER[:30] + text + FILLER[-30:],
    }


def copies(folder: Path, count: int) -> None:
    """Prints recall by change and the share of unrelated pairs taken for copies."""
    lines = (folder / "emotion_weibo" / "usual_train.tsv").read_text(encoding="utf-8").splitlines()[1:]
    texts = list(
        {plain(text): text for text in (line.split("\t")[1] for line in lines) if 30 <= len(text) <= 300}.values()
    )
    texts = random.Random(11).sample(texts, count)
    memory = CopyMemory()
    wrong = sum(memory.shown(number, "", text) is not None for number, text in enumerate(texts))
    pairs = count * (count - 1) / 2
    print(f"\n{count} posts: {wrong} of {pairs:.0f} pairs taken for copies ({wrong / pairs:.1e}; asked ≤ 1e-5)")
    print("\n| change | recall | asked |\n|---|---|---|")
    for name, change in changes(random.Random(12), "".join(texts[:200])).items():
        found = sum(memory.found("", change(text)) == number for number, text in enumerate(texts))
        print(f"| {name} | {found / count:.3f} | 0.98 |")


def filed(posts: Sequence[NewPost]) -> list[int]:
    """The topic of each post, filed in the order given; the posts' numbers are their places in time."""
    store = MemoryStore()
    for post in posts:
        file_post(store, post, at=post.at)
    of = {number: topic for topic, members in store.posts.items() for number in members}
    return [of[number] for number in sorted(of)]


def news(folder: Path) -> None:
    """Prints B-cubed of the events of the news, and of single-pass clustering on tf-idf beside it."""
    with gzip.open(folder / "event_news" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = sorted(map(json.loads, lines), key=lambda one: str(one["date"]))
    posts = [NewPost(n, BEGIN + timedelta(hours=n), one["title"], one["text"]) for n, one in enumerate(articles)]
    truth = [one["event"] for one in articles]
    ours = b_cubed(truth, filed(posts))
    told = single_pass([f"{one['title']} {one['text'][:300]}" for one in articles])
    print("\n| events of the news | precision | recall | B-cubed F | asked |\n|---|---|---|---|---|")
    print("| ours | {:.3f} | {:.3f} | {:.3f} | 0.90 |".format(*ours))
    print(
        "| single pass, character tf-idf, joined at 0.15 | {:.3f} | {:.3f} | {:.3f} | |".format(*b_cubed(truth, told))
    )


def single_pass(texts: Sequence[str]) -> list[int]:
    """Each text to the group of its nearest earlier text at a cosine of 0.15, else a group of its own."""
    rows = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), min_df=2).fit_transform(texts)
    near = (rows @ rows.T).toarray()
    groups: list[int] = []
    for place in range(len(texts)):
        best = int(near[place, :place].argmax()) if place else 0
        groups.append(groups[best] if place and near[place, best] >= 0.15 else place)
    return groups


def order(folder: Path) -> None:
    """Prints how alike the topics are when the messages arrive in another order; their own moments stay."""
    with (folder / "citizen_messages" / "stream_before_2019-07.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (moment(row["留言时间"]), row["留言编号"]))
    posts = [
        NewPost(n, moment(row["留言时间"]), row["留言主题"].strip(), row["留言详情"].strip())
        for n, row in enumerate(rows)
    ]
    in_order = filed(posts)
    dice = random.Random(13)
    late = sorted(posts, key=lambda post: (post.at + timedelta(days=dice.random()), post.id))
    mixed = dice.sample(posts, len(posts))
    print("\n| order of arrival, against in order | B-cubed F | asked |\n|---|---|---|")
    print(f"| each up to a day late | {b_cubed(in_order, filed(late))[2]:.3f} | 0.99 |")
    print(f"| shuffled | {b_cubed(in_order, filed(mixed))[2]:.3f} | 0.95 |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=4000)
    wanted = parser.parse_args()
    folder = Path(os.environ.get("HUIYING_DATA", "") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        sys.exit(f"{folder} is not there: set HUIYING_DATA to the folder of real data")
    copies(folder, wanted.posts)
    news(folder)
    order(folder)


if __name__ == "__main__":
    main()
