"""What people decide and do about a matter."""

from responses.models.assignment import Assignment
from responses.models.conference import Conference, ConferenceStep
from responses.models.draft import DraftText, GateMark, ReleaseDraft
from responses.models.handover import Handover, HandoverLine
from responses.models.issue import Issue, Note, Proposal
from responses.models.question import Asked, AskedUntil, Question
from responses.models.release import Release
from responses.models.sample import SampleCheck
from responses.models.supervision import Supervision

__all__ = [
    "Asked",
    "AskedUntil",
    "Assignment",
    "Conference",
    "ConferenceStep",
    "DraftText",
    "GateMark",
    "Handover",
    "HandoverLine",
    "Issue",
    "Note",
    "Proposal",
    "Question",
    "Release",
    "ReleaseDraft",
    "SampleCheck",
    "Supervision",
]
