"""Weighing a topic at every post or once in a while gives the same lines at the same moments (rules.md 10)."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.grading import SeenPost, TimedVolumes, TopicFacts, grade, voices
from tests.alerts.grading_facts import NOON, POLICY, post

Said = tuple[int, str, str | None, int, str, bool, str | None, int]

SAID = st.tuples(
    st.integers(0, 60 * 24 * 20),  # minutes
    st.sampled_from(["x", "y", "z"]),  # platform
    st.one_of(st.none(), st.sampled_from([f"u{n}" for n in range(7)])),
    st.integers(1, 9),  # group of copies
    st.sampled_from(["投诉", "咨询", "表扬", "其他"]),
    st.booleans(),  # priority
    st.sampled_from([None, "甲街", "乙街", "丙街"]),
    st.integers(0, 900),  # interactions
)


def topic(said: list[Said]) -> list[SeenPost]:
    return [
        post(
            number,
            minutes / 60,
            who,
            platform=platform,
            copy_group=group,
            kind=kind,
            priority=priority,
            streets=(street,) if street else (),
            street_certain=street is not None,
            interactions=interactions,
        )
        for number, (minutes, platform, who, group, kind, priority, street, interactions) in enumerate(said, start=1)
    ]


def weigh_in_steps(
    posts: list[SeenPost], minutes: int, volumes: TimedVolumes
) -> dict[str, tuple[datetime | None, int]]:
    met: dict[str, tuple[datetime | None, int]] = {}
    at, last = NOON - timedelta(minutes=1), max(p.at for p in posts)
    while at < last:
        until = at + timedelta(minutes=minutes)
        new = [p for p in posts if at < p.at <= until]
        if new:
            facts = TopicFacts(
                posts=tuple(p for p in posts if p.at <= until),
                volumes=volumes,
                settled=frozenset(met),
                weigh_from=min(p.at for p in new),
                episode_started_at=NOON,
            )
            for line in grade(facts, POLICY).met:
                met[line.rule] = (line.met_at, line.level)
        at = until
    return met


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=25))
def test_lines_are_met_at_the_same_moments_whatever_the_rhythm_of_the_sweeps(said: list[Said]) -> None:
    posts = topic(said)
    volumes = TimedVolumes({name: [p.at for p in posts if p.platform == name] for name in ("x", "y", "z")})
    often, seldom = weigh_in_steps(posts, 60, volumes), weigh_in_steps(posts, 60 * 24 * 3, volumes)
    assert often == seldom


@settings(max_examples=100, deadline=None)
@given(st.lists(SAID, max_size=20), SAID)
def test_one_more_post_adds_at_most_one_voice(said: list[Said], more: Said) -> None:
    before, after = voices(topic(said)), voices(topic([*said, more]))
    assert after - before <= 1
    assert after <= len(said) + 1
