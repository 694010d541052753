"""What a reading tells of an emergency, in the words of the pack."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from office.pack.current import current_pack

NUMBERS = (("dead", "死亡"), ("missing", "失踪"), ("hurt", "受伤"), ("trapped", "被困"), ("moved_out", "转移"))
SCOPES = {"building": "至少一栋楼", "public": "公共空间", "household": "一户"}
PRECISIONS = {"minute": "精确到分", "hour": "精确到时", "part_of_day": "只说了时段", "day": "只说了日子"}


def kind_word(kind: str) -> str:
    """`collapse` -> 坍塌: the first Chinese name the pack gives the kind; a name that is none stays as it is."""
    names = current_pack().policy.emergency_lines.kinds.get(kind, ())
    return next((n for n in names if not n.isascii()), kind)


def counted_words(emergency: Mapping[str, Any]) -> list[str]:
    """What is counted over many posts: the kind, and each number that is told."""
    words = [kind_word(str(emergency["kind"]))] if emergency.get("kind") else []
    return words + [f"{name} {emergency[key]} 人" for key, name in NUMBERS if emergency.get(key)]


def lines(emergency: Mapping[str, Any]) -> list[tuple[str, str]]:
    """One post's fact line by line: (head, words)."""
    there = {True: "在本区", False: "不在本区", None: "没说在哪里"}
    found = [
        ("类型", kind_word(str(emergency.get("kind", "")))),
        ("正在发生", "是" if emergency.get("current") else "不是"),
        ("地点", f"{emergency.get('place') or ''} {there[emergency.get('in_district')]}".strip()),
        ("范围", SCOPES.get(str(emergency.get("scope")), "没说")),
    ]
    found += [(name, f"{emergency[key]} 人") for key, name in NUMBERS if emergency.get(key) is not None]
    if emergency.get("occurred_at"):
        moment = datetime.fromisoformat(str(emergency["occurred_at"])).astimezone(timezone.get_default_timezone())
        found.append(("发生", f"{moment:%Y-%m-%d %H:%M}，{PRECISIONS.get(str(emergency.get('precision')), '')}"))
    if emergency.get("denied"):
        found.append(("同帖否认", "是"))
    if emergency.get("outage"):
        found.append(("停供", "还没恢复"))
    found += [("依据", "；".join(emergency["evidence"]))] if emergency.get("evidence") else []
    found += [("相反的说法", "；".join(emergency["contradicting"]))] if emergency.get("contradicting") else []
    return found
