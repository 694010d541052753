"""The lines one post is enough for: what is burning, who is hurt, whose water is cut (rules.md 3, first three rows)."""

from datetime import timedelta

from alerts.grading.facts import EmergencyFact, LineResult, SeenPost
from office.pack.policy import EmergencyFigures, EmergencyLines

GRAVEST = "emergency_gravest"
GRAVE = "emergency_grave"
OTHER = "emergency"
OUTAGE = "outage"
OUTAGE_LONG = "outage_long"
EMERGENCY_RULES = (GRAVEST, GRAVE, OTHER, OUTAGE, OUTAGE_LONG)

_WORDS = {
    "fire": "火情",
    "collapse": "坍塌",
    "explosion": "爆炸",
    "gas": "燃气险情",
    "poisoning": "中毒事件",
    "flood": "水淹",
    "traffic": "交通事故",
    "lift": "电梯事故",
    "crime": "治安事件",
    "fall": "坠落事故",
    "crowd": "拥挤踩踏",
}


def canonical_kind(kind: str, lines: EmergencyLines) -> str:
    """The pack's own name of a kind; `other` where the pack does not know it."""
    if kind in lines.kinds:
        return kind
    for name, others in lines.kinds.items():
        if kind in others:
            return name
    return "other"


def is_happening(post: SeenPost) -> bool:
    """Whether the post tells an emergency that is happening in the district and may open a lead."""
    fact = post.emergency
    if fact is None or post.history or not post.relevant or post.voice_kind == "own" or post.is_repost:
        return False
    if not fact.current or fact.denied or fact.in_district is False:
        return False
    # One household is a complaint, unless people were harmed there.
    return fact.scope != "household" or _harmed(fact) > 0


def emergency_lines_met(post: SeenPost, lines: EmergencyLines) -> list[LineResult]:
    """The emergency lines this one post meets, gravest first; empty where it tells none."""
    fact = post.emergency
    if fact is None or not is_happening(post):
        return []
    if fact.outage and _harmed(fact) == 0:
        return _outage(post, fact, lines)
    kind = canonical_kind(fact.kind, lines)
    met: list[LineResult] = []
    for rule, figures in ((GRAVEST, lines.gravest), (GRAVE, lines.grave)):
        enough = _enough(fact, kind, figures, lines)
        if enough is not None:
            words, have, need = enough
            sentence = f"一条帖文称正在发生{_WORDS.get(kind, '突发事件')}，{words}"
            met.append(_line(rule, figures.level, post, sentence, have, need))
    if met:
        return met
    # A lift that stands still with people in it is a complaint; in a car or a river it is not.
    in_peril = (fact.trapped or 0) > 0 and kind != "lift"
    if kind in lines.serious_kinds or fact.harm or in_peril or lost_or_hurt(fact) > 0:
        told = _told(fact)
        sentence = f"一条帖文称正在发生{_WORDS.get(kind, '突发事件')}{'，' + told if told else ''}（一条即够）"
        met.append(_line(OTHER, lines.other_level, post, sentence, 1, 1))
    return met


def _outage(post: SeenPost, fact: EmergencyFact, lines: EmergencyLines) -> list[LineResult]:
    # rules.md 1: official posts (announcements of works) count for the first two rows only. The row names no voice:
    # what the press tells to be cut off is known to the public as well.
    if post.voice_kind not in ("public", "media"):
        return []
    begun = fact.outage_begun_at or fact.occurred_at
    if begun is None:
        return [_line(OUTAGE, lines.outage_level, post, "停水、停电、停热或停气尚未恢复，未说何时开始", 1, 1)]
    hours = max((post.at - begun) / timedelta(hours=1), 0.0)
    sentence = f"停水、停电、停热或停气尚未恢复，至发帖约 {hours:.0f} 小时"
    if hours <= lines.outage_hours:
        return [_line(OUTAGE, lines.outage_level, post, f"{sentence}（{lines.outage_hours} 小时以内）", hours, 0)]
    return [
        _line(OUTAGE_LONG, lines.outage_longer_level, post, f"{sentence}（超过 {lines.outage_hours} 小时）", hours, 0)
    ]


def _enough(
    fact: EmergencyFact, kind: str, figures: EmergencyFigures, lines: EmergencyLines
) -> tuple[str, int, int] | None:
    lost = (fact.dead or 0) + (fact.missing or 0)
    if lost >= figures.dead_or_missing:
        return f"死亡或失踪 {lost} 人（需 {figures.dead_or_missing} 人）", lost, figures.dead_or_missing
    hurt = fact.hurt or 0
    if hurt >= figures.hurt:
        return f"受伤或中毒 {hurt} 人（需 {figures.hurt} 人）", hurt, figures.hurt
    trapped = fact.trapped or 0
    if figures.trapped and trapped >= figures.trapped and kind in lines.trapped_kinds:
        return f"有人被困（{trapped} 人，需 {figures.trapped} 人）", trapped, figures.trapped
    moved = fact.moved_out or 0
    if figures.moved_out and moved >= figures.moved_out:
        return f"转移 {moved} 人（需 {figures.moved_out} 人）", moved, figures.moved_out
    return None


def _harmed(fact: EmergencyFact) -> int:
    return sum(number or 0 for number in (fact.dead, fact.missing, fact.hurt, fact.trapped)) + int(fact.harm)


def lost_or_hurt(fact: EmergencyFact) -> int:
    """How many are told dead, missing or hurt."""
    return (fact.dead or 0) + (fact.hurt or 0) + (fact.missing or 0)


def _told(fact: EmergencyFact) -> str:
    parts = (("死亡", fact.dead), ("失踪", fact.missing), ("受伤", fact.hurt), ("被困", fact.trapped))
    return "、".join(f"{word} {number} 人" for word, number in parts if number)


def _line(rule: str, level: int, post: SeenPost, sentence: str, have: float, need: float) -> LineResult:
    return LineResult(
        rule=rule,
        level=level,
        met=True,
        sentence=sentence,
        have=have,
        need=need,
        posts=(post.post_id,),
        met_at=post.at,
        met_by=post.post_id,
    )
