"""Who wrote it, when, how often it was read: what stands around a text and is no part of it (rules.md 11). Pure.

An author is known to the service only as a keyed handle; the name itself must not slip into stored text, into fields
passed through or into the preview of a line that could not be taken. Names inside a sentence are left: a nickname is
often an ordinary word (老街坊), and masking.py has the names of private persons.
"""

import re
from collections.abc import Sequence

# How a byline names its author: 网友：…, 作者：….
AUTHOR_LABEL = re.compile(r"^(?:网民|网友|网名|昵称|用户名?|作者|楼主|博主|发帖人|发布人|发布者|留言人)\s*[:：]\s*")
LONGEST = 60  # letters of a name; what is longer is no byline
_COUNT = re.compile(
    r"(?:浏览|阅读|查看|点击|围观|人气|点赞|顶|踩|赞|回复|评论|跟帖|转发|分享|收藏)(?:量|数|次数)?"
    r"\s*[:：]?\s*[(（]?[\d.,]+\s*[万亿wWkK]?\+?[)）]?\s*[次人条]?"
)
_DATE = re.compile(
    r"(?:(?:发布|发表|更新|发帖|留言|回复)?(?:时间|日期|于)\s*[:：]?\s*)?(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]"
    r"\s*\d{1,2}\s*日?(?:[\sT]*\d{1,2}[:：时]\d{1,2}(?:[:：]\d{1,2})?分?)?"
)
_NAMED = r"\s*[:：]\s*[^\s|，。,.!！?？;；:：]{1,30}"
_LABELLED = re.compile(rf"(?:网名|昵称|用户名|作者|楼主|发帖人|发布人|发布者|留言人){_NAMED}")
_SAID_BY = re.compile(
    rf"(?:网友|网民|用户|博主){_NAMED}"
)  # also how a text quotes somebody: only beside a date or count
_NOTHING = re.compile(r"[\s|｜·•,，:：;；()（）\[\]【】/\\\-—_]*")
_HINT = re.compile(f"{_COUNT.pattern}|{_LABELLED.pattern}|{_SAID_BY.pattern}")
# Names of fields that tell who wrote, as interfaces and sheets call them.
_WHO_FIELD = (
    r"author(?:_?\w+)?|(?:real|user|nick|screen|poster|account|login)_?name|user|nick|poster|account|avatar\w*|handle|"
    r"(?:user|author)?_?uid|user_?id|作者(?:名|昵称|主页|ID)?|用户(?:名|昵称|主页|ID)?|昵称|网名|网友|网民|姓名|发帖人|"
    r"发布者|发布人|留言人|留言用户|楼主|博主|账号|头像"
)
_WHO = re.compile(_WHO_FIELD, re.I)
_WHO_PAIR = re.compile(rf'("(?:{_WHO_FIELD})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[-\d.]+)', re.I)
HIDDEN = "［作者］"


def tells_author(name: str) -> bool:
    """Whether a field of that name says who wrote."""
    return _WHO.fullmatch(name.strip()) is not None


def bare_author(words: str) -> str:
    """The name in a byline without its label; empty where it is too long to be one."""
    name = AUTHOR_LABEL.sub("", words).strip()
    return name if len(name) <= LONGEST else ""


def without_bylines(text: str, authors: Sequence[str] = ()) -> str:
    """`text` without the lines that only say who, when and how often, and without `名字：` at the head of a line.

    A line that is only a date goes where it stands beside such a line; elsewhere it may be a notice's own date.
    `authors`: names known for this page.
    """
    names = [name for name in (n.strip() for n in authors) if name]
    if not _HINT.search(text) and not any(name in text for name in names):
        return text
    lines = text.split("\n")
    kinds = [_kind(line, names) for line in lines]
    kept = []
    for number, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        beside = kinds[max(0, number - 1) : number + 2]
        if kind == "byline" or (kind == "date" and "byline" in beside):
            continue
        kept.append(_without_head(line, names))
    return "\n".join(kept)


def hidden_author(raw: str, author: str = "") -> str:
    """A row as written, for the preview in quarantine: without its author, in JSON or between separators."""
    found = _WHO_PAIR.sub(rf'\1"{HIDDEN}"', raw)
    if author:
        found = re.sub(rf'(^|[,;\t"])\s*{re.escape(author)}\s*(?=[,;\t"]|$)', rf"\1{HIDDEN}", found)
    return found


def _kind(line: str, names: Sequence[str]) -> str:
    """byline, date or text."""
    rest, found = _COUNT.subn(" ", line)
    rest, labelled = _LABELLED.subn(" ", rest)
    found += labelled
    for name in names:
        if re.search(rf"(?:^|[\s|｜·,，:：]){re.escape(name)}(?:$|[\s|｜·,，])", rest):
            rest, found = rest.replace(name, " ", 1), found + 1
    rest, dated = _DATE.subn(" ", rest)
    if found or dated:
        rest, said = _SAID_BY.subn(" ", rest)
        found += said
    if not _NOTHING.fullmatch(rest) or not (found or dated):
        return "text"
    return "byline" if found else "date"


def _without_head(line: str, names: Sequence[str]) -> str:
    for name in names:
        if len(name) > 1 and line.lstrip().startswith((f"{name}：", f"{name}:")):
            return line.lstrip()[len(name) + 1 :].lstrip()
    return line
