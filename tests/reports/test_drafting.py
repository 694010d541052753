"""One brief per working day, from numbers frozen at the cut-off."""

from datetime import date, timedelta

import pytest

from office.errors import Refused
from office.models import Holiday, Trail
from reports.models import Brief
from reports.services.brief import compose_due, draft_due, draft_for, next_draft_at, withdraw_early
from tests.people import Office, clock
from tests.reports.world import World


def text_of(brief: Brief, key: str = "") -> str:
    """The words of one section, or of all."""
    return "\n".join(s["text"] for s in brief.content["sections"] if not key or s["key"] == key)


def drafted(day: int = 17, at: str = "08:00") -> Brief:
    brief = draft_due(at=clock(at, day=day))
    assert brief is not None
    return brief


@pytest.mark.usefixtures("begun")
class TestTheDayItself:
    def test_a_brief_is_drafted_also_when_nothing_happened(self, office: Office) -> None:
        brief = drafted()
        assert brief.day == date(2026, 11, 17)
        assert "11月16日8时至17日8时，未监测到涉区公开信息" in text_of(brief, "overall")
        assert "各来源采集正常" in text_of(brief, "overall")
        assert all(section["text"] for section in brief.content["sections"])
        assert [s["title"] for s in brief.content["sections"]][0] == "【本期导读】"

    def test_nothing_is_drafted_before_the_cut_off(self, office: Office) -> None:
        drafted(day=16)
        assert draft_due(at=clock("07:59")) is None
        assert draft_due(at=clock("08:00")) is not None

    def test_a_draft_of_a_clock_that_was_ahead_is_withdrawn_and_written_at_its_time(self, world: World) -> None:
        today = drafted()
        drafted(day=18, at="09:00")  # on the 17th, by a clock a day ahead
        assert withdraw_early(at=clock("09:01")) == []
        assert list(Brief.objects.all()) == [today]
        assert Trail.objects.filter(kind="brief.withdrawn").count() == 1
        world.post(clock("15:00"), "当天下午的事")
        assert drafted(day=18).numbers["figures"]["volume"]["value"] == 1

    def test_a_draft_of_a_wrong_clock_that_somebody_edited_stays_and_is_named(self, office: Office) -> None:
        drafted()
        early = drafted(day=18, at="09:00")
        Brief.objects.filter(pk=early.pk).update(editor=office.zhou)
        assert len(withdraw_early(at=clock("09:01"))) == 1
        assert Brief.objects.filter(pk=early.pk).exists()

    def test_a_brief_asked_for_twice_is_written_once(self, office: Office) -> None:
        first = drafted()
        assert draft_due(at=clock("08:00")) is None
        assert draft_due(at=clock("09:00")) is None
        assert list(Brief.objects.all()) == [first]

    def test_monday_covers_the_weekend(self, world: World) -> None:
        friday = drafted(day=20)
        assert draft_due(at=clock("08:30", day=21)) is None
        assert draft_due(at=clock("08:30", day=22)) is None
        world.post(clock("15:00", day=21), "周六的事")
        monday = drafted(day=23)
        assert (monday.since, monday.until) == (friday.until, clock("08:00", day=23))
        assert monday.numbers["figures"]["volume"]["value"] == 1
        assert "11月20日8时至23日8时" in text_of(monday, "overall")

    def test_a_saturday_that_works_has_a_brief_and_a_holiday_has_none(self, office: Office) -> None:
        Holiday.objects.create(day=date(2026, 11, 21), works=True, name="调休")
        Holiday.objects.create(day=date(2026, 11, 23), works=False, name="放假")
        drafted(day=20)
        assert drafted(day=21).day == date(2026, 11, 21)
        assert draft_due(at=clock("08:30", day=23)) is None
        assert drafted(day=24).since == clock("08:00", day=21)

    def test_after_days_of_standstill_one_brief_covers_them_and_says_so(self, office: Office) -> None:
        drafted(day=17)
        brief = drafted(day=20, at="10:00")
        assert brief.since == clock("08:00", day=17)
        assert "11月18日、11月19日因服务停机未单独出刊" in text_of(brief, "overall")
        assert Brief.objects.count() == 2

    def test_a_post_on_the_stroke_of_the_cut_off_is_in_one_brief_and_not_in_two(self, world: World) -> None:
        first = drafted(day=16)
        world.post(clock("08:00", day=16))
        world.post(clock("08:00", day=17))
        second = drafted(day=17)
        third = drafted(day=18)
        assert [b.numbers["figures"]["volume"]["value"] for b in (first, second, third)] == [0, 1, 1]


def test_a_new_office_owes_its_first_brief_at_the_next_cut_off(office: Office) -> None:
    assert draft_due(at=clock("15:00")) is None
    assert draft_due(at=clock("15:20")) is None
    assert drafted(day=18).since == clock("08:00", day=17)


def test_the_first_brief_names_the_history_that_would_have_opened(world: World) -> None:
    draft_due(at=clock("15:00", day=16))
    spring = clock("10:00") - timedelta(days=200)
    topic = world.topic("春季供水发黄", spring)
    for person in range(6):
        world.post(spring + timedelta(days=person), who=f"p{person}", topic=topic, history=True)
    first = drafted(day=17)
    assert "春季供水发黄（6名网民）" in text_of(first, "ahead")
    assert first.numbers["figures"]["volume"]["value"] == 0
    assert "春季供水发黄" not in text_of(drafted(day=18))


def test_a_look_at_a_day_of_long_ago_rings_nobody_and_begins_no_series(office: Office) -> None:
    old = draft_for(day=date(2026, 3, 3), at=clock("15:00"))
    assert old.next_ring_at is None
    assert draft_due(at=clock("15:00")) is None
    assert drafted(day=18).since == clock("08:00", day=17)


def test_a_replay_numbers_its_briefs_and_jumps_from_one_to_the_next(office: Office) -> None:
    at = clock("00:30", day=16)
    days = []
    for _ in range(6):
        at = next_draft_at(at)
        brief = compose_due(at=at, numbered=True)
        assert brief is not None
        days.append((brief.day.day, brief.issue_no, brief.running_no))
    assert [day for day, _, _ in days] == [16, 17, 18, 19, 20, 23]
    assert [number for _, number, _ in days] == [1, 2, 3, 4, 5, 6]
    assert not any(b.docx_path for b in Brief.objects.all())


def test_a_brief_asked_for_by_its_day_is_the_one_that_is_there_or_a_new_one(office: Office) -> None:
    brief = draft_for(day=date(2026, 11, 17), at=clock("15:00"))
    assert draft_for(day=date(2026, 11, 17), at=clock("16:00")) == brief
    with pytest.raises(Refused, match="不是工作日"):
        draft_for(day=date(2026, 11, 15), at=clock("15:00"))
    with pytest.raises(Refused, match="还没到时间"):
        draft_for(day=date(2026, 11, 18), at=clock("15:00"))
