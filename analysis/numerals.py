"""Chinese and Arabic numbers in running text."""

import re

# 数十 and 几十 say at least ten and twenty, 上百 a hundred: the least that is told is taken
_ROUGH = {
    "数十": 10,
    "几十": 20,
    "十几": 10,
    "上百": 100,
    "数百": 100,
    "几百": 100,
    "近百": 100,
    "上千": 1000,
    "数千": 1000,
}
NUMBER = r"(?:" + "|".join(_ROUGH) + r"|\d{1,3}(?:,\d{3})+|\d{1,6}|[零〇一二两三四五六七八九十百千]{1,7})"
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNIT = {"十": 10, "百": 100, "千": 1000}


def number(word: str) -> int | None:
    """The value of a number written in digits or characters; None where it is none."""
    if word in _ROUGH:
        return _ROUGH[word]
    plain = word.replace(",", "")
    if plain.isdigit():
        return int(plain)
    if re.fullmatch(r"[零〇一二两三四五六七八九]{2,}", word):
        return int("".join(str(_DIGIT[c]) for c in word))
    total, digit = 0, 0
    for character in word:
        if character in _DIGIT:
            digit = _DIGIT[character]
        elif character in _UNIT:
            total += (digit or 1) * _UNIT[character]
            digit = 0
        else:
            return None
    return total + digit
