"""A person merges topics, splits posts off, opens a lead from one, and takes it back; issues follow by the rules."""

from datetime import timedelta

import pytest

from alerts.models import Alert, Clock, Notice
from alerts.queries.past import Past
from alerts.services.warn import weigh_topics
from analysis.models import Arrangement, Membership, Topic, TopicDay
from crawlers.models import Post
from office import trail
from office.errors import Refused
from office.models import Trail
from responses.models import Issue
from responses.services import decide, topics
from responses.services.leads import open_leads
from tests.people import Office, clock
from tests.responses.facts import alert, clock_of, fire, fire_lead, lamp_lead, post, topic

pytestmark = pytest.mark.django_db


def smell(*, voices: int = 2, hour: int = 8) -> Topic:
    """A topic nobody opened a lead for: a smell of rubbish, `voices` people from 08:00 on."""
    case = topic("椿树里垃圾味", clock(f"{hour:02}:00"))
    for n in range(voices):
        post(case, clock(f"{hour:02}:{n:02}"), f"椿树里垃圾站味道太大 {n}")
    return case


def merged(gone: Topic, into: Topic, office: Office, *, at: str = "10:00") -> Arrangement:
    return topics.merge_topics(topic=gone, into=into, by=office.qian, at=clock(at), reason="说的是同一处垃圾站")


def split_off(case: Topic, posts: list[Post], office: Office, *, at: str = "10:00", title: str = "") -> Topic:
    keys = [row.pk for row in posts]
    done = topics.split_topic(topic=case, posts=keys, by=office.qian, at=clock(at), reason="另一件事", title=title)
    return Topic.objects.get(pk=done.other_id)


def posts_of(case: Topic) -> list[Post]:
    return list(Post.objects.filter(membership__topic=case).order_by("seen_at", "pk"))


# --- merging ---------------------------------------------------------------------------------------------------------


def test_merged_by_hand_every_post_is_in_one_topic_counted_anew_and_in_the_trail(office: Office) -> None:
    kept, gone = smell(voices=2), smell(voices=3, hour=9)
    merged(gone, kept, office)
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert (gone.merged_into_id, kept.pinned, kept.posts_count, kept.voices) == (kept.pk, True, 5, 5)
    assert TopicDay.objects.get(topic=kept).posts == 5 and not TopicDay.objects.filter(topic=gone).exists()
    assert kept.weigh_from == clock("09:00") and Membership.objects.filter(topic=kept, by_hand=True).count() == 3
    row = Trail.objects.get(kind="topic.merge")
    assert (row.by, row.object_id) == (office.qian, str(kept.pk)) and trail.verify() == []


def test_merging_is_refused_without_the_right_a_reason_or_two_topics_that_stand(office: Office) -> None:
    kept, gone = smell(), smell(hour=9)
    for by, reason, into, words in (
        (office.zhou, "同一处", kept, "没有“合并或拆分热点”的权限"),
        (office.qian, "  ", kept, "请写明合并的理由"),
        (office.qian, "同一处", gone, "不能并入自己"),
    ):
        with pytest.raises(Refused, match=words):
            topics.merge_topics(topic=gone, into=into, by=by, at=clock("10:00"), reason=reason)
    merged(gone, kept, office)
    with pytest.raises(Refused, match=f"T-{gone.pk} 已经并入 T-{kept.pk}"):
        merged(gone, kept, office)
    assert Arrangement.objects.count() == 1


def test_the_lead_of_the_topic_that_goes_follows_to_the_one_that_stays(office: Office) -> None:
    issue, kept = lamp_lead(), smell()
    assert issue.topic is not None
    due = clock_of(issue, "response").due_at
    merged(issue.topic, kept, office)
    open_leads(at=clock("10:01"))
    issue.refresh_from_db()
    issue.matter.refresh_from_db()
    assert (issue.topic_id, issue.matter.topic_id, issue.state) == (kept.pk, kept.pk, "lead")
    assert clock_of(issue, "response").due_at == due
    assert Issue.objects.count() == 1


def test_two_leads_of_merged_topics_become_one_with_the_earlier_start(office: Office) -> None:
    early, late = lamp_lead(last_at="09:00"), lamp_lead(last_at="12:00")
    assert early.topic is not None and late.topic is not None
    begun = clock_of(early, "response").anchor_at
    merged(early.topic, late.topic, office, at="13:00")
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, early.merged_into, late.state) == ("merged", late, "lead")
    assert clock_of(late, "response").anchor_at == begun


