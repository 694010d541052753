"""The doors of crawling: the register, visits, taking in, imports, quarantine."""

from crawlers.services.imports import import_file
from crawlers.services.inbox import ingest_files
from crawlers.services.ingest import IngestResult, ingest_items
from crawlers.services.quarantine import retake_quarantine
from crawlers.services.register import review_forbidden, run_now, switch_source, sync_sources
from crawlers.services.visit import check_sources, collect_finished, start_crawl, visit_due

__all__ = [
    "IngestResult",
    "check_sources",
    "collect_finished",
    "import_file",
    "ingest_files",
    "ingest_items",
    "retake_quarantine",
    "review_forbidden",
    "run_now",
    "start_crawl",
    "switch_source",
    "sync_sources",
    "visit_due",
]
