"""How a notice is put into words for mail and chat: words first, no colour needed, one link to press.

A plain text and its HTML twin say the same. Everything that was crawled is escaped.
"""

import re
from html import escape

from alerts.channels import Attachment, Message

# Control characters a crawled sentence may carry; tab and line feed stay.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
FOOT = "本消息由回应服务自动发出。内部资料，不得转发。"
LINK_FOOT = "链接只在办公网内打开，一次有效，只限收件人本人使用。"


def compose(
    *,
    title: str,
    body: str,
    link: str = "",
    link_words: str = "确认收到",
    page: str = "",
    page_words: str = "打开事项",
    foot: str = "",
    drill: bool = False,
    attachments: tuple[Attachment, ...] = (),
    key: str = "",
    thread: str = "",
) -> Message:
    """A message of ours. `body`: lines; `link`: the personal single-use link; `page`: an ordinary link to the page.

    `drill` puts 演练 before the title and at the head of the text.
    """
    title = " ".join(clean(title).split())
    if drill and "演练" not in title:
        title = f"【演练】{title}"
    lines = [line.rstrip() for line in clean(body).splitlines()]
    last = [line for line in (clean(foot), LINK_FOOT if link else "", FOOT) if line]
    links = [(words, address) for words, address in ((link_words, link), (page_words, page)) if address]
    text = "\n".join(
        [
            *(["这是演练，不是真实事件。", ""] if drill else []),
            *lines,
            "",
            *(f"{words}：{address}" for words, address in links),
            "",
            *last,
        ]
    )
    return Message(
        title=title,
        text=text.strip() + "\n",
        html=_page(title, lines, links, last, drill=drill),
        attachments=attachments,
        key=key,
        thread=thread,
    )


def clean(text: str) -> str:
    """Without control characters and characters that turn the direction of writing."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _page(title: str, lines: list[str], links: list[tuple[str, str]], last: list[str], *, drill: bool) -> str:
    """Inline styles only: mail programs drop style sheets; no outside picture is asked for."""
    ink = "color:#1A1C1E;font:15px/24px 'Source Han Sans SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"
    parts = [
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"></head>',
        f'<body style="margin:0;padding:16px;background:#FBFAF7;{ink}">',
    ]
    if drill:
        parts.append('<p style="border:1px solid #1A1C1E;padding:4px 8px;background:#FFFFFF">演练，不是真实事件</p>')
    parts.append(f'<h1 style="font-size:18px;line-height:26px;margin:0 0 12px">{escape(title)}</h1>')
    for line in lines:
        parts.append(
            f'<p style="margin:0 0 6px">{escape(line)}</p>' if line else '<p style="margin:0 0 6px">&nbsp;</p>'
        )
    for place, (words, address) in enumerate(links):
        look = (
            "background:#0B5D4E;color:#FFFFFF;border:1px solid #0B5D4E"
            if place == 0
            else "background:#FFFFFF;color:#1A1C1E;border:1px solid #6E7176"
        )
        parts.append(
            f'<p style="margin:12px 0"><a href="{escape(address)}" style="display:inline-block;padding:8px 16px;'
            f'{look};text-decoration:none;font-weight:700">{escape(words)}</a></p>'
        )
    parts.append('<hr style="border:0;border-top:1px solid #C9C4BA">')
    parts.extend(
        f'<p style="color:#5F6368;font-size:13px;line-height:18px;margin:0 0 4px">{escape(line)}</p>' for line in last
    )
    parts.append("</body></html>")
    return "".join(parts)
