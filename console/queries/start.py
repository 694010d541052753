"""The first, empty desk: what has been done before duty can begin."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from crawlers.models import Source
from office.models import Duty, OfficeState
from office.pack.current import current_pack
from responses.models import Issue


@dataclass(frozen=True)
class Step:
    """One line of 开始值守前: done or not, what there is, and where to do it."""

    done: bool
    name: str
    words: str
    link_words: str
    url: str


def nothing_yet() -> bool:
    """True until the first lead or issue exists."""
    return not Issue.objects.exists()


def first_steps(*, at: datetime) -> list[Step]:
    """Five steps, counted from what is there."""
    pack = current_pack()
    sources = list(Source.objects.filter(enabled=True).values_list("state", "last_success_at"))
    tried = sum(1 for state, _ in sources if state != Source.State.UNCHECKED)
    reached = sum(1 for _, success in sources if success is not None)
    week = Duty.objects.filter(ends_at__gt=at, starts_at__lt=at + timedelta(days=7)).count()
    dry = OfficeState.objects.filter(key="dry_run").values_list("value", flat=True).first()
    ways = [name for name, on in (("邮件", settings.SMTP is not None), ("群机器人", bool(settings.WEBHOOK))) if on]
    return [
        Step(True, "区情数据", pack_words(), "已校验", ""),
        Step(True, "时限和等级规则", f"{len(pack.policy.clocks)} 种时限，随资料包", "看一遍", reverse("policy")),
        Step(
            tried == len(sources) > 0 and reached > 0,
            "试采来源",
            f"{len(sources)} 个启用，试采过 {tried} 个，采到过 {reached} 个",
            "看来源",
            reverse("sources"),
        ),
        Step(week > 0, "值班表", f"今后 7 天 {week} 个班" if week else "还没有排班", "去排班", reverse("people")),
        Step(dry is False, "通知通道", "、".join(ways) or "还没有配置邮件或群机器人", "试发", reverse("settings")),
    ]


def pack_words() -> str:
    """How much the pack knows of the district."""
    pack = current_pack()
    gazetteer = pack.gazetteer
    return (
        f"{pack.district.bare_name}，{len(gazetteer.streets)} 街道，{len(pack.departments.departments)} 单位，"
        f"{sum(len(p) for p in gazetteer.places.values())} 处地名"
    )
