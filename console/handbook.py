"""The written guides of docs/ as pages of the console, and which section of the quickstart speaks of which page.

Only what our guides use of Markdown is read: heads, paragraphs, lists of one level, tables, fenced code, bold, code,
links, pictures. Every letter is escaped; a link leads to another guide, an anchor or nowhere, a picture to docs/images.
Nothing comes from outside, nothing needs JavaScript.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FOLDER: Path = settings.BASE_DIR / "docs"
# Address part -> file and name. The first is the officer's own, open before signing in too: nothing in it is internal.
GUIDES = {
    "quickstart": ("quickstart.zh.md", "值班手册"),
    "operations": ("operations.md", "运行手册"),
    "roles": ("roles.md", "谁能看、谁能办"),
    "glossary": ("glossary.md", "术语表"),
    "changes": ("changes.zh.md", "各版本有什么变化"),
}
# Heads of the quickstart -> names of the addresses (console/urls.py) whose page they speak of.
SECTIONS = {
    "登录和口令": (
        "login", "logout", "password", "unlock", "forgot", "join", "reset", "sessions", "session-end", "enter",
        "enter-which",
    ),
    "一上班先看态势": ("board", "more", "healthz", "metrics"),
    "来了一条线索": ("leads", "lead", "report"),
    "排除过的线索": ("dismissed", "sample-check"),
    "办一件舆情": ("issues", "issue", "act", "hand", "proposal", "matter"),
    "填报和核对发布": (
        "releases", "release", "release-new", "release-copy", "conference", "conference-new", "conference-copy",
        "draft-new", "draft", "draft-edit", "draft-gate", "draft-drop", "draft-file", "release-why",
        "plan", "plan-step", "plan-drop",
    ),
    "公众在问和转办": (
        "questions", "question", "question-act", "tasks", "task", "task-new", "task-act",
    ),
    "《今日舆情》": (
        "briefs", "brief", "brief-edit", "brief-check", "brief-pages", "brief-act", "brief-file", "brief-figure",
        "brief-link",
    ),
    "台账": ("ledger",),
    "检索和看原文": (
        "posts", "search-export", "saved-save", "saved-drop", "search-one", "exports", "export-act", "post",
    ),
    "热点": ("topics", "topics-compare", "topic", "topic-undo"),
    "判读错了怎么改": (
        "correct", "correction-undo", "judging", "judging-act", "judging-sample", "judging-check",
    ),
    "来源": ("sources", "source", "source-act", "source-export"),
    "登记新来源": ("source-new", "source-trial"),
    "未收下的行和导入文件": ("quarantine", "retake", "import"),
    "通知和提醒": ("notices", "notice-take", "ack"),
    "人员与值班": (
        "people", "people-all", "person-new", "units", "unit", "roles", "recipients", "person", "person-leave",
        "person-act", "roster-copy", "roster-cell", "swap-new", "swap-act", "duty-put", "duty-remove",
    ),
    "交接班": ("handover", "handover-past", "handover-act"),
    "时限和等级规则": ("policy", "policy-take", "policy-draft", "policy-answer", "policy-file"),
    "设置、维护和自检": ("settings", "settings-act", "upkeep", "health"),
    "留痕": ("trail",),
    "移除请求": ("removals", "removal-do"),
    "先演一遍": ("drill", "drill-act"),
    "遇到问题": ("help", "help-guide", "help-picture"),
}  # fmt: skip
OTHERWISE = "遇到问题"  # pages that say no
_OF_PAGE = {name: head for head, names in SECTIONS.items() for name in names}

_LIST = re.compile(r"(?:(-)|\d+\.) +(.*)")
_PIECE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|!\[([^\]]*)\]\(([^)\s]+)\)|\[([^\]]+)\]\(([^)\s]+)\)")
_PICTURE = re.compile(r"images/([a-z0-9-]+)\.png")


@dataclass(frozen=True)
class Guide:
    """A guide as a page: its HTML, and its sections as (anchor, head) for the list beside it."""

    name: str
    body: SafeString
    sections: tuple[tuple[str, str], ...]


def anchor(head: str) -> str:
    """The anchor of a head, as code hosts make it, so that a link leads to the same place in the file and here."""
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


def section_of(url_name: str | None) -> str:
    """The anchor of the section that speaks of the page with this address name."""
    return anchor(_OF_PAGE.get(url_name or "", OTHERWISE))


def guide(key: str) -> Guide | None:
    """The guide of that name; None where there is none."""
    if key not in GUIDES:
        return None
    path = FOLDER / GUIDES[key][0]
    return _read(key, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=16)
def _read(key: str, changed: int) -> Guide:
    file, name = GUIDES[key]
    text = (FOLDER / file).read_text(encoding="utf-8")
    heads = re.findall(r"^## (.+)$", text, re.MULTILINE)
    return Guide(name, render(text), tuple((anchor(head), head) for head in heads))


def picture(name: str) -> Path | None:
    """The file of a picture of the guides."""
    path = FOLDER / "images" / f"{name}.png"
    return path if _PICTURE.fullmatch(f"images/{name}.png") and path.is_file() else None


def render(text: str) -> SafeString:
    """Our Markdown as HTML."""
    # Safe: every piece below is either a constant of this file or went through `escape`.
    return mark_safe("\n".join(_blocks(text.splitlines())))  # noqa: S308


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        end = at + 1
        if line.startswith("```"):
            while end < len(lines) and not lines[end].startswith("```"):
                end += 1
            yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>"
            end += 1
        elif head := re.fullmatch(r"(#{1,3}) (.+)", line):
            level = len(head[1])
            yield f'<h{level} id="{escape(anchor(head[2]))}">{_inline(head[2])}</h{level}>'
        elif line.strip():
            while end < len(lines) and lines[end].strip() and not lines[end].startswith(("#", "```")):
                end += 1
            yield from _paragraph(lines[at:end])
        at = end


def _paragraph(lines: list[str]) -> Iterator[str]:
    """A table, or words and lists that follow each other without an empty line."""
    if lines[0].startswith("|"):
        yield _table(lines)
        return
    said: list[str] = []
    items: list[str] = []
    kind = ""

    def written() -> Iterator[str]:
        if items:
            yield f"<{kind}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{kind}>"
            items.clear()
        if said:
            yield f"<p>{_inline(_joined(said))}</p>"
            said.clear()

    for line in lines:
        if found := _LIST.fullmatch(line):
            fresh = "ul" if found[1] else "ol"
            if said or fresh != kind:
                yield from written()
            kind = fresh
            items.append(found[2])
        elif items and line.startswith(" "):
            items[-1] = _joined([items[-1], line.strip()])
        else:
            if items:
                yield from written()
            said.append(line.strip())
    yield from written()


def _joined(lines: list[str]) -> str:
    """Lines as one: a space only between Latin letters, none inside Chinese."""
    whole = lines[0]
    for line in lines[1:]:
        latin = whole[-1:].isascii() and line[:1].isascii()
        whole += (" " if latin else "") + line
    return whole


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
    return (
        f'<div class="scroll" tabindex="0"><table class="list"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _inline(text: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _PIECE.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(_piece(found))
        at = found.end()
    return "".join(parts) + escape(text[at:])


def _piece(found: re.Match[str]) -> str:
    code, bold, shown, source, words, target = found.groups()
    if code is not None:
        return f"<code>{escape(code)}</code>"
    if bold is not None:
        return f"<b>{_inline(bold)}</b>"
    if source is not None:
        named = _PICTURE.fullmatch(source)
        if named is None:
            return str(escape(shown))
        return f'<img src="/help/images/{named[1]}.png" alt="{escape(shown)}" width="1280" height="900" loading="lazy">'
    led = _target(target)
    return f'<a href="{escape(led)}">{escape(words)}</a>' if led else str(escape(words))


def _target(target: str) -> str:
    """Where a link of a guide leads inside the console; empty: nowhere (a file only readers of the code have)."""
    file, _, part = target.partition("#")
    keys = {name: key for key, (name, _) in GUIDES.items()}
    place = f"#{part}" if part else ""
    if not file:
        return place
    if file not in keys:
        return ""
    return f"/help/{'' if keys[file] == 'quickstart' else keys[file] + '/'}{place}"
