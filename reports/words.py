"""The words of the brief for sections, levels, states, clocks, publications and media. Pure data."""

TITLES = {
    "guide": "【本期导读】",
    "overall": "一、总体情况",
    "focus": "二、重点舆情",
    "concerns": "三、网民关切（民生诉求）",
    "media": "四、媒体报道",
    "progress": "五、回应与处置进展",
    "ahead": "六、今日关注",
}
LEVELS = {1: "特别重大", 2: "重大", 3: "较大", 4: "一般"}
GRADES = {"extraordinary": "特别重大", "major": "重大", "serious": "较大", "ordinary": "一般"}
STATES = {
    "lead": "线索，待判",
    "responding": "处置回应中",
    "responded": "已回应",
    "closed": "已办结",
    "cancelled": "已撤销",
}
CLOCKS = {
    "first_release": "5小时首发",
    "press_conference": "24小时发布会",
    "response": "48小时回应",
    "followup_release": "持续发布",
}
RELEASES = {
    "brief": "简要信息",
    "notice": "情况通报",
    "press_text": "通稿",
    "clarification": "澄清辟谣",
    "interpretation": "政策解读",
    "progress": "进展",
    "outcome": "处置结果",
}
MEETINGS = {
    "press_conference": "新闻发布会",
    "media_briefing": "媒体通气会",
    "policy_briefing": "政策吹风会",
    "online_interview": "在线访谈",
}
MEDIA = {"central": "中央媒体", "city": "市属媒体", "other": "其他媒体"}
STANCES = {"negative": "批评", "neutral": "中性", "positive": "正面"}
