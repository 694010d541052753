"""Questions the briefs ask of the rows of the whole house."""

from reports.queries.briefs import briefs, late_before, previous_brief
from reports.queries.numbers import numbers, posts_behind

__all__ = ["briefs", "late_before", "numbers", "posts_behind", "previous_brief"]
