"""Files the real stream of citizens' messages into topics and holds them against the matters read by a person.

    .venv/bin/python bench/grouping.py [--list 40]

Prints, per matter of bench/matters_a_city.json, the best topic's precision and recall, the time to file a post with
all its queries and writes (on a throwaway SQLite file), and with `--list` the topics with the most authors. Data:
HUIYING_DATA, default ../shared/data. No reading, no relevance: every message is filed.
"""

import argparse
import csv
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ["HUIYING_HOME"] = tempfile.mkdtemp(prefix="huiying-grouping-")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
sys.path.insert(0, str(ROOT))

import django  # noqa: E402  (needs the environment above)

django.setup()

from django.core.management import call_command  # noqa: E402  (needs django.setup)
from django.db import transaction  # noqa: E402

from analysis.copies import find_copy  # noqa: E402
from analysis.grouping import NewPost, file_post  # noqa: E402
from analysis.models import Membership, Topic  # noqa: E402
from analysis.topic_store import DatabaseStore  # noqa: E402
from crawlers.models import Post, Source  # noqa: E402

ZONE = timezone(timedelta(hours=8))


def moment(text: str) -> datetime:
    for form in ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=ZONE)
        except ValueError:
            continue
    raise ValueError(text)


def stored(path: Path) -> tuple[list[Post], dict[int, str]]:
    """The messages as posts, in order of time; and the author of each."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (moment(row["留言时间"]), row["留言编号"]))
    source = Source.objects.create(
        key="bench", name="bench", klass="board", kind="file", voice="public", platform="bench", scope="district"
    )
    posts = [
        Post(
            source=source,
            ext_id=row["留言编号"],
            platform="bench",
            voice="public",
            handle=row["留言用户"].strip(),
            title=row["留言主题"].strip(),
            text=row["留言详情"].strip(),
            text_key="",
            published_at=moment(row["留言时间"]),
            precision="minute",
            fetched_at=moment(row["留言时间"]),
            seen_at=moment(row["留言时间"]),
        )
        for row in rows
    ]
    Post.objects.bulk_create(posts)
    return list(Post.objects.order_by("id")), {post.pk: post.handle for post in Post.objects.all()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", type=int, default=0)
    wanted = parser.parse_args()
    folder = Path(os.environ.get("HUIYING_DATA", "") or ROOT.parent / "shared" / "data")
    path = folder / "citizen_messages" / "stream_before_2019-07.csv"
    if not path.exists():
        sys.exit(f"{path} is not there: set HUIYING_DATA to the folder of real data")
    call_command("migrate", verbosity=0)
    posts, author = stored(path)
    store, at = DatabaseStore(), datetime(2019, 7, 1, tzinfo=UTC)
    filing, copying, joins, copies = [], [], 0, 0
    for begin in range(0, len(posts), 50):
        with transaction.atomic():
            for post in posts[begin : begin + 50]:
                one = time.perf_counter()
                filed = file_post(store, NewPost(post.pk, post.seen_at, post.title, post.text), at=at)
                two = time.perf_counter()
                copies += find_copy(post.pk, post.title, post.text) is not None
                three = time.perf_counter()
                filing.append(1000 * (two - one))
                copying.append(1000 * (three - two))
                joins += len(filed.joined)
    of: dict[str, int] = {}
    members: dict[int, list[Post]] = {}
    for row in Membership.objects.select_related("post").order_by("at", "post_id"):
        of[row.post.ext_id] = row.topic_id
        members.setdefault(row.topic_id, []).append(row.post)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores")
    print(f"{len(posts)} messages, {len(members)} topics, {joins} joinings, {copies} copies")
    for name, values in (("file", filing), ("copy", copying)):
        print(
            f"{name}: median {statistics.median(values):.2f} ms, p95 {sorted(values)[int(len(values) * 0.95)]:.2f} ms"
        )
    print("\n| matter | posts | best topic | precision | recall |\n|---|---|---|---|---|")
    met = 0
    for matter in json.loads((ROOT / "bench" / "matters_a_city.json").read_text(encoding="utf-8")):
        ids = set(matter["ids"])
        best = (0.0, 0.0, 0.0, 0)
        for topic in sorted({of[one] for one in ids}):
            told = len(members[topic])
            hit = sum(post.ext_id in ids for post in members[topic])
            best = max(best, (2 * hit / (told + len(ids)), hit / told, hit / len(ids), topic))
        voices = len({author[post.pk] for post in members[best[3]] if post.ext_id in ids})
        met += voices >= 4
        print(f"| {matter['title']} | {len(ids)} | {len(members[best[3]])} | {best[1]:.2f} | {best[2]:.2f} |")
    print(f"\nmatters whose best topic holds four of their authors: {met}")
    ranked = sorted(members, key=lambda topic: (-len({author[post.pk] for post in members[topic]}), topic))
    for topic in ranked[: wanted.list]:
        group = members[topic]
        voices = len({author[post.pk] for post in group})
        print(f"\n## {topic} {Topic.objects.get(pk=topic).title} · {len(group)} posts, {voices} authors")
        for post in group:
            print(f"   {post.ext_id} {post.seen_at.astimezone(ZONE):%m-%d} {author[post.pk][-5:]} {post.title}")


if __name__ == "__main__":
    main()
