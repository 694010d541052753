"""The cast of the tests: named people with duties. Day of the stories: 17 November 2026, a Tuesday, Beijing time.

`office` puts everybody at work; tests name only those they need. Nobody here is real.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from office.models import Department, User
from office.services.duty import put_on_duty
from office.services.people import create_user

BEIJING = ZoneInfo("Asia/Shanghai")


def clock(text: str, *, day: int = 17) -> datetime:
    """`clock("07:30")` is that time of 17 November 2026 in Beijing, as UTC."""
    hour, minute = text.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=BEIJING).astimezone(UTC)


@dataclass(frozen=True)
class Office:
    """Who works here. `wang` and `li` share the night desk, `zhao` leads it; `chen` and `sun` decide on level I-II."""

    wang: User  # 王敏, monitor on duty
    li: User  # 李静, monitor, off duty
    zhao: User  # 赵刚, duty lead on duty
    qian: User  # 钱越, analyst
    chen: User  # 陈立, propaganda lead
    sun: User  # 孙宁, government office
    zhou: User  # 周芸, press officer
    wu: User  # 吴桐, press officer
    feng: User  # 冯远, district leader
    han: User  # 韩磊, unit contact of the fire station
    admin: User  # 高工, system administrator
    keeper: User  # 严密, security administrator
    auditor: User  # 沈清, auditor
    fire: Department
    street: Department


def _person(username: str, name: str, *roles: str, department: Department | None = None) -> User:
    return create_user(
        username=username,
        name=name,
        roles=roles,
        department=department,
        email=f"{username}@example.test",
        at=clock("00:00", day=1),
        by=None,
    )


@pytest.fixture
def office(db: None) -> Office:
    """Everybody at work on 17 November 2026; the desk's shift runs from 16 November 20:00 to 19 November 20:00."""
    fire = Department.objects.create(name="青川区消防救援支队", short="青川消防", kind="government")
    street = Department.objects.create(name="槐树街道办事处", short="槐树街道", kind="street")
    people = Office(
        wang=_person("wangmin", "王敏", "monitor"),
        li=_person("lijing", "李静", "monitor"),
        zhao=_person("zhaogang", "赵刚", "duty_lead"),
        qian=_person("qianyue", "钱越", "analyst"),
        chen=_person("chenli", "陈立", "propaganda_lead"),
        sun=_person("sunning", "孙宁", "gov_office"),
        zhou=_person("zhouyun", "周芸", "press_officer"),
        wu=_person("wutong", "吴桐", "press_officer"),
        feng=_person("fengyuan", "冯远", "leader"),
        han=_person("hanlei", "韩磊", "unit_contact", department=fire),
        admin=_person("gaogong", "高工", "sys_admin"),
        keeper=_person("yanmi", "严密", "sec_admin"),
        auditor=_person("shenqing", "沈清", "auditor"),
        fire=fire,
        street=street,
    )
    for user, role in ((people.wang, "monitor"), (people.zhao, "duty_lead")):
        put_on_duty(
            user=user,
            role=role,
            starts_at=clock("20:00", day=16),
            ends_at=clock("20:00", day=16) + timedelta(days=3),
            by=None,
            at=clock("00:00", day=1),
        )
    return people
