"""The course of a topic against the burst rule says what the rule says."""

from datetime import timedelta

import pytest

from alerts.grading import TopicFacts, grade, poisson_tail
from alerts.grading.burst import burst_limit
from alerts.grading.course import burst_course
from tests.alerts.grading_facts import NOON, POLICY, people, post

RULE = POLICY.lines.burst


@pytest.mark.parametrize("mean", [0.05, 0.5, 2.0, 30.0, 900.0])
def test_the_limit_is_the_fewest_people_that_are_a_burst(mean: float) -> None:
    limit = burst_limit(mean, fewest=3, chance=0.01)
    assert poisson_tail(limit, mean) <= 0.01
    assert limit == 3 or poisson_tail(limit - 1, mean) > 0.01


def test_the_line_is_crossed_at_the_moment_at_which_the_rule_is_met() -> None:
    posts = people(5, every_hours=20)
    (met,) = [line for line in grade(TopicFacts(posts=tuple(posts)), POLICY).met if line.rule == "voices_burst"]
    stands = burst_course(posts, [p.at for p in posts], POLICY)
    first = next(p.at for p, stand in zip(posts, stands, strict=True) if stand.have >= stand.limit)
    assert first == met.met_at
    assert [s.have for s in stands] == [1, 2, 3, 4, 4]  # the first is 80 hours old: out of the window of 72


def test_a_steady_past_lifts_what_is_usual_and_the_line() -> None:
    steady = [post(n, 24.0 * n, f"u{n}") for n in range(32)]
    (stand,) = burst_course(steady, [steady[-1].at], POLICY)
    assert stand.past == RULE.past_days
    assert stand.usual == pytest.approx(3 / 28 * 28.5)
    assert stand.have < stand.limit
    (quiet,) = burst_course([], [NOON + timedelta(days=1)], POLICY)
    assert (quiet.have, quiet.past, quiet.limit) == (0, 0, RULE.voices)


def test_praise_officials_and_the_same_person_again_are_no_people_here() -> None:
    posts = [
        post(1, 0, "a"),
        post(2, 1, "a"),
        post(3, 2, "b", kind="表扬"),
        post(4, 3, "c", voice_kind="official"),
        post(5, 4, "d", relevant=False),
    ]
    assert burst_course(posts, [NOON + timedelta(hours=5)], POLICY)[0].have == 1


def test_the_window_of_quiet_sources_is_the_longer_one_and_crosses_when_the_rule_does() -> None:
    posts = people(4, every_hours=40)  # never three in 72 hours, four in a week
    assert all(s.have < s.limit for s in burst_course(posts, [p.at for p in posts], POLICY))
    (met,) = [line for line in grade(TopicFacts(posts=tuple(posts)), POLICY).met if line.rule == "voices_burst"]
    stands = burst_course(posts, [p.at for p in posts], POLICY, quiet=frozenset({"board"}))
    first = next(p.at for p, stand in zip(posts, stands, strict=True) if stand.have >= stand.limit)
    assert first == met.met_at and stands[-1].usual == pytest.approx(7 / 28 * 0.5)
    busy = burst_course(posts, [posts[-1].at], POLICY, quiet=frozenset({"another"}))
    assert busy[0].have == burst_course(posts, [posts[-1].at], POLICY)[0].have  # theirs stay in the short window
