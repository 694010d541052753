"""`manage.py brief DATE [--documents DIR]`: 《今日舆情》 of a day as JSON, drafted now where it is not there yet."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office import clock
from office.errors import Refused
from reports.models import Brief
from reports.services.brief import check_brief, draft_for, preview_docx, preview_html


class Command(BaseCommand):
    help = "输出某日《今日舆情》（JSON）；还没有的按当日截稿时间起草；--documents 另存 DOCX 和网页版"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("day", metavar="DATE", help="日期，如 2026-11-18")
        parser.add_argument("--documents", metavar="DIR", help="把 DOCX 和网页版写到这个文件夹")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = date.fromisoformat(options["day"])
        except ValueError as error:
            raise CommandError(f"日期看不懂：{options['day']}，应写成 2026-11-18") from error
        try:
            brief = draft_for(day=day, at=clock.now())
        except Refused as error:
            raise CommandError(str(error)) from error
        brief.refresh_from_db()  # moments as they are kept, whichever of two processes wrote it
        answer = described(brief)
        if options["documents"]:
            answer["documents"] = write_documents(brief, Path(options["documents"]))
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))


def described(brief: Brief) -> dict[str, Any]:
    """The brief as the command gives it out (docs/commands.md)."""
    signatures = [
        {"step": s.name, "by": s.by.name, "at": s.at.isoformat(), "solo": s.solo}
        for s in brief.signatures.select_related("by").order_by("step")
    ]
    return {
        "day": brief.day.isoformat(),
        "edition": brief.edition,
        "state": brief.state,
        "issue_no": brief.issue_no,
        "running_no": brief.running_no,
        "since": brief.since.isoformat(),
        "until": brief.until.isoformat(),
        "due_at": brief.due_at.isoformat(),
        "items": [item["issue"] for item in brief.numbers["focus"]],
        "sections": brief.content["sections"],
        "figures": brief.numbers["figures"],
        "coverage": brief.numbers["coverage"],
        "check": [{"grade": f.grade, "sentence": f.sentence} for f in check_brief(brief) if f.grade == "must"],
        "signatures": signatures,
    }


def write_documents(brief: Brief, folder: Path) -> list[str]:
    """DOCX and HTML as they stand now, written into `folder`; returns their paths."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        name, content = preview_docx(brief)
        docx = folder / name
        docx.write_bytes(content)
        page = docx.with_suffix(".html")
        page.write_text(preview_html(brief), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"写不进 {folder}：{error.strerror}") from error
    return [str(docx), str(page)]
