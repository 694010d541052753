"""The lead says which case is most like it, whatever became of that one, and why; a fixed number of queries."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analysis.models import Membership, Topic
from analysis.services import arranging
from console.queries.alike import most_alike
from office.models import User
from responses.models import Issue
from responses.services import topics as services
from responses.services.decide.dismissing import dismiss_lead
from tests.analysis.test_arranging import DAY, GATE, LIFT, LIFT_AGAIN, MARCH, SCHOOL, say
from tests.people import Office

SignIn = Callable[[User], Client]
AT = MARCH + 2 * DAY


@pytest.fixture
def two(office: Office, clock: Callable[[datetime], None]) -> tuple[Issue, Issue]:
    """A lead of the lift, and one of its second topic; a third case speaks of something else."""
    clock(AT)
    User.objects.update(must_change_password=False)
    posts = [say(LIFT, MARCH), say(LIFT_AGAIN, MARCH + DAY), say(GATE, MARCH + DAY), say(SCHOOL, MARCH + DAY)]
    lift = Membership.objects.get(post=posts[0]).topic
    Membership.objects.filter(post__in=posts[:3]).update(topic=lift)
    done = arranging.split(topic=lift, posts=[posts[1].pk], title="", by=office.qian, at=AT, reason="两件事")
    school = Membership.objects.get(post=posts[3]).topic
    lead, other, _ = (
        services.open_lead(topic=topic, by=office.wang, at=AT, level=4, reason="来电")
        for topic in (lift, Topic.objects.get(pk=done.other_id), school)
    )
    return lead, other


def test_an_open_case_is_named_with_its_likeness_and_chosen_to_merge_into(
    two: tuple[Issue, Issue], office: Office, sign_in: SignIn
) -> None:
    lead, other = two
    found = most_alike(lead)
    assert found is not None and found.issue == other and found.likeness is not None and found.likeness > 0.2
    page = sign_in(office.wang).get(f"/leads/{lead.pk}/")
    words = page.content.decode()
    assert f'最像：<a href="/issues/{other.pk}/">' in words and f"相似 <b>{found.likeness:.2f}</b>" in words
    assert "同类“物业”" in words and page.context["form"]["into"].value() == other.pk


def test_a_dismissed_case_is_named_with_its_reason_and_can_not_be_merged_into(
    two: tuple[Issue, Issue], office: Office, sign_in: SignIn
) -> None:
    lead, other = two
    dismiss_lead(issue=other, by=office.wang, at=AT, code="settled", sentence="已修好", version=None)
    words = sign_in(office.wang).get(f"/leads/{lead.pk}/").content.decode()
    assert "（已排除，个案已结）" in words and "不能并入，可参看" in words
    Issue.objects.filter(pk=other.pk).update(topic=lead.topic)
    other.matter.topic = lead.matter.topic
    other.matter.save()
    found = most_alike(lead)
    assert found is not None and (found.issue, found.likeness, found.shares) == (other, None, "同一热点")


def test_nothing_like_it_is_said_and_more_cases_cost_no_more_queries(
    two: tuple[Issue, Issue], office: Office, sign_in: SignIn
) -> None:
    lead, other = two
    with CaptureQueriesContext(connection) as few:
        most_alike(lead)
    for number in range(4):
        post = say((f"{LIFT[0]}{number}号梯", f"{LIFT[1]}第{number}次"), AT)
        topic = Membership.objects.get(post=post).topic
        if not Issue.objects.filter(topic=topic).exists():
            services.open_lead(topic=topic, by=office.wang, at=AT, level=4, reason="来电")
    with CaptureQueriesContext(connection) as more:
        most_alike(lead)
    assert len(more) <= len(few) + 1
    Issue.objects.exclude(pk=lead.pk).update(state=Issue.State.MERGED)
    words = sign_in(office.wang).get(f"/leads/{lead.pk}/").content.decode()
    assert "近 60 日没有字词相近的舆情" in words
