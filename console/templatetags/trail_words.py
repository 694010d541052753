"""Filters for 全部留痕: kinds of rows and what they are about, in officers' words. Unknown ones stay as they are."""

from django import template

from office.roles import ACT_NAMES, Act

register = template.Library()

GROUPS = {
    "backup": "备份",
    "brief": "简报",
    "clock": "系统时钟",
    "conference": "发布会",
    "drill": "演练",
    "duty": "值班",
    "handover": "交接班",
    "issue": "舆情",
    "login": "登录",
    "notice": "提醒",
    "people": "人员",
    "release": "发布",
    "retention": "按期清理",
    "replay": "回放",
    "settings": "设置",
    "source": "来源",
    "topic": "热点",
}
DEEDS = {
    "acknowledge": "确认收到",
    "again": "再输口令",
    "assign": "定责任单位",
    "began": "开始",
    "begin": "开始交接",
    "cancel": "撤销",
    "change": "修改",
    "check": "复核",
    "close": "办结",
    "confirm": "确认",
    "copy": "照上周排",
    "correct": "更正",
    "create": "新建",
    "decide_level": "核定等级",
    "dismiss": "排除",
    "done": "做完",
    "edit": "修改",
    "end": "结束登录",
    "ended": "结束",
    "enter": "填报",
    "event_time": "改事件时间",
    "export": "导出",
    "failed": "失败",
    "give": "交班签字",
    "grow": "情况发展",
    "hand_on": "转交",
    "hold_lifted": "恢复发送",
    "in": "登入",
    "invite": "邀请",
    "jump": "跳变",
    "leave": "离岗",
    "link": "发链接",
    "locked": "锁定",
    "made": "做好",
    "merge": "并入",
    "merged_in": "有线索并入",
    "note": "办理记录",
    "open": "打开",
    "out": "登出",
    "part": "撤销并案",
    "parted": "撤销并案",
    "password": "改口令",
    "plan": "预告",
    "propose": "提请第二人",
    "put": "排班",
    "put_off": "缓发",
    "put_right": "改回",
    "recipients": "改收件",
    "refuse_proposal": "第二人不同意",
    "regrade": "改等级",
    "remove": "撤班",
    "reopen": "重新打开",
    "report": "报送",
    "restored": "恢复",
    "retitle": "改标题",
    "roles": "改角色",
    "sample": "抽查",
    "say": "问答",
    "send": "发出",
    "send_back": "退回",
    "sign": "签",
    "split": "拆分",
    "submit": "送审",
    "swap_answer": "换班答复",
    "swap_ask": "提出换班",
    "swap_done": "换班批复",
    "swap_drop": "撤回换班",
    "swap_lapse": "换班作罢",
    "take": "接班签字",
    "take_over": "认领",
    "test": "试发",
    "topic_joined": "热点合并",
    "topic_split": "热点拆出帖文",
    "undo": "撤销拆并",
    "try": "试取",
    "unit": "改单位",
    "unlock": "解锁",
}
EXACT = {
    "drill.enter": "演练·进入",
    "duty.plan": "值班·排班",
    "export.allow": "导出·批准",
    "export.ask": "导出·申请",
    "export.refuse": "导出·不批",
    "login": "登录",
    "logout": "登出",
    "people.reopen": "人员·重新启用",
}
OBJECTS = {
    "backup": "备份",
    "brief": "简报",
    "clock": "时限",
    "department": "单位",
    "drill": "演练",
    "duty": "班次",
    "export": "导出申请",
    "handover": "交接单",
    "inbox_file": "文件",
    "issue": "事项",
    "matter": "事项提醒",
    "pack": "资料包",
    "post": "帖文",
    "quarantine": "未收下的行",
    "removal": "移除请求",
    "replay": "回放",
    "retention": "清理",
    "search": "检索",
    "source": "来源",
    "source_trial": "试取",
    "state": "设置",
    "topic": "热点",
    "user": "人员",
}


@register.filter
def trail_kind(kind: str) -> str:
    """`release.check` → `发布·复核`; acts of the table of rights by their name there."""
    if kind in EXACT:
        return EXACT[kind]
    if kind in set(Act):
        return ACT_NAMES[Act(kind)]
    group, _, deed = kind.partition(".")
    return f"{GROUPS[group]}·{DEEDS[deed]}" if group in GROUPS and deed in DEEDS else kind


@register.filter
def trail_object(kind: str) -> str:
    return OBJECTS.get(kind, kind)