def test_of_a_lead_and_a_confirmed_issue_the_confirmed_one_stays_whichever_topic_goes(office: Office) -> None:
    confirmed, lead = lamp_lead(last_at="09:00"), lamp_lead(last_at="12:00")
    assert confirmed.topic is not None and lead.topic is not None
    decide.confirm_lead(issue=confirmed, by=office.wang, at=clock("12:10"), level=4, version=confirmed.version)
    merged(confirmed.topic, lead.topic, office, at="13:00")
    confirmed.refresh_from_db()
    lead.refresh_from_db()
    assert (lead.state, lead.merged_into, confirmed.state) == ("merged", confirmed, "responding")
    assert confirmed.topic == lead.topic and Topic.objects.get(pk=confirmed.topic_id or 0).frozen


def test_a_dismissed_issue_that_comes_along_does_not_ring_under_an_open_one(office: Office) -> None:
    gone = lamp_lead(voices=2)
    decide.dismiss_lead(
        issue=gone, by=office.wang, at=clock("10:00"), code="misjudged", sentence="系误判", version=gone.version
    )
    kept = lamp_lead(voices=5, last_at="11:00")
    assert gone.topic is not None and kept.topic is not None
    merged(gone.topic, kept.topic, office, at="11:30")
    assert open_leads(at=clock("11:31")) == 0
    gone.refresh_from_db()
    assert (gone.state, gone.topic) == ("dismissed", kept.topic)


# --- taking a merge back ---------------------------------------------------------------------------------------------


def test_a_merge_taken_back_gives_two_topics_and_leaves_newer_posts_where_they_came(office: Office) -> None:
    kept, gone = smell(), smell(hour=9)
    before = {post.pk for post in posts_of(gone)}
    done = merged(gone, kept, office)
    newer = post(kept, clock("11:00"), "垃圾站今天没人清")
    topics.undo(arrangement=done, by=office.zhao, at=clock("12:00"), reason="是两处垃圾站")
    gone.refresh_from_db()
    assert gone.merged_into_id is None and {post.pk for post in posts_of(gone)} == before
    assert newer in posts_of(kept) and len(posts_of(kept)) == 3
    kept.refresh_from_db()
    assert (gone.pinned, kept.pinned, gone.posts_count, kept.posts_count) == (True, True, 2, 3)
    assert not Membership.objects.filter(by_hand=True).exists()
    with pytest.raises(Refused, match="赵刚 已经撤销了这一次"):
        topics.undo(arrangement=done, by=office.qian, at=clock("12:01"), reason="是两处")


def test_issues_merged_with_their_topics_stand_apart_again_and_no_due_time_moves_later(office: Office) -> None:
    early, late = lamp_lead(last_at="09:00"), lamp_lead(last_at="12:00")
    assert early.topic is not None and late.topic is not None
    own = clock_of(early, "response")
    done = merged(early.topic, late.topic, office, at="13:00")
    topics.undo(arrangement=done, by=office.qian, at=clock("14:00"), reason="是两处路灯")
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, early.merged_into, early.topic_id) == ("lead", None, done.other_id)
    assert (late.state, late.topic_id) == ("lead", done.topic_id)
    back = clock_of(early, "response")
    assert (back.status, back.due_at) == ("provisional", own.due_at) and early.matter.open
    assert clock_of(late, "response").anchor_at == own.anchor_at  # later: two people
    assert late.matter.anchors.filter(source__startswith="并入线索", withdrawn_at=None).count() == 0
    assert open_leads(at=clock("14:01")) == 0


def test_a_clock_the_other_issue_took_over_goes_back_with_its_issue(office: Office) -> None:
    grave, lamp = fire_lead(), lamp_lead(last_at="12:00")
    assert grave.topic is not None and lamp.topic is not None
    decide.confirm_lead(issue=lamp, by=office.wang, at=clock("12:10"), level=4, version=lamp.version)
    kinds = set(Clock.objects.filter(matter=grave.matter).values_list("kind", flat=True))
    done = merged(grave.topic, lamp.topic, office, at="12:20")
    assert Clock.objects.filter(matter=lamp.matter, kind="first_release", closed_at=None).exists()
    topics.undo(arrangement=done, by=office.qian, at=clock("12:25"), reason="两件事")
    grave.refresh_from_db()
    back = Clock.objects.filter(matter=grave.matter, closed_at=None)
    assert {c.kind for c in back} == kinds and grave.state == "lead"
    assert {c.status for c in back} == {"provisional"}


def test_what_was_arranged_last_is_undone_first(office: Office) -> None:
    one, two, three = smell(), smell(hour=9), smell(hour=10)
    first = merged(two, one, office, at="11:00")
    second = merged(three, one, office, at="11:10")
    with pytest.raises(Refused, match="先撤销后来的那一次"):
        topics.undo(arrangement=first, by=office.qian, at=clock("11:20"), reason="弄错")
    first.refresh_from_db()
    assert first.undone_at is None
    for done in (second, first):
        topics.undo(arrangement=done, by=office.qian, at=clock("11:30"), reason="弄错")
    assert Topic.objects.filter(merged_into=None).count() == 3


