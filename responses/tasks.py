"""The sweeps that open leads and questions, look after tasks, roster and what is overdue, and draw samples."""

from django.conf import settings

from alerts.services.roster_watch import tell_gaps
from alerts.services.swaps import lapse_swaps
from office import clock
from responses.services.handover import remind_unsigned
from responses.services.leads import open_leads
from responses.services.questions import gather_questions
from responses.services.reading_samples import announce
from responses.services.samples import draw_sample
from responses.services.supervising import supervise_overdue
from responses.services.tasks import remind_tasks


def lead() -> str:
    """Open leads from fresh alerts, let open ones grow, bring dismissed ones back. One line of what was done."""
    opened = open_leads(at=clock.now())
    return f"开线索 {opened} 条" if opened else ""


def ask() -> str:
    """What the public asks in confirmed issues: fresh asks to their questions."""
    if settings.REPLAY:  # nobody answers there
        return ""
    opened = gather_questions()
    return f"新问题 {opened} 个" if opened else ""


def remind() -> str:
    """Tasks of units that nobody signed for in time, that are due soon or over."""
    if settings.REPLAY:
        return ""
    told = remind_tasks(at=clock.now())
    return f"任务提醒 {told} 条" if told else ""


def roster() -> str:
    """Shifts with nobody, swaps nobody answered, a handover nobody signed: told once each."""
    if settings.DRILL:  # a rehearsal's people have no shifts after it
        return ""
    at = clock.now()
    told = {"空班": tell_gaps(at=at), "换班作罢": lapse_swaps(at=at), "交接未签": remind_unsigned(at=at)}
    return "，".join(f"{name} {count} 件" for name, count in told.items() if count)


def samples() -> str:
    """On Mondays: of the leads dismissed last week some are drawn to be looked at; who looks at drawn posts is told."""
    if settings.DRILL or settings.REPLAY:
        return ""
    at = clock.now()
    drawn, told = draw_sample(at=at), announce(at=at)
    done = [f"抽查 {drawn} 条已排除的线索"] if drawn else []
    return "，".join([*done, f"告知 {told} 人核判读抽样"] if told else done)


def supervise() -> str:
    """Confirmed cases whose clock ran out without evidence: a 督办 each, once a clock."""
    if settings.REPLAY:  # nobody answers there
        return ""
    opened = supervise_overdue(at=clock.now())
    return f"开督办单 {opened} 件" if opened else ""
