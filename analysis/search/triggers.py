"""The database itself tells the index what changed: whoever writes, deletes or rewrites a post, by whatever way.

Put up by a migration, and again by `settle` where they are missing: a migration that remakes a table drops its
triggers. One that remakes a table of the index itself takes them down first.
"""

from django.db import connection

from office.statements import fetch

_ENTRY = "EXISTS (SELECT 1 FROM analysis_searchentry WHERE post = NEW.id)"
_WAIT = "INSERT OR IGNORE INTO analysis_searchpending (post) VALUES ({post})"
# OLD holds the words the index knows; the entry goes at once, so the post is found no more from this statement on.
_LET_GO = (
    "INSERT OR IGNORE INTO analysis_searchgone (docid, title, text, facets)"
    " SELECT docid, OLD.title, OLD.text, facets FROM analysis_searchentry WHERE post = OLD.id;"
    " DELETE FROM analysis_searchentry WHERE post = OLD.id;"
)
_READING = ("relevant", "klass", "kind", "sentiment", "streets", "places", "units")
_FACETS = ("seen_at", "source_id", "platform", "voice", "copy_of_id", "is_repost")


def _differs(columns: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns) + ")"


SQLITE = {
    "search_reading_made": (f"AFTER INSERT ON analysis_reading BEGIN {_WAIT.format(post='NEW.post_id')}; END"),
    "search_reading_changed": (
        f"AFTER UPDATE OF {', '.join(_READING)} ON analysis_reading WHEN {_differs(_READING)}"
        f" BEGIN {_WAIT.format(post='NEW.post_id')}; END"
    ),
    "search_reading_removed": (f"AFTER DELETE ON analysis_reading BEGIN {_WAIT.format(post='OLD.post_id')}; END"),
    "search_post_rewritten": (
        f"AFTER UPDATE OF title, text ON crawlers_post WHEN {_differs(('title', 'text'))} AND"
        f" EXISTS (SELECT 1 FROM analysis_searchentry WHERE post = OLD.id)"
        f" BEGIN {_LET_GO} {_WAIT.format(post='NEW.id')}; END"
    ),
    "search_post_changed": (
        f"AFTER UPDATE OF {', '.join(_FACETS)} ON crawlers_post WHEN {_differs(_FACETS)} AND {_ENTRY}"
        f" BEGIN {_WAIT.format(post='NEW.id')}; END"
    ),
    "search_post_removed": (
        f"AFTER DELETE ON crawlers_post BEGIN {_LET_GO} DELETE FROM analysis_searchpending WHERE post = OLD.id; END"
    ),
}


def put_up() -> int:
    """Put up the triggers that are missing; returns how many were."""
    missing = SQLITE.keys() - standing()
    with connection.cursor() as cursor:
        for name in sorted(missing):
            cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {SQLITE[name]}")
    return len(missing)


def take_down() -> None:
    """Take all of them down."""
    with connection.cursor() as cursor:
        for name in SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def standing() -> set[str]:
    """The names of those that stand."""
    rows = fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search_%%'")
    return {str(name) for (name,) in rows} & SQLITE.keys()
