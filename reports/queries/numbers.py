"""The frozen numbers of a brief: every figure with its words, its comparison, its time range and what lies behind it.

Shape (JSON): `{since, until, frozen_at, days, figures: {key: figure}, sources, voices, streets, classes, units,
topics, media, focus, releases, conferences, coverage, history, previous, places}` with
`figure = {label, value, text, day, week, query}`; `day` and `week` are the change on the 24 hours before and on the
same days a week earlier, as text, or None where there is nothing to compare with. `query` says how the figure was
counted: `{of: posts|issues|clocks|alerts|sources|trail, since, until, …}`; `posts_behind` turns it into rows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from crawlers.models import Post
from reports.figures import percent, span
from reports.plan import Plan
from reports.queries import cases, posts
from reports.queries.coverage import down_sources

TOPICS = 10
MEDIA = 15
SOURCES = 20
ASKS = 3

# key: (label, of). Counts whose ids are frozen with them.
CASE_LABELS = {
    "leads": ("新增线索", "issues"),
    "confirmed": ("确认舆情", "issues"),
    "closed": ("办结舆情", "issues"),
    "waiting": ("待判线索", "issues"),
    "in_hand": ("在办舆情", "issues"),
    "clocks_open": ("在走时限", "clocks"),
    "overdue_open": ("超时未办结时限", "clocks"),
    "overdue_lead": ("线索阶段超时（未办结）", "clocks"),
    "due_next": ("今日到期时限", "clocks"),
    "met": ("按时办结时限", "clocks"),
    "met_late": ("超时办结时限", "clocks"),
    "breached": ("新增超时", "clocks"),
    "breached_lead": ("新增线索阶段超时", "clocks"),
}


def numbers(
    *, since: datetime, until: datetime, at: datetime, plan: Plan, next_cut_off: datetime, first: bool = False
) -> dict[str, Any]:
    """Count everything a brief says about [since, until), as known at `at`. `first`: no brief was before."""
    days = max(1, round((until - since) / timedelta(days=1)))
    said = posts.count_posts(since, until)
    rows = cases.read_cases(since, until, planned_until=next_cut_off)
    chosen = cases.focus(rows, since, until)
    down = down_sources(since, until)
    ranked = sorted(said.topics.values(), key=lambda t: (-len(t.voices), -t.posts, t.topic))[:TOPICS]
    names = posts.topic_names({t.topic for t in ranked} | {i["topic_id"] for i in chosen} - {None})
    for issue in reversed(chosen):  # one matter has one name in a paper, that of its case: a topic's may be a rumour
        if issue["topic_id"] in names:
            names[issue["topic_id"]]["title"] = issue["title"]
    figures: dict[str, dict[str, Any]] = {}
    _post_figures(figures, said, since, until, days)
    _case_figures(figures, cases.count_cases(rows, since, until, due_until=next_cut_off), rows, since, until)
    _coverage_figures(figures, down, since, until)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "frozen_at": at.isoformat(),
        "next_cut_off": next_cut_off.isoformat(),
        "days": days,
        "figures": figures,
        "sources": _table(said.sources, SOURCES),
        "voices": dict(sorted(said.by_voice.items())),
        "streets": [[name, *said.streets.get(name, (0, 0))] for name in plan.streets],
        "classes": _table(said.classes),
        "units": [list(pair) for pair in sorted(said.units.items(), key=lambda p: (-p[1], p[0]))[:TOPICS]],
        "topics": [_topic(t, names.get(t.topic)) for t in ranked],
        "media": posts.media_items(since, until, MEDIA) if said.by_voice["media"] else [],
        "focus": [_focus(issue, said, names) for issue in chosen],
        "releases": [_plain(row) for row in rows.releases],
        "conferences": [_plain(row) for row in rows.conferences],
        "due": _due(rows, figures["due_next"]["query"]["ids"]),
        "coverage": down,
        "history": posts.would_have_opened() if first else [],
    }


def _figure(
    label: str, value: float, text: str, query: dict[str, Any], day: str | None = None, week: str | None = None
) -> dict[str, Any]:
    return {"label": label, "value": value, "text": text, "day": day, "week": week, "query": query}


def _post_figures(
    figures: dict[str, dict[str, Any]], said: posts.PostFigures, since: datetime, until: datetime, days: int
) -> None:
    day = posts.totals(since - timedelta(days=1), since)
    week = posts.totals(since - timedelta(days=7), until - timedelta(days=7))
    span_of = {"since": since.isoformat(), "until": until.isoformat()}

    def query(**more: Any) -> dict[str, Any]:
        return {"of": "posts", **span_of, **more}

    for key, label, value, more in (
        ("volume", "监测条数", said.volume, {}),
        ("clean", "去重条数", said.clean, {"clean": True}),
        ("public", "公众发声（去重）", said.public, {"clean": True, "voice": "public"}),
    ):
        figures[key] = _figure(
            label,
            value,
            str(value),
            query(**more),
            _change(value / days, day[key]),
            _change(value, week[key]),
        )
    people = len(said.voices)
    figures["people"] = _figure("发声人数", people, str(people), query(clean=True, voice="public"))
    for key, label in (("negative", "负面占比"), ("neutral", "中性占比"), ("positive", "正面占比")):
        part = said.feelings[key]
        figures[key] = _figure(
            label,
            part,
            percent(part, said.public),
            query(clean=True, voice="public", sentiment=key),
            _points(part, said.public, day["negative"], day["public"]) if key == "negative" else None,
            _points(part, said.public, week["negative"], week["public"]) if key == "negative" else None,
        )
    for key, label, voice in (("media", "媒体报道", "media"), ("official", "政务信息", "official")):
        count = said.by_voice[voice]
        figures[key] = _figure(label, count, str(count), query(voice=voice))
    figures["unsure"] = _figure(
        "待人工复核占比", said.unsure, percent(said.unsure, sum(said.by_voice.values())), query(unsure=True)
    )
    for key in ("volume", "clean"):
        for other, words in (("day", "较前日变化"), ("week", "较上周同期变化")):
            change = figures[key][other]
            if change is not None:
                figures[f"{key}_{other}"] = _figure(
                    figures[key]["label"] + words, 0, change.lstrip("+-"), figures[key]["query"]
                )
    late = posts.found_late(since, until)
    figures["late"] = _figure("补采条数", late, str(late), query(late=True))
    unread = posts.not_read_yet(until)
    figures["unread"] = _figure("尚未研读", unread, str(unread), query(unread=True))


def _case_figures(
    figures: dict[str, dict[str, Any]],
    found: dict[str, list[int]],
    rows: cases.CaseRows,
    since: datetime,
    until: datetime,
) -> None:
    span_of = {"since": since.isoformat(), "until": until.isoformat()}
    figures["alerts"] = _figure("预警", rows.alerts, str(rows.alerts), {"of": "alerts", **span_of})
    for key, (label, of) in CASE_LABELS.items():
        ids = found[key]
        figures[key] = _figure(label, len(ids), str(len(ids)), {"of": of, "ids": ids, **span_of})
    done, late = len(found["met"]), len(found["met_late"])
    over = len(found["overdue_open"])
    if done + late + over:
        figures["on_time"] = _figure(
            "回应按时率，含未办结超时",
            done,
            percent(done, done + late + over),
            {"of": "clocks", "ids": [*found["met"], *found["met_late"], *found["overdue_open"]], **span_of},
        )
    figures["solo"] = _figure("单人办理", rows.solo, str(rows.solo), {"of": "trail", "solo": True, **span_of})


def _coverage_figures(
    figures: dict[str, dict[str, Any]], down: list[dict[str, Any]], since: datetime, until: datetime
) -> None:
    query = {"of": "sources", "since": since.isoformat(), "until": until.isoformat()}
    lost = sum(gap["seconds"] for gap in down)
    names = len({gap["source"] for gap in down})
    again = len({gap["source"] for gap in down if gap["collected"]})
    figures["down"] = _figure("中断来源", names, str(names), query)
    figures["down_span"] = _figure("中断合计", lost, span(lost), query)
    figures["down_again"] = _figure("已补采来源", again, str(again), query)


def _change(now: float, before: int) -> str | None:
    return f"{(now - before) * 100 / before:+.1f}%" if before else None


def _points(part: int, whole: int, part_before: int, whole_before: int) -> str | None:
    if not whole or not whole_before:
        return None
    return f"{part * 100 / whole - part_before * 100 / whole_before:+.1f}点"


def _table(counts: Mapping[str, list[int]], limit: int | None = None) -> list[list[Any]]:
    rows: list[list[Any]] = [[name, first, second] for name, (first, second) in counts.items()]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return rows[:limit]


def _topic(topic: posts.TopicFigures, row: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "topic": topic.topic,
        "title": row["title"] if row else "",
        "klass": row["klass"] if row else "",
        "streets": list(row["streets"]) if row else [],
        "units": [name for name, _ in topic.units.most_common(2)],
        "posts": topic.posts,
        "clean": topic.clean,
        "voices": len(topic.voices),
        "negative": topic.negative,
        "public": topic.public,
        "asks": _most(topic),
    }


def _most(topic: posts.TopicFigures) -> list[list[Any]]:
    return [[ask, count] for ask, count in sorted(topic.asks.items(), key=lambda p: (-p[1], p[0]))[:ASKS]]


def _focus(issue: dict[str, Any], said: posts.PostFigures, names: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    topic = issue["topic_id"]
    figures = said.topics.get(topic) if topic is not None else None
    row = names.get(topic) if topic is not None else None
    unit = issue["unit"] or ""
    return {
        "issue": issue["id"],
        "number": issue["number"],
        "state": issue["state"],
        "origin": issue["origin"],
        "title": issue["title"],
        "level": issue["level"],
        "decided": issue["level_decided"] is not None,
        "pending": issue["level_pending"],
        "supervised": bool(issue["supervised"]),
        "grade": issue["event_grade"],
        "opened_at": issue["opened_at"].isoformat(),
        "occurred_at": _iso(issue["occurred_at"]),
        "first_public_at": _iso(issue["first_public_at"]),
        "streets": list(row["streets"]) if row else [],
        "unit": unit,
        "suggested": [] if unit or row is None else _unit_names(row["departments"]),
        "topic": _topic(figures, row) if figures is not None else None,
        "clocks": [_plain(clock) for clock in issue["clocks"]],
        "releases": [_plain(release) for release in issue["releases"]],
        "conferences": [_plain(conference) for conference in issue["conferences"]],
    }


def _due(rows: cases.CaseRows, ids: list[int]) -> list[dict[str, Any]]:
    titles = {issue["matter_id"]: (issue["id"], issue["title"]) for issue in rows.issues}
    return [
        {
            "issue": titles[matter][0],
            "title": titles[matter][1],
            "kind": clock["kind"],
            "due_at": clock["due_at"].isoformat(),
        }
        for matter, clocks in rows.clocks.items()
        if matter in titles
        for clock in clocks
        if clock["id"] in set(ids)
    ]


def _unit_names(units: Any) -> list[str]:
    names = [unit if isinstance(unit, str) else str(unit.get("name", "")) for unit in units]
    return [name for name in names if name][:2]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def posts_behind(query: Mapping[str, Any]) -> QuerySet[Post]:
    """The posts a figure was counted from, newest first. Posts that came in since with an earlier time stand among
    them: a frozen figure does not move, what lies behind it may. Figures not of posts give an empty set."""
    if query.get("of") != "posts":
        return Post.objects.none()
    since, until = datetime.fromisoformat(query["since"]), datetime.fromisoformat(query["until"])
    if query.get("unread"):
        return Post.objects.filter(step=0, seen_at__lt=until, history=False).order_by("-seen_at", "-id")
    found = posts.counted(since, until)
    if query.get("late"):
        found = posts.counted(since - timedelta(days=posts.LATE_DAYS), since).filter(
            fetched_at__gte=since, fetched_at__lt=until
        )
    if query.get("clean"):
        found = found.filter(copy_of=None)
    if voice := query.get("voice"):
        found = found.filter(voice=voice)
    if feeling := query.get("sentiment"):
        found = found.filter(reading__sentiment=feeling)
    if query.get("unsure"):
        found = found.filter(reading__confidence__lt=posts.UNSURE)
    if klass := query.get("klass"):
        found = found.filter(reading__klass=klass)
    if topic := query.get("topic"):
        found = found.filter(membership__topic_id=topic)
    if street := query.get("street"):
        # the list of streets lies in JSON, which SQLite can not search: one pass in Python over the period's rows
        rows = found.filter(voice="public", copy_of=None).values_list("id", "reading__streets")
        found = Post.objects.filter(id__in=[post for post, streets in rows if street in streets])
    if source := query.get("source"):
        found = found.filter(source__name=source)
    return found.order_by("-seen_at", "-id")
