"""Answers that are almost JSON: single quotes, bare keys, JSONP, a value in a script. Never evaluated. Pure."""

import json
import re

MAX_DEPTH = 60


class NotReadable(Exception):
    """`str(error)` says in Chinese what was met instead of JSON."""


def read_json(text: str, *, strip: str | None = None, pattern: str | None = None) -> object:
    """The value in `text`. `strip`: "jsonp" or "single_quotes" (tried anyway when plain JSON fails).

    `pattern`: a regular expression whose first group begins the value (a script in a page). Raises NotReadable.
    """
    text = text.strip().removeprefix("\ufeff")
    if pattern is not None:
        match = re.search(pattern, text, re.S)
        if match is None:
            raise NotReadable("页面里没有找到约定的数据段")
        start = match.start(1)
        text = text[start:] if not _complete(match.group(1)) else match.group(1)
    elif strip == "jsonp" or re.match(r"^[\w$.]+\s*\(", text):
        text = text[text.find("(") + 1 :]
    try:
        value: object = json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return _Tolerant(text).value()
    return value


def _complete(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_WORDS = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None, "Infinity": None}
_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.S)
_BARE = re.compile(r"[\w$\u4e00-\u9fff.-]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": ""}


class _Tolerant:
    """A literal of JavaScript objects, arrays, strings and numbers, read letter by letter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def value(self, depth: int = 0) -> object:
        if depth > MAX_DEPTH:
            raise NotReadable("数据层次过深")
        self._skip()
        letter = self._peek()
        if letter == "{":
            return self._object(depth)
        if letter == "[":
            return self._array(depth)
        if letter in "\"'":
            return self._string()
        number = _NUMBER.match(self.text, self.at)
        if number is not None:
            self.at = number.end()
            digits = number.group()
            return int(digits) if re.fullmatch(r"-?\d{1,18}", digits) else float(digits)
        word = _BARE.match(self.text, self.at)
        if word is not None and word.group() in _WORDS:
            self.at = word.end()
            return _WORDS[word.group()]
        raise NotReadable("返回的不是约定的数据格式")

    def _peek(self) -> str:
        if self.at >= len(self.text):
            raise NotReadable("数据不完整")
        return self.text[self.at]

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def _object(self, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        self.at += 1
        while True:
            self._skip()
            letter = self._peek()
            if letter == "}":
                self.at += 1
                return found
            if letter == ",":
                self.at += 1
                continue
            if letter in "\"'":
                key = self._string()
            else:
                bare = _BARE.match(self.text, self.at)
                if bare is None:
                    raise NotReadable("返回的不是约定的数据格式")
                key, self.at = bare.group(), bare.end()
            self._skip()
            if self._peek() != ":":
                raise NotReadable("返回的不是约定的数据格式")
            self.at += 1
            found[key] = self.value(depth + 1)

    def _array(self, depth: int) -> list[object]:
        found: list[object] = []
        self.at += 1
        while True:
            self._skip()
            letter = self._peek()
            if letter == "]":
                self.at += 1
                return found
            if letter == ",":
                self.at += 1
                continue
            found.append(self.value(depth + 1))

    def _string(self) -> str:
        quote = self.text[self.at]
        self.at += 1
        pieces: list[str] = []
        while True:
            letter = self._peek()
            self.at += 1
            if letter == quote:
                return "".join(pieces)
            if letter != "\\":
                pieces.append(letter)
                continue
            escaped = self._peek()
            self.at += 1
            digits = {"u": 4, "x": 2}.get(escaped, 0)
            code = self.text[self.at : self.at + digits]
            if digits and re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", code):
                pieces.append(chr(int(code, 16)))
                self.at += digits
            else:
                pieces.append(_ESCAPES.get(escaped, escaped))


def at_path(value: object, path: str) -> object:
    """The value at a path of keys and positions joined by dots; "" = itself; None where the path leads nowhere."""
    for step in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
