"""The five boards: what each chart shows, over which data view. Pure."""

from collections.abc import Mapping

from reports.boards.panels import (
    Board,
    Chart,
    Json,
    by_day,
    by_query,
    by_word,
    count,
    metric,
    number,
    percentile,
    table,
    xy,
)

# Volume as on our own pages: what concerns the district and is not our own voice.
SAID = 'relevant: true and not voice: "own"'
FEELINGS = {"负面": 'sentiment: "negative"', "中性": 'sentiment: "neutral"', "正面": 'sentiment: "positive"'}
PAGES = "本服务自己的页面给出同样的数字；看板只供查看，要改请先复制。"


def _chart(
    key: str,
    title: str,
    view: str,
    drawn: tuple[str, Json],
    columns: Mapping[str, Json],
    query: str = "",
    says: str = "",
) -> Chart:
    kind, shape = drawn
    return Chart(f"huiying-{key}", title, f"huiying-{view}", columns, shape, kind, query, says)


def _figure(key: str, title: str, view: str, column: Json, query: str = "", says: str = "") -> Chart:
    return _chart(key, title, view, number("value"), {"value": column}, query, says)


def overview() -> Board:
    """态势总览: volume, sentiment, class by day."""
    day, posts = by_day("at", "发布日"), count("帖文数")
    volume = _figure("posts-number", "帖文数", "posts", count("帖文数"), SAID, "与本区有关、非本单位发布")
    negative = _figure("posts-negative", "负面帖文数", "posts", count("负面帖文数"), f"{SAID} and {FEELINGS['负面']}")
    clean = _figure("posts-first", "去重条数", "posts", count("去重条数"), f"{SAID} and first: true", "不计转发和雷同")
    feelings = _chart(
        "posts-sentiment-by-day",
        "每日帖文数（按情感）",
        "posts",
        xy("bar_stacked", "day", ["count"], "feeling"),
        {"feeling": by_query("情感", FEELINGS), "day": day, "count": posts},
        SAID,
    )
    classes = _chart(
        "posts-class-by-day",
        "每日帖文数（按类别）",
        "posts",
        xy("bar_stacked", "day", ["count"], "class"),
        {"class": by_word("klass", "类别", 8, rest=True), "day": day, "count": posts},
        SAID,
    )
    both = _chart(
        "posts-class-sentiment",
        "类别与情感",
        "posts",
        table(["class", "feeling", "count"], across="feeling", numbers=["count"]),
        {"class": by_word("klass", "类别", 30), "feeling": by_query("情感", FEELINGS), "count": posts},
        SAID,
    )
    return Board(
        "huiying-board-overview",
        "回应：态势总览",
        "帖文数、情感、类别，按日",
        f"## 态势总览\n与本区有关、非本单位发布的公开帖文，按发布时间统计。{PAGES}",
        [[(volume, 16), (clean, 16), (negative, 16)], [(feelings, 24), (classes, 24)], [(both, 48)]],
        [7, 15, 16],
    )


def streets() -> Board:
    """街道与部门: street × class, and the units that answer."""
    posts = count("帖文数")
    crossed = _chart(
        "posts-street-class",
        "街道 × 类别",
        "posts",
        table(["street", "class", "count"], across="class", numbers=["count"]),
        {"street": by_word("streets", "街道", 30), "class": by_word("klass", "类别", 12), "count": posts},
        SAID,
    )
    felt = _chart(
        "posts-street-sentiment",
        "街道（按情感）",
        "posts",
        xy("bar_horizontal_stacked", "street", ["count"], "feeling"),
        {"street": by_word("streets", "街道", 20), "feeling": by_query("情感", FEELINGS), "count": posts},
        SAID,
    )
    units = _chart(
        "posts-unit-class",
        "部门 × 类别",
        "posts",
        table(["unit", "class", "count"], across="class", numbers=["count"]),
        {"unit": by_word("units", "部门", 30), "class": by_word("klass", "类别", 12), "count": posts},
        SAID,
        "帖文谈到的部门",
    )
    clocks = _chart(
        "clocks-unit",
        "牵头部门的时限",
        "clocks",
        table(["unit", "count", "share"], numbers=["count", "share"]),
        {
            "unit": by_word("unit", "牵头部门", 30),
            "count": count("时限数"),
            "share": metric("average", "on_time", "按时率", shown="percent"),
        },
    )
    return Board(
        "huiying-board-streets",
        "回应：街道与部门",
        "哪个街道、哪个部门，说的是什么",
        f"## 街道与部门\n一帖可能谈到几个街道或部门，各计一次。{PAGES}",
        [[(crossed, 48)], [(felt, 24), (clocks, 24)], [(units, 48)]],
        [16, 16, 16],
    )


