"""The database itself tells the index what changed: whoever writes, deletes or rewrites a post, by whatever way.

A search node beside the database is told by an outbox: whatever enters or leaves the index of the database, and
whatever changes its topic, leaves a row there while a node is used (a row of `SearchNode` stands).

Put up by a migration, and again by `settle` where they are missing: a migration that remakes a table drops its
triggers. One that remakes a table of the index itself takes them down first.
"""

from dataclasses import dataclass

from django.db import connection

from office.statements import fetch

_WAIT = "INSERT INTO analysis_searchpending (post) VALUES ({post}) ON CONFLICT DO NOTHING;"
# OLD holds the words the index knows; the entry goes at once, so the post is found no more from this statement on.
_LET_GO = (
    "INSERT INTO analysis_searchgone (docid, title, text, facets)"
    " SELECT docid, OLD.title, OLD.text, facets FROM analysis_searchentry WHERE post = OLD.id ON CONFLICT DO NOTHING;"
    " DELETE FROM analysis_searchentry WHERE post = OLD.id;"
)
_TELL = "INSERT INTO analysis_searchoutbox (post, docid, gone) SELECT {columns} FROM analysis_searchnode;"
_FILED = (
    "INSERT INTO analysis_searchoutbox (post, docid, gone) SELECT e.post, e.docid, FALSE"
    " FROM analysis_searchnode, analysis_searchentry e WHERE e.post = {post};"
)
_READING = ("relevant", "klass", "kind", "sentiment", "streets", "places", "units")
_WORDS = ("title", "text")
_FACETS = ("seen_at", "source_id", "platform", "voice", "copy_of_id", "is_repost")


@dataclass(frozen=True, slots=True)
class _Trigger:
    """What is done after which change; only where one of `differs` changed, and, with `entered`, to an indexed post."""

    after: str
    table: str
    does: str
    differs: tuple[str, ...] = ()
    entered: bool = False

    def _event(self, differs: str) -> tuple[str, str]:
        columns = f" OF {', '.join(self.differs)}" if self.differs else ""
        changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in self.differs)
        return f"AFTER {self.after}{columns} ON {self.table}", f"({changed})" if changed else ""

    def sqlite(self, name: str) -> list[str]:
        event, changed = self._event("IS NOT")
        conditions = [part for part in (changed, self.entered and _ENTERED) if part]
        when = f" WHEN {' AND '.join(conditions)}" if conditions else ""
        return [f"CREATE TRIGGER IF NOT EXISTS {name} {event}{when} BEGIN {self.does} END"]

    def postgresql(self, name: str) -> list[str]:
        event, changed = self._event("IS DISTINCT FROM")
        does = f"IF {_ENTERED} THEN {self.does} END IF;" if self.entered else self.does
        when = f" WHEN ({changed})" if changed else ""
        return [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger"
            f" AS $$ BEGIN {does} RETURN NULL; END $$ LANGUAGE plpgsql",
            f"CREATE TRIGGER {name} {event} FOR EACH ROW{when} EXECUTE FUNCTION {name}()",
        ]


_ENTERED = "EXISTS (SELECT 1 FROM analysis_searchentry WHERE post = OLD.id)"
_READ, _POST, _ENTRY, _MEMBER = "analysis_reading", "crawlers_post", "analysis_searchentry", "analysis_membership"
TRIGGERS = {
    "search_reading_made": _Trigger("INSERT", _READ, _WAIT.format(post="NEW.post_id")),
    "search_reading_changed": _Trigger("UPDATE", _READ, _WAIT.format(post="NEW.post_id"), _READING),
    "search_reading_removed": _Trigger("DELETE", _READ, _WAIT.format(post="OLD.post_id")),
    "search_post_rewritten": _Trigger(
        "UPDATE", _POST, f"{_LET_GO} {_WAIT.format(post='NEW.id')}", _WORDS, entered=True
    ),
    "search_post_changed": _Trigger("UPDATE", _POST, _WAIT.format(post="NEW.id"), _FACETS, entered=True),
    "search_post_removed": _Trigger(
        "DELETE", _POST, f"{_LET_GO} DELETE FROM analysis_searchpending WHERE post = OLD.id;"
    ),
}

OUTBOX = "analysis_searchoutbox"  # an earlier migration puts up the others before this table is there
OUTBOX_TRIGGERS = {
    "search_node_entered": _Trigger("INSERT", _ENTRY, _TELL.format(columns="NEW.post, NEW.docid, FALSE")),
    "search_node_left": _Trigger("DELETE", _ENTRY, _TELL.format(columns="OLD.post, OLD.docid, TRUE")),
    "search_node_filed": _Trigger("INSERT", _MEMBER, _FILED.format(post="NEW.post_id")),
    "search_node_moved": _Trigger("UPDATE", _MEMBER, _FILED.format(post="NEW.post_id"), ("topic_id", "episode")),
    "search_node_unfiled": _Trigger("DELETE", _MEMBER, _FILED.format(post="OLD.post_id")),
}
ALL = TRIGGERS | OUTBOX_TRIGGERS


def put_up() -> set[str]:
    """Put up the triggers that are missing; returns which were."""
    wanted = ALL if OUTBOX in connection.introspection.table_names() else TRIGGERS
    missing = wanted.keys() - standing()
    with connection.cursor() as cursor:
        for name in sorted(missing):
            made = ALL[name]
            for statement in made.sqlite(name) if connection.vendor == "sqlite" else made.postgresql(name):
                cursor.execute(statement)
    return missing


def take_down() -> None:
    """Take all of them down."""
    with connection.cursor() as cursor:
        for name, made in ALL.items():
            where = "" if connection.vendor == "sqlite" else f" ON {made.table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")


def standing() -> set[str]:
    """The names of those that stand."""
    if connection.vendor == "sqlite":
        rows = fetch("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search_%%'")
    else:
        rows = fetch("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'search_%%'")
    return {str(name) for (name,) in rows} & ALL.keys()
