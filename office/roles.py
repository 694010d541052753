"""Who may do what: one table of acts and the roles that hold them (domain.md B6, C). Pure; default deny."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """The roles of domain.md C. A person may hold several, but never two of the three administrators' roles."""

    MONITOR = "monitor"
    DUTY_LEAD = "duty_lead"
    ANALYST = "analyst"
    PROPAGANDA_LEAD = "propaganda_lead"
    GOV_OFFICE = "gov_office"
    UNIT_CONTACT = "unit_contact"
    UNIT_HEAD = "unit_head"
    PRESS_OFFICER = "press_officer"
    SPOKESPERSON = "spokesperson"
    SECRECY_REVIEWER = "secrecy_reviewer"
    LEADER = "leader"
    SYS_ADMIN = "sys_admin"
    SEC_ADMIN = "sec_admin"
    AUDITOR = "auditor"


ROLE_NAMES: dict[Role, str] = {
    Role.MONITOR: "舆情工作人员",
    Role.DUTY_LEAD: "值班长",
    Role.ANALYST: "研判员",
    Role.PROPAGANDA_LEAD: "宣传部负责人",
    Role.GOV_OFFICE: "区政府办（督办）",
    Role.UNIT_CONTACT: "涉事单位联络员",
    Role.UNIT_HEAD: "单位主要负责人",
    Role.PRESS_OFFICER: "新闻办",
    Role.SPOKESPERSON: "新闻发言人",
    Role.SECRECY_REVIEWER: "保密审查员",
    Role.LEADER: "区领导",
    Role.SYS_ADMIN: "系统管理员",
    Role.SEC_ADMIN: "安全保密管理员",
    Role.AUDITOR: "安全审计员",
}

# 三员: users and settings, rights, and logs are kept by three different people (domain.md B6).
THREE_ADMINISTRATORS: frozenset[Role] = frozenset({Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDITOR})


class Act(StrEnum):
    """What can be done. Values are also the kinds of trail rows where the act leaves one."""

    # looking
    VIEW_DESK = "view_desk"  # board, leads, issues, topics, briefs in the making
    OPEN_POST = "open_post"  # raw text of a post; leaves an AccessLog row
    SEARCH = "search"
    READ_BRIEF = "read_brief"
    VIEW_TRAIL = "view_trail"
    VIEW_SOURCES = "view_sources"
    # leads and issues
    REPORT_BY_HAND = "report_by_hand"
    CONFIRM_LEAD = "confirm_lead"
    DISMISS_LEAD = "dismiss_lead"
    SECOND_DISMISS = "second_dismiss"
    MERGE_ISSUE = "merge_issue"
    REOPEN_LEAD = "reopen_lead"
    CHECK_SAMPLE = "check_sample"  # the weekly look at leads that were dismissed
    RAISE_LEVEL = "raise_level"
    LOWER_LEVEL = "lower_level"  # which pair of people: `decisions` of the pack's policy
    DECIDE_LEVEL = "decide_level"
    CANCEL_ISSUE = "cancel_issue"
    CLOSE_ISSUE = "close_issue"
    SET_EVENT_TIME = "set_event_time"
    SECOND_ANCHOR = "second_anchor"
    ASSIGN_UNIT = "assign_unit"
    SUPERVISE = "supervise"
    TAKE_OVER = "take_over"
    ADD_NOTE = "add_note"
    REVIEW_TOPIC = "review_topic"  # merge or split topics by hand
    CORRECT_READING = "correct_reading"  # what the machine judged of a post; looking at the weekly sample
    TRAIN_MODEL = "train_model"  # build a candidate, hold and resume a re-reading
    ADOPT_MODEL = "adopt_model"  # two people; back to the version before: one
    # a release before it is published, and a conference before it is held
    DRAFT_RELEASE = "draft_release"
    PASS_WORDING = "pass_wording"
    PASS_SECRECY = "pass_secrecy"
    PASS_DEIDENTIFY = "pass_deidentify"
    PASS_APPROVAL = "pass_approval"
    PLAN_CONFERENCE = "plan_conference"
    MARK_QUESTION = "mark_question"  # which release answers what the public asks; joining and hiding questions
    GIVE_TASK = "give_task"  # 转办, and taking it back
    SIGN_TASK = "sign_task"  # sign for a task, feed back, send it back; for a unit without an account by the desk
    # evidence
    ENTER_RELEASE = "enter_release"
    CHECK_RELEASE = "check_release"
    ENTER_CONFERENCE = "enter_conference"
    CHECK_CONFERENCE = "check_conference"
    # briefs
    EDIT_BRIEF = "edit_brief"
    SIGN_BRIEF = "sign_brief"
    PUT_OFF_BRIEF = "put_off_brief"
    CORRECT_BRIEF = "correct_brief"
    EXPORT = "export"
    ALLOW_EXPORT = "allow_export"  # the second person (domain.md B6)
    # collecting
    IMPORT_FILE = "import_file"
    RETAKE_QUARANTINE = "retake_quarantine"
    SWITCH_SOURCE = "switch_source"
    REVIEW_FORBIDDEN = "review_forbidden"
    RUN_SOURCE = "run_source"
    EDIT_SOURCE = "edit_source"  # try an address, register it, change rhythm and voice, export the register
    REMOVE_PERSONAL = "remove_personal"  # 明确拒绝 (rules.md 11)
    # the office
    VIEW_PEOPLE = "view_people"  # people and roster
    SWAP_DUTY = "swap_duty"  # one's own shifts
    HAND_OVER = "hand_over"
    END_SESSIONS = "end_sessions"  # of others; one's own needs nothing
    MANAGE_PEOPLE = "manage_people"
    CHANGE_ROLES = "change_roles"
    PLAN_DUTY = "plan_duty"
    DECLARE_SOLO = "declare_solo"
    CHANGE_SETTINGS = "change_settings"
    DRAFT_POLICY = "draft_policy"  # write an amendment of the rules; taking it needs another person
    TAKE_PACK = "take_pack"  # the district's rules and data as they lie on the disk
    SWITCH_SENDING = "switch_sending"  # dry run off, test message
    RELEASE_HOLD = "release_hold"  # sending goes on after a jump of the clock (rules.md 9)
    RUN_DRILL = "run_drill"


