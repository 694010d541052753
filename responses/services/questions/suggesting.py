"""系统建议: the release whose words speak of a question. A person says whether it answers it; nothing is set by it."""

from collections.abc import Collection, Sequence
from html.parser import HTMLParser

from analysis.questions import About, answer_in, core_of, lines_of
from crawlers.canonical import address_key
from crawlers.models import Post
from office.errors import Refused
from responses.models import Asked, DraftText, Question, Release
from responses.services.evidence.copies import read_copy

LONGEST = 20_000  # letters of a release that are read
PAGES = (".html", ".htm", ".txt")  # copies whose words can be read as they are
MOST = 200  # questions of an issue that get a suggestion, those of most posts first


def suggest(family: Sequence[int], *, about: About, only: Collection[int] | None = None) -> None:
    """Write for each question without an answer the release that speaks of it most, the newest of equals.

    `only`: the questions that changed; None where the releases did.
    """
    open_ones = Question.objects.filter(issue__in=family, hidden=False, joined_into=None).exclude(
        state=Question.State.ANSWERED
    )
    if only is not None:
        open_ones = open_ones.filter(pk__in=only)
    checked = Release.objects.filter(issue__in=family, state=Release.State.CHECKED).order_by("-published_at", "-pk")
    told = [(release.pk, lines_of(release.title, words_of(release), about)) for release in checked]
    questions = list(open_ones.order_by("-posts", "pk")[:MOST])
    wordings = dict(Asked.objects.filter(question__in=questions, shown=True).values_list("question", "words"))
    changed = []
    for question in questions:
        best, why, score = None, "", 0.0
        words = wordings.get(question.pk)
        for release, lines in told if words else ():
            found = answer_in(core_of(words or "", about), lines, about)
            if found is not None and found.score > score:
                best, why, score = release, found.sentence, found.score
        if (question.suggested_id, question.suggested_why) != (best, why):
            question.suggested_id, question.suggested_why = best, why
            changed.append(question)
    Question.objects.bulk_update(changed, ["suggested", "suggested_why"])


def words_of(release: Release) -> str:
    """What a release says: as it was written here, as it was collected, or as its stored copy has it; "" where none."""
    written = DraftText.objects.filter(draft=release.draft_id).order_by("-number").first() if release.draft_id else None
    if written is not None and written.text:
        return written.text[:LONGEST]
    key = address_key(release.link) if release.link else None
    collected = Post.objects.filter(address_key=key).values_list("text", flat=True).first() if key else None
    if collected:
        return str(collected)[:LONGEST]
    if not release.copy_path.endswith(PAGES):
        return ""
    try:
        content = read_copy(release.copy_path, release.copy_sha256)
    except Refused:  # the page of the release says what is wrong with it
        return ""
    page = _Words()
    page.feed(content[: 20 * LONGEST].decode("utf-8", "replace"))
    return "".join(page.said)[:LONGEST]


class _Words(HTMLParser):
    """The words of a saved page, blocks on lines of their own; scripts and styles are no words."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "title")
        if tag in ("p", "div", "li", "br", "h1", "h2", "h3", "tr"):
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "title") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)
