"""What grows, comes again, goes together or stays quiet, and what the brief says of it (rules.md 2, 3, 6, 13)."""

from datetime import timedelta

import pytest
from django.db import transaction

from alerts.models import Alert, Notice
from analysis.topic_store import DatabaseStore
from crawlers.models import Run
from office.errors import Refused
from office.models import Trail
from reports.models import Brief
from reports.services.drafting import draft_due
from reports.services.ringing import ring_unsigned
from responses.models import Issue, Proposal
from responses.services.decide import close_issue, decide_proposal, dismiss_lead, reopen_lead
from tests.people import Office, clock
from tests.stories.worked import FIRE, GRAVE, MINUTE, Desk, clocks, lead, notices, of, once_each, place

LAMPS = (
    "白纸坊东街的路灯都不亮了，晚上黑漆漆的，请尽快修。",
    "白纸坊东街路灯坏了一整条街，晚上走路看不见，请派人修路灯。",
    "白纸坊东街的路灯怎么还不亮，晚上老人都不敢出门，请修一修。",
    "白纸坊东街路灯不亮没人修，晚上摸黑走路，请修路灯。",
    "白纸坊东街的路灯还是坏的，晚上没有灯太黑，请派人修。",
    "白纸坊东街路灯到现在不亮，晚上看不清路，请修路灯。",
)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def lamps(desk: Desk, *, day: int, count: int = 3, begun: int = 0) -> None:
    """So many people complain on one day, hour by hour."""
    for number in range(count):
        at = clock("09:00", day=day) + timedelta(hours=number)
        desk.say(LAMPS[(begun + number) % len(LAMPS)], at=at)
        desk.look(at + MINUTE)


def test_a_new_episode_under_an_open_issue_is_growth_and_no_second_lead(desk: Desk) -> None:
    lamps(desk, day=1)
    issue = desk.confirm(lead(), at=clock("12:00", day=1), level=4)
    lamps(desk, day=18, begun=3)
    assert lead().pk == issue.pk
    assert desk.topic().episode == 2
    assert Alert.objects.filter(episode=2, handled_at__isnull=False).exists()
    assert of(issue, "response").anchor_at == clock("11:00", day=1)


def test_after_a_closed_issue_a_new_episode_is_a_lead_at_III_that_points_back(desk: Desk) -> None:
    lamps(desk, day=1)
    first = desk.confirm(lead(), at=clock("12:00", day=1), level=4)
    published = clock("15:00", day=1)
    desk.publish(first, published=published, entered=published, checked=published, kind="outcome")
    close_issue(issue=first, by=desk.office.wang, at=clock("16:00", day=1), sentence="已修好", version=None)
    lamps(desk, day=18, begun=3)
    again = Issue.objects.select_related("matter").latest("pk")
    assert again.pk != first.pk and again.earlier_id == first.pk
    assert again.matter.level_proposed == 3
    assert any(line["rule"] == "repeat_of_closed" and line["met"] for line in again.matter.reasons)
    assert again.matter.first_public_at == clock("09:00", day=18)


def test_after_a_closed_issue_no_clock_starts_before_it_was_closed(desk: Desk) -> None:
    lamps(desk, day=10)
    first = desk.confirm(lead(), at=clock("12:00", day=10), level=4)
    published = clock("15:00", day=10)
    desk.publish(first, published=published, entered=published, checked=published, kind="outcome")
    close_issue(issue=first, by=desk.office.wang, at=clock("16:00", day=10), sentence="已修好", version=None)
    paper = place("北京日报", voice="media")
    paper.media_class = "city"
    paper.save()
    desk.say("白纸坊东街路灯不亮，居民晚上摸黑走路，反映多次仍未修好。", at=clock("08:00"), source=paper)
    desk.look(clock("08:05"))
    again = Issue.objects.latest("pk")
    assert again.pk != first.pk and again.earlier_id == first.pk
    assert clocks(again) == {"response": ("provisional", clock("08:00", day=19))}


def test_leads_whose_topics_prove_one_before_confirmation_become_one_with_the_earliest_start(desk: Desk) -> None:
    later = desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    earlier = desk.told_of_another(at=clock("07:00"))
    assert later.topic_id is not None and earlier.topic_id is not None
    with transaction.atomic():
        DatabaseStore().join(later.topic_id, earlier.topic_id, clock("09:30"))
    desk.look(clock("09:31"))
    later.refresh_from_db()
    earlier.refresh_from_db()
    assert (later.state, earlier.state, earlier.merged_into_id) == ("lead", "merged", later.pk)
    assert clocks(later)["response"] == ("provisional", clock("07:00", day=19))
    told = Trail.objects.filter(object_kind="issue", kind__in=("issue.merge", "issue.merged_in"))
    assert {row.object_id for row in told} == {str(later.pk), str(earlier.pk)}


