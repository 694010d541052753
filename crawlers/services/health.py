"""What each visit adds to a source's record: the day's count, and the gap that opens or closes with it."""

from datetime import datetime

from django.db.models import F
from django.utils import timezone

from crawlers.backoff import SEEN, Verdict
from crawlers.models import Source, SourceDay, SourceGap


def note_visit(
    source: Source, *, verdict: Verdict, items: int, note: str, visited: datetime, was_down: bool, last: datetime | None
) -> None:
    """Inside the caller's transaction. `was_down`, `last`: down already, and the last success, before this visit."""
    day, _made = SourceDay.objects.get_or_create(source=source, day=timezone.localdate(visited))
    SourceDay.objects.filter(pk=day.pk).update(
        visits=F("visits") + 1, good=F("good") + int(verdict in SEEN), items=F("items") + items
    )
    if verdict in SEEN:
        if was_down:
            SourceGap.objects.filter(source=source, until=None).update(until=visited, items=items)
    elif verdict is not Verdict.POSTPONED and not was_down:
        # From the last success on nobody knows better; a source never seen was missing since now.
        SourceGap.objects.get_or_create(
            source=source, until=None, defaults={"since": last or visited, "reason": note[:300]}
        )