def clocks() -> Board:
    """时限: clocks by state, time used, on-time share with open overdue in the denominator."""
    firm = "provisional: false"
    share = metric("average", "on_time", "按时率", shown="percent", decimals=1)
    by_state = _chart(
        "clocks-by-state",
        "时限（按到期日和状态）",
        "clocks",
        xy("bar_stacked", "day", ["count"], "state"),
        {"state": by_word("status", "状态", 7), "day": by_day("due_at", "到期日"), "count": count("时限数")},
    )
    kinds = _chart(
        "clocks-by-kind",
        "各类时限",
        "clocks",
        table(
            ["kind", "count", "met", "late", "overdue", "share", "used", "most"],
            numbers=["count", "met", "late", "overdue", "share", "used", "most"],
        ),
        {
            "kind": by_word("kind", "时限", 10),
            "count": count("总数"),
            "met": count("按时", "on_time: 1"),
            "late": count("晚发", "on_time: 0 and overdue: false"),
            "overdue": count("超时未办结", "overdue: true"),
            "share": share,
            "used": metric("median", "used_percent", "用时占时限（中位，%）"),
            "most": metric("max", "late_minutes", "最晚（分）"),
        },
        firm,
    )
    used = _chart(
        "clocks-used-by-week",
        "用时占时限的比例（%）",
        "clocks",
        xy("line", "week", ["half", "most"]),
        {
            "week": by_day("due_at", "周", "w"),
            "half": metric("median", "used_percent", "中位"),
            "most": percentile("used_percent", "九成以内", 90),
        },
        firm,
        "从起算到发布；100 即正好用完",
    )
    shares = _chart(
        "clocks-share-by-week",
        "按时率（按周）",
        "clocks",
        xy("line", "week", ["share"]),
        {"week": by_day("due_at", "周", "w"), "share": share},
        firm,
    )
    return Board(
        "huiying-board-clocks",
        "回应：时限",
        "时限的状态、用时和按时率",
        "## 时限\n按到期时间统计。按时率＝按时 ÷（按时＋晚发＋超时未办结）；暂估、在走、作废和被取代的不计。" + PAGES,
        [
            [
                (_figure("clocks-share", "按时率", "clocks", share, firm, "含未办结超时"), 16),
                (_figure("clocks-overdue", "超时未办结", "clocks", count("超时未办结", "overdue: true"), firm), 16),
                (_figure("clocks-open", "在走", "clocks", count("在走", "open: true and overdue: false"), firm), 16),
            ],
            [(by_state, 48)],
            [(kinds, 48)],
            [(used, 24), (shares, 24)],
        ],
        [7, 14, 10, 14],
        "now-90d/d",
        "now+7d/d",  # clocks that run are due later
    )