def test_after_a_dismissed_lead_a_new_episode_raises_again_by_itself(desk: Desk) -> None:
    lamps(desk, day=1)
    desk.dismiss(lead(), at=clock("12:00", day=1))
    lamps(desk, day=18, begun=3)
    again = Issue.objects.select_related("matter").latest("pk")
    assert (again.state, again.matter.level_proposed) == ("lead", 4)
    assert Issue.objects.count() == 2


def test_a_dismissed_lead_opens_again_when_a_graver_line_is_met(desk: Desk) -> None:
    desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    desk.dismiss(lead(), at=clock("09:30"))
    desk.say("白纸坊东街那栋居民楼的火，已经3人死亡，太惨了。", at=clock("10:00"))
    desk.look(clock("10:01"))
    again = lead()
    assert (again.state, again.matter.level_proposed) == ("lead", 2)
    assert clocks(again)["response"][0] == "superseded"
    assert clocks(again)["first_release"] == ("provisional", clock("12:30"))


def test_any_dismissed_lead_is_opened_again_by_a_person_and_its_clocks_return(desk: Desk) -> None:
    desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    desk.dismiss(lead(), at=clock("09:30"))
    reopen_lead(issue=lead(), by=desk.office.li, at=clock("10:00"), reason="来电证实", version=None)
    assert clocks(lead())["response"] == ("provisional", clock("07:30", day=19))


def test_a_grave_or_an_overdue_lead_is_dismissed_by_two(desk: Desk) -> None:
    office = desk.office
    desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    asked = dismiss_lead(
        issue=lead(), by=office.wang, at=clock("09:30"), code="misjudged", sentence="查无此事", version=None
    )
    assert isinstance(asked, Proposal) and lead().state == "lead"
    with pytest.raises(Refused):
        decide_proposal(proposal=asked, by=office.wang, at=clock("09:31"), accept=True)
    decide_proposal(proposal=asked, by=office.zhao, at=clock("09:32"), accept=True)
    assert lead().state == "dismissed"


def test_a_growing_lead_tells_the_same_people_once_for_each_line(desk: Desk) -> None:
    desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    before = len(notices(desk.office.wang))
    desk.say("白纸坊东街居民楼起火，死了3个人，到底怎么回事？", at=clock("09:20"))
    for minute in ("09:21", "09:22", "09:23"):
        desk.look(clock(minute))
    told = [n for n in notices(desk.office.wang)[before:] if n.event.startswith("lead:")]
    assert len(told) == 1 and "升为重大" in told[0].title
    assert once_each(Notice.objects.all())


def test_a_lead_about_the_office_itself_goes_to_the_government_office_and_needs_it_to_be_dismissed(desk: Desk) -> None:
    text = "西城区委宣传部的电话打不通，发布的通知前后矛盾，请宣传部给个说法。"
    for number, more in enumerate(("打了三天没人接。", "让我们怎么办？", "太不负责任了。")):
        desk.say(f"{text}{more}", at=clock("09:00") + number * timedelta(minutes=30))
        desk.look(clock("09:01") + number * timedelta(minutes=30))
    issue = lead()
    assert issue.own_unit
    assert any(n.event.startswith("own:") for n in notices(desk.office.sun))
    asked = dismiss_lead(
        issue=issue, by=desk.office.wang, at=clock("10:30"), code="misjudged", sentence="没有这回事", version=None
    )
    assert isinstance(asked, Proposal)
    with pytest.raises(Refused, match="区政府办"):
        decide_proposal(proposal=asked, by=desk.office.zhao, at=clock("10:31"), accept=True)
    decide_proposal(proposal=asked, by=desk.office.sun, at=clock("10:32"), accept=True)
    assert lead().state == "dismissed"


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("official", "西城区启动2026年冬季供暖，全区供热单位已完成升温调试，居民家中温度达标。"),
        ("official", "白纸坊街道组织居民开展消防安全培训，讲解灭火器的使用方法。"),
        ("media", "西城区举办金秋文化节，市民在陶然亭公园欣赏民乐演出。"),
        ("public", "昨天白纸坊街道搞了消防演习，模拟楼里着火，孩子们看得很开心。"),
        ("public", "电视剧里那场大火拍得真好，白纸坊东街取的景，剧里死了3个人。"),
        ("public", "白纸坊东街路灯修好了，谢谢市政的师傅，点赞！"),
    ],
)
def test_rehearsals_films_praise_and_routine_news_open_nothing(desk: Desk, voice: str, text: str) -> None:
    where = place(f"来源{voice}", voice=voice)
    for number in range(5):
        desk.say(f"{text}{'真的' * number}", at=clock("09:00") + number * timedelta(minutes=20), source=where)
    desk.look(clock("11:00"))
    assert not Issue.objects.exists() and not Notice.objects.exists()


