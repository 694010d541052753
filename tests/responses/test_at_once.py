"""Two people at the same moment, on a real file with real threads."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from office import trail
from office.errors import Refused
from office.models import Trail
from responses.models import GateMark, Issue, Proposal
from responses.services import decide, drafting
from responses.services.evidence import check_release, enter_release
from tests.people import Office, clock
from tests.responses.facts import PAGE, clock_of, fire_lead, lamp_lead

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], object]) -> list[str]:
    """Run the acts at once; what each refused person was told."""
    ready = threading.Barrier(len(acts))
    refused: list[str] = []
    broken: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        ready.wait()
        try:
            act()
        except Refused as sentence:
            refused.append(str(sentence))
        except BaseException as error:  # handed on: the test fails with it
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    return refused


def test_one_confirms_one_dismisses_and_one_of_them_hears_of_the_other(transactional_db: None, office: Office) -> None:
    issue = lamp_lead()
    refused = together(
        lambda: decide.confirm_lead(issue=issue, by=office.wang, at=clock("10:00"), level=4, version=issue.version),
        lambda: decide.dismiss_lead(
            issue=issue, by=office.li, at=clock("10:00"), code="misjudged", sentence="误判", version=issue.version
        ),
    )
    assert len(refused) == 1
    assert "刚刚已" in refused[0]
    issue.refresh_from_db()
    assert issue.state in ("responding", "dismissed")
    assert clock_of(issue, "response").status == ("running" if issue.state == "responding" else "void")
    assert trail.verify() == []


def test_of_two_who_decide_a_proposal_one_counts(transactional_db: None, office: Office) -> None:
    issue = fire_lead()
    waiting = decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="演练", version=issue.version
    )
    assert isinstance(waiting, Proposal)
    refused = together(
        lambda: decide.decide_proposal(proposal=waiting, by=office.zhao, at=clock("10:05"), accept=True),
        lambda: decide.decide_proposal(
            proposal=waiting, by=office.chen, at=clock("10:05"), accept=False, reason="不是演练"
        ),
    )
    assert len(refused) == 1
    waiting.refresh_from_db()
    assert Issue.objects.get(pk=issue.pk).state == ("dismissed" if waiting.accepted else "lead")


def test_of_two_who_check_one_release_one_counts(transactional_db: None, office: Office) -> None:
    issue = fire_lead()
    decide.confirm_lead(issue=issue, by=office.chen, at=clock("09:20"), level=2, version=issue.version)
    release = enter_release(
        issue=issue,
        by=office.zhou,
        at=clock("11:00"),
        kind="notice",
        channel="门户网站",
        title="情况通报",
        link="https://gov.example.test/1.html",
        published_at=clock("10:50"),
        copy=PAGE,
        copy_name="通报.html",
    )
    refused = together(
        lambda: check_release(release=release, by=office.wu, at=clock("11:05"), accept=True, note="一致"),
        lambda: check_release(release=release, by=office.chen, at=clock("11:05"), accept=False, note="打不开"),
    )
    assert len(refused) == 1
    release.refresh_from_db()
    assert clock_of(issue, "first_release").status == ("met" if release.state == "checked" else "running")


def test_of_two_at_one_gate_one_counts(transactional_db: None, office: Office) -> None:
    issue = fire_lead()
    words = drafting.Words("notice", "情况通报（一）", None, ["政务微博"], "火已扑灭。")
    draft = drafting.start_draft(issue=issue, by=office.zhou, at=clock("10:00"), words=words)
    common: dict[str, Any] = {"draft": draft, "gate": "wording", "version": 1, "at": clock("10:05")}
    refused = together(
        lambda: drafting.decide_gate(**common, by=office.wu, accept=True),
        lambda: drafting.decide_gate(**common, by=office.zhao, accept=False, sentence="口径再核"),
    )
    assert len(refused) == 1
    assert "刚刚已" in refused[0]
    mark = GateMark.objects.get()
    draft.refresh_from_db()
    assert (draft.state, draft.gate) == (("review", 1) if mark.passed else ("back", 0))


def test_many_hands_write_one_whole_chain(transactional_db: None, office: Office) -> None:
    issue = lamp_lead()
    before = Trail.objects.count()
    people = [office.wang, office.li, office.zhao, office.qian]
    assert together(*(
        lambda who=who: [
            decide.add_note(issue=issue, by=who, at=clock("10:00"), text=f"第{n}条") for n in range(5)
        ]
        for who in people
    )) == []  # fmt: skip
    assert Trail.objects.count() == before + 20
    assert trail.verify() == []
