"""Who edits, who signs, which number it gets, and what a correction is."""

import pytest

from office.errors import Refused
from office.models import Trail
from office.services.people import declare_solo
from reports.models import Brief
from reports.services.brief import (
    correct_brief,
    draft_due,
    edit_brief,
    put_off,
    put_out,
    send_back,
    sign_brief,
    submit,
)
from tests.people import Office, clock
from tests.reports.test_drafting import text_of

pytestmark = pytest.mark.usefixtures("begun")


def handed_in(office: Office, day: int = 17) -> Brief:
    brief = draft_due(at=clock("08:01", day=day))
    assert brief is not None
    return submit(brief=brief, by=office.qian, at=clock("08:20", day=day))


def signed(office: Office, day: int = 17) -> Brief:
    brief = handed_in(office, day)
    sign_brief(brief=brief, by=office.zhao, at=clock("08:40", day=day))
    sign_brief(brief=brief, by=office.chen, at=clock("08:50", day=day))
    return brief


def test_the_steps_of_the_pack_are_signed_by_two_people_and_the_last_gives_the_numbers(office: Office) -> None:
    brief = handed_in(office)
    first = sign_brief(brief=brief, by=office.zhao, at=clock("08:40"))
    assert (first.name, brief.state, brief.issue_no) == ("审核", Brief.State.SIGNING, None)
    last = sign_brief(brief=brief, by=office.chen, at=clock("08:50"))
    assert (last.name, brief.state) == ("签发", Brief.State.SIGNED)
    assert (brief.issue_no, brief.running_no) == (1, 1)
    tomorrow = signed(office, 18)
    assert (tomorrow.issue_no, tomorrow.running_no) == (2, 2)


def test_numbers_start_anew_with_the_year_and_the_running_number_goes_on(office: Office) -> None:
    signed(office)
    Brief.objects.update(day="2025-12-31", running_no=1312)
    brief = signed(office, 18)
    assert (brief.issue_no, brief.running_no) == (1, 1313)


def test_the_step_is_for_its_role_only(office: Office) -> None:
    brief = handed_in(office)
    with pytest.raises(Refused, match="审核"):
        sign_brief(brief=brief, by=office.chen, at=clock("08:40"))
    with pytest.raises(Refused, match="没有"):
        sign_brief(brief=brief, by=office.wang, at=clock("08:40"))


def test_who_edited_does_not_sign_even_if_somebody_else_edited_after(office: Office) -> None:
    brief = draft_due(at=clock("08:01"))
    assert brief is not None
    for who in (office.zhao, office.qian):
        words = {"sections": [{"key": "ahead", "text": f"由{who.name}补写。"}]}
        brief = edit_brief(brief=brief, by=who, at=clock("08:10"), content=words, version=brief.version)
    submit(brief=brief, by=office.qian, at=clock("08:20"))
    with pytest.raises(Refused, match="改过这份简报"):
        sign_brief(brief=brief, by=office.zhao, at=clock("08:40"))


def test_a_single_person_signs_only_under_a_declared_lone_watch_with_the_reason_typed_again(office: Office) -> None:
    lone = office.zhao
    lone.roles = ["analyst", "duty_lead", "propaganda_lead"]
    lone.save()
    brief = draft_due(at=clock("08:01"))
    assert brief is not None
    submit(brief=brief, by=lone, at=clock("08:20"))
    with pytest.raises(Refused, match="单人值守"):
        sign_brief(brief=brief, by=lone, at=clock("08:40"), reason_again="只有我一人")
    declare_solo(by=lone, reason="节日只有一人", at=clock("08:41"))
    with pytest.raises(Refused, match="理由"):
        sign_brief(brief=brief, by=lone, at=clock("08:42"))
    one = sign_brief(brief=brief, by=lone, at=clock("08:43"), reason_again="节日只有一人，已自查")
    two = sign_brief(brief=brief, by=lone, at=clock("08:44"), reason_again="节日只有一人，已自查")
    assert one.solo and two.solo and brief.state == Brief.State.SIGNED
    assert Trail.objects.filter(kind="brief.sign", solo=True).count() == 2
    later = draft_due(at=clock("08:01", day=18))
    assert later is not None and "单人值守" in text_of(later, "overall")


