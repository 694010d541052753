"""The child of a crawl: `python -m crawlers.spiders --job JOB.json`. Several sources, one process, no Django."""

import argparse
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

from crawlers.handles import read_keys
from crawlers.spiders.job import read_job
from crawlers.spiders.trial import TrialSpider
from crawlers.spiders.visit import VisitSpider
from office.lifeline import die_with_parent

HANDLER = "crawlers.spiders.egress.GuardedHandler"


def main() -> int:
    """Visit the sources of the job. Exit 0 when every source has a result line, 1 otherwise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", type=Path, required=True)
    die_with_parent(os.getppid())  # a service that is killed leaves no visitors behind
    job = read_job(parser.parse_args().job)
    os.nice(5)  # people and clocks first
    at = datetime.fromisoformat(job.fixed_at) if job.fixed_at else datetime.now(UTC)  # noqa: TID251 - entry module
    keys = read_keys(Path(job.keys), at=at)
    logging.getLogger("scrapy").setLevel(logging.ERROR)
    process = AsyncCrawlerProcess(
        settings={
            "USER_AGENT": job.user_agent,
            "DOWNLOAD_HANDLERS": {
                "http": HANDLER,
                "https": HANDLER,
                "file": None,
                "ftp": None,
                "data": None,
                "s3": None,
            },
            "HUIYING_ALLOWED": job.allow,
            "HUIYING_PROXY": job.proxy,
            "DOWNLOADER_MIDDLEWARES": {"crawlers.spiders.robots.RobotsGate": 100},
            "ROBOTSTXT_OBEY": False,  # ours stands in its place: unreadable means wait
            "DOWNLOAD_DELAY": job.delay_s,
            "RANDOMIZE_DOWNLOAD_DELAY": True,
            "CONCURRENT_REQUESTS": 16,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
            "AUTOTHROTTLE_ENABLED": job.delay_s > 0,
            "AUTOTHROTTLE_START_DELAY": job.delay_s,
            "AUTOTHROTTLE_MAX_DELAY": 30,
            "DOWNLOAD_TIMEOUT": job.timeout_s,
            "DOWNLOAD_MAXSIZE": job.max_bytes,
            "DOWNLOAD_WARNSIZE": 0,
            "REDIRECT_MAX_TIMES": 6,
            "RETRY_ENABLED": False,  # the next visit is the retry
            "HTTPERROR_ALLOW_ALL": True,
            "COOKIES_ENABLED": False,
            "HTTPPROXY_ENABLED": False,  # no proxy out of the environment past the guard
            "METAREFRESH_ENABLED": False,
            "REFERER_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "FEEDS": {},
            "CLOSESPIDER_TIMEOUT": job.budget_s,
            "LOG_LEVEL": "ERROR",
            "DNS_TIMEOUT": 15,
        },
        install_root_handler=False,
    )
    process.crawl(TrialSpider if job.trial else VisitSpider, job=job, keys=keys)
    process.start()
    return 0 if process.bootstrap_failed is False else 1


if __name__ == "__main__":
    sys.exit(main())
