"""Opening a matter and letting it grow: what clocks hang on, before and after people look at it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.deadlines import Candidate, clocks_for
from alerts.models import Matter
from alerts.services.anchors import follow_anchors, keep_candidates
from alerts.services.clock_rows import new_clock
from alerts.services.regrading import start_higher
from analysis.models import Topic
from office.models import Department, User
from office.pack.current import current_pack


def open_matter(
    *,
    title: str,
    level: int,
    reasons: list[dict[str, Any]],
    candidates: Sequence[Candidate],
    emergency: bool,
    at: datetime,
    topic: Topic | None = None,
    firm: bool = False,
    lead_unit: Department | None = None,
    owner: User | None = None,
) -> Matter:
    """A matter with its anchors and its clocks, provisional unless `firm`. `candidates` must hold a detection."""
    pack = current_pack()
    with transaction.atomic():
        matter = Matter.objects.create(
            topic=topic,
            title=title[:200],
            level_proposed=level,
            is_emergency=emergency,
            detected_at=at,
            reasons=reasons,
            provisional=not firm,
            lead_unit=lead_unit,
            owner=owner,
        )
        keep_candidates(matter, candidates, at=at)
        planned = clocks_for(
            level, "", pack.policy, candidates, at=at, emergency=emergency, confirmed=firm, zone=pack.zone
        )
        for plan in planned:
            new_clock(matter, plan, at=at, firm=firm)
    return matter


def grow(
    matter: Matter,
    *,
    level: int,
    reasons: list[dict[str, Any]],
    candidates: Sequence[Candidate],
    emergency: bool,
    at: datetime,
) -> bool:
    """New posts met new lines: reasons, a higher proposal, and anchors learnt. Returns whether the proposal rose.

    Before confirmation an earlier anchor moves due times by itself; after it, it is a suggestion for a person. A
    higher proposal starts provisional clocks of the higher level at once, confirmed or not (rules.md 2, 4).
    """
    with transaction.atomic():
        rose = level < matter.level_proposed
        matter.level_proposed = min(level, matter.level_proposed)
        matter.is_emergency = matter.is_emergency or emergency
        known = {line["rule"]: line for line in matter.reasons}
        for line in reasons:
            if line["met"] or not known.get(line["rule"], {}).get("met"):
                known[line["rule"]] = line
        matter.reasons = list(known.values())
        keep_candidates(matter, candidates, at=at)
        matter.save()
        if rose:
            start_higher(matter, at=at)
        follow_anchors(matter, at=at)
    return rose


def retitle(matter: Matter, title: str) -> bool:
    """Another title for a matter nobody has confirmed; False where somebody was faster."""
    moved = Matter.objects.filter(pk=matter.pk, title=matter.title, provisional=True).update(title=title[:200])
    if moved:
        matter.title = title[:200]
    return bool(moved)
