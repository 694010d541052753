"""Topics whose posts stand near to those of a topic, for a person who looks for what belongs together."""

from collections import Counter

from analysis.grouping import CANDIDATES, INDEX_TERMS, NEAREST, NEWEST, WINDOW
from analysis.models import Membership, Topic
from analysis.similarity import nearest_mean
from analysis.titles import TITLED_BY
from analysis.topic_store import DatabaseStore


def near_topics(topic: Topic, *, limit: int) -> list[tuple[int, float]]:
    """(id, mean cosine of its nearest posts to this topic's newest), nearest first. Four queries.

    Found as filing finds them, through the heaviest terms and posts of 60 days; older topics have none.
    """
    store = DatabaseStore()
    mine = store.newest_members(topic.pk, TITLED_BY)
    weights: Counter[int] = Counter()
    for member in mine:
        weights.update({term: round(weight * 1_000_000) for term, weight in member.terms.items()})
    leading = sorted(weights, key=lambda term: (-weights[term], term))[:INDEX_TERMS]
    shared: Counter[int] = Counter()
    for term, posts in store.posts_with(leading, topic.last_post_at, WINDOW, NEWEST).items():
        shared.update(dict.fromkeys(posts, weights[term]))
    ranked = sorted(shared, key=lambda post: (-shared[post], post))
    strangers = set(Membership.objects.filter(post__in=ranked).exclude(topic=topic).values_list("post_id", flat=True))
    likeliest = [post for post in ranked if post in strangers][:CANDIDATES]
    against = [member.terms for member in mine]
    scores: dict[int, list[float]] = {}
    for other in store.members(sorted(likeliest)):
        scores.setdefault(other.topic, []).append(nearest_mean(other.terms, against, NEAREST))
    best = {found: sum(sorted(values)[-NEAREST:]) / min(len(values), NEAREST) for found, values in scores.items()}
    nearest = sorted(best.items(), key=lambda found: (-round(found[1], 6), found[0]))
    return [(found, round(score, 2)) for found, score in nearest[:limit]]
