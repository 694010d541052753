"""Finding posts by their words: one face, whichever index lies behind it (engine.py); queries are values (query.py)."""

from analysis.search.chosen import engine
from analysis.search.query import COUNTED, RANKED, Cell, Figures, Order, Query
from analysis.search.standing import shown
from analysis.search.words import BadWords, Words, parse

__all__ = ["COUNTED", "RANKED", "BadWords", "Cell", "Figures", "Order", "Query", "Words", "engine", "parse", "shown"]
