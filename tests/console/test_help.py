"""帮助: every page leads to the section of the officer's guide that speaks of it, shown safely by the console."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from console import handbook
from console.permissions import lines
from office.models import User
from tests.console import full_house
from tests.console.night import Night

SignIn = Callable[[User], Client]
LINK = re.compile(r'<a class="help" href="/help/#([^"]+)">帮助</a>')


def test_every_address_has_a_section_and_every_section_stands_in_the_guide() -> None:
    named = {line.url_name for line in lines()} - {"None"}
    spoken_of = {name for names in handbook.SECTIONS.values() for name in names}
    assert named - spoken_of == set()
    assert spoken_of - named == set()
    guide = handbook.guide("quickstart")
    assert guide is not None
    heads = [head for _, head in guide.sections]
    assert set(handbook.SECTIONS) - set(heads) == set()
    assert len(heads) == len(set(heads))


@pytest.mark.django_db
def test_every_page_has_one_help_link_and_its_place_exists(desk: Night, sign_in: SignIn) -> None:
    full_house.fill(desk)
    inside, outside = sign_in(desk.people["wangmin"]), Client()
    places = set(re.findall(r' id="([^"]+)"', outside.get("/help/").content.decode()))
    wrong = {}
    for name, address in full_house.opened(desk).items():
        answer = (outside if name in full_house.OUTSIDE else inside).get(address)
        found = LINK.findall(answer.content.decode())
        if len(found) != 1 or found[0] not in places:
            wrong[name] = found
    assert wrong == {}
    board = LINK.findall(inside.get("/").content.decode())
    assert board == ["一上班先看态势"]


@pytest.mark.django_db
def test_the_officers_guide_is_open_before_signing_in_and_the_others_are_not(desk: Night, sign_in: SignIn) -> None:
    assert Client().get("/help/").status_code == 200
    assert Client().get("/help/operations/").headers["Location"].startswith("/login/")
    client = sign_in(desk.people["lizhuo"])
    for key, (_, name) in handbook.GUIDES.items():
        answer = client.get(f"/help/{key}/")
        assert answer.status_code == 200 and name in answer.content.decode()
    assert client.get("/help/design/").status_code == 404


@pytest.mark.django_db
def test_no_link_or_picture_of_a_guide_leads_nowhere(desk: Night, sign_in: SignIn) -> None:
    client = sign_in(desk.people["lizhuo"])
    wrong = []
    for key in handbook.GUIDES:
        words = client.get(f"/help/{key}/").content.decode()
        article = words[words.index("<article") :]
        for address in re.findall(r'(?:href|src)="(/help/[^"]*)"', article):
            path, _, place = address.partition("#")
            answer = client.get(path)
            if answer.status_code != 200 or (place and f' id="{place}"' not in answer.content.decode()):
                wrong.append((key, address))
        assert "http" not in re.sub(r"<code>.*?</code>", "", "".join(re.findall(r'(?:href|src)="[^"]*"', article)))
    assert wrong == []


@pytest.mark.django_db
def test_a_picture_is_one_of_the_guides_and_nothing_else(client: Client) -> None:
    answer = client.get("/help/images/board.png")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/png"
    assert client.get("/help/images/nothing.png").status_code == 404
    assert client.get("/help/images/..%2F..%2Fmanage.png").status_code == 404
    text = (Path(settings.BASE_DIR) / "docs" / "quickstart.zh.md").read_text(encoding="utf-8")
    assert [name for name in re.findall(r"images/([a-z0-9-]+)\.png", text) if handbook.picture(name) is None] == []


def test_what_a_guide_holds_is_shown_as_text_and_nothing_of_it_runs() -> None:
    shown = handbook.render("# <script>x</script>\n\n[a](javascript:x) <img src=x onerror=y> ![b](https://e.cn/x.png)")
    assert "<script>" not in shown and "<img" not in shown and "javascript" not in shown and "e.cn" not in shown


def test_heads_lists_tables_and_code_are_read_as_they_are_meant() -> None:
    text = (
        "## 《今日舆情》的事\n\n一行，\n接着写。\n- 一\n  还是一\n- `二`\n1. 甲\n\n"
        "| a | b |\n|---|---|\n| **c** | d |\n\n```sh\n# 不是标题 <x>\n```\n"
    )
    shown = handbook.render(text)
    assert '<h2 id="今日舆情的事">《今日舆情》的事</h2>' in shown
    assert "<p>一行，接着写。</p>" in shown
    assert "<ul><li>一还是一</li><li><code>二</code></li></ul>\n<ol><li>甲</li></ol>" in shown
    assert "<td><b>c</b></td>" in shown
    assert "<pre><code># 不是标题 &lt;x&gt;</code></pre>" in shown
