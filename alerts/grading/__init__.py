"""Is this a lead, and at which level (rules.md 1 and 3). Pure: facts and policy in, proposal and reasons out."""

from alerts.grading.burst import burst_mean, poisson_tail
from alerts.grading.emergencies import is_happening
from alerts.grading.facts import (
    ClassPast,
    CountSeen,
    EmergencyFact,
    Grade,
    LineResult,
    SeenPost,
    TimedClassPast,
    TimedVolumes,
    TopicFacts,
    Volumes,
)
from alerts.grading.voices import voices
from alerts.grading.weighing import grade

__all__ = [
    "ClassPast",
    "CountSeen",
    "EmergencyFact",
    "Grade",
    "LineResult",
    "SeenPost",
    "TimedClassPast",
    "TimedVolumes",
    "TopicFacts",
    "Volumes",
    "burst_mean",
    "grade",
    "is_happening",
    "poisson_tail",
    "voices",
]
