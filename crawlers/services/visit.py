"""Visits: claim what is due, start one child for several sources, take its answers.

A job has a folder under `<home>/jobs/`: the job, its results as they come, the child's pid and stderr. So that a sweep
never waits for a site, children run beside it and a later sweep collects them; a restarted service finds them too.
"""

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from crawlers.backoff import SEEN, Verdict, next_visit
from crawlers.handles import current_keys
from crawlers.models import Run, Source
from crawlers.queries import host_of, trials_under_way
from crawlers.services import children
from crawlers.services.health import note_visit
from crawlers.spiders.job import Job, Result, SourceJob, read_results
from office.pack.current import current_pack

MAX_CHILDREN = 2
PER_CHILD = 60  # sources of one child
GRACE_S = 45.0  # a child past its budget by this is ended
BUDGET_S = 300.0
DELAY_S = 2.0
USER_AGENT = "HuiyingBot/0.1"


@dataclass(frozen=True)
class CrawlJob:
    """A child at work: its folder and the keys of its sources."""

    folder: Path
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.folder.name


def jobs_folder() -> Path:
    return Path(settings.HOME) / "jobs"


def inbox_folder() -> Path:
    return Path(settings.HOME) / "inbox"


def user_agent() -> str:
    """Our name with the contact of the office (sources.md: named, with a contact)."""
    contact = settings.CONTACT or settings.URL
    return f"{USER_AGENT} (+{contact})"


def claim_due(*, at: datetime, limit: int) -> list[Source]:
    """Take sources that are due, each by a conditional update with a lease, so that two workers never visit one.

    A host that a child is visiting is left alone until it is back: two children would halve the delay it is given.
    """
    free = Q(claimed_until=None) | Q(claimed_until__lte=at)
    due = Source.objects.filter(free, enabled=True, next_visit_at__lte=at).exclude(kind="file")
    out = Source.objects.filter(claimed_until__gt=at).values_list("address", flat=True)
    busy = {host_of(a) for a in (*out, *trials_under_way(at).values_list("address", flat=True))}
    lease = at + timedelta(seconds=BUDGET_S + GRACE_S * 2)
    claimed: list[Source] = []
    for source in due.order_by("next_visit_at", "id"):
        if len(claimed) >= limit:
            break
        if host_of(source.address) in busy:
            continue
        if Source.objects.filter(free, pk=source.pk, next_visit_at=source.next_visit_at).update(claimed_until=lease):
            claimed.append(source)
    return claimed


def start_crawl(sources: Sequence[Source], *, at: datetime, budget_s: float = BUDGET_S) -> CrawlJob:
    """Start one child for these sources and return at once. Raises OSError where it can not be started."""
    name = f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    folder = jobs_folder() / name
    folder.mkdir(parents=True)
    inbox_folder().mkdir(parents=True, exist_ok=True)
    keys = Path(settings.HOME) / "keys" / "handles.json"
    current_keys(keys, at=at)
    local = bool(settings.LOOPBACK)
    job = Job(
        name=name,
        inbox=str(inbox_folder()),
        result=str(folder / "result.jsonl"),
        keys=str(keys),
        user_agent=user_agent(),
        zone=str(current_pack().zone),
        sources=[_source_job(s) for s in sources],
        delay_s=0.0 if local else DELAY_S,
        budget_s=budget_s,
        proxy=settings.PROXY,
        allow=[settings.LOOPBACK] if local else [],
        fixed_at=at.isoformat() if settings.CLOCK_FILE else None,
    )
    job.write(folder / "job.json")
    Run.objects.bulk_create([Run(source=s, started_at=at, note=name) for s in sources])
    children.spawn(folder)
    return CrawlJob(folder, tuple(s.key for s in sources))


def _source_job(source: Source) -> SourceJob:
    last = source.last_success_at
    return SourceJob(
        key=source.key,
        kind=source.kind,
        address=source.address,
        platform=source.platform,
        voice=source.voice,
        config=source.config,
        cursor=source.cursor,
        first_visit=source.first_success_at is None,
        last_success_at=last.isoformat() if last else None,
    )


def running_jobs() -> list[CrawlJob]:
    """Jobs whose answers have not all been taken, oldest first; also those of a service that was killed."""
    folder = jobs_folder()
    names = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
    return [_job_at(folder / name) for name in names]


def _job_at(folder: Path) -> CrawlJob:
    keys = Run.objects.filter(note=folder.name, ended_at=None).values_list("source__key", flat=True)
    return CrawlJob(folder, tuple(keys))


