"""The case most like a lead: by the words of their posts, whatever became of it, with what else they share."""

from dataclasses import dataclass

from analysis.grouping import WINDOW
from analysis.models import Topic
from analysis.nearness import near_topics
from office.pack.current import current_pack
from responses.models import Issue

LOOKED_AT = 20  # topics near in words that are asked for a case
DAYS = WINDOW.days  # posts older than this are not compared


@dataclass(frozen=True)
class Alike:
    """`likeness`: mean cosine of the nearest posts, None where both are of one topic. `shares`: class, streets."""

    issue: Issue
    likeness: float | None
    shares: str

    @property
    def mergeable(self) -> bool:
        return self.issue.is_open

    @property
    def state(self) -> str:
        """`在办` in its own words; of a dismissed one the reason too: `已排除，个案已结`."""
        codes = {code.code: code.name for code in current_pack().policy.dismissal.codes}
        why = codes.get(self.issue.dismiss_code, "") if self.issue.state == Issue.State.DISMISSED else ""
        return "，".join(filter(None, (str(self.issue.get_state_display()), why)))


def most_alike(issue: Issue) -> Alike | None:
    """The case to look at beside this lead: of the same topic before, else the one whose posts are nearest.

    Six queries however many there are; what was merged into another case stands for that one.
    """
    topic = issue.matter.topic
    if topic is None:
        return None
    known = Issue.objects.exclude(pk=issue.pk).select_related("matter__topic")
    known = known.exclude(state=Issue.State.MERGED).order_by("-opened_at", "-pk")
    same = known.filter(matter__topic=topic).first()
    if same is not None:
        return Alike(same, None, "同一热点以前的一段" if same.episode != issue.episode else "同一热点")
    near = dict(near_topics(topic, limit=LOOKED_AT))
    newest: dict[int, Issue] = {}
    for found in known.filter(matter__topic__in=near):
        newest.setdefault(found.matter.topic_id or 0, found)
    if not newest:
        return None
    likest = min(newest, key=lambda key: (-near[key], key))
    other = newest[likest].matter.topic
    return Alike(newest[likest], near[likest], _shares(topic, other) if other is not None else "")


def _shares(one: Topic, other: Topic) -> str:
    streets = [street for street in one.streets if street in other.streets][:2]
    told = [f"同类“{one.klass}”"] if one.klass and one.klass == other.klass else []
    told += [f"同在{'、'.join(streets)}"] if streets else []
    return "，".join(told) or "字词相近"
