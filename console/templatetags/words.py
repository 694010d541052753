"""Filters that put codes into the words officers read. Unknown codes come out as they are."""

from collections.abc import Iterable

from django import template

from office import roles
from office.pack.labels import words_of_path
from responses import gates

register = template.Library()


@register.filter
def role_names(values: Iterable[str]) -> str:
    return "、".join(roles.ROLE_NAMES.get(roles.Role(v), v) if v in set(roles.Role) else v for v in values)


ANCHORS = {"event": "事件发生", "first_public": "首个公开帖", "line_met": "达到线索标准", "detected": "系统发现"}
PROPOSED = {
    "confirm": "按较低等级确认",
    "confirm_lead": "按较低等级确认",
    "dismiss": "排除线索",
    "dismiss_lead": "排除线索",
    "regrade": "调整等级",
    "cancel": "撤销",
    "cancel_issue": "撤销",
    "set_event_time": "起算时间改晚",
    "anchor_later": "起算时间改晚",
}


@register.filter
def anchor_name(kind: str) -> str:
    return ANCHORS.get(kind, kind)


@register.filter
def proposed_act(act: str) -> str:
    return PROPOSED.get(act, act)


@register.filter
def gate_name(key: str) -> str:
    """表述, 保密, 去标识, 批准."""
    found = gates.named(key)
    return found.name if found else key


@register.filter
def act_holders(act: str) -> str:
    """Who may do it: `宣传部负责人、区政府办（督办）`."""
    return roles.names_of(roles.roles_for(roles.Act(act)))


@register.filter
def voice_name(voice: str) -> str:
    return {"public": "公众", "media": "媒体", "official": "官方", "own": "自有"}.get(voice, voice)


@register.filter
def feeling(sentiment: str) -> str:
    return {"negative": "负面", "neutral": "中性", "positive": "正面"}.get(sentiment, sentiment)


_EMOTIONS = {"neutral": "平静", "angry": "愤怒", "happy": "高兴", "sad": "难过", "fear": "害怕", "surprise": "惊讶"}


@register.filter
def emotion(shares: dict[str, float]) -> str:
    """The likeliest of the six emotions; nothing where none is told."""
    name = max(shares, key=shares.__getitem__, default="")
    return _EMOTIONS.get(name, name)


@register.filter
def channel_name(channel: str) -> str:
    return {"mail": "邮件", "webhook": "群机器人", "console": "页面"}.get(channel, channel)


@register.filter
def role_name(value: str) -> str:
    return roles.ROLE_NAMES.get(roles.Role(value), str(value))


ON_ROSTER = {"duty_lead": "值班长", "monitor": "值守", "secrecy_reviewer": "保密审查"}


@register.filter
def short_role(value: str) -> str:
    """The word of the roster for a role: 值班长, 值守."""
    return ON_ROSTER.get(value, role_name(value))


SWEEPS = {
    "crawl": "采集",
    "ingest": "收下",
    "read": "判读",
    "file": "归并",
    "warn": "预警",
    "lead": "开线索",
    "ask": "归并问题",
    "index": "更新检索",
    "clocks": "时限",
    "notify": "发消息",
    "roster": "看值班",
    "tasks": "催任务",
    "samples": "抽查",
    "supervise": "督办",
    "briefs": "起草简报",
    "send_briefs": "发简报",
    "boards": "送看板数据",
    "time": "看系统时钟",
    "learn": "从更正学习、重读旧帖",
    "tidy": "清理旧索引",
    "drills": "演练收尾",
    "backup": "每日备份",
    "disk": "看磁盘",
    "retention": "按期清理",
}


@register.filter
def sweep_name(name: str) -> str:
    return SWEEPS.get(name, name)


@register.filter
def rhythm(seconds: float) -> str:
    """How often a sweep runs: `每轮`, `10 秒`, `1 小时`."""
    if seconds <= 0:
        return "每轮"
    return f"{seconds / 3600:g} 小时" if seconds >= 3600 else f"{seconds:g} 秒"


@register.filter
def drill_state(state: str) -> str:
    return {"starting": "在准备", "running": "在演", "ended": "已结束", "failed": "出错"}.get(state, state)


FIRST_ROLES = (
    "leader",
    "duty_lead",
    "propaganda_lead",
    "gov_office",
    "analyst",
    "press_officer",
    "spokesperson",
    "monitor",
    "sys_admin",
    "sec_admin",
    "auditor",
)


@register.filter
def main_role(values: list[str]) -> str:
    """One word for the corner of the page."""
    if len(values) >= len(roles.Role):
        return "全部角色"
    first = next((r for r in FIRST_ROLES if r in values), values[0] if values else "")
    return roles.ROLE_NAMES[roles.Role(first)] if first in set(roles.Role) else "没有角色"


@register.filter
def short_streets(names: list[str]) -> str:
    """`展览路、月坛`: at most two, without the word every one of them ends with."""
    return "、".join(n.removesuffix("街道") for n in names[:2]) or "–"


@register.filter
def pack_path(steps: Iterable[str]) -> str:
    """`brief`, `copies` → `简报 · 份数`."""
    return words_of_path(list(steps))
