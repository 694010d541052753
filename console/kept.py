"""What a person had typed is not lost when the page can not take it just now: it comes back in the next page.

A form that meets an ended session, an idle desk or an old token is shown again as hidden fields under a password or a
button; a refused one is shown as text to copy. Only what came from our own pages comes back (`from_our_page`, or the
token that Django has checked before), so that nobody else can put words into a form a person then signs.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict

PASSWORD, USERNAME, FILES_LOST = "_password", "_username", "_files_lost"
NEVER = ("csrfmiddlewaretoken", PASSWORD, USERNAME)
SECRET = ("password", "old", "new", "again")  # fields of password forms: typed anew, never carried
MOST_SHOWN = 20
SHORT = 6  # a value this short is a choice, not a text
Fields = list[tuple[str, str]]


def fields_of(request: HttpRequest) -> Fields:
    """What the form held, in its order; a file can not come back, which `FILES_LOST` tells the form."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NEVER and name not in SECRET
        for value in values
        if isinstance(value, str)
    ]
    if request.FILES and not any(name == FILES_LOST for name, _ in fields):
        fields.append((FILES_LOST, "1"))
    return fields


def holds_secret(request: HttpRequest) -> bool:
    """A form with a password in it is not carried at all: it is filled in again."""
    return any(name in SECRET for name in request.POST)


def texts_of(fields: Iterable[tuple[str, str]]) -> list[str]:
    """The sentences among them, to be shown."""
    found = [value.strip() for name, value in fields if not name.startswith("_") and _is_text(value)]
    return list(dict.fromkeys(found))[:MOST_SHOWN]


def _is_text(value: str) -> bool:
    words = value.strip()
    return len(words) > SHORT or any("\u4e00" <= mark <= "\u9fff" for mark in words)


def take_password(request: HttpRequest) -> tuple[str, str] | None:
    """(name, password) typed under a kept form, taken out of it; None where none was."""
    if request.method != "POST" or PASSWORD not in request.POST:
        return None
    rest: QueryDict = request.POST.copy()
    password, username = str(rest.get(PASSWORD, "")), str(rest.get(USERNAME, ""))
    rest.pop(PASSWORD, None)
    rest.pop(USERNAME, None)
    request.POST = rest  # type: ignore[assignment]  # a copy of what the browser sent, without what was for us
    return username, password


def context(request: HttpRequest) -> dict[str, Any]:
    """For a page that keeps a form: where it goes, its fields, the texts to show."""
    fields = fields_of(request) if request.method == "POST" and not holds_secret(request) else []
    return {
        "action": request.get_full_path(),
        "fields": fields,
        "texts": texts_of(fields),
        "files_lost": any(name == FILES_LOST for name, _ in fields),
    }


def from_our_page(request: HttpRequest) -> bool:
    """True when the browser itself says that one of our pages sent this; another site can not make it say so."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return bool(said) and urlsplit(said).netloc == request.get_host()
