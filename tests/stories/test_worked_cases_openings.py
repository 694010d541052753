"""The worked cases of the rules, first half: what opens, at which level, from which moment (rules.md 8)."""

from datetime import datetime, timedelta

import pytest

from alerts.models import Clock, Notice
from responses.models import Issue
from tests.people import Office, clock
from tests.stories.worked import FIRE, GRAVE, Desk, busy, clocks, lead, of, place, rungs

DAY = timedelta(days=1)


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def starts(issue: Issue) -> dict[str, tuple[str, datetime]]:
    """Kind and moment of each clock's anchor."""
    return {c.kind: (c.anchor_kind, c.anchor_at) for c in Clock.objects.filter(matter_id=issue.matter_id)}


def test_a_fire_with_somebody_hurt_is_a_lead_at_III_from_the_event(desk: Desk) -> None:
    issue = desk.told(text=FIRE, at=clock("09:00"), found=clock("09:06"))
    assert (issue.opened_at, issue.matter.level_proposed) == (clock("09:06"), 3)
    assert starts(issue) == {"response": ("event", clock("07:30"))}
    assert clocks(issue) == {"response": ("provisional", clock("07:30", day=19))}


def test_the_same_with_three_dead_is_at_II_with_5_and_24_hours(desk: Desk) -> None:
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("09:06"))
    assert issue.matter.level_proposed == 2
    assert starts(issue) == {k: ("event", clock("07:30")) for k in ("first_release", "press_conference")}
    assert clocks(issue) == {
        "first_release": ("provisional", clock("12:30")),
        "press_conference": ("provisional", clock("07:30", day=18)),
    }
    desk.ring(clock("09:29"))
    assert "p40" not in rungs(issue, "first_release")
    desk.ring(clock("09:30"))
    assert rungs(issue, "first_release") == ["p40"]


def test_found_only_at_13_the_5_hours_open_overdue_by_half_an_hour_and_it_is_told_at_once(desk: Desk) -> None:
    issue = desk.told(text=GRAVE, at=clock("09:00"), found=clock("13:00"))
    first = of(issue, "first_release")
    assert (first.status, first.cause, first.due_at, first.breached_at) == (
        "overdue",
        "detected_late",
        clock("12:30"),
        clock("12:30"),
    )
    told = Notice.objects.filter(clock=first, created_at=clock("13:00"), title__contains="超时 0时30分")
    assert told.exists()


@pytest.mark.parametrize(
    "text",
    [
        "去年今天这里起过火，白纸坊东街的老邻居都还记得。",
        "如果着火怎么办，白纸坊东街这边消防通道都堵了。",
        "8月15号白纸坊东街再次停电，今年已经二十多次了。",
        "许昌西城区一居民楼今早7点半起火，造成3人死亡。",
    ],
)
def test_a_memory_an_if_a_tally_and_another_place_open_nothing(desk: Desk, text: str) -> None:
    post = desk.say(text, at=clock("09:00"))
    desk.look(clock("09:06"))
    post.refresh_from_db()
    assert post.step == 2 and not Issue.objects.exists()


def test_three_people_in_two_days_about_the_lamps_of_one_road_are_a_burst_at_IV(desk: Desk) -> None:
    desk.say("白纸坊东街的路灯都不亮了，晚上黑漆漆的，请尽快修。", at=clock("20:00", day=15))
    desk.look(clock("20:05", day=15))
    desk.say("白纸坊东街路灯坏了一整条街，晚上走路看不见，请派人修路灯。", at=clock("19:30", day=16))
    desk.look(clock("19:35", day=16))
    assert not Issue.objects.exists()
    desk.say("白纸坊东街的路灯怎么还不亮，晚上老人都不敢出门，请修一修。", at=clock("19:00", day=17))
    desk.look(clock("19:05", day=17))
    issue = lead()
    assert issue.matter.level_proposed == 4
    assert starts(issue) == {"response": ("line_met", clock("19:00", day=17))}
    assert clocks(issue)["response"] == ("provisional", clock("19:00", day=19))


