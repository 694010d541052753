"""The database itself tells the index what changed: whoever writes, deletes or rewrites a post, by whatever way.

A search node beside the database is told by an outbox: whatever enters or leaves the index of the database, and
whatever changes its topic, leaves a row there while a node is used (a row of `SearchNode` stands).

Put up by a migration, and again by `settle` where they are missing: a migration that remakes a table drops its
triggers. One that remakes a table of the index itself takes them down first.
"""

from django.db import connection

from office import triggers
from office.triggers import Trigger

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


_ENTERED = "EXISTS (SELECT 1 FROM analysis_searchentry WHERE post = OLD.id)"
_READ, _POST, _ENTRY, _MEMBER = "analysis_reading", "crawlers_post", "analysis_searchentry", "analysis_membership"
TRIGGERS = {
    "search_reading_made": Trigger("INSERT", _READ, _WAIT.format(post="NEW.post_id")),
    "search_reading_changed": Trigger("UPDATE", _READ, _WAIT.format(post="NEW.post_id"), _READING),
    "search_reading_removed": Trigger("DELETE", _READ, _WAIT.format(post="OLD.post_id")),
    "search_post_rewritten": Trigger(
        "UPDATE", _POST, f"{_LET_GO} {_WAIT.format(post='NEW.id')}", _WORDS, only=_ENTERED
    ),
    "search_post_changed": Trigger("UPDATE", _POST, _WAIT.format(post="NEW.id"), _FACETS, only=_ENTERED),
    "search_post_removed": Trigger(
        "DELETE", _POST, f"{_LET_GO} DELETE FROM analysis_searchpending WHERE post = OLD.id;"
    ),
}

OUTBOX = "analysis_searchoutbox"  # an earlier migration puts up the others before this table is there
OUTBOX_TRIGGERS = {
    "search_node_entered": Trigger("INSERT", _ENTRY, _TELL.format(columns="NEW.post, NEW.docid, FALSE")),
    "search_node_left": Trigger("DELETE", _ENTRY, _TELL.format(columns="OLD.post, OLD.docid, TRUE")),
    "search_node_filed": Trigger("INSERT", _MEMBER, _FILED.format(post="NEW.post_id")),
    "search_node_moved": Trigger("UPDATE", _MEMBER, _FILED.format(post="NEW.post_id"), ("topic_id", "episode")),
    "search_node_unfiled": Trigger("DELETE", _MEMBER, _FILED.format(post="OLD.post_id")),
}
ALL = TRIGGERS | OUTBOX_TRIGGERS


def put_up() -> set[str]:
    """Put up the triggers that are missing; returns which were."""
    return triggers.put_up(ALL if OUTBOX in connection.introspection.table_names() else TRIGGERS)


def take_down() -> None:
    """Take all of them down."""
    triggers.take_down(ALL)


def standing() -> set[str]:
    """The names of those that stand."""
    return triggers.standing(ALL)