def sources() -> Board:
    """来源健康: posts per source, delay, gaps."""
    posts = _chart(
        "posts-by-source",
        "每日帖文数（按来源）",
        "posts",
        xy("bar_stacked", "day", ["count"], "source"),
        {"source": by_word("source", "来源", 12, rest=True), "day": by_day("at", "发布日"), "count": count("帖文数")},
    )
    delays = _chart(
        "ways-by-source",
        "发布到抓取的时延（按来源）",
        "ways",
        table(["source", "count", "half", "most"], numbers=["count", "half", "most"]),
        {
            "source": by_word("source", "来源", 50),
            "count": count("帖文数"),
            "half": metric("median", "fetch_minutes", "中位（分）", decimals=1),
            "most": percentile("fetch_minutes", "九成以内（分）", 90, decimals=1),
        },
        "fetch_minutes: *",
    )
    visits = _chart(
        "runs-by-source",
        "采集（按来源）",
        "runs",
        table(["source", "count", "bad", "items", "seconds"], numbers=["count", "bad", "items", "seconds"]),
        {
            "source": by_word("source", "来源", 50),
            "count": count("次数"),
            "bad": count("没有采到", "good: false"),
            "items": metric("sum", "items", "条数"),
            "seconds": metric("median", "seconds", "用时（中位，秒）"),
        },
    )
    gaps = _chart(
        "gaps-by-source",
        "缺口（按来源）",
        "gaps",
        table(["source", "count", "hours", "open"], numbers=["count", "hours", "open"]),
        {
            "source": by_word("source", "来源", 50),
            "count": count("缺口数"),
            "hours": metric("sum", "hours", "已结束的合计（小时）", decimals=1),
            "open": count("仍在中断", "open: true"),
        },
    )
    down = _figure("gaps-open", "仍在中断的来源", "gaps", count("仍在中断", "open: true"))
    failing = _figure("runs-bad", "没有采到的次数", "runs", count("没有采到", "good: false"))
    return Board(
        "huiying-board-sources",
        "回应：来源健康",
        "各来源的帖文数、时延、缺口",
        f"## 来源健康\n时延只计知道分钟的帖文，历史导入不计。{PAGES}",
        [[(down, 24), (failing, 24)], [(posts, 48)], [(delays, 24), (gaps, 24)], [(visits, 48)]],
        [7, 15, 15, 15],
    )


def chain() -> Board:
    """传播链时延: posted → fetched → read → flagged → notified."""
    ways = _chart(
        "ways-by-day",
        "发布 → 抓取 → 判读（每日中位）",
        "ways",
        xy("line", "day", ["fetched", "whole"]),
        {
            "day": by_day("fetched_at", "抓取日"),
            "fetched": metric("median", "fetch_minutes", "发布到抓取（分）", decimals=1),
            "whole": metric("median", "whole_minutes", "发布到判读（分）", decimals=1),
        },
        "fetch_minutes: *",
    )
    reading = _chart(
        "ways-reading-by-day",
        "抓取 → 入库 → 判读（每日中位，秒）",
        "ways",
        xy("line", "day", ["stored", "read"]),
        {
            "day": by_day("fetched_at", "抓取日"),
            "stored": metric("median", "store_seconds", "抓取到入库", decimals=1),
            "read": metric("median", "read_seconds", "入库到判读", decimals=1),
        },
        "history: false",
    )
    stages = {
        "fetched": metric("median", "fetch_minutes", "发布到抓取（分）", decimals=1),
        "read": metric("median", "read_seconds", "抓取到判读（秒）", decimals=1),
        "flagged": metric("median", "flag_seconds", "判读到线索（秒）", decimals=1),
        "notified": metric("median", "notify_seconds", "线索到通知（秒）", decimals=1),
        "whole": metric("median", "whole_minutes", "发布到通知（分）", decimals=1),
    }
    leads = _chart(
        "leads-by-week",
        "线索：每一段的时延（按周，中位）",
        "leads",
        table(["week", "count", *stages], numbers=["count", *stages]),
        {"week": by_day("flagged_at", "周", "w"), "count": count("线索数"), **stages},
    )
    notices = _chart(
        "notices-by-day",
        "通知：写下到发出（每日，秒）",
        "notices",
        xy("line", "day", ["half", "most"]),
        {
            "day": by_day("created_at", "日"),
            "half": metric("median", "send_seconds", "中位"),
            "most": percentile("send_seconds", "九成以内", 90),
        },
    )
    whole = metric("median", "whole_minutes", "发布到通知（分，中位）", decimals=1)
    return Board(
        "huiying-board-chain",
        "回应：传播链时延",
        "发布 → 抓取 → 判读 → 线索 → 通知",
        f"## 传播链时延\n发布 → 抓取 → 判读 → 成为线索 → 第一条通知发出。线索按达到规则的那一帖计。{PAGES}",
        [
            [
                (_figure("leads-whole", "发布到通知", "leads", whole), 16),
                (_figure("leads-notify", "线索到通知", "leads", stages["notified"]), 16),
                (_figure("notices-waiting", "未发出的通知", "notices", count("未发出", "sent: false")), 16),
            ],
            [(leads, 48)],
            [(ways, 24), (reading, 24)],
            [(notices, 48)],
        ],
        [7, 13, 14, 12],
    )


BOARDS = (overview, streets, clocks, sources, chain)
