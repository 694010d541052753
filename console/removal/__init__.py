"""明确拒绝 (rules.md 11): what a person said is found and removed on that person's request, and does not come again."""

from console.removal.finding import Found, find
from console.removal.removing import Done, remove
from crawlers.canonical import REMOVED

__all__ = ["REMOVED", "Done", "Found", "find", "remove"]
