"""Short words for posts, so that a table of cases fits its lines."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from alerts.grading import EmergencyFact, SeenPost
from office.pack.policy import PolicyPack

BEIJING = ZoneInfo("Asia/Shanghai")
PACK = Path(__file__).resolve().parents[2] / "districts" / "xicheng" / "policy.yaml"
POLICY = PolicyPack.model_validate(yaml.safe_load(PACK.read_text(encoding="utf-8")))
NOON = datetime(2026, 3, 16, 12, 0, tzinfo=BEIJING)


def moment(text: str) -> datetime:
    """`"16 09:30"` = 16 March 2026, 09:30 in the pack's zone; `"09:30"` = that day."""
    day, clock = text.split() if " " in text else ("16", text)
    hour, minute = clock.split(":")
    return datetime(2026, 3, int(day), int(hour), int(minute), tzinfo=BEIJING)


def post(number: int, hours: float, who: str | None, **more: object) -> SeenPost:
    """A complaint on one board, `hours` after the base moment. `who` None = nobody named."""
    base = SeenPost(
        post_id=number,
        at=NOON + timedelta(hours=hours),
        platform="board",
        handle=who,
        copy_group=number,
        kind="投诉",
        klass="市政设施",
        source_id=1,
    )
    return replace(base, **more)  # type: ignore[arg-type]  # the table's words are the fields themselves


def fire(**more: object) -> EmergencyFact:
    base = EmergencyFact(kind="fire", current=True, in_district=True, scope="building")
    return replace(base, **more)  # type: ignore[arg-type]  # the table's words are the fields themselves


def people(count: int, *, every_hours: float, **more: object) -> list[SeenPost]:
    """So many different people, one post each."""
    return [post(n + 1, n * every_hours, f"u{n}", **more) for n in range(count)]
