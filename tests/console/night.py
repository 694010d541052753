"""One invented night at the desk: 18 November 2026, 03:14 Beijing time. Rows as the services would have left them.

Authored for the tests of the pages; every person, place below street level and figure is made up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.models import Alert, Anchor, Clock, Matter, Notice, Rung
from analysis.models import Membership, Reading, Topic
from analysis.services.indexing import settle
from crawlers.models import Post, Run, Snapshot, Source, SourceDay, SourceGap
from office import trail
from office.models import Department, Duty, SweepState, User
from office.services.people import create_user
from responses.models import Issue

SOURCES = [
    ("board-life", "本地论坛生活版", "board", "board", "public"),
    ("letters", "区政府门户 领导信箱", "letters", "json_api", "public"),
    ("city-paper", "市级日报 本地新闻", "media", "feed", "media"),
    ("hot-a", "公开热榜甲", "hot_list", "hot_list", "media"),
    ("portal", "区政府门户", "district", "page", "official"),
]
SAYINGS = [
    "青槐路整条街都在冒白气，路中间塌下去一大块，消防刚到，别往这边开",
    "听说有人掉下去了，真的假的？有没有官方出来说一句",
    "我家就在旁边，暖气已经凉了，楼里有老人，今晚怎么办？打电话［手机号］一直占线",
    "这条路去年刚挖过，热力的井盖一直在响，反映过没人管",
    "路口已经拉了警戒线，公交绕行，现场救援挺快的，大家别围观",
    "<script>alert('x')</script>停暖三天是真的吗<b>求证</b>",
]
KINDS: dict[str, int] = {"first_release": 300, "press_conference": 1440, "response": 2880, "followup_release": 360}


@dataclass
class Night:
    """The people and cases a test names."""

    at: datetime
    people: dict[str, User]
    issues: dict[str, Issue]
    leads: dict[str, Issue]


def night(at: datetime) -> Night:
    """Everybody at work, nine cases in every state of a clock, five leads, the posts behind them."""
    people = _people(at)
    sources = _sources(at)
    units = {
        n: Department.objects.get_or_create(name=n, defaults={"short": n})[0]
        for n in ("区教委", "区城市管理委", "区水务局", "白纸坊街道")
    }
    maker = _Maker(at, people, sources, units)
    issues = {
        "fees": maker.case("课后服务收费说法不一", 3, "德胜街道", 1072, "区教委", "lizhuo", {"response": (-38, {})}),
        "pipe": maker.case(
            "青槐路热力管线破裂、路面塌陷",
            2,
            "展览路街道",
            4218,
            "区城市管理委",
            "wangmin",
            {"first_release": (56, {}), "press_conference": (1196, {})},
            detail=True,
        ),
        "water": maker.case(
            "福谊里小区自来水发黄",
            2,
            "陶然亭街道",
            2655,
            "区水务局",
            "zhoulan",
            {
                "first_release": (-640, {"status": "met", "met": 47}),
                "press_conference": (564, {}),
                "followup_release": (118, {}),
            },
            state="responded",
        ),
        "lift": maker.case(
            "加装电梯公示材料前后不一", 3, "白纸坊街道", 318, "白纸坊街道", "lizhuo", {"response": (189, {})}
        ),
        "bus": maker.case("校车停靠点临时取消未通知", 3, "月坛街道", 406, "区教委", "zhoulan", {"response": (448, {})}),
        "heat": maker.case(
            "三个小区反映供暖不热", 4, "广安门外街道", 187, "区城市管理委", "lizhuo", {"response": (650, {})}
        ),
        "sign": maker.case(
            "胡同口限行牌调整未提前告知", 3, "大栅栏街道", 534, "区城市管理委", "", {"response": (1156, {})}
        ),
        "library": maker.case(
            "社区图书室闭馆时间查不到", 4, "金融街街道", 41, "区教委", "lizhuo", {"response": (2279, {})}
        ),
        "late": maker.case(
            "幼儿园食堂留样说法不清",
            3,
            "天桥街道",
            92,
            "区教委",
            "zhoulan",
            {"response": (-90, {"status": "met_late", "met": -30})},
            state="responded",
        ),
    }
    leads = {
        "bike": maker.case("共享单车占盲道", 4, "月坛街道", 24, "", "", {"response": (2800, {})}, lead=52),
        "rumour": maker.case("网传“青槐路停气三天”", 3, "展览路街道", 87, "", "", {"response": (2831, {})}, lead=34),
        "noise": maker.case("夜间道路施工噪声", 4, "广安门内街道", 19, "", "", {"response": (2840, {})}, lead=23),
        "power": maker.case(
            "云溪里一栋楼停电、电梯停运", 3, "新街口街道", 46, "", "", {"response": (2863, {})}, lead=8, detail=True
        ),
    }
    settle(at=at)
    for name in ("crawl", "ingest", "read", "file", "warn", "lead", "clocks", "notify"):
        SweepState.objects.create(name=name, started_at=at, ended_at=at - timedelta(seconds=5), line="处理 3 件")
    return Night(at, people, issues, leads)


def _people(at: datetime) -> dict[str, User]:
    staff = [
        ("wangmin", "王敏", ["duty_lead", "monitor"]),
        ("lizhuo", "李卓", ["monitor"]),
        ("zhoulan", "周岚", ["monitor"]),
        ("hechuan", "何川", ["press_officer"]),
        ("linjing", "林静", ["press_officer"]),
        ("chenxi", "陈曦", ["propaganda_lead"]),
        ("zhengyan", "郑言", ["gov_office"]),
        ("zhaoning", "赵宁", ["sys_admin"]),
    ]
    people = {}
    for username, name, roles in staff:
        user = create_user(username=username, name=name, roles=roles, at=at, by=None, password="Qinghuai-2026")
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
        people[username] = user
    for username, role in (("wangmin", "duty_lead"), ("lizhuo", "monitor"), ("zhoulan", "monitor")):
        Duty.objects.create(
            user=people[username],
            role=role,
            starts_at=at - timedelta(hours=7),
            ends_at=at + timedelta(hours=4, minutes=46),
        )
    Duty.objects.create(
        user=people["wangmin"], role="duty_lead", starts_at=at + timedelta(hours=17), ends_at=at + timedelta(hours=29)
    )
    return people


def _sources(at: datetime) -> list[Source]:
    made = []
    for number, (key, name, klass, kind, voice) in enumerate(SOURCES):
        state = "failing" if number == 0 else "unchecked" if number == 4 else "ok"
        source = Source.objects.create(
            key=key,
            name=name,
            klass=klass,
            kind=kind,
            voice=voice,
            platform=key,
            scope="open",
            enabled=True,
            state=state,
            rhythm_minutes=10,
            address=f"https://{key}.example.cn/",
            legal_basis="公开网页",
            last_success_at=None if number == 4 else at - timedelta(minutes=52 if number == 0 else 3),
            down_since=at - timedelta(minutes=52) if number == 0 else None,
            note="对方回 403，已停采，等人看" if number == 0 else "",
        )
        for day in range(28):
            if number != 4:
                bad = number == 0 and day == 0
                items = 0 if bad else 40 - day % 5 * 9
                then = at - timedelta(days=day)
                Run.objects.create(
                    source=source,
                    started_at=then,
                    ended_at=then,
                    verdict="forbidden" if bad else "ok",
                    items=items,
                    status=403 if bad else 200,
                )
                SourceDay.objects.create(
                    source=source,
                    day=then.date(),
                    visits=1,
                    good=0 if bad or (number == 3 and day == 9) else 1,
                    items=items,
                )
        if number == 0:
            SourceGap.objects.create(source=source, since=at - timedelta(minutes=52), reason=source.note)
        made.append(source)
    Source.objects.create(
        key="closed",
        name="某社交平台",
        klass="media",
        kind="page",
        voice="public",
        platform="closed",
        scope="open",
        enabled=False,
        disabled_reason="没有合法的公开途径，不登录、不绕",
    )
    return made


class _Maker:
    def __init__(
        self, at: datetime, people: dict[str, User], sources: list[Source], units: dict[str, Department]
    ) -> None:
        self.at, self.people, self.sources, self.units = at, people, sources, units
        self.number = 600

    def case(
        self,
        title: str,
        level: int,
        street: str,
        posts: int,
        unit: str,
        owner: str,
        clocks: dict[str, Any],
        *,
        state: str = "responding",
        lead: int = 0,
        detail: bool = False,
    ) -> Issue:
        """One case. `clocks`: kind -> (minutes left, {status, met: minutes before due}); `lead`: minutes it waits."""
        at = self.at
        self.number += 1
        started = at - timedelta(minutes=lead or 240)
        topic = Topic.objects.create(
            title=title,
            first_post_at=started - timedelta(minutes=17),
            last_post_at=at,
            heat=posts / 40,
            voices=posts // 3 + 3,
            episode_started_at=started - timedelta(minutes=17),
            posts_count=posts,
            copies_count=posts // 2,
            negative_share=0.71,
            heat_parts={"人数": posts / 80, "速度": posts / 120, "扩散": posts / 200, "互动": 1.4},
            klass="供热",
            streets=[street],
            places=[{"name": "青槐路", "kind": "road", "street": street}],
            departments=[{"name": unit or "区城市管理委", "why": "主管供热管线"}],
            changed_at=at,
        )
        reasons = [
            {
                "rule": "voices",
                "level": level,
                "met": True,
                "sentence": f"72 小时 {posts} 帖，平时 6 帖",
                "posts": [],
                "met_at": started.isoformat(),
            },
            {
                "rule": "two_of",
                "level": 2,
                "met": level <= 2,
                "sentence": "24 小时互动 11260，过 1 万",
                "posts": [],
                "met_at": None,
            },
            {
                "rule": "media",
                "level": 3,
                "met": False,
                "sentence": "中央或市级媒体报道 0 篇",
                "posts": [],
                "met_at": None,
            },
        ]
        matter = Matter.objects.create(
            topic=topic,
            title=title,
            level_proposed=level,
            level_decided=None if lead else level,
            detected_at=started,
            first_public_at=started - timedelta(minutes=17),
            line_met_at=started - timedelta(minutes=9),
            reasons=reasons,
            lead_unit=self.units.get(unit),
            owner=self.people.get(owner),
            provisional=bool(lead),
            is_emergency=detail,
        )
        issue = Issue.objects.create(
            matter=matter,
            topic=topic,
            number=self.number,
            state="lead" if lead else state,
            origin="machine",
            opened_at=started,
            confirmed_at=None if lead else started + timedelta(minutes=11),
            confirmed_by=None if lead else self.people["wangmin"],
        )
        for kind, moment, words in (
            ("first_public", started - timedelta(minutes=17), "论坛首帖"),
            ("detected", started, "采集时发现"),
        ):
            Anchor.objects.create(matter=matter, kind=kind, at=moment, source=words, entered_at=started)
        Alert.objects.create(
            topic=topic,
            rule="voices",
            episode=1,
            level=level,
            reason=str(reasons[0]["sentence"]),
            met_at=started,
            raised_at=started,
            updated_at=at,
        )
        for kind, (left, more) in clocks.items():
            self._clock(matter, kind, left, provisional=bool(lead), **more)
        if detail:
            self._posts(topic, street, started)
            self._story(issue)
        return issue

    def _clock(
        self, matter: Matter, kind: str, left: int, *, provisional: bool, status: str = "", met: int | None = None
    ) -> None:
        due = self.at + timedelta(minutes=left)
        minutes = KINDS[kind]
        Clock.objects.create(
            matter=matter,
            kind=kind,
            minutes=minutes,
            anchor_kind="first_public",
            anchor_at=due - timedelta(minutes=minutes),
            due_at=due,
            status=status or ("provisional" if provisional else "overdue" if left < 0 else "running"),
            started_at=matter.detected_at,
            firm_at=None if provisional else matter.detected_at,
            wording="5 小时内发布权威信息",
            document="国办发〔2016〕80号",
            met_at=None if met is None else due - timedelta(minutes=met),
            closed_at=None if met is None else self.at,
            breached_at=due if left < 0 and not (met and met > 0) else None,
        )

    def _posts(self, topic: Topic, street: str, started: datetime) -> None:
        first: Post | None = None
        for number in range(24):
            moment = started - timedelta(minutes=17) + timedelta(minutes=number * 3)
            text = SAYINGS[number % len(SAYINGS)]
            source = self.sources[number % 3]
            post = Post.objects.create(
                source=source,
                platform=source.platform,
                voice=source.voice,
                handle=f"h{number}",
                text=text,
                text_key=f"{topic.pk}-{number}",
                published_at=moment,
                precision="minute",
                fetched_at=moment + timedelta(minutes=2),
                seen_at=moment,
                step=2,
                likes=3410 - number * 100,
                comments=120 - number,
                address=f"https://{source.key}.example.cn/{topic.pk}/{number}",
                copy_of=first if number in {6, 12, 18} else None,
            )
            first = first or post
            Snapshot.objects.create(
                post=post, fetched_at=moment, text=text, page_sha256="ab" * 32, address=post.address
            )
            Reading.objects.create(
                post=post,
                version="2026-10",
                at=moment + timedelta(minutes=3),
                relevant=True,
                confidence=0.94,
                evidence={"for": [{"word": "青槐路", "rule": "地名", "place": "青槐路"}], "against": []},
                places=[{"name": "青槐路", "kind": "road", "street": street}],
                streets=[street],
                units=[{"name": "区城市管理委", "why": "主管供热管线"}],
                sentiment=("negative", "neutral", "negative")[number % 3],
                sentiment_p={"negative": 0.71, "neutral": 0.2, "positive": 0.09},
                klass="供热",
                klass_p=0.91,
                priority=True,
                kind=("投诉", "咨询", "求助")[number % 3],
                demand=True,
                asks=[{"text": "什么时候恢复供暖"}] if number % 2 else [{"text": "有没有人受伤"}],
                keywords=[{"word": "塌陷"}, {"word": "停暖"}],
                emergency={"kind": "塌陷", "hurt": 2} if number % 4 == 0 else None,
            )
            Membership.objects.create(
                post=post, topic=topic, at=moment, similarity=0.81, why="“青槐路”“塌”同，同一地点"
            )

    def _story(self, issue: Issue) -> None:
        clock = issue.matter.clocks.order_by("due_at").first()
        rung = Rung.objects.create(
            matter=issue.matter,
            clock=clock,
            key=f"{issue.pk}:p80",
            name="p80",
            due_at=self.at - timedelta(minutes=4),
            fired_at=self.at - timedelta(minutes=4),
            sentence=f"{issue.matter.title[:3]}：首发用时过 80 %，提醒 3 人",
        )
        for username in ("wangmin", "lizhuo"):
            Notice.objects.create(
                person=self.people[username],
                role="monitor",
                event=f"rung:{rung.pk}",
                rung=rung,
                matter=issue.matter,
                clock=clock,
                title=f"将到期：{issue.matter.title}",
                body="限 04:10，剩 0时56分，已用 80 %",
                due_at=self.at,
                created_at=self.at - timedelta(minutes=4),
            )
        trail.record(
            by=self.people["lizhuo"],
            kind="issue.take_over",
            at=self.at - timedelta(minutes=20),
            object_kind="issue",
            object_id=str(issue.pk),
            text="我来处理",
        )
