"""Counts by hour or day × class × feeling × street inside a database: from the numbers of the hits.

Class, feeling and moment lie in a post's number (docid.py); its streets are read from its reading, some at a time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from analysis.models import Reading, SearchEntry
from analysis.search import docid as numbers
from analysis.search.labels import names_of
from analysis.search.query import Cell

AT_ONCE = 500


def crossed(docids: Sequence[int], unit: str) -> dict[Cell, int]:
    """The cells of these hits."""
    classes = names_of("klass")
    counts: Counter[Cell] = Counter()
    for start in range(0, len(docids), AT_ONCE):
        some = docids[start : start + AT_ONCE]
        posts = dict(SearchEntry.objects.filter(docid__in=some).values_list("docid", "post"))
        streets = dict(Reading.objects.filter(post__in=posts.values()).values_list("post", "streets"))
        for docid in some:
            begin = beginning(docid, unit)
            klass = classes.get(_part(docid, "klass"), "")
            feeling = numbers.SENTIMENTS[_part(docid, "sentiment")]
            for street in dict.fromkeys(streets.get(posts.get(docid, 0)) or [""]):
                counts[Cell(begin, klass, feeling, street)] += 1
    return dict(counts)


def beginning(docid: int, unit: str) -> datetime:
    """The beginning of the hour or day of a number, in the zone of the installation."""
    local = timezone.localtime(numbers.EPOCH + timedelta(seconds=docid >> numbers.SECOND))
    hour = local.replace(minute=0, second=0, microsecond=0)
    return hour if unit == "hour" else hour.replace(hour=0)


def _part(docid: int, field: str) -> int:
    return docid >> numbers.FIELDS[field][0] & numbers.most(field)