def test_one_person_who_posts_one_text_on_four_sites_is_one_voice_with_three_copies(desk: Desk) -> None:
    text = "白纸坊东街的路灯全坏了，晚上一片漆黑，老人孩子都不敢出门，请市政部门尽快派人来修一修路灯。"
    for number, site in enumerate(("甲论坛", "乙论坛", "丙论坛", "丁论坛")):
        desk.say(text, at=clock(f"09:{number * 10:02d}"), by="同一个人", source=place(site))
    desk.look(clock("10:00"))
    assert not Issue.objects.exists()
    topic = desk.topic()
    assert (topic.voices, topic.copies_count) == (1, 3)


def test_three_people_who_paste_one_text_on_one_board_within_an_hour_are_three_voices(desk: Desk) -> None:
    text = "白纸坊东街的路灯全坏了，晚上一片漆黑，老人孩子都不敢出门，请市政部门尽快派人来修一修路灯。"
    for minute in ("09:00", "09:20", "09:50"):
        desk.say(text, at=clock(minute))
        desk.look(clock(minute) + timedelta(minutes=2))
    issue = lead()
    assert issue.matter.level_proposed == 4
    assert (desk.topic().voices, desk.topic().copies_count) == (3, 2)
    assert starts(issue) == {"response": ("line_met", clock("09:50"))}


def test_five_people_who_praise_a_park_open_nothing(desk: Desk) -> None:
    words = (
        "陶然亭公园的银杏黄了，真好看，推荐大家来。",
        "陶然亭公园的银杏太美了，拍了好多照片，开心。",
        "周末去陶然亭公园看银杏，景色特别好，点赞。",
        "陶然亭公园的银杏叶金黄一片，环境真不错，喜欢。",
        "带爸妈去陶然亭公园看银杏，他们都很高兴，公园管理得真好。",
    )
    for number, text in enumerate(words):
        desk.say(text, at=clock("09:00", day=13 + number))
        desk.look(clock("09:05", day=13 + number))
    assert not Issue.objects.exists()


def test_water_cut_since_last_night_counts_from_the_post_because_a_part_of_day_moves_no_clock(desk: Desk) -> None:
    issue = desk.told(text="昨晚停水到现在，白纸坊东街整栋楼没水。", at=clock("07:10"))
    assert issue.matter.level_proposed == 3
    assert starts(issue) == {"response": ("line_met", clock("07:10"))}
    assert clocks(issue)["response"] == ("provisional", clock("07:10", day=19))
    assert issue.matter.anchors.filter(kind="event", pending=True).exists()
    assert not issue.matter.anchors.filter(kind="event", pending=False).exists()


def test_five_people_in_thirteen_days_on_a_busy_source_are_a_lead_when_the_fifth_speaks(desk: Desk) -> None:
    board = place("居民论坛")
    busy(board, until=clock("12:00"), days=45)
    words = {
        "甲": "白纸坊东街的健身器材坏了，转轮都掉了，请修一修。",
        "乙": "白纸坊东街健身器材的扶手断了，请尽快维修健身器材。",
        "丙": "白纸坊东街健身器材生锈松动，请换新的健身器材。",
        "丁": "白纸坊东街那处健身器材还是坏的，请派人修健身器材。",
    }
    for number, who in enumerate("甲甲乙乙乙丙丙丙丁丁丁"):  # never three people within 72 hours
        at = clock("09:00", day=4) + number * DAY
        desk.say(f"{words[who]}第{number + 1}次反映。", at=at, by=who)
        desk.look(at + timedelta(minutes=5))
        assert not Issue.objects.exists(), number
    desk.say("白纸坊东街的健身器材坏了这么久没人管，请修健身器材。", at=clock("08:00"), by="第五个人")
    desk.look(clock("08:05"))
    issue = lead()
    assert issue.matter.level_proposed == 4
    assert starts(issue) == {"response": ("line_met", clock("08:00"))}
    assert issue.matter.first_public_at == clock("09:00", day=4)


