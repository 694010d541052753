"""What people decide and do about a matter."""

from responses.models.conference import Conference
from responses.models.handover import Handover, HandoverLine
from responses.models.issue import Issue, Note, Proposal
from responses.models.release import Release
from responses.models.sample import SampleCheck

__all__ = ["Conference", "Handover", "HandoverLine", "Issue", "Note", "Proposal", "Release", "SampleCheck"]
