"""What a topic is called: by the post that stands nearest to the others, never by a rumour if anything else is there.

Pure. A title is read by leaders and goes into the brief, so hearsay, a denial that repeats the rumour, and a tale of
deaths that an authority has since contradicted are not made into one while a plain post or an authority tells it too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from analysis.similarity import cosine

TITLE_LENGTH = 40
TITLED_BY = 12  # newest posts of a topic among which the one that names it is looked for
READ = 400  # letters of a text looked at for what it says of rumours
AUTHORITIES = ("official", "media")  # voices whose word names a matter before that of people
_HEAD = 40
_HEARSAY = re.compile(
    r"听说|据说|据传|听闻|网传|传言|传闻|谣传|小道消息|真的假的|是真是假|真假|(?:是)?真的吗|求证|不知道?是真是假|有人说"
)
_DENIES = re.compile(
    r"谣言|造谣|传谣|信谣|辟谣|不实|不属实|误传|纯属虚构|假消息|没有人?(?:死|伤亡|遇难)|无人(?:死|伤亡|遇难)"
)
_DEATHS = re.compile(
    r"[烧砸撞淹摔炸压毒捅打]死|死了?[\d一二两三四五六七八九十几多]+|死亡|死人|死伤|遇难|身亡|丧生|出人命"
)
_REFUTES = re.compile(r"谣言|造谣|辟谣|不实|不属实|误传|纯属虚构|假消息")


@dataclass(frozen=True)
class Telling:
    """How a post tells its matter, as far as its title goes.

    `authority`: an official or media voice. `event`: tells of a current emergency. `refutes`: an authority's word that
    there were no deaths or that the talk is untrue. `deaths`: tells of any.
    """

    authority: bool = False
    event: bool = False
    hearsay: bool = False
    denies: bool = False
    refutes: bool = False
    deaths: bool = False


class Placed(Protocol):
    """A post with its words' weights."""

    @property
    def post(self) -> int: ...
    @property
    def terms(self) -> Mapping[int, float]: ...


def title_of(title: str, text: str) -> str:
    """What a topic is called by a post: its title, else the beginning of its text."""
    title = " ".join((title or text).split())
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1] + "…"


def telling_of(voice: str, title: str, text: str, emergency: Mapping[str, Any] | None) -> Telling:
    """The telling of a post. `emergency`: that of its Reading, None for none."""
    shown = title_of(title, text)
    authority = voice in AUTHORITIES
    dead = emergency.get("dead") if emergency else None
    denied = bool(emergency and emergency.get("denied"))
    refutes = authority and (dead == 0 or denied or _REFUTES.search(title + text[:READ]) is not None)
    return Telling(
        authority=authority,
        event=bool(emergency and emergency.get("current") and not denied),
        hearsay=_HEARSAY.search(shown + text[:_HEAD]) is not None,
        denies=_DENIES.search(shown) is not None,
        refutes=refutes,
        deaths=bool(dead) or _DEATHS.search(shown) is not None,
    )


def standings(tellings: Mapping[int, Telling]) -> dict[int, int]:
    """How well each post names its topic, by post id in the order the posts were stored.

    3: an authority that tells of the event. 2: a plain post. 1: an authority's denial or its word on talk. 0: hearsay,
    a denial by anybody else, deaths told by people that an authority contradicted after.
    """
    refuted = max((post for post, telling in tellings.items() if telling.refutes), default=0)
    return {post: _standing(telling, post < refuted) for post, telling in tellings.items()}


def _standing(telling: Telling, refuted_later: bool) -> int:
    doubtful = telling.hearsay or telling.denies
    if telling.authority and (telling.refutes or not (telling.deaths and refuted_later)):
        return 1 if doubtful else 3 if telling.event else 2
    return 0 if doubtful or (telling.deaths and refuted_later) else 2


def most_typical(members: Sequence[Placed], ranks: Mapping[int, int]) -> int:
    """Of the posts that name the topic best, the one that stands nearest to all others, the earliest of equals."""

    def nearness(member: Placed) -> float:
        return round(sum(cosine(member.terms, other.terms) for other in members if other is not member), 6)

    best = max(ranks.get(member.post, 0) for member in members)
    named = [member for member in members if ranks.get(member.post, 0) == best]
    return min(named, key=lambda member: (-nearness(member), member.post)).post


def names_anew(post: int, ranks: Mapping[int, int], tellings: Mapping[int, Telling]) -> bool:
    """Whether an authority's fresh post is a reason to look for the title again before its turn has come."""
    others = [rank for other, rank in ranks.items() if other != post]
    return tellings[post].refutes or all(rank < ranks[post] for rank in others)
