"""设置: 试运行, 单人值守, the hold of sending, what the environment says; and the rules in force."""

from typing import Any

from django.conf import settings as conf
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from console import sending_switch
from console.access import needs
from console.forms.office import SoloForm
from console.frame import page, person
from console.queries import upkeep as upkeep_query
from office.clock import now
from office.errors import Refused
from office.pack.current import current_pack
from office.roles import Act
from office.services import people, timewatch
from office.state import get_state

SWITCHES: dict[str, Act | tuple[Act, ...]] = {
    "keys": (),  # one's own
    "test": Act.SWITCH_SENDING,
    "dry-on": Act.SWITCH_SENDING,
    "dry-off": Act.SWITCH_SENDING,
    "solo": Act.DECLARE_SOLO,
    "solo-end": Act.DECLARE_SOLO,
    "release": Act.RELEASE_HOLD,
}


@require_safe
@needs(readable=True)
def settings(request: HttpRequest) -> HttpResponse:
    at = now()
    pack = current_pack()
    smtp = f"{conf.SMTP[0]}:{conf.SMTP[1]}" if conf.SMTP else "没有配置"
    context = {
        "tested": get_state(sending_switch.TESTED),
        "hold": get_state("sending_hold"),
        "solo": get_state("solo_duty"),
        "solo_form": SoloForm(),
        "facts": [
            ("辖区资料包", f"{pack.district.name}，{pack.policy.version}"),
            ("办公地址", conf.URL),
            ("邮件服务器", smtp),
            ("群机器人", "已配置" if conf.WEBHOOK else "没有配置"),
            ("情感判读", "自有模型" if conf.SENTIMENT == "linear" else "SnowNLP"),
            ("外部看门狗", "已配置" if conf.PING_URL else "没有配置"),
        ],
    }
    return page(request, "console/settings.html", context, at=at, here="office")


@require_POST
@needs(named=SWITCHES)
def act(request: HttpRequest, name: str) -> HttpResponse:
    """One switch; each leaves a trail row."""
    at, who = now(), person(request)
    try:
        if name == "test":
            messages.success(request, _test_words(sending_switch.send_test(by=who, at=at)))
        elif name in {"dry-on", "dry-off"}:
            sending_switch.switch_dry_run(on=name == "dry-on", by=who, at=at)
            messages.success(request, "已改为试运行，不外发。" if name == "dry-on" else "试运行已关闭，提醒开始外发。")
        elif name == "solo":
            people.declare_solo(by=who, reason=request.POST.get("reason", ""), at=at)
            messages.success(request, "已声明单人值守；须两人的事由一人重填理由办理，逐件标“单人”。")
        elif name == "solo-end":
            people.end_solo(by=who, at=at)
            messages.success(request, "单人值守已结束。")
        elif name == "keys":
            return _keys(request)
        elif name == "release":
            timewatch.release_hold(by=who, at=at)
            messages.success(request, "已恢复外发。")
        else:
            raise Http404("没有这个设置")
    except Refused as error:
        messages.error(request, f"没有办成：{error}")
    return redirect("settings")


def _keys(request: HttpRequest) -> HttpResponse:
    """Single keys on or off for this person, and back to the page it was asked on."""
    on = request.POST.get("on") == "1"
    people.switch_keys(user=person(request), on=on)
    messages.success(request, "单键已打开。" if on else "单键已关掉，页面上的按钮和链接照用。")
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "settings")


def _test_words(outcome: dict[str, Any]) -> str:
    names = {"mail": "邮件", "webhook": "群机器人"}
    said = [f"{names[c]}已发出" for c in outcome["sent"]]
    said += [f"{names[c]}没发出：{why}" for c, why in outcome["failed"].items()]
    return "；".join(said) + "。请核对是否收到。"


@require_safe
@needs(readable=True)
def upkeep(request: HttpRequest) -> HttpResponse:
    """维护: backups, room on the disk, what is kept how long, which version this is."""
    at = now()
    return page(request, "console/upkeep.html", upkeep_query.facts(at=at), at=at, here="office")


@require_safe
@needs(readable=True)
def more(request: HttpRequest) -> HttpResponse:
    """The phone's 更多: everything the desk's menu holds."""
    return page(request, "console/more.html", at=now(), here="more")
