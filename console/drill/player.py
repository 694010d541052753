"""The process that plays a drill: makes the world, lets time run, crawls, lets people act, runs every sweep."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.models import Min

from alerts.models import Clock, Rung
from analysis.services.reading import reader
from console import sweeps
from console.database import keeper
from console.drill.acts import Stage
from console.drill.cast import make_cast
from console.drill.clockwork import Clockwork
from console.drill.home import read_json, write_json
from console.drill.progress import Progress
from console.drill.reopening import leave_word
from console.drill.rhythm import TICK
from console.drill.scenario import Crawl, Scenario, Step, load_scenario
from console.drill.summary import in_words, shortfalls, summary
from console.installation import take_in_pack
from crawlers.backoff import SEEN
from crawlers.models import Post, Source
from crawlers.services import check_sources
from drills.site import Server, Site
from office.errors import Refused
from office.state import set_state
from reports.models import Brief
from reports.services.drafting import next_draft_at
from responses.models import Issue

# With a visitor at the desk the cast waits so long (simulated; three minutes at the pace of such a drill).
PATIENCE = timedelta(hours=3)
LEFT_TO_VISITOR = (
    "acknowledge", "take_over", "confirm", "decide_level", "enter_release", "check_release", "give_task", "sign_task",
    "feed_back", "mark_question",
)  # fmt: skip
ROUNDS = 50  # of the reading sweeps until nothing is left; a round takes a batch
Stop = Callable[[float], bool]  # wait so many seconds at most; true when the drill is to end


class Player:
    """One drill from beginning to end."""

    def __init__(self, folder: Path) -> None:
        asked = read_json(folder / "drill.json")
        self.scenario: Scenario = load_scenario(str(asked["scenario"]))
        self.full = bool(asked["full"])
        self.hands_on = bool(asked.get("hands_on"))
        self.end = self.scenario.end(full=self.full)
        self.progress = Progress(folder)
        self.clockwork = Clockwork(folder / "clock.json", start=self.scenario.starts_at, speed=float(asked["speed"]))
        self.port = int(asked["site_port"])
        self.folder = folder
        site = Site(list(self.scenario.entries), lambda: self.clockwork.shown)
        self.server = Server(site, self.port)
        self.started = time.monotonic()
        self.last = self.scenario.starts_at  # everything due up to here has been seen
        self.draft_at = self.scenario.starts_at
        self.issues_told = 0
        self.breaches_told: set[int] = set()
        self.faults_told: set[str] = set()
        chosen = sweeps.schedule(settings.SCHEDULE)
        self.reading = [sweep for sweep in chosen if sweep.family == "reading"]
        self.clock = [sweep for sweep in chosen if sweep.family != "reading"]

    # --- before ----------------------------------------------------------------------------------------------------

    def prepare(self) -> Stage:
        """Tables, district, people, site, and the reading models in memory: then time may begin."""
        at = self.scenario.starts_at
        self.progress.write()
        address = f"http://127.0.0.1:{self.port}"
        keeper().make()
        call_command("migrate", interactive=False, verbosity=0)
        leave_word(self.folder)
        take_in_pack(at=at)
        set_state("dry_run", True, by=None, at=at)
        people = make_cast(self.scenario, full=self.full, hands_on=self.hands_on, at=at)
        reader()
        self.server.start()
        return Stage(self.scenario, people, site=address)

    # --- the story -------------------------------------------------------------------------------------------------

    def play(self, stage: Stage, *, stop: Stop) -> bool:
        """Let time run to the end of the story. False when it was ended before."""
        plan: list[Crawl | Step] = sorted(
            [
                *(crawl for crawl in self.scenario.crawls if crawl.at <= self.end),
                *(s for s in self._steps() if s.at <= self.end and (self.full or not s.full)),
            ],
            key=lambda event: (event.at, isinstance(event, Step)),
        )
        self.progress.state = "running"
        self._say(f"演练开始：{self.scenario.title}", at=self.scenario.starts_at)
        self.clockwork.start()
        ticked = 0.0
        due = self._row_due()
        while True:
            planned = plan[0].at if plan else self.end
            upcoming = min(planned, due) if due is not None else planned
            moment = self.clockwork.moment()
            if upcoming <= moment:
                self.clockwork.hold(upcoming)
                while plan and plan[0].at <= upcoming:
                    self._happen(plan.pop(0), stage)
                self._sweep(self.clock, at=upcoming)
                self._show(upcoming)
                if upcoming >= self.end:
                    return True
            elif (rest := TICK - (time.monotonic() - ticked)) <= 0:
                ticked = time.monotonic()
                self.clockwork.hold(moment)
                self._sweep([*self.reading, *self.clock], at=moment)
                for line in stage.check_entered(at=moment) if self.hands_on else ():
                    self._say(line, at=moment)
                self._show(moment)
            else:
                self.clockwork.let_go()
                if stop(max(0.0, min(rest, self.clockwork.seconds_until(upcoming)))):
                    return False
                continue
            due = self._row_due()
            if stop(0.0):
                return False

    def _steps(self) -> list[Step]:
        """What the cast does; where a visitor works the lead, it leaves him time before it does so itself."""
        if not self.hands_on:
            return list(self.scenario.steps)
        return [replace(s, at=s.at + PATIENCE) if s.do in LEFT_TO_VISITOR else s for s in self.scenario.steps]

    def _happen(self, event: Crawl | Step, stage: Stage) -> None:
        if isinstance(event, Crawl):
            self._crawl(event)
            return
        try:
            self._say(stage.perform(event), at=event.at)
        except Refused as error:
            who = next(player.name for player in self.scenario.cast if player.username == event.who)
            # Where a visitor works at the desk too, what was done before is no fault of the script.
            how = "没有再办" if self.hands_on else "没有办成"
            self._say(f"{who}（{event.do}）{how}：{error}", at=event.at, fault=not self.hands_on)

    def _crawl(self, crawl: Crawl) -> None:
        """The real spiders on the authored site; time stands while they are out."""
        rows = Source.objects.filter(enabled=True)
        rows = rows.filter(key__in=crawl.sources) if crawl.sources else rows
        before = Post.objects.count()
        results = check_sources(list(rows.order_by("key")), at=crawl.at)
        self.clockwork.start()
        self.progress.crawls += 1
        for result in results:
            if result.verdict not in SEEN:
                name = next(row.name for row in rows if row.key == result.source)
                self._say(f"“{name}”没有采到：{result.note or result.verdict}", at=crawl.at, fault=True)
        for _ in range(ROUNDS):
            if not any(outcome.did for outcome in self._sweep(self.reading, at=crawl.at)):
                break
        self._say(f"采集 {len(results)} 个来源，新帖 {Post.objects.count() - before} 条", at=crawl.at)
        self._tell_issues(crawl.at)

    def _sweep(self, chosen: list[sweeps.Sweep], *, at: datetime) -> list[sweeps.Outcome]:
        outcomes = [sweeps.run_sweep(sweep) for sweep in chosen]
        sweeps.note(outcomes, at=at)
        self.last = max(self.last, at)
        for outcome in outcomes:
            if outcome.error and outcome.error not in self.faults_told:
                self.faults_told.add(outcome.error)
                self._say(f"步骤 {outcome.name} 出错：{outcome.error}", at=at, fault=True)
        return outcomes

    def _row_due(self) -> datetime | None:
        """The next moment something is due by the rows themselves: a rung, a repeat, a ring, a draft."""
        if self.draft_at <= self.last:
            self.draft_at = next_draft_at(self.last)
        clocks = Clock.objects.filter(closed_at=None, next_rung_at__gt=self.last)
        rungs = Rung.objects.filter(acknowledged_at=None, next_repeat_at__gt=self.last)
        briefs = Brief.objects.filter(next_ring_at__gt=self.last).exclude(state=Brief.State.SENT)
        moments = [
            clocks.aggregate(at=Min("next_rung_at"))["at"],
            rungs.aggregate(at=Min("next_repeat_at"))["at"],
            briefs.aggregate(at=Min("next_ring_at"))["at"],
            self.draft_at,
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    # --- what is told ----------------------------------------------------------------------------------------------

    def _say(self, line: str, *, at: datetime, fault: bool = False) -> None:
        self.progress.say(line, at=at.astimezone(self.scenario.starts_at.tzinfo), fault=fault)

    def _show(self, at: datetime) -> None:
        span = (self.end - self.scenario.starts_at).total_seconds()
        self.progress.share = min(1.0, round((at - self.scenario.starts_at).total_seconds() / span, 3))
        self.progress.moment = at.astimezone(self.scenario.starts_at.tzinfo).isoformat()
        for clock in Clock.objects.filter(breached_at__isnull=False).exclude(pk__in=self.breaches_told):
            self.breaches_told.add(clock.pk)
            self._say(f"超时：{clock.matter.title} {clock.get_kind_display()}", at=at)
        self.progress.write()

    def _tell_issues(self, at: datetime) -> None:
        for issue in Issue.objects.filter(number__gt=self.issues_told).select_related("matter").order_by("number"):
            self.issues_told = issue.number
            level = issue.matter.get_level_proposed_display()
            self._say(f"开线索 {issue.label}“{issue.matter.title}”，建议{level}", at=at)

    # --- after -----------------------------------------------------------------------------------------------------

    def finish(self, *, played: bool, ended_at: datetime) -> bool:
        """Write the report; true when the drill showed what it should (or was ended by a person)."""
        self.server.stop()
        self.clockwork.hold(self.clockwork.shown)
        self.progress.seconds = time.monotonic() - self.started
        report = summary(self.progress)
        lacks = [*self.progress.faults, *shortfalls(report)] if played else list(self.progress.faults)
        report["shortfalls"] = lacks
        report["ended_early"] = not played
        write_json(self.folder / "report.json", report)
        self.progress.state = "failed" if lacks else "ended"
        more = f"；另有 {len(lacks) - 2} 处，见 report.json" if len(lacks) > 2 else ""
        words = f"演练没有走完：{'；'.join(lacks[:2])}{more}" if lacks else in_words(report) or "演练走完"
        self.progress.line = words if played else f"提前结束{f'；{words}' if lacks else ''}"
        self.progress.ended_at = ended_at.isoformat()
        self.progress.write()
        return not lacks