def test_a_denial_in_the_same_post_opens_nothing_and_one_found_later_closes_nothing(desk: Desk) -> None:
    desk.say("网传白纸坊东街居民楼起火3人死亡，经核实为谣言，并未发生火灾。", at=clock("08:00"))
    desk.look(clock("08:01"))
    assert not Issue.objects.exists()
    desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    police = place("平安西城", voice="official")
    desk.say("网传白纸坊东街一居民楼起火致3人死亡系谣言，未发生火灾，请勿信谣传谣。", at=clock("10:00"), source=police)
    desk.look(clock("10:01"))
    assert lead().state == "lead"
    assert clocks(lead())["first_release"] == ("provisional", clock("12:30"))


def test_a_lead_that_a_tale_of_deaths_opened_takes_the_title_of_the_authority_that_denies_them(desk: Desk) -> None:
    tale = "白纸坊东街12号居民楼起火烧死两个人"
    desk.told(title=tale, text=f"{tale}，太惨了，楼下都是消防车。", at=clock("09:00"), found=clock("09:06"))
    assert lead().matter.title == tale
    police = place("西城消防", voice="official")
    truth = "关于白纸坊东街12号居民楼火情的通报"
    text = "今天8时50分，白纸坊东街12号居民楼一户起火，明火已扑灭，无人员伤亡。"
    desk.say(text, title=truth, at=clock("10:00"), source=police)
    desk.look(clock("10:01"))
    assert desk.topic().title == truth
    assert lead().matter.title == truth
    assert Trail.objects.filter(kind="issue.retitle").count() == 1


def test_history_opens_nothing_and_the_first_brief_names_what_would_have_opened(desk: Desk) -> None:
    for number in range(40):
        at = clock("09:00", day=1) - timedelta(days=200) + timedelta(hours=9 * number)
        desk.say(LAMPS[number % len(LAMPS)], at=at, found=clock("07:00"), first_visit=True)
    desk.look(clock("07:05"))
    assert not Issue.objects.exists()
    brief = draft_due(at=clock("08:00"))
    assert brief is not None
    (named,) = brief.numbers["history"]
    assert "路灯" in named["title"] and named["voices"] == 40
    assert "路灯" in words(brief)


def test_the_brief_says_that_the_service_stood_still(desk: Desk) -> None:
    board = place("居民论坛")
    board.enabled = True
    board.save()
    for minute in ("07:00", "07:30", "08:00", "13:05", "13:30"):
        Run.objects.create(source=board, started_at=clock(minute), ended_at=clock(minute), verdict="ok", items=1)
    desk.told(text="白纸坊东街一栋居民楼着火了，有人受伤！", at=clock("08:10"), found=clock("13:05"))
    draft_due(at=clock("08:00"))
    brief = draft_due(at=clock("08:00", day=18))
    assert brief is not None
    assert "服务停机" in words(brief) and "13时5分" in words(brief)


def test_an_unsigned_brief_rings_at_nine_at_half_past_and_every_quarter(desk: Desk) -> None:
    draft_due(at=clock("08:00"))
    heard: list[str] = []
    for minute in ("08:59", "09:00", "09:15", "09:29", "09:30", "09:44", "09:45", "10:00"):
        if ring_unsigned(at=clock(minute)):
            heard.append(minute)
    assert heard == ["09:00", "09:30", "09:45", "10:00"]
    assert {n.person for n in Notice.objects.all()} <= {desk.office.zhao, desk.office.chen}
    assert once_each(Notice.objects.all())


def words(brief: Brief) -> str:
    return "\n".join(section["text"] for section in brief.content["sections"])