_DESK = (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, Role.PROPAGANDA_LEAD, Role.GOV_OFFICE)
_PRESS = (Role.PRESS_OFFICER, Role.SPOKESPERSON)
_UNIT = (Role.UNIT_CONTACT, Role.UNIT_HEAD)
_LEADERS = (Role.PROPAGANDA_LEAD, Role.GOV_OFFICE)
_ADMINISTRATORS = (Role.SYS_ADMIN, Role.SEC_ADMIN, Role.AUDITOR)

# The administrators see no issue content by default (domain.md B6).
HOLDERS: dict[Act, tuple[Role, ...]] = {
    Act.VIEW_DESK: (*_DESK, *_PRESS, *_UNIT, Role.SECRECY_REVIEWER, Role.LEADER),
    Act.OPEN_POST: (*_DESK, *_PRESS),
    Act.SEARCH: (*_DESK, *_PRESS),
    Act.READ_BRIEF: (*_DESK, *_PRESS, *_UNIT, Role.SECRECY_REVIEWER, Role.LEADER),
    Act.VIEW_TRAIL: (Role.AUDITOR, Role.GOV_OFFICE),
    Act.VIEW_SOURCES: (*_DESK, *_PRESS, Role.SYS_ADMIN, Role.AUDITOR),
    Act.REPORT_BY_HAND: (*_DESK, *_PRESS, *_UNIT),
    Act.CONFIRM_LEAD: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, Role.PROPAGANDA_LEAD),
    Act.DISMISS_LEAD: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, *_LEADERS),
    Act.SECOND_DISMISS: (Role.MONITOR, Role.DUTY_LEAD, *_LEADERS),
    Act.MERGE_ISSUE: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, *_LEADERS),
    Act.REOPEN_LEAD: _DESK,
    Act.CHECK_SAMPLE: (Role.DUTY_LEAD,),
    Act.RAISE_LEVEL: _DESK,
    Act.LOWER_LEVEL: (*_LEADERS, Role.DUTY_LEAD, Role.MONITOR),
    Act.DECIDE_LEVEL: (Role.PROPAGANDA_LEAD,),
    Act.CANCEL_ISSUE: (*_LEADERS, Role.DUTY_LEAD, Role.MONITOR),
    Act.CLOSE_ISSUE: _DESK,
    Act.SET_EVENT_TIME: (*_DESK, Role.PRESS_OFFICER),
    Act.SECOND_ANCHOR: _DESK,
    Act.ASSIGN_UNIT: _DESK,
    Act.SUPERVISE: (*_LEADERS, Role.LEADER, Role.DUTY_LEAD),
    Act.TAKE_OVER: (*_DESK, *_PRESS),
    Act.ADD_NOTE: (*_DESK, *_PRESS, *_UNIT),
    Act.REVIEW_TOPIC: (Role.ANALYST, Role.DUTY_LEAD, Role.MONITOR),
    Act.CORRECT_READING: (Role.ANALYST, Role.DUTY_LEAD, Role.MONITOR),
    Act.TRAIN_MODEL: (Role.ANALYST, Role.DUTY_LEAD, Role.SYS_ADMIN),
    Act.ADOPT_MODEL: (Role.ANALYST, Role.DUTY_LEAD, Role.PROPAGANDA_LEAD),
    Act.DRAFT_RELEASE: (*_PRESS, Role.MONITOR, Role.DUTY_LEAD, Role.PROPAGANDA_LEAD, *_UNIT),
    Act.PASS_WORDING: (*_PRESS, Role.DUTY_LEAD, Role.PROPAGANDA_LEAD),
    # The district office keeps the rules of secrecy review, and is there where no reviewer is on call.
    Act.PASS_SECRECY: (Role.SECRECY_REVIEWER, Role.GOV_OFFICE),
    Act.PASS_DEIDENTIFY: (Role.SECRECY_REVIEWER, Role.GOV_OFFICE, Role.PRESS_OFFICER),
    Act.PASS_APPROVAL: (*_LEADERS, Role.LEADER),
    Act.PLAN_CONFERENCE: (*_PRESS, Role.MONITOR, Role.DUTY_LEAD, *_LEADERS),
    Act.MARK_QUESTION: (*_DESK, *_PRESS),
    Act.GIVE_TASK: (*_DESK, Role.PRESS_OFFICER),
    Act.SIGN_TASK: (*_UNIT, *_DESK, Role.PRESS_OFFICER),
    # A night shift without the press office still has to enter what was published, so the duty desk may too.
    Act.ENTER_RELEASE: (*_PRESS, Role.MONITOR, Role.DUTY_LEAD, Role.PROPAGANDA_LEAD, Role.UNIT_CONTACT),
    Act.CHECK_RELEASE: (*_PRESS, Role.MONITOR, Role.DUTY_LEAD, *_LEADERS, Role.SECRECY_REVIEWER),
    Act.ENTER_CONFERENCE: (*_PRESS, Role.MONITOR, Role.DUTY_LEAD, Role.PROPAGANDA_LEAD),
    Act.CHECK_CONFERENCE: (*_PRESS, Role.MONITOR, Role.DUTY_LEAD, *_LEADERS),
    Act.EDIT_BRIEF: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, Role.PRESS_OFFICER, Role.PROPAGANDA_LEAD),
    Act.SIGN_BRIEF: (Role.DUTY_LEAD, *_LEADERS),
    Act.PUT_OFF_BRIEF: (Role.DUTY_LEAD, *_LEADERS),
    Act.CORRECT_BRIEF: (Role.DUTY_LEAD, Role.ANALYST, Role.MONITOR, *_LEADERS),
    Act.EXPORT: (Role.ANALYST, Role.DUTY_LEAD, *_LEADERS),
    Act.ALLOW_EXPORT: (Role.DUTY_LEAD, *_LEADERS),
    Act.IMPORT_FILE: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, Role.SYS_ADMIN),
    Act.RETAKE_QUARANTINE: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, Role.SYS_ADMIN),
    Act.SWITCH_SOURCE: (Role.DUTY_LEAD, Role.PROPAGANDA_LEAD, Role.SYS_ADMIN),
    Act.REVIEW_FORBIDDEN: (Role.DUTY_LEAD, Role.PROPAGANDA_LEAD),
    Act.RUN_SOURCE: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, Role.SYS_ADMIN),
    Act.EDIT_SOURCE: (Role.DUTY_LEAD, Role.ANALYST, Role.PROPAGANDA_LEAD, Role.SYS_ADMIN),
    Act.REMOVE_PERSONAL: (Role.SEC_ADMIN, Role.DUTY_LEAD),
    Act.VIEW_PEOPLE: (*_DESK, *_PRESS, Role.SECRECY_REVIEWER, *_ADMINISTRATORS),
    Act.SWAP_DUTY: (Role.MONITOR, Role.DUTY_LEAD, Role.ANALYST, *_PRESS, Role.SECRECY_REVIEWER),
    Act.HAND_OVER: (Role.MONITOR, Role.DUTY_LEAD),
    Act.END_SESSIONS: (Role.SYS_ADMIN, Role.SEC_ADMIN),
    Act.MANAGE_PEOPLE: (Role.SYS_ADMIN,),
    Act.CHANGE_ROLES: (Role.SEC_ADMIN,),
    Act.PLAN_DUTY: (Role.DUTY_LEAD, Role.SYS_ADMIN),
    Act.DECLARE_SOLO: (Role.SYS_ADMIN, Role.DUTY_LEAD, *_LEADERS),
    Act.CHANGE_SETTINGS: (Role.SYS_ADMIN,),
    Act.DRAFT_POLICY: (Role.DUTY_LEAD, *_LEADERS, Role.SYS_ADMIN, Role.SEC_ADMIN),
    Act.TAKE_PACK: (Role.SYS_ADMIN, Role.SEC_ADMIN),
    Act.SWITCH_SENDING: (Role.SYS_ADMIN,),
    Act.RELEASE_HOLD: (Role.SYS_ADMIN, Role.DUTY_LEAD, Role.MONITOR),
    Act.RUN_DRILL: (*_DESK, Role.PRESS_OFFICER, Role.SYS_ADMIN),
}

