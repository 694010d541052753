"""Posts that hold some words."""

from django.db.models import Q, QuerySet

from crawlers.models import Post


def by_words(posts: QuerySet[Post], words: str) -> QuerySet[Post]:
    """Every word of the query (separated by blanks) must stand in the text or the title."""
    for word in words.split()[:6]:
        posts = posts.filter(Q(text__icontains=word) | Q(title__icontains=word))
    return posts
