"""The doors of crawling: the register, visits, taking in, imports, quarantine."""

from crawlers.services.imports import import_file
from crawlers.services.inbox import ingest_files
from crawlers.services.ingest import IngestResult, ingest_items
from crawlers.services.quarantine import retake_quarantine
from crawlers.services.register import edit_source, review_forbidden, run_now, switch_source, sync_sources
from crawlers.services.registering import Registration, export_register, keep_source
from crawlers.services.trials import look_at, start_trial, tidy_trials
from crawlers.services.visit import check_sources, collect_finished, start_crawl, visit_due

__all__ = [
    "IngestResult",
    "Registration",
    "check_sources",
    "collect_finished",
    "edit_source",
    "export_register",
    "import_file",
    "ingest_files",
    "ingest_items",
    "keep_source",
    "look_at",
    "retake_quarantine",
    "review_forbidden",
    "run_now",
    "start_crawl",
    "start_trial",
    "switch_source",
    "sync_sources",
    "tidy_trials",
    "visit_due",
]
