"""Who looked at what: rows of AccessLog (rules.md 14). Not chained, kept as long as the trail."""

from datetime import datetime

from office.models import AccessLog, User


def log(*, by: User, at: datetime, kind: str, what: str, issue_id: int | None = None) -> AccessLog:
    """One view of raw text, one search or one export. `kind`: post, search, snapshot, export."""
    what = what.replace("\x00", "")[:300]  # no text of PostgreSQL holds one
    return AccessLog.objects.create(at=at, by=by, kind=kind, what=what, issue_id=issue_id)
