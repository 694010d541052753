"""A brief always says which sources were down, from when to when, and whether collected since."""

from datetime import datetime, timedelta

import pytest

from crawlers.models import Run
from reports.models import Brief
from reports.services.brief import draft_due
from tests.people import clock
from tests.reports.test_drafting import text_of
from tests.reports.world import World

pytestmark = pytest.mark.usefixtures("begun")


def visits(world: World, name: str, since: datetime, until: datetime, *, verdict: str = "ok") -> None:
    """A visit every ten minutes."""
    source = world.source(name, rhythm_minutes=10)
    moment = since
    while moment < until:
        Run.objects.create(source=source, started_at=moment, ended_at=moment, verdict=verdict)
        if verdict == "ok":
            source.last_success_at = moment
        moment += timedelta(minutes=10)
    source.save()


def drafted() -> Brief:
    draft_due(at=clock("08:00", day=16))
    brief = draft_due(at=clock("08:00"))
    assert brief is not None
    return brief


def test_a_source_that_was_down_and_came_back_is_named_with_both_times(world: World) -> None:
    visits(world, "区留言板", clock("08:00", day=16), clock("08:00"))
    visits(world, "首都之窗", clock("08:00", day=16), clock("22:20", day=16))
    visits(world, "首都之窗", clock("22:20", day=16), clock("03:00"), verdict="temporary")
    visits(world, "首都之窗", clock("03:00"), clock("08:00"))
    said = text_of(drafted(), "overall")
    assert "期内中断来源1个，合计4小时50分，已补采1个" in said
    assert "首都之窗（11月16日22时10分至11月17日3时，已补采）" in said


def test_a_source_that_is_still_down_is_said_to_be(world: World) -> None:
    visits(world, "区留言板", clock("08:00", day=16), clock("08:00"))
    visits(world, "首都之窗", clock("08:00", day=16), clock("06:00"))
    visits(world, "首都之窗", clock("06:00"), clock("08:00"), verdict="temporary")
    assert "首都之窗（11月17日5时50分起至编稿时未恢复）" in text_of(drafted(), "overall")


def test_a_standstill_of_the_service_itself_is_told_too(world: World) -> None:
    visits(world, "区留言板", clock("08:00", day=16), clock("02:00"))
    visits(world, "区留言板", clock("07:00"), clock("08:00"))
    assert "全部来源（服务停机）（11月17日1时50分至11月17日7时，已补采）" in text_of(drafted(), "overall")


def test_before_the_very_first_visit_nothing_was_missed(world: World) -> None:
    visits(world, "区留言板", clock("20:00", day=16), clock("08:00"))
    assert "各来源采集正常" in text_of(drafted(), "overall")