def collect_finished(*, at: datetime) -> list[Result]:
    """Take the results that came in; end children past their time; clear away jobs that are done."""
    taken: list[Result] = []
    for job in running_jobs():
        open_keys = set(job.keys)
        for result in read_results(job.folder / "result.jsonl"):
            if result.source in open_keys:
                finish_run(result, job=job, at=at)
                open_keys.discard(result.source)
                taken.append(result)
        if children.alive(job.folder):
            if not children.overdue(job.folder, seconds=BUDGET_S + GRACE_S):
                continue
            children.end(job.folder)
        for key in sorted(open_keys):  # the child is gone and said nothing of these
            result = Result(key, Verdict.CRASHED, children.last_words(job.folder), visited_at=at.isoformat())
            finish_run(result, job=job, at=at)
            taken.append(result)
        children.forget(job.folder)
        shutil.rmtree(job.folder, ignore_errors=True)
    return taken


def finish_run(result: Result, *, job: CrawlJob, at: datetime) -> None:
    """Write what a visit met: the Run, and the source's state, cursor and next visit (one place for all politeness)."""
    verdict = Verdict(result.verdict)
    with transaction.atomic():
        source = Source.objects.filter(key=result.source).first()
        if source is None:
            return
        visited = datetime.fromisoformat(result.visited_at) if result.visited_at else at
        wait = timedelta(seconds=result.retry_after_s) if result.retry_after_s is not None else None
        rhythm = timedelta(minutes=source.rhythm_minutes)
        was_down, last = source.down_since is not None, source.last_success_at
        visit = next_visit(verdict, rhythm=rhythm, failures=source.failures, at=at, retry_after=wait)
        source.state = visit.state or source.state
        source.failures, source.next_visit_at = visit.failures, visit.next_at
        source.note, source.last_visit_at, source.claimed_until = result.note, visited, None
        if verdict is not Verdict.CRASHED:
            source.cursor = result.cursor
        if verdict in SEEN:
            source.verified_at = visited
            source.first_success_at = source.first_success_at or visited
            source.last_success_at, source.down_since = visited, None
        elif source.down_since is None and verdict is not Verdict.POSTPONED:
            source.down_since = visited
        source.save(
            update_fields=[
                "state",
                "failures",
                "next_visit_at",
                "note",
                "last_visit_at",
                "claimed_until",
                "cursor",
                "verified_at",
                "first_success_at",
                "last_success_at",
                "down_since",
            ]  # fmt: skip
        )
        note_visit(
            source,
            verdict=verdict,
            items=result.items,
            note=result.note,
            visited=visited,
            was_down=was_down,
            last=last,
        )
        Run.objects.filter(source=source, note=job.name, ended_at=None).update(
            ended_at=at, verdict=verdict, note=result.note, items=result.items, status=result.status
        )


def visit_due(*, at: datetime, wait: bool = False) -> tuple[int, int]:
    """Collect what is finished and start what is due; (results taken, sources sent out). `wait`: until all are back."""
    taken = len(collect_finished(at=at))
    sent = 0
    while len(running_jobs()) < MAX_CHILDREN:
        sources = claim_due(at=at, limit=PER_CHILD)
        if not sources:
            break
        try:
            job = start_crawl(sources, at=at)
        except OSError:  # a full disk: the sources are free again at once, the sweep says what happened
            Source.objects.filter(pk__in=[s.pk for s in sources]).update(claimed_until=None)
            raise
        sent += len(sources)
        if wait:
            wait_for(job)
            taken += len(collect_finished(at=at))
    return taken, sent


def wait_for(job: CrawlJob) -> None:
    """Wait for a child of our own, not longer than its time; collecting ends one that is past it."""
    children.wait_for(job.folder, seconds=BUDGET_S + GRACE_S)


def check_sources(sources: Sequence[Source], *, at: datetime) -> list[Result]:
    """One visit of each of these sources now, whatever their rhythm; the results, in their order (`sources check`)."""
    found: dict[str, Result] = {}
    for begin in range(0, len(sources), PER_CHILD):
        job = start_crawl(sources[begin : begin + PER_CHILD], at=at)
        wait_for(job)
        found |= {r.source: r for r in collect_finished(at=at)}
    return [found.get(s.key, Result(s.key, Verdict.CRASHED, "没有结果")) for s in sources]


def running() -> bool:
    """Whether any spider is out (simulated time waits for them)."""
    return any(children.alive(job.folder) for job in running_jobs())
