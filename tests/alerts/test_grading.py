"""When a lead opens (rules.md 1, 3 and the worked cases of 8), case by case."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.grading import (
    CountSeen,
    SeenPost,
    TimedClassPast,
    TimedVolumes,
    TopicFacts,
    burst_mean,
    grade,
    poisson_tail,
    voices,
)
from alerts.grading.talk import share_words
from tests.alerts.grading_facts import NOON, POLICY, fire, moment, people, post

PRAISE: dict[str, Any] = {"kind": "表扬", "negative": False}
PRIORITY: dict[str, Any] = {"klass": "消防安全", "priority": True}


def busy(per_day: int = 60, days: int = 80) -> TimedVolumes:
    """A board that is not quiet, at an even pace."""
    step = timedelta(days=1) / per_day
    return TimedVolumes({"board": [NOON + timedelta(days=40) - n * step for n in range(per_day * days)]})


@dataclass(frozen=True)
class Case:
    name: str
    posts: list[SeenPost]
    level: int | None
    rule: str = ""
    met_by: int | None = None
    volumes: TimedVolumes | None = None
    counts: tuple[CountSeen, ...] = ()


def told(text_at: str, **more: object) -> SeenPost:
    return replace(post(1, 0, "a", **more), at=moment(text_at))


CASES = [
    Case("a fire with a hurt person", [told("09:00", emergency=fire(hurt=1))], 3, "emergency", 1),
    Case("a fire with nobody hurt", [told("09:00", emergency=fire())], 3, "emergency", 1),
    Case("the same with three dead", [told("09:00", emergency=fire(dead=3))], 2, "emergency_grave", 1),
    Case("two dead and one missing", [told("09:00", emergency=fire(dead=2, missing=1))], 2, "emergency_grave"),
    Case("two dead", [told("09:00", emergency=fire(dead=2))], 3, "emergency"),
    Case("ten hurt", [told("09:00", emergency=fire(hurt=10))], 2, "emergency_grave"),
    Case("nine hurt", [told("09:00", emergency=fire(hurt=9))], 3, "emergency"),
    Case("ten dead", [told("09:00", emergency=fire(dead=10))], 1, "emergency_gravest"),
    Case("fifty poisoned", [told("09:00", emergency=fire(kind="食物中毒", hurt=50))], 1, "emergency_gravest"),
    Case("people trapped by fire", [told("09:00", emergency=fire(trapped=1))], 2, "emergency_grave"),
    Case("people trapped by water", [told("09:00", emergency=fire(kind="内涝", trapped=2))], 2, "emergency_grave"),
    Case("people trapped in a lift", [told("09:00", emergency=fire(kind="lift", trapped=2))], None),
    Case("a lift with a hurt person", [told("09:00", emergency=fire(kind="lift", hurt=1))], 3, "emergency"),
    Case("a hundred moved out", [told("09:00", emergency=fire(moved_out=100))], 2, "emergency_grave"),
    Case("ninety-nine moved out", [told("09:00", emergency=fire(moved_out=99))], 3, "emergency"),
    Case("a fire of last year", [told("09:00", emergency=fire(current=False))], None),
    Case("what if it burns, once", [told("09:00", emergency=None)], None),
    Case("a fire the same post denies", [told("09:00", emergency=fire(denied=True))], None),
    Case("a fire elsewhere", [told("09:00", emergency=fire(dead=3, in_district=False))], None),
    Case("a fire in a post of another place", [told("09:00", relevant=False, emergency=fire(dead=3))], None),
    Case("a fire in a relevant post that names no place", [told("09:00", emergency=fire(dead=4, in_district=None))], 2),
    Case("smoke in one household", [told("09:00", emergency=fire(scope="household"))], None),
    Case("a household fire with a dead person", [told("09:00", emergency=fire(scope="household", dead=1))], 3),
    Case("police notice of a collapse with three dead",
         [told("08:50", voice_kind="official", kind="官方发布", emergency=fire(kind="坍塌", dead=3))], 2,
         "emergency_grave", 1),
    Case("media tell of a fire", [told("09:00", voice_kind="media", emergency=fire())], 3, "emergency"),
    Case("our own account tells of a fire", [told("09:00", voice_kind="own", emergency=fire(dead=3))], None),
    Case("a rehearsal asked about by one", [told("09:00", kind="咨询")], None),
    Case("a fire found on a first visit as history", [told("09:00", history=True, emergency=fire(dead=3))], None),
    Case("a power cut told as a tally, over", [told("09:00", emergency=fire(kind="other", outage=True,
         current=False))], None),
    Case("no water since yesterday evening",
         [told("07:10", emergency=fire(kind="other", outage=True, outage_begun_at=moment("15 20:00")))], 3,
         "outage", 1),
    Case("no heat for two days",
         [told("07:10", emergency=fire(kind="other", outage=True, outage_begun_at=moment("14 06:00")))], 4,
         "outage_long"),
    Case("no heat for exactly 24 hours",
         [told("07:10", emergency=fire(kind="other", outage=True, outage_begun_at=moment("15 07:10")))], 3, "outage"),
    Case("no water, since when not told", [told("07:10", emergency=fire(kind="other", outage=True))], 3, "outage"),
    Case("no water in one flat",
         [told("07:10", emergency=fire(kind="other", outage=True, scope="household"))], None),
    Case("works announced by the water company",
         [told("07:10", voice_kind="official", emergency=fire(kind="other", outage=True))], None),
    Case("no water, told by the press",
         [told("07:10", voice_kind="media", emergency=fire(kind="other", outage=True))], 3, "outage"),
    Case("three people in two days, nothing before", people(3, every_hours=20), 4, "voices_burst", 3),
    Case("the same on a busy board", people(3, every_hours=20), 4, "voices_burst", 3, busy()),
    Case("two people", people(2, every_hours=5), None),
    Case("three people in six days on a quiet board", people(3, every_hours=71), 4, "voices_burst", 3),
    Case("three people in six days on a busy board", people(3, every_hours=71), None, volumes=busy()),
    Case("five people praise a park", people(5, every_hours=5, **PRAISE), None),
    Case("two complain, three praise",
         [*people(2, every_hours=5), *[replace(p, post_id=p.post_id + 9) for p in people(5, every_hours=5,
         **PRAISE)[2:]]], None),
    Case("one person, one text, four sites",
         [post(n, n, "me", platform=f"site{n}", copy_group=1) for n in range(1, 5)], None),
    Case("one person under four names on four sites",
         [post(n, n, f"me{n}", platform=f"site{n}", copy_group=1) for n in range(1, 5)], None),
    Case("three people paste one text in an hour",
         [post(n, n / 3, f"u{n}", copy_group=1) for n in range(1, 4)], 4, "voices_burst", 3),
    Case("three accounts paste one text in a minute",
         [post(n, n / 180, f"u{n}", copy_group=1) for n in range(1, 4)], None),
    Case("three reposts made by the platform",
         [post(1, 0, "a"), *[post(n, n, f"u{n}", copy_group=1, is_repost=True) for n in range(2, 5)]], None),
    Case("three posts of nobody named, three texts", [post(n, n, None) for n in range(1, 4)], 4, "voices_burst"),
    Case("three copies of nobody named", [post(n, n, None, copy_group=1) for n in range(1, 4)], None),
    Case("one person writes ten times", [post(n, n, "me") for n in range(1, 11)], None),
    Case("priority class, three people in 72 hours", people(3, every_hours=20, **PRIORITY), 3, "voices_priority", 3),
    Case("priority class, exactly 72 hours", people(3, every_hours=36, **PRIORITY), 3, "voices_priority", 3, busy()),
    Case("priority class, a little over 72 hours", people(3, every_hours=36.01, **PRIORITY), None, volumes=busy()),
    Case("priority class, two of three posts",
         [*people(2, every_hours=5, **PRIORITY), post(3, 12, "u3")], 3, "voices_priority", 3),
    Case("priority class, one of three posts",
         [*people(1, every_hours=5, **PRIORITY), post(2, 11, "u2"), post(3, 12, "u3")], 4, "voices_burst", 3),
    Case("media and official posts are no voices",
         [post(1, 0, "a"), post(2, 1, "b", voice_kind="media"), post(3, 2, "c", voice_kind="official")], None),
    Case("a post dated in one window and read as irrelevant", [*people(2, every_hours=2), post(3, 5, "c",
         relevant=False)], None),
    Case("neutral questions are demands", people(3, every_hours=5, kind="咨询"), 4, "voices_burst"),
    Case("anger without a demand counts", people(3, every_hours=5, kind="其他", negative=True), 4, "voices_burst"),
    Case("news retold without feeling does not", people(6, every_hours=5, kind="转述新闻"), None),
    Case("twelve complaints in 13 days by five people on a busy board",
         [post(n, 26 * (n - 1), f"u{(n - 1) // 3 if n < 12 else 9}") for n in range(1, 13)], 4, "voices_long",
         12, busy()),
    Case("four people in 30 days on a quiet board", people(4, every_hours=8 * 24), 4, "voices_long", 4),
    Case("four people in 30 days on a busy board", people(4, every_hours=8 * 24), None, volumes=busy()),
    Case("five people in 14 days on a busy board", people(5, every_hours=84), 4, "voices_long", 5, busy()),
    Case("five people in 15 days on a busy board", people(5, every_hours=91), None, volumes=busy()),
    Case("city media take up a complaint",
         [post(1, 0, "a"), post(2, 5, None, voice_kind="media", media_class="city")], 3, "media", 2),
    Case("city media praise, nobody complains",
         [post(2, 5, None, voice_kind="media", media_class="city", **PRAISE)], None),
    Case("a small outlet takes it up",
         [post(1, 0, "a"), post(2, 5, None, voice_kind="media", media_class="other")], None),
    Case("media first, the complaint an hour later",
         [post(1, 0, None, voice_kind="media", media_class="city", **PRAISE), post(2, 1, "a")], 3, "media", 2),
    Case("city media and the city's hot list",
         [post(1, 0, "a"), post(2, 5, None, voice_kind="media", media_class="city"),
          post(3, 6, None, voice_kind="media", hot_list_city=True, kind="其他")], 2, "figures_two", 3),
    Case("city media and 10 001 interactions",
         [post(1, 0, "a", interactions=10_001), post(2, 5, None, voice_kind="media", media_class="city")], 2,
         "figures_two", 2),
    Case("city media and 10 000 interactions",
         [post(1, 0, "a", interactions=10_000), post(2, 5, None, voice_kind="media", media_class="city")], 3,
         "media", 2),
    Case("central and city media are one sign",
         [post(1, 0, "a"), post(2, 5, None, voice_kind="media", media_class="city"),
          post(3, 6, None, voice_kind="media", media_class="central")], 3, "media", 2),
    Case("priority class with 501 interactions", [post(1, 0, "a", interactions=501, **PRIORITY)], 3,
         "priority_volume", 1),
    Case("priority class with 500 interactions", [post(1, 0, "a", interactions=500, **PRIORITY)], None),
    Case("no priority, 501 interactions", [post(1, 0, "a", interactions=501)], None),
    Case("priority class, 50 001 reads at a later fetch", [post(1, 0, "a", reads=10, **PRIORITY)], 3,
         "priority_volume", 1,
         counts=(CountSeen(1, NOON + timedelta(hours=3), reads=50_001),)),
    Case("old post found with many reads", [post(1, -100, "a", reads=90_000, counted_at=NOON, **PRIORITY)], None),
    Case("reads of three days are not of one", [post(1, 0, "a", reads=20_000, **PRIORITY)], None,
         counts=(CountSeen(1, NOON + timedelta(hours=25), reads=40_000), CountSeen(1,
         NOON + timedelta(hours=50), reads=80_000))),
    Case("copies with interactions count once",
         [post(n, n, f"u{n}", platform=f"s{n}", copy_group=1, interactions=300, **PRIORITY) for n in (1, 2)], None),
    Case("three streets by three people",
         [post(n, 90 * n, f"u{n}", streets=(f"街{n}",), street_certain=True) for n in (1, 2, 3)], 3,
         "three_streets", 3, busy()),
    Case("three streets by one person",
         [post(n, n, "me", streets=(f"街{n}",), street_certain=True) for n in (1, 2, 3)], None),
    Case("three streets in one post and two more people",
         [post(1, 0, "a", streets=("甲", "乙", "丙"), street_certain=True),
          post(2, 90, "b", streets=("甲",), street_certain=True)], None, volumes=busy()),
    Case("three streets, one of them uncertain",
         [post(n, 90 * n, f"u{n}", streets=(f"街{n}",), street_certain=n != 2) for n in (1, 2, 3)], None,
         volumes=busy()),
    Case("forty complaints of last spring on a first visit",
         [post(n, -24 * 200 + n, f"u{n}", history=True) for n in range(1, 41)], None),
    Case("a week's smell of gas by three, then four dead",
         [*people(3, every_hours=24, klass="燃气安全", priority=True), post(9, 100, "z", emergency=fire(kind="gas",
         dead=4))],
         2, "emergency_grave", 9),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_machine_proposes_the_level_of_the_table(case: Case) -> None:
    facts = TopicFacts(posts=tuple(case.posts), counts=case.counts, volumes=case.volumes or TimedVolumes())
    result = grade(facts, POLICY)
    assert result.level == case.level, [(line.rule, line.sentence) for line in result.met]
    assert result.lead == (case.level is not None)
    if case.rule:
        line = next(line for line in result.met if line.level == case.level)
        assert line.rule == case.rule
        if case.met_by is not None:
            assert line.met_by == case.met_by


def test_the_same_topic_weighed_post_by_post_meets_its_lines_at_the_same_moments() -> None:
    for case in CASES:
        volumes = case.volumes or TimedVolumes()
        whole = grade(TopicFacts(posts=tuple(case.posts), counts=case.counts, volumes=volumes), POLICY)
        met: dict[str, tuple[datetime | None, int | None]] = {}
        moments = sorted(
            {p.at for p in case.posts} | {c.at for c in case.counts} | {p.counted_at or p.at for p in case.posts}
        )
        for at in moments:
            seen = tuple(p for p in case.posts if p.at <= at)
            counts = tuple(c for c in case.counts if c.at <= at)
            facts = TopicFacts(
                posts=seen, counts=counts, volumes=volumes, weigh_from=at, settled=frozenset(met),
            )  # fmt: skip
            for line in grade(facts, POLICY).met:
                met[line.rule] = (line.met_at, line.met_by)
        assert met == {line.rule: (line.met_at, line.met_by) for line in whole.met}, case.name


def test_every_line_comes_with_its_figures_also_those_not_met() -> None:
    result = grade(TopicFacts(posts=tuple(people(2, every_hours=5))), POLICY)
    rules = {line.rule for line in result.lines}
    assert {"voices_priority", "voices_burst", "voices_long", "figures_two", "three_streets", "media"} <= rules
    short = next(line for line in result.lines if line.rule == "voices_burst")
    assert (short.have, short.need, short.posts) == (2, 3, (1, 2))


def test_a_later_episode_raises_again_by_itself() -> None:
    first = people(3, every_hours=5)
    second = [replace(p, post_id=p.post_id + 10, at=p.at + timedelta(days=40)) for p in first]
    result = grade(TopicFacts(posts=(*first, *second)), POLICY)
    assert {line.met_by for line in result.met if line.rule == "voices_burst"} == {13}


def test_the_windows_run_over_the_topic_whatever_the_episode() -> None:
    early = people(3, every_hours=24)  # 0, 1, 2 days
    late = post(9, 24 * 17, "late")  # a gap of 15 days: a new episode, within 30 days of the first three
    started = late.at
    result = grade(TopicFacts(posts=(*early, late), episode_started_at=started, weigh_from=started), POLICY)
    assert [line.rule for line in result.met] == ["voices_long"]
    assert result.met[0].met_at == started


def test_a_live_post_may_cross_a_line_that_history_alone_may_not() -> None:
    old = [replace(p, history=True) for p in people(4, every_hours=24)]
    assert not grade(TopicFacts(posts=tuple(old)), POLICY).lead
    fresh = post(9, 100, "fresh")
    result = grade(TopicFacts(posts=(*old, fresh)), POLICY)
    assert result.lead
    assert {line.met_by for line in result.met} == {9}


def test_a_topic_with_a_steady_past_is_no_burst() -> None:
    steady = [post(n, 24.0 * n, f"u{n}") for n in range(30)]
    volumes = TimedVolumes({"board": [p.at for p in steady]})
    result = grade(TopicFacts(posts=tuple(steady), volumes=volumes, weigh_from=steady[-1].at), POLICY)
    assert "voices_burst" not in {line.rule for line in result.met}


def test_a_class_that_is_always_busy_makes_no_burst_of_three() -> None:
    past = TimedClassPast()
    for n in range(40):
        past.add("市政设施", NOON - timedelta(days=8, hours=n), f"someone{n}")
    result = grade(TopicFacts(posts=tuple(people(3, every_hours=20)), class_past=past), POLICY)
    assert not result.lead


def test_a_flood_of_posts_on_the_source_makes_no_burst_of_three() -> None:
    calm = [NOON - timedelta(days=d) for d in range(10, 35)]
    flood = [NOON + timedelta(hours=h / 10) for h in range(400)]
    volumes = TimedVolumes({"board": calm + flood})
    result = grade(TopicFacts(posts=tuple(people(3, every_hours=20)), volumes=volumes), POLICY)
    assert not result.lead


def test_doubling_counts_from_ten_voices_and_is_one_of_the_two_signs() -> None:
    earlier = [post(n, -3 + n / 60, f"a{n}") for n in range(1, 11)]
    recent = [post(n, -1 + n / 60, f"b{n}") for n in range(11, 31)]
    media = post(99, -5, None, voice_kind="media", media_class="city")
    result = grade(TopicFacts(posts=(*earlier, *recent, media)), POLICY)
    assert next(line for line in result.met if line.rule == "figures_two").met_by == 30
    fewer = grade(TopicFacts(posts=(*earlier[1:], *recent, media)), POLICY)
    assert "figures_two" not in {line.rule for line in fewer.met}


def test_the_emergency_sides_grade_is_shown_as_its_own_line() -> None:
    result = grade(TopicFacts(posts=(post(1, 0, "a"),), event_grade="major", event_grade_at=NOON), POLICY)
    assert result.level == 2
    assert result.met[0].sentence == "应急一侧认定突发事件等级为重大"


def test_one_person_posting_two_texts_on_four_sites_is_one_voice() -> None:
    posts = [
        post(10 * g + n, g + n / 100, f"me{n}", platform=f"site{n}", copy_group=g) for g in (1, 2) for n in range(4)
    ]
    assert voices(posts) == 1


def test_a_person_stays_one_voice_when_the_key_of_handles_changes() -> None:
    old = post(1, 0, "old")
    both = post(2, 24, "new", handle_before="old")
    new = post(3, 48, "new")
    assert voices([old, both, new]) == 1
    assert voices([old, new]) == 2  # nothing says so


def test_two_boards_with_copies_count_the_larger_one() -> None:
    posts = [post(n, n, f"u{n}", platform="x", copy_group=1) for n in range(3)]
    posts += [post(10 + n, n, f"w{n}", platform="y", copy_group=1) for n in range(5)]
    assert voices(posts) == 5


def test_the_poisson_tail_is_exact() -> None:
    assert poisson_tail(0, 2.0) == 1.0
    assert poisson_tail(1, 0.0) == 0.0
    assert poisson_tail(3, 0.125) == pytest.approx(0.000296478, rel=1e-5)
    assert poisson_tail(1, 1.0) == pytest.approx(0.6321205588)
    assert poisson_tail(30, 2.0) == pytest.approx(3.9e-25, rel=0.1)
    assert poisson_tail(1000, 800.0) < 1e-9 < poisson_tail(700, 800.0)
    assert burst_mean(window_days=7, past_days=28, past_voices=0, prior=0.5, volume_ratio=0.2) == 0.125


def test_a_chance_too_small_to_write_is_told_as_less_than_the_smallest_figure() -> None:
    assert [share_words(p) for p in (3e-7, 0.00012, 0.0042)] == ["小于 0.01 %", " 0.01 %", " 0.42 %"]
