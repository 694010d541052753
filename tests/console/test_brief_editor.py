"""The brief's editor: what the check says while somebody types, one press that mends, figures put in by name."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from office.models import User
from reports.models import Brief, Receipt
from reports.services import brief as doors
from tests.console.conftest import BEIJING
from tests.console.night import Night

SignIn = Callable[[User], Client]
MORNING = datetime(2026, 11, 18, 8, 5, tzinfo=BEIJING)


@pytest.fixture
def brief(desk: Night, clock: Callable[[datetime], None]) -> Brief:
    """The draft of 18 November, at 08:05."""
    clock(MORNING)
    return doors.draft_for(day=MORNING.date(), at=MORNING)


def fields(brief: Brief, **typed: str) -> dict[str, Any]:
    return {f"s_{s['key']}": s["text"] for s in brief.content["sections"]} | {"version": brief.version} | typed


def overall(brief: Brief) -> tuple[str, str]:
    """(the text of 总体情况, the frozen number of posts in it)."""
    text = next(s["text"] for s in brief.content["sections"] if s["key"] == "overall")
    return text, brief.numbers["figures"]["volume"]["text"]


def test_while_somebody_types_the_same_rule_says_where_a_figure_is_wrong(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    text, volume = overall(brief)
    typed = "🚰" + text.replace(volume, "987654", 1)
    answer = sign_in(desk.people["lizhuo"]).post(f"/briefs/{brief.pk}/check/", fields(brief, s_overall=typed))
    told = json.loads(answer.content)
    units = typed.encode("utf-16-le")
    marked = {units[b * 2 : e * 2].decode("utf-16-le"): right for b, e, right in told["spots"]["s_overall"]}
    assert marked["987654"] is False  # counted as a browser counts: 🚰 is two
    assert [right for text, right in marked.items() if text != "987654"] == [True] * (len(marked) - 1) != []
    assert f"应为 {volume}" in told["wrong"]["s_overall"]
    assert "用冻结数" in told["checks"] and "<b>不符</b>" in told["checks"]
    assert told["wrong"]["s_guide"] == "" and told["texts"] == {} and told["places"] == []
    brief.refresh_from_db()
    assert brief.version == 0  # nothing is kept
    assert sign_in(desk.people["zhengyan"]).post(f"/briefs/{brief.pk}/check/").status_code == 403


def test_a_figure_put_in_by_name_comes_back_as_the_figure_and_stays_checked(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    client, volume = sign_in(desk.people["lizhuo"]), overall(brief)[1]
    typed = fields(brief, s_guide="昨日共见{监测条数}条。")
    told = json.loads(client.post(f"/briefs/{brief.pk}/check/", typed).content)
    assert told["texts"] == {"s_guide": f"昨日共见{volume}条。"}
    assert [(p["key"], p["before"], p["after"]) for p in told["places"]] == [("volume", "昨日共见", "条")]
    wrong = fields(brief, s_guide="昨日共见98765条。", _places=json.dumps(told["places"]), save="1")
    page = client.post(f"/briefs/{brief.pk}/edit/", wrong, follow=True).content.decode()
    assert f"应为 {volume}" in page


@pytest.mark.parametrize("sent", ["", "{", "[" * 9000, '"x"', "[1, null]", '[{"section": "guide", "key": 7}]'])
def test_places_that_are_none_of_ours_do_no_harm(desk: Night, brief: Brief, sign_in: SignIn, sent: str) -> None:
    client = sign_in(desk.people["lizhuo"])
    assert client.post(f"/briefs/{brief.pk}/check/", fields(brief, _places=sent)).status_code == 200
    answer = client.post(f"/briefs/{brief.pk}/edit/", fields(brief, _places=sent, s_guide="改过", save="1"))
    assert answer.status_code == 302
    brief.refresh_from_db()
    assert brief.content["places"] == []


def test_one_press_makes_a_wrong_figure_the_frozen_one_without_any_script(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    text, volume = overall(brief)
    client, address = sign_in(desk.people["lizhuo"]), f"/briefs/{brief.pk}/edit/"
    client.post(address, fields(brief, s_overall=text.replace(volume, "987654", 1), save="1"))
    page = client.get(address).content.decode()
    at = text.index(volume)
    assert f'name="fix" value="overall:{at}:987654"' in page
    brief.refresh_from_db()
    again = client.post(address, fields(brief, fix=f"overall:{at}:987654"), follow=True)
    assert "已改为冻结数" in again.content.decode()
    brief.refresh_from_db()
    assert overall(brief)[0] == text
    gone = client.post(address, fields(brief, fix=f"overall:{at}:987654"))
    assert gone.status_code == 422 and "已经变了" in gone.content.decode()


def test_each_frozen_figure_says_how_the_text_has_it_and_links_from_the_paper(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    text, volume = overall(brief)
    client = sign_in(desk.people["lizhuo"])
    cited = {line.key: line.cited for line in client.get(f"/briefs/{brief.pk}/edit/").context["figures"]}
    assert cited["volume"] == "相符" and "未引用" in cited.values()
    client.post(f"/briefs/{brief.pk}/edit/", fields(brief, s_overall=text.replace(volume, "987654", 1), save="1"))
    shown = client.get(f"/briefs/{brief.pk}/")
    assert {line.key: line.cited for line in shown.context["figures"]}["volume"] == "不符"
    words = shown.content.decode()
    assert f'<mark>987654</mark><span class="frozen">应为 {volume}</span>' in words
    assert f'href="/briefs/{brief.pk}/figure/clean/" title="去重条数">' in words
    assert "用冻结数" not in words  # nothing to press where nothing is edited


def test_the_editor_says_how_the_issue_before_went_out(
    desk: Night, brief: Brief, sign_in: SignIn, clock: Callable[[datetime], None]
) -> None:
    client = sign_in(desk.people["lizhuo"])
    assert "上一期送达" not in client.get(f"/briefs/{brief.pk}/edit/").content.decode()
    before = doors.draft_for(day=MORNING.date().replace(day=17), at=MORNING)
    Brief.objects.filter(pk=before.pk).update(
        state=Brief.State.SENT, issue_no=216, sent_at=MORNING, drafted_at=MORNING.replace(day=17)
    )
    for name, channel in (("lizhuo", "console"), ("chenxi", "console"), ("chenxi", "mail")):
        Receipt.objects.create(
            brief=before,
            person=desk.people[name],
            channel=channel,
            sent_at=MORNING if channel == "console" else None,
            opened_at=MORNING if name == "lizhuo" else None,
        )
    words = client.get(f"/briefs/{brief.pk}/edit/").content.decode()
    assert "第 216 期" in words
    assert f'送达 <a class="n" href="/briefs/{before.pk}/#receipts">2</a>/2' in words
    assert f'已读 <a class="n" href="/briefs/{before.pk}/#receipts">1</a>' in words


def test_how_many_pages_it_makes_is_counted_or_said_to_be_an_estimate(
    desk: Night, brief: Brief, sign_in: SignIn
) -> None:
    client = sign_in(desk.people["lizhuo"])
    assert "约 " in client.get(f"/briefs/{brief.pk}/edit/").content.decode()  # until somebody has counted
    piece = client.get(f"/briefs/{brief.pk}/pages/").content.decode()
    assert ("共 " in piece and "guide:1 " in piece) or "估的" in piece
