"""Keywords of a post: words of at least two characters, the title's first, generic ones left out."""

import re
from functools import lru_cache

from analysis.cutting import cut
from analysis.text import Body

TITLE_WEIGHT = 3  # technology.md 10: title 3, first 300 characters of the body
HEAD = 300
_STOP_WORDS = (
    "我们 你们 他们 大家 自己 这个 那个 这些 那些 什么 怎么 为什么 因为 所以 但是 而且 如果 就是 "
    "还是 没有 不是 可以 能够 已经 现在 今天 昨天 明天 今年 去年 目前 一直 一个 一些 这样 那样 "
    "这里 那里 时候 时间 问题 情况 方面 有关 相关 部门 领导 您好 你好 请问 希望 谢谢 感谢 尊敬 "
    "市民 居民 反映 投诉 举报 建议 咨询 求助 解决 处理 回复 答复 政府 进行 知道 觉得 认为 还有 "
    "还要 出现 需要 应该 非常 特别 十分 多次 每天 之后 之前 以后 以前 以上 以下 其他 其中 由于 "
    "为了 关于 对于 根据 按照 通过 不能 无法 不要 是否 或者 以及 并且 只有 只能 这么 那么 多少 "
    "几个 开始 不知 到底 究竟 竟然 居然 实在 的话 来说 起来 下来 出来 严重 影响 附近 旁边 里面 "
    "外面 上面 下面 位于 一下 一样 造成 导致 存在 本人 之间 甚至 完全 真的 真是 可是 不过 然后 "
    "于是"
)
_STOP = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"[\u4e00-\u9fff]{2,}|[A-Za-z][A-Za-z0-9]{1,}|[A-Z]\d")


@lru_cache(maxsize=20_000)
def _counts(word: str) -> bool:
    return word not in _STOP and _WORD.fullmatch(word) is not None


def words(text: str) -> list[str]:
    """The words of a text that may be keywords, in order, repeats kept."""
    return [word for word in cut(text) if len(word) > 1 and _counts(word)]


def keywords(body: Body, limit: int = 8) -> list[str]:
    """The words that name the matter, heaviest first, ties in the order of the text."""
    weight: dict[str, float] = {}
    at = 0
    for word in cut(body.plain[: body.title_end + HEAD]):
        length = len(word)
        at += length
        if length > 1 and _counts(word):
            gain = TITLE_WEIGHT if at <= body.title_end else 1 + 0.1 * min(length, 6)
            weight[word] = weight.get(word, 0.0) + gain
    return sorted(weight, key=lambda w: -weight[w])[:limit]