# --- splitting -------------------------------------------------------------------------------------------------------


def test_split_posts_take_their_copies_along_and_both_topics_are_counted_anew(office: Office) -> None:
    case = smell(voices=4)
    first, second, third, fourth = posts_of(case)
    Post.objects.filter(pk=fourth.pk).update(copy_of=third)
    new = split_off(case, [fourth], office, title="电话13812345678 装修垃圾")
    case.refresh_from_db()
    assert posts_of(new) == [third, fourth] and posts_of(case) == [first, second]
    assert (case.posts_count, new.posts_count, new.copies_count) == (2, 2, 1)
    assert "13812345678" not in new.title and "装修垃圾" in new.title
    assert case.pinned and new.pinned and TopicDay.objects.filter(topic__in=(case, new)).count() == 2
    assert Trail.objects.filter(kind="topic.split", object_id=str(case.pk)).exists()


def test_a_topic_named_by_a_post_that_was_split_off_gets_another_name(office: Office) -> None:
    case = topic("路口堵车", clock("08:00"))
    told = [post(case, clock(f"08:0{n}"), text) for n, text in enumerate(["路口堵车", "垃圾没人收", "垃圾还没收"])]
    new = split_off(case, told[:1], office)
    case.refresh_from_db()
    assert (new.title, case.title) == ("路口堵车", "垃圾没人收")


def test_splitting_is_refused_for_nothing_for_everything_and_for_posts_that_left(office: Office) -> None:
    case, other = smell(), smell(hour=9)
    mine, foreign = posts_of(case), posts_of(other)
    for chosen, words in (([], "先勾选"), (mine, "至少要留一帖"), ([mine[0], foreign[0]], "有 1 帖已不在")):
        with pytest.raises(Refused, match=words):
            split_off(case, chosen, office)
    with pytest.raises(Refused, match="没有“合并或拆分热点”的权限"):
        topics.split_topic(topic=case, posts=[mine[0].pk], by=office.feng, at=clock("10:00"), reason="另一件")
    assert Topic.objects.count() == 2


def test_the_issue_stays_with_the_rest_and_its_clock_does_not_move(office: Office) -> None:
    issue = lamp_lead(voices=4)
    assert issue.topic is not None
    before = clock_of(issue, "response")
    new = split_off(issue.topic, posts_of(issue.topic)[:1], office)
    open_leads(at=clock("10:01"))
    issue.refresh_from_db()
    after = clock_of(issue, "response")
    assert (issue.topic_id, after.anchor_at, after.due_at) == (before.matter.topic_id, before.anchor_at, before.due_at)
    assert not Issue.objects.filter(topic=new).exists()
    assert Trail.objects.filter(kind="issue.topic_split", object_id=str(issue.pk)).count() == 1


def test_what_was_split_off_is_weighed_by_the_rules_from_its_own_posts(office: Office) -> None:
    issue = lamp_lead()
    assert issue.topic is not None
    told = post(issue.topic, clock("09:30"), "槐树街某楼起火，3人死亡", emergency=fire(dead=3))
    Topic.objects.update(weigh_from=None)
    new = split_off(issue.topic, [told], office, at="09:40")
    weigh_topics(at=clock("09:41"), past=Past())
    assert open_leads(at=clock("09:42")) == 1
    lead = Issue.objects.get(topic=new)
    assert (lead.matter.level_proposed, clock_of(lead, "first_release").anchor_at) == (2, clock("09:30"))


def test_what_a_closed_issue_answered_raises_nothing_when_it_is_split_off(office: Office) -> None:
    issue = lamp_lead()
    assert issue.topic is not None
    told = post(issue.topic, clock("09:30"), "槐树街某楼起火，3人死亡", emergency=fire(dead=3))
    Issue.objects.filter(pk=issue.pk).update(state="closed", closed_at=clock("11:00"))
    Topic.objects.update(weigh_from=None)
    new = split_off(issue.topic, [told], office, at="12:00")
    weigh_topics(at=clock("12:01"), past=Past())
    assert not Alert.objects.filter(topic=new).exists()


