"""Changing the text of a draft, checking it against the frozen figures, handing it in for signing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from office import trail
from office.errors import Changed, Refused
from office.models import User
from office.roles import Act
from office.services.acts import require
from reports.document import printable
from reports.figures import Finding, check
from reports.models import Brief
from reports.services.drafting import editors_of, sections_of
from reports.services.placing import Places, places_of, put_in

OPEN = (Brief.State.DRAFT, Brief.State.SIGNING, Brief.State.PUT_OFF)
LONGEST = 20_000  # characters of one section; a paper of three pages has fewer in all


def check_brief(brief: Brief, texts: Mapping[str, str] | None = None, places: Places = ()) -> list[Finding]:
    """Each frozen figure in the text: as frozen, not cited, or another value (`must`: blocks the next step).

    `texts`: by section as somebody is typing them, instead of what is stored; `places` he made meanwhile.
    """
    numbers, typed = brief.numbers, texts or {}
    sections = [{**section, "text": typed.get(section["key"], section["text"])} for section in sections_of(brief)]
    every = [*places_of(brief), *places]
    return check(sections, numbers["figures"], every, allowed=numbers.get("allowed", []))


def faults(brief: Brief) -> list[Finding]:
    """What has to be put right before the next step."""
    return [finding for finding in check_brief(brief) if finding.grade == "must"]


def edit_brief(*, brief: Brief, by: User, at: datetime, content: dict[str, Any], version: int) -> Brief:
    """Keep new words for some sections: `content = {"sections": [{"key", "text"}, …], "places": [place, …]}`.

    `{监测条数}` in the words becomes the frozen figure; `places`: those a page made so while it was open.

    Whoever edits can not sign later. A change while it is being signed takes the signatures off (the trail keeps
    them). Raises Refused: no right, already signed, or somebody else saved since `version`.
    """
    require(by, Act.EDIT_BRIEF)
    if brief.state not in OPEN:
        raise Refused("已签发的简报不能再改。有错请出更正：更正是新的一期，原件保留。")
    given = {str(part["key"]): printable(str(part["text"])) for part in content.get("sections", [])}
    sections = sections_of(brief)
    unknown = set(given) - {section["key"] for section in sections}
    if unknown:
        raise Refused(f"简报里没有这一部分：{'、'.join(sorted(unknown))}。")
    for section in sections:
        if len(given.get(section["key"], "")) > LONGEST:
            raise Refused(f"“{section['title']}”超过 {LONGEST} 字，请删减。")
    given, places = put_in(brief, given, content.get("places", []))
    changed = [s["key"] for s in sections if s["key"] in given and given[s["key"]] != s["text"]]
    edited = [{**section, "text": given.get(section["key"], section["text"])} for section in sections]
    with transaction.atomic():
        done = Brief.objects.filter(pk=brief.pk, version=version, state__in=OPEN).update(
            content={"sections": edited, "editors": sorted(editors_of(brief) | {by.pk}), "places": places},
            editor=by,
            edited_at=at,
            state=Brief.State.PUT_OFF if brief.state == Brief.State.PUT_OFF else Brief.State.DRAFT,
            version=F("version") + 1,
        )
        if done != 1:
            raise Changed(_overtaken(brief))
        taken = _clear_signatures(brief)
        trail.record(
            by=by,
            kind="brief.edit",
            at=at,
            object_kind="brief",
            object_id=str(brief.pk),
            text=f"修改简报（{'、'.join(s['title'] for s in sections if s['key'] in changed) or '无改动'}）"
            + (f"，撤下签字：{'、'.join(taken)}" if taken else ""),
            data={"before": {s["key"]: s["text"] for s in sections if s["key"] in changed}},
        )
    brief.refresh_from_db()
    return brief


def submit(*, brief: Brief, by: User, at: datetime, version: int | None = None) -> Brief:
    """Hand the draft in for signing. Raises Refused while a figure differs from the frozen one."""
    require(by, Act.EDIT_BRIEF)
    if brief.state not in (Brief.State.DRAFT, Brief.State.PUT_OFF):
        raise Refused("只有起草中的简报可以送审。")
    refuse_faults(brief)
    with transaction.atomic():
        done = Brief.objects.filter(
            pk=brief.pk, version=brief.version if version is None else version, state=brief.state
        ).update(
            state=Brief.State.SIGNING,
            editor=brief.editor or by,
            content={**brief.content, "editors": sorted(editors_of(brief) | {by.pk})},
            version=F("version") + 1,
        )
        if done != 1:
            raise Refused(_overtaken(brief))
        trail.record(by=by, kind="brief.submit", at=at, object_kind="brief", object_id=str(brief.pk), text="简报送审")
    brief.refresh_from_db()
    return brief


def send_back(*, brief: Brief, by: User, at: datetime, reason: str) -> Brief:
    """退回: a signer gives the draft back with a reason; signatures are taken off."""
    require(by, Act.SIGN_BRIEF)
    if not reason.strip():
        raise Refused("退回须写明原因。")
    with transaction.atomic():
        if not Brief.objects.filter(pk=brief.pk, state=Brief.State.SIGNING, version=brief.version).update(
            state=Brief.State.DRAFT, version=F("version") + 1
        ):
            raise Refused("只有审签中的简报可以退回。")
        _clear_signatures(brief)
        trail.record(
            by=by,
            kind="brief.send_back",
            at=at,
            object_kind="brief",
            object_id=str(brief.pk),
            text=f"退回简报：{reason.strip()}",
        )
    brief.refresh_from_db()
    return brief


def refuse_faults(brief: Brief) -> None:
    """Raise Refused with every figure that has to be put right."""
    wrong = faults(brief)
    if wrong:
        told = "；".join(finding.sentence for finding in wrong[:6])
        raise Refused(f"有 {len(wrong)} 处数字必须改，改完才能进行下一步：{told}。")


def _clear_signatures(brief: Brief) -> list[str]:
    taken = [f"{s.name} {s.by.name}" for s in brief.signatures.select_related("by").order_by("step")]
    brief.signatures.all().delete()
    return taken


def _overtaken(brief: Brief) -> str:
    now = Brief.objects.select_related("editor").get(pk=brief.pk)
    who = f"{now.editor.name} " if now.editor else "别人"
    return f"这份简报在您打开之后已由{who}改动。您写的没有丢，请对照新稿合并后再保存。"
