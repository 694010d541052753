"""What is personal goes, what is public stays (rules.md 15)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.masking import TAGS, id_card_ok, luhn_ok, mask

GONE = [
    ("请联系我13800138000谢谢", "请联系我［手机号］谢谢"),
    ("１３８００１３８０００", "［手机号］"),
    ("138 0013 8000", "［手机号］"),
    ("138-0013-8000", "［手机号］"),
    ("138.0013.8000", "［手机号］"),
    ("1 3 8 0 0 1 3 8 0 0 0", "［手机号］"),
    ("一三八零零一三八零零零", "［手机号］"),
    ("壹叁捌零零壹叁捌零零零", "［手机号］"),
    ("138零零一三8000", "［手机号］"),
    ("①③⑧⓪⓪①③⑧⓪⓪⓪", "［手机号］"),
    ("+86 13800138000", "［手机号］"),
    ("8613800138000", "［手机号］"),
    ("王先生13800138000", "王先生［手机号］"),
    ("请社区尽快联系我13800138000", "请社区尽快联系我［手机号］"),
    ("我家电话010-66201234", "我家电话［电话号码］"),
    ("电话：66201234", "电话：［电话号码］"),
    ("身份证号11010519491231002X。", "身份证号［身份证号］。"),
    ("１１０１０５１９４９１２３１００２ｘ", "［身份证号］"),
    ("110105 19491231 002X", "［身份证号］"),
    ("卡号6222020000000000000", "卡号［银行卡号］"),
    ("工行卡 6222 0200 0000 0000 000", "工行卡 ［银行卡号］"),
    ("车牌京A12345一直占道", "车牌［车牌号］一直占道"),
    ("京Ａ·１２３４５", "［车牌号］"),
    ("京AD12345和京A12345D", "［车牌号］和［车牌号］"),
    ("京 A 1 2 3 4 5", "［车牌号］"),
    ("写信到zhang.san_1@163.com", "写信到［邮箱］"),
    ("ｚｈａｎｇ＠１６３．ｃｏｍ", "［邮箱］"),
    ("QQ：123456789", "QQ：［QQ号］"),
    ("加扣扣123456", "加扣扣［QQ号］"),
    ("微信号abc_12345", "微信号［微信号］"),
    ("加V：hello2020", "加V：［微信号］"),
    ("vx:abc12345", "vx:［微信号］"),
    ("微信：wxid_9ab8", "微信：［微信号］"),
    ("我叫张伟，今年40岁", "我叫［姓名］，今年40岁"),
    ("本人王建国，系业主", "本人［姓名］，系业主"),
    ("联系人：欧阳文静 ", "联系人：［姓名］ "),
    ("我老公陈强在单位受伤", "我老公［姓名］在单位受伤"),
    ("此致\n敬礼\n李小红\n2026年1月2日", "此致\n敬礼\n［姓名］\n2026年1月2日"),
    ("住白纸坊街12号院3号楼2单元501室", "住白纸坊街12号院［住址］"),
    ("南横西街8号院501室", "南横西街8号院［住址］"),
    ("我住四平园6-2-301", "我住四平园［住址］"),
    ("5号楼3门401", "［住址］"),
    ("米兰春天G2栋320", "米兰春天［住址］"),
    ("三号楼二单元五零一室", "［住址］"),
    ("护照号E12345678", "护照号［护照号］"),
]
STAYS = [
    "拨打12345热线或110、119、96310",
    "西城区城管委值班电话：83976262",
    "街道办事处电话 010-66201234，一直没人接",
    "客服400-800-1234",
    "区教委邮箱 xcjw@bjxch.gov.cn",
    "联系人：王女士",
    "联系人：张局长",
    "本人高度关注此事",
    "本人于2019年入住",
    "女儿高考在即",
    "王某某反映",
    "138****8000",
    "3号楼停水两天",
    "2019-01-02 03:04:05 发生，2019年1月2日上报",
    "13、14、15、16、17、18、19号楼都停水",
    "订单号13800138000、工单编号202601021234567",
    "110105194912310021",
    "房价12345678元，面积120.5平米，1、2、3、4、5、6、7、8",
    "192.168.100.120",
    "西城区政务服务大厅3层305室",
    "两室一厅，G2栋320平米，6栋架空层",
    "记者李明从市交通委获悉，主任王强介绍",
    "微信公众号和微信支付都能办",
    "住在白纸坊街12号院",
    "一二三四五，上山打老虎",
    "二〇二六年十一月十七日",
    "白纸坊一居民楼停暖。",
    "居民楼停暖。",
]


@pytest.mark.parametrize(("text", "masked"), GONE)
def test_what_is_a_persons_own_is_replaced_by_its_kind(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize("text", STAYS)
def test_what_is_public_or_no_ones_stays(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).counts == {}


def test_an_office_speaking_gives_its_own_line() -> None:
    assert mask("如有疑问请致电66201234。", official=True).text == "如有疑问请致电66201234。"
    assert mask("请致电当事人家里66201234。", official=True).counts == {"landline": 1}


def test_the_kinds_are_counted() -> None:
    assert mask("我叫张伟，13800138000，QQ：123456").counts == {"name": 1, "phone": 1, "qq": 1}


def test_check_digits_are_right() -> None:
    assert id_card_ok("11010519491231002X") and not id_card_ok("110105194912310021")
    assert luhn_ok("4111111111111111") and not luhn_ok("4111111111111112")


_PIECES = st.sampled_from(
    [t for t, _ in GONE]
    + STAYS
    + list(TAGS.values())
    + ["，", "\n", " ", "1", "３", "一", "号", "室", "@", "A", "住", "京"]
)


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_masking_twice_changes_nothing_more_and_never_fails(text: str) -> None:
    once = mask(text)
    for number in ("13800138000", "11010519491231002X"):
        if number in text and "号" + number not in text:
            assert number not in once.text or text.count(number) > 1 or number.isdigit()
    assert set(once.counts) <= set(TAGS)


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    mask(text)


def test_a_plain_post_costs_a_tenth_of_a_millisecond_or_so() -> None:
    plain = "今天什刹海边上很多人在散步，希望以后多举办这样的活动，15路公交也要恢复。" * 3
    begun = time.perf_counter()
    for _ in range(500):
        mask(plain)
    assert time.perf_counter() - begun < 0.5  # a hundred times the room a busy machine needs would be no test