def test_a_split_taken_back_brings_all_posts_and_the_new_lead_along(office: Office) -> None:
    issue = lamp_lead(voices=4)
    assert issue.topic is not None
    new = split_off(issue.topic, posts_of(issue.topic)[:1], office)
    newer = post(new, clock("10:30"), "路灯又有一盏不亮")
    lead = topics.open_lead(topic=new, by=office.wang, at=clock("10:40"), level=4, reason="街道来电")
    done = Arrangement.objects.get()
    topics.undo(arrangement=done, by=office.qian, at=clock("11:00"), reason="还是一件事")
    lead.refresh_from_db()
    issue.refresh_from_db()
    new.refresh_from_db()
    assert (lead.state, lead.merged_into, issue.state) == ("merged", issue, "lead")
    assert new.merged_into_id == issue.topic_id and newer in posts_of(Topic.objects.get(pk=issue.topic_id or 0))
    assert not Topic.objects.get(pk=issue.topic_id or 0).pinned


# --- a lead by hand --------------------------------------------------------------------------------------------------


def test_a_lead_opened_from_a_topic_stands_in_the_same_queue_with_a_clock_from_now(office: Office) -> None:
    case = smell()
    issue = topics.open_lead(
        topic=case, by=office.wang, at=clock("10:00"), level=4, reason="街道来电：明天再撤 6 处，电话13812345678"
    )
    running = clock_of(issue, "response")
    assert (issue.state, issue.origin, issue.topic, issue.opened_by) == ("lead", "topic", case, office.wang)
    assert (running.status, running.anchor_at) == ("provisional", clock("10:00"))
    assert issue.matter.first_public_at == clock("08:00")
    assert issue.matter.reasons[0]["sentence"].startswith("王敏 由热点开线索：街道来电")
    assert "13812345678" not in issue.notes.get().text
    assert Notice.objects.filter(matter=issue.matter, person=office.wang).exists()
    assert Trail.objects.filter(kind="issue.report", object_id=str(issue.pk), by=office.wang).exists()


def test_a_lead_by_hand_about_an_event_starts_where_the_event_did(office: Office) -> None:
    case = topic("槐树街起火", clock("09:00"))
    post(case, clock("09:00"), "七点半烧起来的", emergency=fire(occurred_at=clock("07:30")))
    issue = topics.open_lead(topic=case, by=office.wang, at=clock("10:00"), level=2, reason="应急来电")
    assert clock_of(issue, "first_release").due_at == clock("12:30")
    assert issue.matter.is_emergency


def test_a_topic_has_one_open_lead_whoever_opens_it(office: Office) -> None:
    issue = lamp_lead()
    case = issue.topic
    assert case is not None
    with pytest.raises(Refused, match=f"已有未了结的事项 {issue.label}"):
        topics.open_lead(topic=case, by=office.wang, at=clock("10:00"), level=3, reason="领导关注")
    decide.dismiss_lead(
        issue=issue, by=office.wang, at=clock("10:00"), code="misjudged", sentence="系误判", version=issue.version
    )
    with pytest.raises(Refused, match="重新打开，原时限按原起算时间恢复"):
        topics.open_lead(topic=case, by=office.wang, at=clock("10:10"), level=3, reason="领导关注")


def test_after_a_closed_issue_a_lead_by_hand_starts_now_and_points_back(office: Office) -> None:
    first = lamp_lead()
    assert first.topic is not None
    Issue.objects.filter(pk=first.pk).update(state="closed", closed_at=clock("12:00"))
    later = clock("12:00") + timedelta(days=3)
    issue = topics.open_lead(topic=first.topic, by=office.wang, at=later, level=4, reason="又有人来电")
    assert (issue.earlier, clock_of(issue, "response").anchor_at) == (first, later)


def test_lines_met_later_are_growth_of_the_lead_by_hand(office: Office) -> None:
    case = smell()
    issue = topics.open_lead(topic=case, by=office.wang, at=clock("10:00"), level=4, reason="街道来电")
    told = post(case, clock("11:00"), "味道更大了")
    alert(case, "priority", 3, met_at=clock("11:00"), by=told)
    assert open_leads(at=clock("11:01")) == 0
    issue.matter.refresh_from_db()
    assert (issue.matter.level_proposed, Issue.objects.count()) == (3, 1)


def test_who_may_not_report_opens_no_lead_and_a_reason_and_level_are_asked_for(office: Office) -> None:
    case = smell()
    for by, level, reason, words in (
        (office.admin, 4, "来电", "没有“人工报送”的权限"),
        (office.wang, 5, "来电", "只能是Ⅰ、Ⅱ、Ⅲ、Ⅳ级之一"),
        (office.wang, 4, " ", "请写明开线索的理由"),
    ):
        with pytest.raises(Refused, match=words):
            topics.open_lead(topic=case, by=by, at=clock("10:00"), level=level, reason=reason)
    assert Issue.objects.count() == 0
