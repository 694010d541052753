"""Who may do what."""

import pytest

from office.errors import Refused
from office.roles import ACT_NAMES, HOLDERS, ROLE_NAMES, THREE_ADMINISTRATORS, Act, Role, may
from office.services.acts import require, second_person
from office.services.people import declare_solo
from office.state import get_state
from tests.people import Office, clock


def test_every_act_and_role_has_a_chinese_name_and_a_holder() -> None:
    assert set(ACT_NAMES) == set(Act) == set(HOLDERS)
    assert set(ROLE_NAMES) == set(Role)
    assert all(HOLDERS[act] for act in Act)


@pytest.mark.parametrize("role", sorted(THREE_ADMINISTRATORS))
def test_no_administrator_sees_or_decides_an_issue(role: Role) -> None:
    acts = [Act.VIEW_DESK, Act.OPEN_POST, Act.SEARCH, Act.CONFIRM_LEAD, Act.DISMISS_LEAD, Act.CANCEL_ISSUE]
    assert not any(may([role], act) for act in acts)


def test_an_unknown_role_may_nothing() -> None:
    assert not any(may(["king"], act) for act in Act)


@pytest.mark.django_db
def test_a_leader_who_confirms_is_told_who_may(office: Office) -> None:
    with pytest.raises(Refused, match="没有“确认线索”的权限.*舆情工作人员"):
        require(office.feng, Act.CONFIRM_LEAD)


@pytest.mark.django_db
def test_a_closed_account_may_nothing(office: Office) -> None:
    office.wang.is_active = False
    with pytest.raises(Refused, match="已停用"):
        require(office.wang, Act.CONFIRM_LEAD)


@pytest.mark.django_db
def test_two_people_are_two_people(office: Office) -> None:
    assert second_person(first=office.wang, second=office.zhao, reason_again=None, at=clock("09:00")) is False


@pytest.mark.django_db
def test_one_person_is_not_two(office: Office) -> None:
    with pytest.raises(Refused, match="另一个人"):
        second_person(first=office.wang, second=office.wang, reason_again="理由", at=clock("09:00"))


@pytest.mark.django_db
def test_under_solo_duty_the_same_person_types_the_reason_again(office: Office) -> None:
    declare_solo(by=office.zhao, reason="春节只留一人", at=clock("08:00"))

    def again(typed: str) -> bool:
        return second_person(
            first=office.zhao, second=office.zhao, reason="系误判", reason_again=typed, at=clock("09:00")
        )

    with pytest.raises(Refused, match="再写一遍"):
        again("")
    with pytest.raises(Refused, match="不一样"):
        again("误判")
    assert again(" 系误判 ") is True
    assert get_state("solo_duty")["reason"] == "春节只留一人"
