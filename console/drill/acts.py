"""What the scripted people do, through the same doors as everybody, each at its own simulated moment."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from alerts.services.notices import acknowledge_matter
from analysis.models import Membership
from console.drill.scenario import Scenario, Step
from office.errors import Refused
from office.models import Department, User
from reports.models import Brief
from reports.services.brief import edit_brief, sign_brief, submit
from responses.gates import named
from responses.models import Asked, Assignment, Conference, ConferenceStep, Handover, Issue, Release, ReleaseDraft
from responses.services import handover
from responses.services.decide import confirm_lead, decide_level, take_over
from responses.services.drafting import Words, decide_gate, edit_draft, start_draft
from responses.services.evidence import (
    Plan,
    check_conference,
    check_release,
    enter_conference,
    enter_release,
    plan_conference,
    tick_step,
)
from responses.services.questions import mark_question
from responses.services.tasks import feed_back, give_task, sign_task

CHECKED_AFTER = timedelta(minutes=10)  # simulated
FETCH_WITHIN = 10.0  # seconds; the site is in this very process


class Stage:
    """Where the acts happen: the people, the authored site, the rows they speak of."""

    def __init__(self, scenario: Scenario, people: Mapping[str, User], *, site: str) -> None:
        self._scenario = scenario
        self._people = people
        self._site = site
        self._entries = {entry.id: entry for entry in scenario.entries}
        self._acts: dict[str, Callable[[Step, User, datetime], str]] = {
            "acknowledge": self._acknowledge,
            "take_over": self._take_over,
            "confirm": self._confirm,
            "decide_level": self._decide_level,
            "enter_release": self._enter_release,
            "check_release": self._check_release,
            "enter_conference": self._enter_conference,
            "check_conference": self._check_conference,
            "give_task": self._give_task,
            "sign_task": self._sign_task,
            "feed_back": self._feed_back,
            "mark_question": self._mark_question,
            "edit_brief": self._edit_brief,
            "submit_brief": self._submit_brief,
            "sign_brief": self._sign_brief,
            "draft_release": self._draft_release,
            "edit_draft": self._edit_draft,
            "pass_gate": self._pass_gate,
            "plan_conference": self._plan_conference,
            "tick_step": self._tick_step,
            "give_shift": self._give_shift,
            "take_shift": self._take_shift,
        }

    def perform(self, step: Step) -> str:
        """Do it; returns a sentence for the story. Raises Refused as the door said it."""
        by = self._people[step.who]
        return f"{by.name} {self._acts[step.do](step, by, step.at)}"

    def check_entered(self, *, at: datetime) -> list[str]:
        """我来办: what was entered is checked by the person of the scenario who checks, a little later.

        Returns sentences for the story.
        """
        checker = next((step.who for step in self._scenario.steps if step.do == "check_release"), None)
        if checker is None:
            return []
        by = self._people[checker]
        waiting = Release.objects.filter(state=Release.State.ENTERED, entered_at__lte=at - CHECKED_AFTER).exclude(
            entered_by=by
        )
        told = []
        for release in waiting.order_by("pk"):
            check_release(release=release, by=by, at=at, accept=True, note="网址、时间与留存一致")
            told.append(f"{by.name} 复核通过发布《{release.title}》")
        return told

    # --- the desk --------------------------------------------------------------------------------------------------

    def _acknowledge(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        acknowledge_matter(matter_id=issue.matter_id, by=by, at=at)
        return f"确认收到提醒：{_name(issue)}"

    def _take_over(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        take_over(issue=issue, by=by, at=at)
        return f"认领：{_name(issue)}"

    def _confirm(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        unit = None
        if step.given.get("lead_unit"):
            unit = _unit(str(step.given["lead_unit"]))
        confirm_lead(
            issue=issue,
            by=by,
            at=at,
            level=int(step.given["level"]),
            version=issue.version,
            lead_unit=unit,
            reason=str(step.given.get("note", "")),
        )
        issue.matter.refresh_from_db()
        return f"确认：{_name(issue)}" + ("，待核定" if issue.matter.level_pending else "")

    def _decide_level(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        decide_level(
            issue=issue,
            by=by,
            at=at,
            level=int(step.given["level"]),
            version=issue.version,
            reason=str(step.given.get("reason", "")),
        )
        return f"核定等级：{_name(issue)}"

    # --- evidence --------------------------------------------------------------------------------------------------

    def _enter_release(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        link, copy, published_at = self._page(str(step.given["post"]))
        title = str(step.given["title"])
        written = ReleaseDraft.objects.filter(issue=issue, name=title).order_by("-pk").first()
        enter_release(
            issue=issue,
            draft=written,
            ungated_why=str(step.given.get("why", "")),
            by=by,
            at=at,
            kind=str(step.given["kind"]),
            channel=str(step.given["channel"]),
            title=title,
            link=link,
            published_at=published_at,
            copy=copy,
            copy_name=f"{step.given['post']}.html",
        )
        return f"填报发布《{title}》"

    def _check_release(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        release = Release.objects.filter(issue=issue, state=Release.State.ENTERED).order_by("pk").first()
        if release is None:
            raise Refused(f"{_name(issue)} 没有等待复核的发布。")
        accept = bool(step.given.get("accept", True))
        check_release(release=release, by=by, at=at, accept=accept, note=str(step.given.get("note", "")))
        return f"{'复核通过' if accept else '退回'}发布《{release.title}》"

    def _enter_conference(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        link, copy, _published_at = self._page(str(step.given["post"]))
        title = str(step.given["title"])
        planned = Conference.objects.filter(issue=issue, state=Conference.State.PLANNED).first()
        enter_conference(
            issue=issue,
            conference=planned,
            by=by,
            at=at,
            title=title,
            held_at=datetime.fromisoformat(str(step.given["held_at"])),
            copy=copy,
            copy_name=f"{step.given['post']}.html",
            link=link,
        )
        return f"填报发布会《{title}》已举行"

    def _check_conference(self, step: Step, by: User, at: datetime) -> str:
        issue = self._issue(step)
        held = Conference.objects.filter(issue=issue, state=Conference.State.ENTERED).order_by("pk").first()
        if held is None:
            raise Refused(f"{_name(issue)} 没有等待复核的发布会。")
        accept = bool(step.given.get("accept", True))
        check_conference(conference=held, by=by, at=at, accept=accept, note=str(step.given.get("note", "")))
        return f"{'复核通过' if accept else '退回'}发布会《{held.title}》"

    # --- before it is published, before it is held ------------------------------------------------------------------

    def _draft_release(self, step: Step, by: User, at: datetime) -> str:
        start_draft(issue=self._issue(step), by=by, at=at, words=self._words(step))
        return f"起草《{step.given['title']}》，送审"

    def _edit_draft(self, step: Step, by: User, at: datetime) -> str:
        draft = self._draft(step)
        changed = edit_draft(draft=draft, by=by, at=at, words=self._words(step), version=draft.version)
        return f"改《{changed.name}》，第 {changed.version} 稿"

    def _pass_gate(self, step: Step, by: User, at: datetime) -> str:
        draft, gate = self._draft(step), named(str(step.given["gate"]))
        if gate is None:
            raise Refused(f"没有名为“{step.given['gate']}”的关。")
        accept, said = bool(step.given.get("accept", True)), str(step.given.get("note", ""))
        decide_gate(draft=draft, gate=gate.key, version=draft.version, by=by, at=at, accept=accept, sentence=said)
        return f"{'过' if accept else '退回'}《{draft.name}》的“{gate.name}”关" + (f"：{said}" if said else "")

    def _plan_conference(self, step: Step, by: User, at: datetime) -> str:
        plan = Plan(
            title=str(step.given["title"]),
            planned_at=datetime.fromisoformat(str(step.given["planned_at"])),
            place=str(step.given.get("place", "")),
            who=dict(step.given.get("who_does", {})),
        )
        plan_conference(issue=self._issue(step), by=by, at=at, plan=plan)
        return f"排发布会《{plan.title}》，定于 {plan.planned_at:%m-%d %H:%M}"

    def _tick_step(self, step: Step, by: User, at: datetime) -> str:
        rows = ConferenceStep.objects.filter(conference__issue=self._issue(step), key=str(step.given["step"]))
        row = rows.order_by("-conference").first()
        if row is None:
            raise Refused(f"发布会没有“{step.given['step']}”这一步。")
        tick_step(step=row, by=by, at=at, done=True)
        return f"发布会倒排：{row.name} 已办"

    def _words(self, step: Step) -> Words:
        """`text`: as written there, or as the post says it that is to be published."""
        given = step.given
        text = str(given.get("text") or self._entries[str(given["post"])].text)
        unit = Department.objects.filter(name=str(given.get("unit", ""))).first()
        return Words(str(given["kind"]), str(given["title"]), unit, [str(c) for c in given["channels"]], text)

    def _draft(self, step: Step) -> ReleaseDraft:
        found = (
            ReleaseDraft.objects.filter(issue=self._issue(step), name=str(step.given["title"])).order_by("-pk").first()
        )
        if found is None:
            raise Refused(f"没有名为《{step.given['title']}》的发布稿。")
        return found

    # --- the change of shift ----------------------------------------------------------------------------------------

    def _give_shift(self, step: Step, by: User, at: datetime) -> str:
        """Every running clock ticked; `words`: kind of clock -> what goes with it."""
        sheet = self._sheet(by, at)
        said = dict(step.given.get("words", {}))
        clocks = handover.running_clocks()
        words = {clock.pk: str(said[clock.kind]) for clock in clocks if clock.kind in said}
        ticks = handover.Ticks(frozenset(clock.pk for clock in clocks), words)
        note = str(step.given.get("note", ""))
        handover.sign_giving(handover=sheet, ticks=ticks, note=note, version=sheet.version, by=by, at=at)
        return f"交班签字 {sheet.label}，{len(clocks)} 个时限"

    def _take_shift(self, step: Step, by: User, at: datetime) -> str:
        sheet = self._sheet(by, at)
        ticks = handover.Ticks(frozenset(key for key, _ in handover.running()), {})
        handover.sign_taking(handover=sheet, ticks=ticks, by=by, at=at)
        return f"接班签字 {sheet.label}"

    def _sheet(self, by: User, at: datetime) -> Handover:
        change = handover.change_now(at=at)
        if change is None:
            raise Refused("现在没有要交接的班。")
        return handover.begin(change=change, by=by, at=at)

    # --- what units do, what the public asks --------------------------------------------------------------------------

    def _give_task(self, step: Step, by: User, at: datetime) -> str:
        task = give_task(
            issue=self._issue(step),
            unit=_unit(str(step.given["unit"])),
            what=str(step.given["what"]),
            due_at=at + timedelta(minutes=int(step.given["minutes"])),
            by=by,
            at=at,
        )
        return f"转办{task.unit}：{task.what}"

    def _sign_task(self, step: Step, by: User, at: datetime) -> str:
        task = sign_task(task=self._task(step), by=by, at=at, told=str(step.given.get("told", "")))
        return f"签收{'（代签）' if task.signed_told else ''}：{task.what}"

    def _feed_back(self, step: Step, by: User, at: datetime) -> str:
        said, told = str(step.given["feedback"]), str(step.given.get("told", ""))
        task = feed_back(task=self._task(step), feedback=said, by=by, at=at, told=told)
        return f"反馈“{task.what}”：{said}"

    def _task(self, step: Step) -> Assignment:
        tasks = Assignment.objects.filter(issue=self._issue(step), what__contains=str(step.given["what"]))
        task = tasks.order_by("pk").first()
        if task is None:
            raise Refused(f"没有转办过“{step.given['what']}”。")
        return task

    def _mark_question(self, step: Step, by: User, at: datetime) -> str:
        """The question that somebody put with the words `asks`; `release` by its title."""
        issue, words = self._issue(step), str(step.given["asks"])
        asked = Asked.objects.filter(question__issue=issue, words__contains=words).order_by("question", "pk").first()
        if asked is None:
            raise Refused(f"{_name(issue)} 没有人问“{words}”。")
        title = str(step.given.get("release", ""))
        release = Release.objects.filter(issue=issue, title=title).first() if title else None
        question = mark_question(
            question=asked.question, state=str(step.given["state"]), release=release,
            remark=str(step.given.get("note", "")), by=by, at=at,
        )  # fmt: skip
        return f"公众在问“{words}”，标为{question.get_state_display()}"

    # --- the brief -------------------------------------------------------------------------------------------------

    def _edit_brief(self, step: Step, by: User, at: datetime) -> str:
        brief = _brief()
        content: dict[str, Any] = {"sections": list(step.given.get("sections", []))}
        edit_brief(brief=brief, by=by, at=at, content=content, version=brief.version)
        return f"核改《今日舆情》{brief.day:%m月%d日}稿"

    def _submit_brief(self, step: Step, by: User, at: datetime) -> str:
        brief = _brief()
        submit(brief=brief, by=by, at=at, version=brief.version)
        return "简报送审"

    def _sign_brief(self, step: Step, by: User, at: datetime) -> str:
        brief = _brief()
        signature = sign_brief(brief=brief, by=by, at=at, version=brief.version)
        number = f"，编为第{brief.issue_no}期（总第{brief.running_no}期）" if brief.issue_no else ""
        return f"{signature.name}简报{number}"

    # --- what they speak of ----------------------------------------------------------------------------------------

    def _issue(self, step: Step) -> Issue:
        """The issue that `about` names: by its title, else by a post of its topic; an open one before a closed one."""
        rows = list(Issue.objects.select_related("matter", "topic").order_by("number"))
        rows.sort(key=lambda issue: issue.state not in Issue.OPEN)
        for issue in rows:
            if step.about in issue.matter.title:
                return issue
        for issue in rows:
            posts = Membership.objects.filter(post__text__contains=step.about)
            if issue.topic_id is not None and posts.filter(topic_id=issue.topic_id).exists():
                return issue
        raise Refused(f"没有找到关于“{step.about}”的线索或事项。")

    def _page(self, post: str) -> tuple[str, bytes, datetime]:
        """Address, content and publishing time of a page of the authored site, fetched as a person would save it."""
        entry = self._entries[post]
        link = f"{self._site}/{entry.place}/{entry.id}.html"
        try:
            with urlopen(link, timeout=FETCH_WITHIN) as answer:
                return link, answer.read(), entry.at
        except (URLError, OSError) as error:
            raise Refused(f"网页没有存下来：{link}（{error}）。") from error


def _unit(name: str) -> Department:
    unit = Department.objects.filter(name=name).first()
    if unit is None:
        raise Refused(f"没有名为“{name}”的单位。")
    return unit


def _brief() -> Brief:
    brief = Brief.objects.order_by("-day", "-edition").first()
    if brief is None:
        raise Refused("还没有简报稿。")
    return brief


def _name(issue: Issue) -> str:
    return f"{issue.label}“{issue.matter.title}”"