ACT_NAMES: dict[Act, str] = {
    Act.VIEW_DESK: "查看舆情台面",
    Act.OPEN_POST: "查看帖文原文",
    Act.SEARCH: "检索",
    Act.READ_BRIEF: "阅读简报",
    Act.VIEW_TRAIL: "查看留痕",
    Act.VIEW_SOURCES: "查看信源",
    Act.REPORT_BY_HAND: "人工报送",
    Act.CONFIRM_LEAD: "确认线索",
    Act.DISMISS_LEAD: "排除线索",
    Act.SECOND_DISMISS: "复核排除",
    Act.MERGE_ISSUE: "并案",
    Act.REOPEN_LEAD: "重新打开线索",
    Act.CHECK_SAMPLE: "抽查排除的线索",
    Act.RAISE_LEVEL: "上调等级",
    Act.LOWER_LEVEL: "下调等级",
    Act.DECIDE_LEVEL: "核定等级",
    Act.CANCEL_ISSUE: "撤销事项",
    Act.CLOSE_ISSUE: "办结事项",
    Act.SET_EVENT_TIME: "填写事件时间",
    Act.SECOND_ANCHOR: "复核起算时间",
    Act.ASSIGN_UNIT: "指定牵头单位",
    Act.SUPERVISE: "督办",
    Act.TAKE_OVER: "认领事项",
    Act.ADD_NOTE: "写办理记录",
    Act.REVIEW_TOPIC: "合并或拆分热点",
    Act.CORRECT_READING: "更正判读",
    Act.TRAIN_MODEL: "训练候选版本",
    Act.ADOPT_MODEL: "采用判读版本",
    Act.DRAFT_RELEASE: "起草发布",
    Act.PASS_WORDING: "审表述",
    Act.PASS_SECRECY: "保密审查",
    Act.PASS_DEIDENTIFY: "审去标识",
    Act.PASS_APPROVAL: "批准发布",
    Act.PLAN_CONFERENCE: "排发布会",
    Act.MARK_QUESTION: "对应公众的问题",
    Act.GIVE_TASK: "转办任务",
    Act.SIGN_TASK: "签收、反馈任务",
    Act.ENTER_RELEASE: "填报发布",
    Act.CHECK_RELEASE: "复核发布",
    Act.ENTER_CONFERENCE: "填报发布会",
    Act.CHECK_CONFERENCE: "复核发布会",
    Act.EDIT_BRIEF: "编辑简报",
    Act.SIGN_BRIEF: "审签简报",
    Act.PUT_OFF_BRIEF: "缓发简报",
    Act.CORRECT_BRIEF: "更正简报",
    Act.EXPORT: "导出",
    Act.ALLOW_EXPORT: "批准导出",
    Act.IMPORT_FILE: "导入文件",
    Act.RETAKE_QUARANTINE: "重新收入隔离行",
    Act.SWITCH_SOURCE: "开停信源",
    Act.REVIEW_FORBIDDEN: "复核被拒信源",
    Act.RUN_SOURCE: "立即采集",
    Act.EDIT_SOURCE: "登记和修改信源",
    Act.REMOVE_PERSONAL: "按本人要求移除内容",
    Act.VIEW_PEOPLE: "查看人员与值班",
    Act.SWAP_DUTY: "换班",
    Act.HAND_OVER: "交接班",
    Act.END_SESSIONS: "结束他人的登录",
    Act.MANAGE_PEOPLE: "管理人员",
    Act.CHANGE_ROLES: "调整权限",
    Act.PLAN_DUTY: "排班",
    Act.DECLARE_SOLO: "声明单人值守",
    Act.CHANGE_SETTINGS: "修改设置",
    Act.DRAFT_POLICY: "起草规则的修订",
    Act.TAKE_PACK: "采用资料包",
    Act.SWITCH_SENDING: "开关对外发送",
    Act.RELEASE_HOLD: "恢复发送",
    Act.RUN_DRILL: "开展演练",
}


def roles_for(act: Act) -> tuple[Role, ...]:
    """The roles that may do `act`."""
    return HOLDERS[act]


def may(roles: Iterable[str], act: Act) -> bool:
    """True when one of `roles` (values of Role; unknown ones count nothing) holds `act`."""
    return not set(roles).isdisjoint(HOLDERS[act])


def names_of(roles: Iterable[Role]) -> str:
    """“值班长、新闻办”."""
    return "、".join(ROLE_NAMES[role] for role in roles)
