"""公众在问: asks of an issue's posts become questions, and people say which release answered which."""

from responses.services.questions.counting import recount
from responses.services.questions.gathering import gather_questions
from responses.services.questions.marking import mark_question
from responses.services.questions.sorting import (
    choose_words,
    hide_question,
    join_questions,
    part_question,
    show_question,
    split_question,
)

__all__ = [
    "choose_words",
    "gather_questions",
    "hide_question",
    "join_questions",
    "mark_question",
    "part_question",
    "recount",
    "show_question",
    "split_question",
]
