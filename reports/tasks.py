"""The sweeps of the briefs: each reads the clock once and leaves one line of what it did."""

from office.clock import now
from office.services.timewatch import clock_in_doubt, read_clocks
from reports.services.brief import draft_due, ring_unsigned, send_due


def briefs() -> str:
    """Draft the brief whose cut-off has come; ring for those that are not signed in time."""
    at = now()
    if clock_in_doubt(reading=read_clocks(at=at)):
        return ""
    rung = ring_unsigned(at=at)  # first: a draft that fails must not silence the brief of yesterday
    drafted = draft_due(at=at)
    said = []
    if drafted is not None:
        said.append(f"起草 {drafted.day} 简报")
    if rung:
        said.append(f"催签通知 {rung} 条")
    return "，".join(said)


def send_briefs() -> str:
    """Put out what is signed, and try the mails that are due."""
    at = now()
    if clock_in_doubt(reading=read_clocks(at=at)):
        return ""
    sent, failed = send_due(at=at)
    return f"简报邮件发出 {sent}，未成 {failed}" if sent or failed else ""
