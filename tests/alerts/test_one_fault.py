"""One row we stumble over silences no other clock: the rest rings, and the sweep still counts as failed."""

import pytest

from alerts.models import Clock, Rung
from alerts.services.rungs import fire_rungs
from tests.people import Office, clock
from tests.responses.facts import fire_lead, lamp_lead


def test_a_clock_of_a_kind_the_rules_no_longer_know_silences_no_other(office: Office) -> None:
    broken, sound = lamp_lead(), fire_lead()
    Clock.objects.filter(matter=broken.matter).update(kind="gone", next_rung_at=clock("09:07"))
    with pytest.raises(StopIteration):
        fire_rungs(at=clock("12:31"))
    rang = Rung.objects.filter(matter=sound.matter, clock__kind="first_release")
    assert {"p40", "p60", "p80", "due"} <= set(rang.values_list("name", flat=True))
