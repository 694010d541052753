"""What the keys of a pack are called on the page of rules. Unknown keys come out as they stand in the file. Pure."""

from collections.abc import Sequence

FILE_NAMES = {
    "district": "辖区",
    "gazetteer": "地名",
    "departments": "单位",
    "policy": "规则",
    "sources": "来源",
    "taxonomy": "类别",
}
_KEYS = {
    "access": "账号口令",
    "address": "地址",
    "after_due_minutes": "超时后每隔",
    "aliases": "别名",
    "anchor": "起算",
    "anchor_by_figures": "起算（凭数字）",
    "apply_legal_clocks_to_level": "5 小时、24 小时也适用Ⅰ、Ⅱ级舆情",
    "brief": "简报",
    "burst": "突增",
    "chain": "上报链",
    "class": "主体类别",
    "classes": "类别",
    "clocks": "时限",
    "codes": "排除理由",
    "communities": "社区",
    "conference_plan": "发布会倒排",
    "copies": "份数",
    "crew": "每班人数",
    "cut_off": "截止",
    "days": "天数",
    "decisions": "谁来定",
    "departments": "单位",
    "disabled_reason": "没启用的原因",
    "dismissal": "排除",
    "document": "文号",
    "document_date": "文件日期",
    "duty": "值班",
    "effective_from": "施行",
    "effective_to": "施行到",
    "emergency_lines": "突发事件",
    "enabled": "启用",
    "episodes": "段落",
    "escalation": "上报",
    "event_grades": "事件等级",
    "event_time": "事件时间",
    "first": "提出或确认",
    "first_hours": "首段",
    "first_minutes": "首段每隔",
    "followup": "持续发布",
    "grave": "Ⅱ级线",
    "gravest": "Ⅰ级线",
    "duty_phone": "值班电话",
    "dead_or_missing": "死亡失踪",
    "hurt": "受伤",
    "trapped": "被困",
    "moved_out": "转移",
    "handles": "管什么",
    "history": "历史",
    "hours": "时段",
    "hours_before": "开始前几小时",
    "interactions": "互动",
    "internal_clocks": "内部时限",
    "impact": "影响评估",
    "kind": "种类",
    "ladder": "提醒阶梯",
    "later_minutes": "以后每隔",
    "legal_basis": "法律依据",
    "level": "等级",
    "levels": "等级",
    "lines": "线索标准",
    "list_hint": "条目样式",
    "long": "久拖",
    "margin_hours": "距时限留出",
    "matters": "群众的说法",
    "media": "媒体",
    "media_class": "媒体层级",
    "minutes": "长度",
    "minutes_left": "剩余提醒",
    "name": "名称",
    "out_by": "发出",
    "overdue": "超时",
    "percents": "过程提醒",
    "places": "地点",
    "platform": "平台",
    "priority": "优先监测类",
    "priority_volume": "优先监测类的量",
    "quiet_days": "冷清来源天数",
    "quiet_hours": "冷清来源时段",
    "quiet_voices": "冷清来源人数",
    "raw_posts_days": "原帖",
    "reads": "阅读",
    "repeat": "再次出现",
    "report": "报",
    "response_anchor": "48 小时从哪里起算",
    "retention": "保存期限",
    "review_by": "复核日期",
    "rhythm_minutes": "节律",
    "ring_before_minutes": "提前催签",
    "ring_every_minutes": "催签间隔",
    "roles": "谁",
    "scope": "范围",
    "second": "第二人",
    "second_person_levels": "须两人排除的等级",
    "shifts": "班次",
    "sign_steps": "审签步骤",
    "snapshots_days": "快照",
    "source": "出处",
    "sources": "来源",
    "start_step": "起始级",
    "steps": "步骤",
    "stopped_by": "什么能停",
    "streets": "街道",
    "streets_north_to_south": "街道从北到南",
    "strong": "强词",
    "terms": "词",
    "time": "系统时间",
    "topic_window_days": "归并时段",
    "trail_days": "留痕",
    "two_of": "四占二",
    "unacknowledged_minutes": "没人确认，上一级",
    "unit": "责任单位",
    "version": "版本",
    "voice": "声音",
    "voices": "人数",
    "watch": "持续关注",
    "who": "由谁",
    "wording": "对公众的说法",
    "words": "词",
    "import_files_days": "导入文件",
    "access_log_days": "查阅记录",
}
_UNITS = {"minutes": "分", "hours": "小时", "days": "天", "percents": "%", "minutes_left": "分"}


def words_of_key(key: str) -> str:
    return _KEYS.get(key, key)


def words_of_path(steps: Sequence[str]) -> str:
    """`时限 response · 长度`: where in a file something stands."""
    return " · ".join(words_of_key(step) for step in steps)


def words_of_value(steps: Sequence[str], value: object) -> str:
    """A value as it is read: yes and no in words, spans with their unit, nothing as a dash."""
    if value is None or value == "" or value == ():
        return "–"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        last = steps[-1] if steps else ""
        unit = _UNITS.get(last) or next((u for name, u in _UNITS.items() if last.endswith(f"_{name}")), "")
        return f"{value:g} {unit}" if unit else f"{value:g}"
    if isinstance(value, tuple | list):
        return "、".join(str(one) for one in value)
    return str(value)
