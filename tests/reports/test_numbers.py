"""What the figures count, and that what people type still agrees with them."""

from datetime import timedelta
from typing import Any

import pytest

from office.errors import Refused
from reports.figures import check, mark, settle
from reports.models import Brief
from reports.queries import posts_behind
from reports.services.brief import check_brief, draft_due, edit_brief, faults, submit
from responses.models import Conference, Supervision
from tests.people import Office, clock
from tests.reports.test_drafting import text_of
from tests.reports.world import World

pytestmark = pytest.mark.usefixtures("begun")


def drafted(day: int = 17) -> Brief:
    brief = draft_due(at=clock("08:01", day=day))
    assert brief is not None
    return brief


def value(brief: Brief, key: str) -> object:
    return brief.numbers["figures"][key]["value"]


def retype(brief: Brief, office: Office, old: str, new: str, section: str = "overall") -> Brief:
    text = text_of(brief, section)
    assert old in text
    content = {"sections": [{"key": section, "text": text.replace(old, new)}]}
    return edit_brief(brief=brief, by=office.qian, at=clock("08:20"), content=content, version=brief.version)


def test_copies_and_repeats_count_to_the_volume_and_not_to_the_voices(world: World) -> None:
    first = world.post(clock("10:00", day=16), who="a", repeats=3)
    world.post(clock("10:05", day=16), who="a", copy_of=first)
    world.post(clock("10:09", day=16), who="b", feeling="neutral")
    brief = drafted()
    assert [value(brief, key) for key in ("volume", "clean", "public", "people")] == [6, 2, 2, 2]
    assert brief.numbers["figures"]["negative"]["text"] == "50.0%"


def test_our_own_accounts_and_what_is_not_relevant_count_nowhere(world: World) -> None:
    world.post(clock("10:00", day=16), voice="own", source="本区发布")
    world.post(clock("10:00", day=16), relevant=False)
    world.post(clock("10:00", day=16), history=True)
    assert value(drafted(), "volume") == 0


def test_media_and_official_posts_have_no_share_in_the_feelings(world: World) -> None:
    world.post(clock("10:00", day=16), voice="media", source="某晚报", title="路灯坏了", media_class="city")
    world.post(clock("10:00", day=16), voice="official", source="某局")
    world.post(clock("10:00", day=16), feeling="positive")
    brief = drafted()
    assert value(brief, "public") == 1 and value(brief, "negative") == 0
    assert "市属媒体：某晚报11月16日10时，《路灯坏了》（批评）" in text_of(brief, "media")


def test_the_change_on_the_day_and_on_the_week_stands_beside_the_figure(world: World) -> None:
    for number in range(4):
        world.post(clock("09:00", day=16) + timedelta(minutes=number))
    world.post(clock("09:00", day=15))
    world.post(clock("09:00", day=15) + timedelta(hours=1))
    for number in range(8):
        world.post(clock("09:00", day=9) + timedelta(minutes=number))
    draft_due(at=clock("08:01", day=16))
    figure = drafted().numbers["figures"]["clean"]
    assert (figure["day"], figure["week"]) == ("+100.0%", "-50.0%")
    assert "较前日增加100.0%，较上周同期减少50.0%" in text_of(Brief.objects.latest("day"), "overall")


def test_every_figure_opens_exactly_the_posts_behind_it(world: World) -> None:
    first = world.post(clock("10:00", day=16), streets=["槐树街道"])
    world.post(clock("10:05", day=16), copy_of=first)
    world.post(clock("10:06", day=16), feeling="neutral", confidence=0.3)
    world.post(clock("10:00", day=15), fetched_at=clock("11:00", day=16))
    draft_due(at=clock("08:01", day=16))
    brief = drafted()
    for key in ("volume", "clean", "public", "negative", "neutral", "unsure", "late"):
        figure = brief.numbers["figures"][key]
        assert posts_behind(figure["query"]).count() == figure["value"], key
    street = {**brief.numbers["figures"]["clean"]["query"], "street": "槐树街道"}
    assert list(posts_behind(street)) == [first]


