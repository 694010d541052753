"""Whose is it: an office's or a person's. Shared by the parts of masking. Pure."""

import re

# Words that make a number one of a public office, and words that make it one of a person: the nearest decides.
OFFICE = re.compile(
    r"街道办|办事处|居委会|村委会|社区(?:居委|服务|值班)|委员会|管委会|指挥部|指挥中心|[城住教发卫][一-鿿]{0,"
    r"2}委(?![托员])|[一-鿿]{2,6}局(?![面部势])|派出所|"
    r"法院|检察院|政府|热线|(?:监督|举报|咨询|投诉|值班|服务|办公|报修|预约|客服|受理|报名|接待|总机|公开|报警"
    r"|政务)(?:电话|邮箱|热线|信箱)|"
    r"办公室|(?:服务|管理|接待|救助|疾控)(?:中心|站|大厅|窗口)|政务|支队|大队|消防(?:队|站|救援)|医院|卫生院|"
    r"学校|[一-鿿]{2}(?:小学|中学|大学)|公司|集团|客服|前台|警官|民警|可(?:直接)?拨打|请拨打"
)
PRIVATE = re.compile(
    r"我的?(?:电话|手机|号码|联系|微信|邮箱)|本人|联系我|找我|我家|我叫|我是|家里|家庭|住宅|宅电|手机|私人|个"
    r"人|老公|老婆|丈夫|妻子|爱人|儿子|女儿|父亲|母亲|"
    r"先生|女士|房东|中介|业主|邻居|住户|居民|当事人|投诉人|举报人|联系人|车主|户主|来电人|反映人"
)


def clause(text: str, start: int, width: int) -> str:
    """The text before `start` in its sentence, at most `width` characters."""
    piece = text[max(0, start - width) : start]
    for stop in "。！？!?\n":
        piece = piece.rsplit(stop, 1)[-1]
    return piece


def last(pattern: re.Pattern[str], piece: str) -> int:
    """Where the last match in `piece` ends; -1 = none."""
    end = -1
    for match in pattern.finditer(piece):
        end = match.end()
    return end