def test_a_change_after_the_first_signature_takes_it_off(office: Office) -> None:
    brief = handed_in(office)
    sign_brief(brief=brief, by=office.zhao, at=clock("08:40"))
    words = {"sections": [{"key": "ahead", "text": "今日有雨。"}]}
    brief = edit_brief(brief=brief, by=office.qian, at=clock("08:45"), content=words, version=brief.version)
    assert brief.state == Brief.State.DRAFT and not brief.signatures.exists()


def test_who_opened_an_older_text_can_neither_save_over_it_nor_sign_it(office: Office) -> None:
    brief = handed_in(office)
    seen = brief.version
    words = {"sections": [{"key": "ahead", "text": "今日有雨。"}]}
    edit_brief(brief=brief, by=office.qian, at=clock("08:30"), content=words, version=seen)
    with pytest.raises(Refused, match="钱越"):
        edit_brief(brief=brief, by=office.wang, at=clock("08:31"), content=words, version=seen)
    submit(brief=brief, by=office.qian, at=clock("08:32"))
    with pytest.raises(Refused, match="新稿"):
        sign_brief(brief=brief, by=office.zhao, at=clock("08:40"), version=seen)


def test_a_signer_gives_it_back_with_a_reason(office: Office) -> None:
    brief = handed_in(office)
    with pytest.raises(Refused, match="原因"):
        send_back(brief=brief, by=office.zhao, at=clock("08:40"), reason=" ")
    assert send_back(brief=brief, by=office.zhao, at=clock("08:40"), reason="导读太长").state == Brief.State.DRAFT


def test_a_signed_brief_is_frozen(office: Office) -> None:
    brief = signed(office)
    words = {"sections": [{"key": "ahead", "text": "今日有雨。"}]}
    with pytest.raises(Refused, match="更正"):
        edit_brief(brief=brief, by=office.qian, at=clock("09:00"), content=words, version=brief.version)


def test_a_correction_is_a_new_numbered_edition_and_the_first_stays(office: Office) -> None:
    brief = signed(office)
    with pytest.raises(Refused, match="还没有发出"):
        correct_brief(brief=brief, by=office.qian, at=clock("10:00"), reason="街道名写错")
    put_out(brief=brief, at=clock("08:51"))
    before = text_of(brief)
    correction = correct_brief(brief=brief, by=office.qian, at=clock("10:00"), reason="街道名写错")
    submit(brief=correction, by=office.qian, at=clock("10:05"))
    sign_brief(brief=correction, by=office.zhao, at=clock("10:10"))
    sign_brief(brief=correction, by=office.chen, at=clock("10:15"))
    assert (correction.edition, correction.running_no) == (2, 2)
    assert "更正：第1期（总第1期）有误，街道名写错，以本期为准" in text_of(correction, "guide")
    brief.refresh_from_db()
    assert text_of(brief) == before and brief.state == Brief.State.SENT
    tomorrow = draft_due(at=clock("08:01", day=18))
    assert tomorrow is not None and tomorrow.since == brief.until


def test_putting_off_needs_a_reason_and_never_a_time_that_is_over(office: Office) -> None:
    brief = handed_in(office)
    with pytest.raises(Refused, match="原因"):
        put_off(brief=brief, by=office.zhao, at=clock("08:40"), reason="")
    with pytest.raises(Refused, match="已经过去"):
        put_off(brief=brief, by=office.zhao, at=clock("08:40"), reason="等通报", until=clock("08:30"))
    with pytest.raises(Refused, match="权限"):
        put_off(brief=brief, by=office.wang, at=clock("08:40"), reason="等通报")
    brief = put_off(brief=brief, by=office.zhao, at=clock("08:40"), reason="等通报", until=clock("14:00"))
    submit(brief=brief, by=office.qian, at=clock("13:00"))
    sign_brief(brief=brief, by=office.zhao, at=clock("13:10"))
    sign_brief(brief=brief, by=office.chen, at=clock("13:20"))
    put_out(brief=brief, at=clock("13:21"))
    tomorrow = draft_due(at=clock("08:01", day=18))
    assert tomorrow is not None
    assert "迟发3小时51分，缓发原因：等通报" in text_of(tomorrow, "progress")