def test_posts_found_too_late_for_their_own_brief_are_told_in_the_next(world: World) -> None:
    draft_due(at=clock("08:01", day=16))
    world.post(clock("07:50", day=16), fetched_at=clock("08:40", day=16))
    assert "另有补采1条" in text_of(drafted(), "overall")


def test_a_provisional_breach_is_counted_in_its_own_column(world: World) -> None:
    over: dict[str, Any] = {"breached_at": clock("20:00", day=16), "status": "overdue"}
    lead = world.issue("自来水发黄", clock("20:00", day=14))
    world.clock(lead, clock("20:00", day=14), breached_provisional=True, **over)
    firm = world.issue("道路塌陷", clock("20:00", day=14), decided=3, state="responding")
    world.clock(firm, clock("20:00", day=14), **over)
    brief = drafted()
    assert [value(brief, k) for k in ("breached", "breached_lead", "overdue_open", "overdue_lead")] == [1, 1, 1, 1]
    assert "新增线索阶段超时1个，单列统计" in text_of(brief, "progress")
    assert (
        brief.numbers["figures"]["breached_lead"]["query"]["ids"]
        != brief.numbers["figures"]["breached"]["query"]["ids"]
    )


def test_a_breach_withdrawn_by_late_entered_evidence_is_no_breach(world: World) -> None:
    issue = world.issue("道路塌陷", clock("20:00", day=14), decided=3, state="responded")
    world.clock(
        issue,
        clock("20:00", day=14),
        status="met",
        breached_at=clock("20:00", day=16),
        breach_withdrawn_at=clock("21:00", day=16),
        met_at=clock("19:40", day=16),
        closed_at=clock("21:00", day=16),
        entered_late=True,
    )
    brief = drafted()
    assert (value(brief, "met"), value(brief, "breached")) == (1, 0)
    assert "48小时回应已办，早20分，补录" in text_of(brief, "focus")


def test_a_new_lead_is_a_line_in_tomorrows_brief_as_a_lead_and_by_its_proposed_level(world: World) -> None:
    topic = world.topic("青槐路路灯", clock("10:00", day=16), streets=["槐树街道"])
    for who in ("a", "b", "c"):
        world.post(clock("10:00", day=16), who=who, topic=topic, asks=["何时修好"])
    issue = world.issue("青槐路路灯不亮", clock("10:30", day=16), topic=topic)
    world.clock(issue, clock("10:30", day=16))
    brief = drafted()
    assert [item["issue"] for item in brief.numbers["focus"]] == [issue.pk]
    words = text_of(brief, "focus")
    assert "（一）青槐路路灯不亮（建议一般）" in words and "3名网民发声" in words and "何时修好" in words
    assert "线索，待判" in words and "（暂估）" in words
    assert [item["title"] for item in brief.numbers["topics"]] == ["青槐路路灯不亮"]  # one matter, one name in a paper
    assert "h0" not in text_of(brief)


def test_a_case_under_supervision_is_marked_in_the_brief_until_it_is_answered(world: World) -> None:
    issue = world.issue("青槐路路灯不亮", clock("10:30", day=16))
    asked = Supervision.objects.create(
        issue=issue, at=clock("11:00", day=16), sentence="今日修好", due_at=clock("18:00", day=16)
    )
    assert "青槐路路灯不亮（建议一般，督办）" in text_of(drafted(), "focus")
    Brief.objects.all().delete()
    Supervision.objects.filter(pk=asked.pk).update(ended_at=clock("12:00", day=16))
    assert "（建议一般）" in text_of(drafted(), "focus")


def test_a_figure_typed_wrong_blocks_handing_in_until_it_is_put_right(world: World, office: Office) -> None:
    for number in range(12):
        world.post(clock("10:00", day=16) + timedelta(minutes=number))
    brief = retype(drafted(), office, "去重后12条", "去重后21条")
    (wrong,) = faults(brief)
    assert wrong.sentence == "去重条数：文中 21，冻结 12"
    with pytest.raises(Refused, match="文中 21，冻结 12"):
        submit(brief=brief, by=office.qian, at=clock("08:30"))
    brief = retype(brief, office, "去重后21条", "去重后12条")
    assert submit(brief=brief, by=office.qian, at=clock("08:31")).state == Brief.State.SIGNING


