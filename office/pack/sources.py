"""sources.yaml: the register of sources. Each kind says what its spider needs."""

import re
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from office.pack.part import Part

Voice = Literal["public", "media", "official", "own"]
SourceClass = Literal[
    "central", "city", "district", "street", "regulator", "media", "hot_list", "board", "letters", "file"
]
Kind = Literal["feed", "page", "board", "hot_list", "json_api", "letters", "file"]
ItemField = Literal[
    "id", "text", "title", "author", "url", "published_at", "reads", "likes", "reposts", "comments", "source", "voice"
]
# rules.md 1: the voice follows from the class unless the register says otherwise
_VOICE_BY_CLASS: dict[str, Voice] = {
    "central": "official",
    "city": "official",
    "district": "official",
    "street": "official",
    "regulator": "official",
    "media": "media",
    "hot_list": "media",
    "board": "public",
    "letters": "public",
    "file": "public",
}
# one field name, or several of which the first that is there counts
FieldPath = str | tuple[str, ...]


class Evidence(Part):
    seen: str
    date: str


class Selectors(Part):
    """CSS of a known page. `rows`, `title`, `date`: in the list; `body`, `time`: in the article.

    `link_attr`: the attribute that holds the link when it is not href. `script_rows`: a regular expression whose
    first group is a link written inside a script. `time_text`: one whose first group is the time in the page's text.
    `follow`: one whose first group is the address the page jumps to.
    """

    rows: str | None = None
    title: str | None = None
    date: str | None = None
    body: str | None = None
    time: str | None = None
    link_attr: str | None = None
    script_rows: str | None = None
    time_text: str | None = None
    follow: str | None = None

    @field_validator("script_rows", "time_text", "follow")
    @classmethod
    def _regular(cls, value: str | None) -> str | None:
        return _compiles(value)


class UrlBy(Part):
    """The address depends on a field: `templates` by its value, `{name}` filled from the row."""

    field: str
    templates: dict[str, str]


class JsonRows(Part):
    """Where rows and fields stand in a JSON answer. Paths are keys and list positions joined by dots; '' = the root.

    `date_formats`: strptime forms, or `epoch_s`, `epoch_ms`. `no_time_if` / `keep_if`: field path and its value.
    """

    items: str
    fields: dict[str, FieldPath]
    date_formats: tuple[str, ...] = ()
    strip: Literal["jsonp", "single_quotes"] | None = None
    encoding: str = "utf-8"
    url_prefix: str = ""
    url_template: str = ""
    url_by: UrlBy | None = None
    keep_if: dict[str, str] = Field(default_factory=dict)
    no_time_if: dict[str, str] = Field(default_factory=dict)


class Paging(Part):
    """Pages of an interface: the query parameter, its first value, how many pages a visit takes."""

    param: str
    first: int = 1
    pages: int = Field(default=1, ge=1, le=20)


class HotRows(Part):
    """A hot list: rows in JSON, in JSON inside a page, or in HTML.

    `pattern`: a regular expression whose first group is the JSON. `items`: a path, in HTML a CSS selector.
    """

    mode: Literal["json", "script_json", "html"]
    items: str
    fields: dict[str, FieldPath]
    pattern: str | None = None
    date_formats: tuple[str, ...] = ()
    url_template: str = ""
    skip_first: int = Field(default=0, ge=0)

    @field_validator("pattern")
    @classmethod
    def _regular(cls, value: str | None) -> str | None:
        return _compiles(value)


class DateColumn(Part):
    """A column of dates with its forms, tried in order (a column may mix them)."""

    field: Literal["published_at"]
    formats: tuple[str, ...]


class Source(Part):
    """One line of the register. `config()` is what a spider gets. `review_by`: a person looks at it again by then.

    `impact`: 影响评估 (个人信息保护法 55): why it is read, what personal data may appear, what keeps it small.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,59}$")
    name: str
    klass: SourceClass = Field(alias="class")
    voice: Voice
    platform: str
    media_class: Literal["central", "city", "other", ""] = ""
    kind: Kind
    address: str | None = None
    list_hint: str | None = None
    example: str | None = None
    scope: Literal["district", "open"]
    rhythm_minutes: int = Field(ge=1)
    charset: str | None = None
    selectors: Selectors | None = None
    json_rows: JsonRows | None = Field(default=None, alias="json")
    paging: Paging | None = None
    hot: HotRows | None = None
    columns: dict[str, ItemField | DateColumn] = Field(default_factory=dict)
    page_facts: tuple[str, ...] = ()
    robots: Literal["known", "unknown"] = "unknown"
    robots_note: str = ""
    login: Literal["none", "required"] = "none"
    legal_basis: str
    impact: str = ""
    evidence: tuple[Evidence, ...] = ()
    confidence: Literal["high", "medium", "low"] = "medium"
    enabled: bool
    disabled_reason: str = ""
    own: bool = False
    reviewed: date | None = None
    review_by: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_class(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        if "voice" not in filled:
            voice = "own" if filled.get("own") else _VOICE_BY_CLASS.get(str(filled.get("class")))
            if voice:
                filled["voice"] = voice
        if "platform" not in filled:
            host = urlsplit(str(filled.get("address") or "")).hostname
            filled["platform"] = host or str(filled.get("id", ""))
        return filled

    @field_validator("list_hint")
    @classmethod
    def _regular(cls, value: str | None) -> str | None:
        return _compiles(value)

    @model_validator(mode="after")
    def _complete(self) -> "Source":
        if self.own and self.voice != "own":
            raise ValueError("own: true 的来源 voice 只能是 own")
        if not self.enabled:
            if not self.disabled_reason:
                raise ValueError("enabled: false 时要写 disabled_reason")
            return self
        if self.login != "none" or self.confidence == "low":
            raise ValueError("confidence 为 high、medium 且 login 为 none 时 enabled 才可为 true")
        if self.kind != "file" and not (self.address or "").startswith(("http://", "https://")):
            raise ValueError("启用的来源要有 http(s) 地址 address")
        needed: dict[str, tuple[str, object]] = {
            "json_api": ("json", self.json_rows),
            "hot_list": ("hot", self.hot),
            "file": ("columns", self.columns),
        }
        name, value = needed.get(self.kind, ("", True))
        if not value:
            raise ValueError(f"kind: {self.kind} 的来源启用时要有 {name}")
        return self

    def config(self) -> dict[str, Any]:
        """The line as spiders need it, JSON-able, keys as in the file."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"evidence", "page_facts"})


class Sources(Part):
    """The register."""

    version: int = 1
    district: str = ""
    reviewed: date | None = None
    sources: tuple[Source, ...]

    @model_validator(mode="after")
    def _ids_once(self) -> "Sources":
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise ValueError(f"每个 id 只出现一次（{source.id} 出现两次）")
            seen.add(source.id)
        return self

    def named(self, source_id: str) -> Source | None:
        """The line of that id."""
        return next((s for s in self.sources if s.id == source_id), None)


def _compiles(value: str | None) -> str | None:
    if value is not None:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"正则表达式（{error}）") from error
    return value
