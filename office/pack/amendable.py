"""Which values of the rules a person may change on the page, and how they are called. Pure.

Whatever is not listed here (chain of people, roles, kinds of emergencies, where a clock starts) is changed in the file.
"""

import re
from dataclasses import dataclass
from typing import Any

from office.pack.amending import Steps, names_of_entries, read

Data = dict[str, Any]
SINCE = "since"  # beside the values of a clock: the day from which the new ones hold


@dataclass(frozen=True)
class Field:
    """A value: `kind` int, number, text, long, day, time, yes, numbers; `key` names it in a form and in a draft."""

    steps: Steps
    label: str
    kind: str = "int"
    unit: str = ""
    empty: bool = False  # may be left out

    @property
    def key(self) -> str:
        return re.sub(r"[ 、#]+", "_", "-".join(self.steps))


@dataclass(frozen=True)
class Group:
    """Values that stand together. `clock`: what the entry of `clocks` is called, where a later day may be given."""

    title: str
    fields: tuple[Field, ...]
    clock: str = ""

    @property
    def since(self) -> str:
        """The key of the day from which the new values of this clock hold."""
        return f"{SINCE}-{self.clock.replace('#', '_')}" if self.clock else ""


_CLOCK = (
    ("minutes", "长度", "int", "分"),
    ("levels", "管哪些舆情等级", "numbers", ""),
    ("wording", "对公众的说法", "long", ""),
    ("document", "文号", "text", ""),
    ("document_date", "文件日期", "day", ""),
    ("effective_from", "施行", "day", ""),
    ("effective_to", "施行到", "day", ""),
    ("source", "出处", "text", ""),
)
_PARTS: tuple[tuple[str, Steps, tuple[tuple[str, ...], ...]], ...] = (
    (
        "持续发布的间隔",
        ("followup",),
        (
            ("first_minutes", "首段每隔", "int", "分"),
            ("first_hours", "首段", "int", "小时"),
            ("later_minutes", "以后每隔", "int", "分"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "提醒阶梯",
        ("ladder",),
        (
            ("percents", "用时过几成提醒", "numbers", "%"),
            ("minutes_left", "剩几分钟提醒", "numbers", "分"),
            ("minutes_left_from_span_minutes", "剩余提醒只用于不短于", "int", "分"),
            ("after_due_minutes", "超时后每隔", "int", "分"),
            ("unacknowledged_minutes", "没人确认，上一级", "int", "分"),
            ("checker_minutes", "没人复核，再催", "int", "分"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "Ⅰ级，一帖说到",
        ("emergency_lines", "gravest"),
        (("dead_or_missing", "死亡失踪", "int", "人"), ("hurt", "受伤", "int", "人")),
    ),
    (
        "Ⅱ级，一帖说到",
        ("emergency_lines", "grave"),
        (
            ("dead_or_missing", "死亡失踪", "int", "人"),
            ("hurt", "受伤", "int", "人"),
            ("trapped", "被困", "int", "人"),
            ("moved_out", "转移", "int", "人"),
        ),
    ),
    (
        "Ⅱ级，几条占几条",
        ("lines", "two_of"),
        (
            ("need", "占几条", "int", "条"),
            ("interactions", "互动过", "int", "次"),
            ("reads", "阅读过", "int", "次"),
            ("hours", "互动和阅读的时段", "int", "小时"),
            ("doubling_hours", "翻倍的时段", "int", "小时"),
            ("doubling_from_voices", "翻倍至少从", "int", "人"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "Ⅲ级，停水停电停暖停气",
        ("emergency_lines",),
        (("outage_hours", "几小时内算较大", "int", "小时"), ("source", "突发各条的出处", "text")),
    ),
    (
        "Ⅲ级，优先监测类的人数",
        ("lines", "priority"),
        (
            ("voices", "人数", "int", "人"),
            ("hours", "时段", "int", "小时"),
            ("quiet_hours", "冷清来源时段", "int", "小时"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "Ⅲ级，优先监测类的量",
        ("lines", "priority_volume"),
        (
            ("interactions", "互动过", "int", "次"),
            ("reads", "阅读过", "int", "次"),
            ("hours", "时段", "int", "小时"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "Ⅲ级，几个街道",
        ("lines", "streets"),
        (("streets", "街道", "int", "个"), ("days", "时段", "int", "天"), ("source", "出处", "text")),
    ),
    (
        "Ⅳ级，突增",
        ("lines", "burst"),
        (
            ("voices", "人数", "int", "人"),
            ("hours", "时段", "int", "小时"),
            ("quiet_hours", "冷清来源时段", "int", "小时"),
            ("probability", "平时有此人数的机会不过", "number", ""),
            ("source", "出处", "text"),
        ),
    ),
    (
        "Ⅳ级，久拖",
        ("lines", "long"),
        (
            ("voices", "人数", "int", "人"),
            ("days", "时段", "int", "天"),
            ("quiet_voices", "冷清来源人数", "int", "人"),
            ("quiet_days", "冷清来源时段", "int", "天"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "简报",
        ("brief",),
        (
            ("name", "名称", "text"),
            ("cut_off", "截止", "time"),
            ("out_by", "发出", "time"),
            ("working_days_only", "只在工作日出", "yes"),
            ("ring_before_minutes", "提前催签", "int", "分"),
            ("ring_every_minutes", "催签间隔", "int", "分"),
            ("copies", "份数", "int", "份"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "保存期限",
        ("retention",),
        (
            ("raw_posts_days", "没有进入事项的原帖", "int", "天"),
            ("snapshots_days", "页面快照", "int", "天"),
            ("import_files_days", "导入的文件", "int", "天"),
            ("trail_days", "留痕", "int", "天"),
            ("access_log_days", "查阅记录", "int", "天"),
            ("deleted_at_source_hours", "对方已删的原文", "int", "小时"),
            ("source", "出处", "text"),
        ),
    ),
    (
        "排除与再开",
        ("dismissal",),
        (
            ("reopen_voices_factor", "人数至少几倍再开", "int", "倍"),
            ("reopen_voices_more", "且至少多", "int", "人"),
            ("source", "出处", "text"),
        ),
    ),
)


def groups(data: Data) -> list[Group]:
    """The values of this policy that may be changed, in the order of the page. Optional ones only where they stand."""
    found = [
        Group(
            "版本和总则",
            (
                Field(("version",), "版本", "text"),
                Field(("apply_legal_clocks_to_level",), "5 小时、24 小时也适用Ⅰ、Ⅱ级舆情", "yes"),
            ),
        )
    ]
    clocks = read(data, ("clocks",)) or []
    for name, rule in zip(names_of_entries(clocks), clocks, strict=True):
        follows = rule["kind"] == "followup_release"
        fields = [
            Field(("clocks", name, key), label, kind, unit, empty=key == "effective_to")
            for key, label, kind, unit in _CLOCK
            if not (follows and key == "minutes")  # its length is that of the rounds
        ]
        title = str(rule["name"]) + (f"（{rule['effective_from']} 起）" if "#" in name else "")
        found.append(Group(title, tuple(fields), clock=name))
    found += [part for title, steps, parts in _PARTS if (part := _part(data, title, steps, parts)).fields]
    inside = read(data, ("internal_clocks",)) or []
    fields = [
        Field(("internal_clocks", name, "minutes"), f"{name} 级", "int", "分") for name in names_of_entries(inside)
    ]
    return [*found, Group("内部时限", tuple(fields))] if fields else found


def _part(data: Data, title: str, steps: Steps, parts: tuple[tuple[str, ...], ...]) -> Group:
    known = read(data, steps)
    fields = (Field((*steps, part[0]), *part[1:]) for part in parts if isinstance(known, dict) and part[0] in known)  # type: ignore[arg-type]  # label, kind, unit as written above
    return Group(title, tuple(fields))