@pytest.mark.parametrize("typed", ["１2条", "12 条", "12.0条"])
def test_the_same_figure_in_another_hand_is_no_fault(world: World, office: Office, typed: str) -> None:
    for number in range(12):
        world.post(clock("10:00", day=16) + timedelta(minutes=number))
    assert not faults(retype(drafted(), office, "去重后12条", f"去重后{typed}"))


def test_a_number_from_nowhere_in_the_general_section_blocks_too(world: World, office: Office) -> None:
    brief = retype(drafted(), office, "未监测到涉区公开信息。", "未监测到涉区公开信息，另收电话97件。")
    assert [finding.typed for finding in faults(brief)] == ["97"]


def test_dates_and_hours_may_be_written_freely(world: World, office: Office) -> None:
    brief = retype(drafted(), office, "未监测到", "截至11月17日9时30分，未监测到")
    assert not faults(brief)


def test_a_sentence_that_was_taken_out_is_only_reported_as_not_cited(world: World, office: Office) -> None:
    brief = drafted()
    lines = text_of(brief, "overall").split("\n")
    content = {"sections": [{"key": "overall", "text": lines[0]}]}
    brief = edit_brief(brief=brief, by=office.qian, at=clock("08:20"), content=content, version=0)
    assert not faults(brief)
    assert {f.grade for f in check_brief(brief) if f.section == "overall"} == {"absent"}


def test_two_figures_of_the_same_words_do_not_accuse_each_other() -> None:
    figures = {"a": {"label": "甲", "text": "3"}, "b": {"label": "乙", "text": "5"}}
    text, places = settle("overall", f"共{mark('a')}件，共{mark('b')}件", figures)
    assert text == "共3件，共5件"
    assert not [f for f in check([{"key": "overall", "text": text}], figures, places) if f.grade == "must"]


def test_what_an_editor_pastes_loses_its_control_characters(world: World, office: Office) -> None:
    brief = drafted()
    content = {"sections": [{"key": "ahead", "text": "今日\x00有\x1b雨\u202e。"}]}
    brief = edit_brief(brief=brief, by=office.qian, at=clock("08:20"), content=content, version=0)
    assert text_of(brief, "ahead") == "今日有雨。"


def test_a_demand_said_twice_is_quoted_once_and_praise_of_one_person_is_no_concern(world: World) -> None:
    bench = world.topic("公园加长椅", clock("10:00", day=16))
    world.post(
        clock("10:00", day=16), who="a", topic=bench, asks=["建议公园多放几把长椅", "建议月坛公园多放几把长椅，谢谢"]
    )
    park = world.topic("菊花开得真好", clock("10:00", day=16))
    world.post(clock("11:00", day=16), who="b", topic=park, feeling="positive", asks=[])
    words = text_of(drafted(), "concerns")
    assert "公园加长椅：1名网民、1条，主要诉求：“建议公园多放几把长椅”。" in words
    assert "菊花" not in words


def test_a_conference_held_before_the_cut_off_and_proved_after_it_stands_in_the_next_brief(
    world: World, office: Office
) -> None:
    issue = world.issue("道路塌陷", clock("20:00", day=16), decided=2, state="responding")
    held = Conference.objects.create(
        issue=issue,
        kind="press_conference",
        title="道路塌陷处置情况",
        state="entered",
        held_at=clock("07:50"),
        entered_by=office.wang,
        entered_at=clock("07:55"),
    )
    assert "举行新闻发布会" not in text_of(drafted(), "progress")
    Conference.objects.filter(pk=held.pk).update(state="checked", checked_at=clock("08:20"))
    assert "11月17日7时50分，举行新闻发布会“道路塌陷处置情况”" in text_of(drafted(day=18), "progress")
