"""All doors of 《今日舆情》 in one place, by the names the rest of the house knows."""

from reports.document import pages_about
from reports.services.documents import file_of, keep_documents, preview_docx, preview_html
from reports.services.drafting import compose_due, current_plan, draft_due, draft_for, next_draft_at
from reports.services.early import withdraw_early
from reports.services.editing import check_brief, edit_brief, faults, send_back, submit
from reports.services.paging import Paged, pages_of
from reports.services.placing import put_in, spots_of, with_frozen
from reports.services.ringing import ring_unsigned
from reports.services.sending import open_by_ticket, opened, put_out, send_due, try_again
from reports.services.signing import correct_brief, next_step, put_off, sign_brief

__all__ = [
    "Paged",
    "check_brief",
    "compose_due",
    "correct_brief",
    "current_plan",
    "draft_due",
    "draft_for",
    "edit_brief",
    "faults",
    "file_of",
    "keep_documents",
    "next_draft_at",
    "next_step",
    "open_by_ticket",
    "opened",
    "pages_about",
    "pages_of",
    "preview_docx",
    "preview_html",
    "put_in",
    "put_off",
    "put_out",
    "ring_unsigned",
    "send_back",
    "send_due",
    "sign_brief",
    "spots_of",
    "submit",
    "withdraw_early",
    "try_again",
    "with_frozen",
]
