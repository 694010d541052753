"""What people change in the register: kept beside the pack, laid over it, until the pack itself says otherwise."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.installation import take_in_pack
from crawlers.models import Source, SourceChange
from crawlers.overlay import Change, as_written, lay_over
from crawlers.rhythm import proposed_rhythm, usual_gap
from crawlers.services import edit_source, switch_source, sync_sources
from crawlers.services.register import laid_over
from office.errors import Refused
from office.models import Trail
from office.pack.current import current_pack
from office.pack.loading import Pack, load_pack
from office.pack.sources import Source as Line
from office.pack.sources import Sources
from tests.people import Office, clock

AT = clock("09:00")
LINE: dict[str, Any] = {
    "id": "one", "name": "一", "class": "media", "kind": "feed", "address": "https://one.example/rss", "scope": "open",
    "rhythm_minutes": 30, "legal_basis": "公开", "enabled": True,
}  # fmt: skip


def register(*lines: dict[str, Any]) -> Sources:
    return Sources.model_validate({"sources": [LINE | line for line in lines]})


def slower(base: int = 30, to: int = 60) -> Change:
    return Change(1, "one", "edit", {"rhythm_minutes": to}, {"rhythm_minutes": base})


def test_a_change_stands_while_the_pack_says_what_it_said() -> None:
    laid = lay_over(register({}), [slower()])
    assert laid.lines["one"].rhythm_minutes == 60 and not laid.superseded


@pytest.mark.parametrize("now", [15, 60])
def test_a_pack_that_says_otherwise_later_counts_again(now: int) -> None:
    laid = lay_over(register({"rhythm_minutes": now}), [slower()])
    assert laid.lines["one"].rhythm_minutes == now and laid.superseded == [1]


def test_a_line_added_here_ends_when_the_pack_has_it() -> None:
    added = Change(2, "two", "add", LINE | {"id": "two", "name": "二"}, {})
    edited = Change(3, "two", "edit", {"rhythm_minutes": 5}, {})
    assert lay_over(register({}), [added, edited]).lines["two"].rhythm_minutes == 5
    taken = lay_over(register({}, {"id": "two", "name": "二（资料包）"}), [added, edited])
    assert taken.lines["two"].name == "二（资料包）" and taken.superseded == [2, 3]


def test_a_change_the_register_would_not_take_is_told_and_stops_nothing() -> None:
    laid = lay_over(register({}), [Change(1, "one", "edit", {"voice": "nobody"}, {"voice": "media"}), slower()])
    assert "voice" in laid.faults[1]
    assert laid.lines["one"].rhythm_minutes == 60


def test_every_line_of_the_pack_can_be_written_out_and_read_again() -> None:
    for line in load_pack("xicheng").sources.sources:
        assert Line.model_validate(as_written(line)) == line
        assert Line.model_validate(line.config()).config() == line.config()


@pytest.mark.django_db
def test_rhythm_and_voice_are_changed_with_a_reason_and_survive_the_pack(office: Office) -> None:
    take_in_pack(at=AT)
    one = Source.objects.filter(enabled=True, voice="media").order_by("key")[0]
    rhythm = one.rhythm_minutes
    with pytest.raises(Refused, match="为什么"):
        edit_source(source=one, rhythm_minutes=90, voice="media", reason=" ", by=office.zhao, at=AT)
    with pytest.raises(Refused, match="没有变"):
        edit_source(source=one, rhythm_minutes=rhythm, voice="media", reason="看看", by=office.zhao, at=AT)
    with pytest.raises(Refused, match="权限"):
        edit_source(source=one, rhythm_minutes=90, voice="media", reason="看看", by=office.wang, at=AT)
    with pytest.raises(Refused, match="5 分钟"):
        edit_source(source=one, rhythm_minutes=1, voice="media", reason="快", by=office.zhao, at=AT)
    edit_source(source=one, rhythm_minutes=90, voice="official", reason="对方要求放慢", by=office.zhao, at=AT)
    sync_sources(current_pack(), at=AT + timedelta(minutes=1))
    one.refresh_from_db()
    assert (one.rhythm_minutes, one.voice, one.config["rhythm_minutes"]) == (90, "official", 90)
    assert [(c.kind, c.values, c.base) for c in SourceChange.objects.order_by("pk")] == [
        ("edit", {"rhythm_minutes": 90}, {"rhythm_minutes": rhythm}),
        ("edit", {"voice": "official"}, {"voice": "media"}),
    ]
    assert Trail.objects.filter(kind="edit_source", by=office.zhao).count() == 1


@pytest.mark.django_db
def test_a_switch_stands_beside_the_pack_until_the_pack_speaks_of_it(office: Office) -> None:
    take_in_pack(at=AT)
    one = Source.objects.filter(enabled=True).order_by("key")[0]
    switch_source(source=one, on=False, reason="改版", by=office.admin, at=AT)
    sync_sources(current_pack(), at=AT)
    one.refresh_from_db()
    assert (one.enabled, one.disabled_reason) == (False, "改版")
    assert not laid_over(current_pack().sources).lines[one.key].enabled
    other = _pack_where(one.key, enabled=False, disabled_reason="资料包也停了")
    sync_sources(other, at=AT)
    one.refresh_from_db()
    assert (one.enabled, one.disabled_reason) == (False, "资料包也停了")
    sync_sources(current_pack(), at=AT)
    one.refresh_from_db()
    assert one.enabled and SourceChange.objects.get().superseded_at == AT


def _pack_where(key: str, **values: Any) -> Pack:
    """The pack in force with one line of its register changed."""
    pack = current_pack()
    lines = [as_written(line) | (values if line.id == key else {}) for line in pack.sources.sources]
    return Pack(**{**vars(pack), "sources": Sources.model_validate({"sources": lines})})


@pytest.mark.django_db
def test_a_source_the_register_can_not_read_is_not_switched_on(office: Office) -> None:
    take_in_pack(at=AT)
    one = Source.objects.get(pk=Source.objects.filter(enabled=True, kind="json_api").order_by("key")[0].pk)
    Source.objects.filter(pk=one.pk).update(enabled=False, config={k: v for k, v in one.config.items() if k != "json"})
    one.refresh_from_db()
    with pytest.raises(Refused, match="json"):
        switch_source(source=one, on=True, reason="试试", by=office.admin, at=AT)
    one.refresh_from_db()
    assert not one.enabled and not SourceChange.objects.exists()


def test_a_rhythm_follows_the_usual_gap_and_what_robots_ask_for() -> None:
    hourly = [AT - timedelta(hours=n) for n in range(1, 9)]
    assert proposed_rhythm(usual_gap(hourly, at=AT)) == 30
    assert proposed_rhythm(usual_gap(hourly, at=AT), crawl_delay=300) == 60
    assert proposed_rhythm(usual_gap([AT] * 9, at=AT)) == 60  # one moment says nothing
    assert proposed_rhythm(None) == 60
    assert proposed_rhythm(timedelta(minutes=2)) == 5
    assert proposed_rhythm(timedelta(days=30)) == 1440


def test_the_pack_reads_a_date_of_review(tmp_path: Path) -> None:
    assert Line.model_validate(LINE | {"review_by": "2027-01-31"}).config()["review_by"] == "2027-01-31"