def test_a_week_of_gas_smell_confirmed_at_III_then_a_blast_with_four_dead_is_II_on_the_same_issue(desk: Desk) -> None:
    words = (
        "白纸坊东街12号楼楼道里有燃气味，请燃气公司来查。",
        "白纸坊东街12号楼燃气味很大，打电话没人来，请查燃气。",
        "白纸坊东街12号楼的燃气味一直有，害怕，请来人检查燃气。",
    )
    for number, text in enumerate(words):
        desk.say(text, at=clock("09:00", day=11 + 2 * number))
        desk.look(clock("09:05", day=11 + 2 * number))
    issue = lead()
    assert issue.matter.level_proposed == 3
    desk.confirm(issue, at=clock("09:30", day=15), level=3)
    blast = desk.say("白纸坊东街12号楼燃气刚才炸了，4人死亡！", at=clock("10:00"))
    desk.look(clock("10:01"))
    issue = lead()
    assert (issue.state, issue.matter.level_proposed, issue.matter.level_decided) == ("responding", 2, 3)
    assert clocks(issue)["response"][0] == "superseded"
    first = of(issue, "first_release")
    assert (first.status, first.anchor_at) == ("provisional", blast.published_at)
    assert of(issue, "press_conference").status == "provisional"
    assert Notice.objects.filter(person=desk.office.wang, event=f"lead:{issue.matter_id}:2").exists()


def test_a_rehearsal_announced_officially_and_asked_about_by_one_opens_nothing(desk: Desk) -> None:
    station = place("西城消防", voice="official")
    desk.say(
        "今天上午10时，白纸坊东街将举行高层建筑火灾灭火救援演练，模拟3人被困，请市民不要惊慌。",
        at=clock("08:00"),
        source=station,
    )
    desk.say("白纸坊东街怎么来了这么多消防车，是演练吗？", at=clock("10:05"))
    desk.look(clock("10:10"))
    assert not Issue.objects.exists()


def test_a_police_notice_opens_at_II_from_the_event_and_itself_meets_the_5_hours(desk: Desk) -> None:
    police = place("平安西城", voice="official")
    desk.say("今晨6时许，白纸坊东街一栋楼房坍塌，已造成3人死亡，救援正在进行。", at=clock("08:50"), source=police)
    desk.look(clock("08:51"))
    desk.say("白纸坊东街楼塌了，太吓人了，救护车一直响。", at=clock("09:00"))
    desk.look(clock("09:01"))
    issue = lead()
    assert (issue.opened_at, issue.matter.level_proposed) == (clock("08:51"), 2)
    assert starts(issue)["first_release"] == ("event", clock("06:00"))
    desk.confirm(issue, at=clock("09:05"), level=2)
    desk.publish(issue, published=clock("08:50"), entered=clock("09:10"), checked=clock("09:20"))
    first = of(issue, "first_release")
    assert (first.status, first.met_at, first.breached_at) == ("met", clock("08:50"), None)


def test_forty_complaints_of_last_spring_seen_on_a_first_visit_open_nothing(desk: Desk) -> None:
    for number in range(40):
        at = clock("09:00") - timedelta(days=230 - number)
        desk.say(
            f"白纸坊东街的路灯不亮，已经{number + 2}天了，请修路灯。", at=at, found=clock("09:00"), first_visit=True
        )
    desk.look(clock("09:05"))
    assert not Issue.objects.exists() and not Notice.objects.exists()


def test_the_districts_board_speaking_of_a_compound_in_another_district_opens_nothing(desk: Desk) -> None:
    board = place("西城区留言板", scope="district", klass="letters")
    words = ("望京花园小区今早7点半着火，3人死亡，在朝阳区望京街道。", "朝阳区望京花园小区的火太吓人了，3人没了。")
    for number, text in enumerate(words):
        desk.say(text, at=clock(f"09:0{number}"), source=board)
    desk.look(clock("09:10"))
    assert not Issue.objects.exists()


def test_what_others_say_about_our_own_answer_counts_and_our_own_post_does_not(desk: Desk) -> None:
    own = place("西城发布", voice="own")
    desk.say("今早7点半白纸坊东街一栋居民楼起火，3人死亡。", at=clock("08:40"), source=own)
    desk.look(clock("08:41"))
    assert not Issue.objects.exists()
