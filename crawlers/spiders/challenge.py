"""Telling a wall from a page: CAPTCHA, challenge cookies, proof of work (sources.md 5). Never answered. Pure."""

import re
from collections.abc import Sequence

from crawlers.spiders.markup import Page

# Cookies that only a browser running the site's script could answer. __jsluid_s is a CDN's id and no challenge.
_COOKIES = re.compile(
    rb"^(__jsl_clearance\w*|acw_sc__v\d|FSSBB\w+|cf_chl\w*|__cf_chl\w*|wzws_\w+|_waf\w*challenge\w*)=", re.I
)
_TITLES = re.compile(
    r"<title[^>]*>[^<]{0,30}(?:安全验证|访问验证|人机验证|滑动验证|验证码|网站防火墙|访问受限|Just a moment|"
    r"Attention Required|CAPTCHA)",
    re.I,
)
_SCRIPTS = re.compile(
    r"stampPrefix|zeroLen|window\._cf_chl_opt|document\.cookie\s*=\s*['\"]__jsl|\$_ts=window\['\$_ts'\]"
)
SMALL = 60_000  # letters; a wall is small, an article that quotes one of these words is not only that


def challenge_in(page: Page, cookies: Sequence[bytes]) -> str:
    """What kind of wall the answer is, in Chinese; empty = none."""
    if any(_COOKIES.match(c) for c in cookies):
        return "挑战 Cookie"
    if len(page.body) > SMALL:
        return ""
    text = page.text[:20_000]
    if _TITLES.search(text):
        return "验证页"
    return "脚本挑战" if _SCRIPTS.search(text) else ""
