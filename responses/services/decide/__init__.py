"""What people decide about an issue. Each function is one door; those that need two people return a Proposal."""

from responses.services.decide.confirming import confirm_lead
from responses.services.decide.desk import add_note, assign_unit, hand_on, take_over
from responses.services.decide.dismissing import dismiss_lead, reopen_lead
from responses.services.decide.ending import cancel_issue, close_issue
from responses.services.decide.event_time import set_event_time
from responses.services.decide.grading import decide_level, regrade
from responses.services.decide.merging import merge_issue
from responses.services.decide.second import decide_proposal

__all__ = [
    "add_note",
    "assign_unit",
    "cancel_issue",
    "close_issue",
    "confirm_lead",
    "decide_level",
    "decide_proposal",
    "dismiss_lead",
    "hand_on",
    "merge_issue",
    "regrade",
    "reopen_lead",
    "set_event_time",
    "take_over",
]
