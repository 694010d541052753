"""Taking posts out of the index of copies and topics, by the keys they stand under and not by a walk through it."""

from collections.abc import Sequence

from analysis.copies import whole
from analysis.models import CopyKey, PostVector, TopicTerm
from analysis.similarity import copy_keys, unpacked
from crawlers.models import Post
from office.statements import run_many

_TERM, _COPY = TopicTerm._meta.db_table, CopyKey._meta.db_table


def forget_posts(posts: Sequence[int]) -> None:
    """While the posts are still there. Needs a transaction.

    An entry that older rules made and that is not found so names a post that is gone, and is of no use to anybody.
    Counts of words stay: they name nobody.
    """
    vectors = PostVector.objects.filter(post__in=posts)
    run_many(
        f"DELETE FROM {_TERM} WHERE term=%s AND at=%s AND post=%s",
        [
            (number, at, post)
            for post, at, terms in vectors.values_list("post", "at", "terms")
            for number in unpacked(bytes(terms))
        ],
    )
    vectors.delete()
    texts = Post.objects.filter(pk__in=posts).values_list("pk", "title", "text")
    run_many(
        f"DELETE FROM {_COPY} WHERE key=%s AND post=%s",
        [(key, post) for post, title, text in texts for key in copy_keys(whole(title, text))],
    )
