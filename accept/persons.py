"""Generated persons, Chinese and English, in a table whose column names mean nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from stdnum import luhn
from stdnum.cn import ric

AS_OF = date(2026, 3, 1)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹"
    "彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建文志海"
    "波鑫宇浩然子涵欣怡梓轩雨泽思远佳慧婷雪琳"
)
_FIRST = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William "
    "Barbara Amelia Ravi Chloe Omar Priya Lars Ingrid Mateo"
).split()
_LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Okafor "
    "Nowak Larsen Rossi Kowalski Tanaka Haddad Novak Silva Moreau Becker Lindqvist"
).split()
_REGIONS = ("110105", "310115", "440305", "330106", "510107", "420111", "320102", "610113")
_CITIES = (
    "广东省深圳市南山区",
    "浙江省杭州市西湖区",
    "四川省成都市武侯区",
    "江苏省南京市玄武区",
    "北京市朝阳区",
    "上海市浦东新区",
)
_ROADS = ("科技园路", "文三路", "人民南路", "中山东路", "建国路", "世纪大道", "解放路")
_STREETS = ("Oak Street", "Station Road", "High Street", "Maple Avenue", "Church Lane", "Park Road")
_PLATES = "京沪粤浙川苏鲁豫鄂湘"
_ILLS = (
    "高血压",
    "2型糖尿病",
    "哮喘",
    "青霉素过敏",
    "抑郁症",
    "asthma",
    "type 2 diabetes",
    "penicillin allergy",
    "migraine",
    "甲减",
)
_FAITHS = (
    "佛教",
    "基督教",
    "伊斯兰教",
    "天主教",
    "道教",
    "无宗教信仰",
    "buddhist",
    "christian",
    "muslim",
)
_GOODS = (
    "无线鼠标",
    "电路板",
    "充电器",
    "显示屏",
    "机械键盘",
    "数据线",
    "电阻套件",
    "开发板",
    "散热器",
    "电源模块",
)


class Field(NamedTuple):
    """A column: its name, the category it holds ('' for none), and how a value is made."""

    name: str
    category: str
    make: Callable[[random.Random, int], object]


def _born(r: random.Random, children: float = 0.03) -> date:
    years = r.uniform(6, 13.9) if r.random() < children else min(85.0, max(15.0, r.gauss(38, 15)))
    return AS_OF - timedelta(days=int(years * 365.25))


def make_resident_id(r: random.Random, n: int = 0) -> str:
    body = f"{r.choice(_REGIONS)}{_born(r):%Y%m%d}{r.randrange(1000):03d}"
    return body + ric.calc_check_digit(body + "0")


def make_name(r: random.Random, n: int = 0) -> str:
    if r.random() < 0.6:
        return r.choice(_SURNAMES) + "".join(r.choices(_GIVEN, k=r.choice((1, 2, 2))))
    return f"{r.choice(_FIRST)} {r.choice(_LAST)}"


def make_phone(r: random.Random, n: int = 0) -> str:
    if r.random() < 0.7:
        return f"1{r.choice('35789')}{r.randrange(10**9):09d}"
    return f"+44 7{r.randrange(400, 999)} {r.randrange(10**6):06d}"


def make_card(r: random.Random, n: int = 0) -> str:
    body = r.choice(("622202", "621700", "411111", "520082")) + f"{r.randrange(10**9):09d}"
    return body + luhn.calc_check_digit(body)


def make_email(r: random.Random, n: int = 0) -> str:
    host = r.choice(("example.com", "mail.example", "example.cn"))
    return f"{r.choice(_FIRST)}.{r.randrange(10**5)}@{host}".lower()


def make_address(r: random.Random, n: int = 0) -> str:
    if r.random() < 0.6:
        where = f"{r.choice(_CITIES)}{r.choice(_ROADS)}{r.randrange(1, 300)}号"
        return f"{where}{r.randrange(1, 30)}栋{r.randrange(100, 2500)}室"
    return f"{r.randrange(1, 300)} {r.choice(_STREETS)}, {r.choice(('Leeds', 'Bristol', 'York'))}"


def make_plate(r: random.Random, n: int = 0) -> str:
    letters = "".join(r.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=4))
    return f"{r.choice(_PLATES)}{r.choice('ABCDEF')}{letters}{r.randrange(10)}"


def make_imei(r: random.Random, n: int = 0) -> str:
    body = f"86{r.randrange(10**12):012d}"
    return body + luhn.calc_check_digit(body)


PERSONAL = (
    Field("c03", "identity.name", make_name),
    Field("c05", "identity.national-id-number", make_resident_id),
    Field("c08", "contact.phone", make_phone),
    Field("c11", "finance.payment-card", make_card),
    Field("c14", "contact.email", make_email),
    Field("c17", "contact.address", make_address),
    Field("c20", "vehicle.plate-number", make_plate),
    Field(
        "c22",
        "device.ip-address",
        lambda r, n: ".".join(str(r.randrange(1, 255)) for _ in range(4)),
    ),
    Field("c25", "device.id", make_imei),
    Field("c29", "identity.birth-date", lambda r, n: _born(r).isoformat()),
    Field("c32", "health.condition", lambda r, n: r.choice(_ILLS)),
    Field("c36", "belief.religion", lambda r, n: r.choice(_FAITHS)),
)

# What looks alike and is not: numbers in a row, long numbers, versions, words, recent days.
OTHERS = (
    Field("c01", "", lambda r, n: n + 1),
    Field("c02", "", lambda r, n: f"SO{20260000000 + n}"),
    Field("c04", "", lambda r, n: r.choice(_GOODS)),
    Field("c06", "", lambda r, n: f"{r.randrange(10**17, 10**18)}"),
    Field("c07", "", lambda r, n: 13800000000 + n),
    Field("c09", "", lambda r, n: round(r.uniform(1, 5000), 2)),
    Field("c10", "", lambda r, n: r.randrange(0, 200)),
    Field(
        "c12",
        "",
        lambda r, n: f"{r.randrange(1, 9)}.{r.randrange(20)}.{r.randrange(20)}.{r.randrange(20)}",
    ),
    Field("c13", "", lambda r, n: (AS_OF - timedelta(days=r.randrange(1500))).isoformat()),
    Field("c15", "", lambda r, n: f"{r.getrandbits(128):032x}"),
    Field("c16", "", lambda r, n: r.choice(("待付款", "已发货", "已完成", "已取消"))),
    Field("c18", "", lambda r, n: f"https://img.example/{r.getrandbits(64):x}.png"),
    Field("c19", "", lambda r, n: f"69{r.randrange(10**11):011d}"),
    Field("c21", "", lambda r, n: r.choice(("红色", "白色", "黑色", "金色", "蓝色", "黄铜"))),
    Field("c23", "", lambda r, n: r.randrange(2)),
    Field("c24", "", lambda r, n: f"{r.randrange(10**15, 10**16)}"),
    Field(
        "c26", "", lambda r, n: f"{r.choice('ABC')}{r.randrange(100):02d}-{r.randrange(1000):03d}"
    ),
    Field("c27", "", lambda r, n: r.choice(("S", "M", "L", "XL"))),
    Field("c28", "", lambda r, n: f"{r.uniform(0, 1):.6f}"),
    Field("c30", "", lambda r, n: r.choice(("CNY", "USD", "EUR"))),
    Field(
        "c31",
        "",
        lambda r, n: f"{r.choice(('焊接', '装配', '检测', '包装'))}{r.randrange(1, 40)}号线",
    ),
    Field(
        "c33",
        "",
        lambda r, n: r.choice(
            (
                "Wireless Mouse",
                "Circuit Board",
                "Power Module",
                "Green Label",
                "Red Rose Lamp",
                "Long Cable",
            )
        ),
    ),
    Field(
        "c34", "", lambda r, n: f"{r.randrange(24):02d}:{r.randrange(60):02d}:{r.randrange(60):02d}"
    ),
    Field("c35", "", lambda r, n: f"{r.getrandbits(128):032x}"[:8]),
    Field(
        "c37",
        "",
        lambda r, n: (
            (AS_OF - timedelta(days=r.randrange(700), seconds=r.randrange(86400))).isoformat()
            + " 10:20:30"
        ),
    ),
    Field("c38", "", lambda r, n: f"{r.randrange(10**10, 10**11)}"),
    Field("c39", "", lambda r, n: r.choice(("A", "B", "C"))),
    Field(
        "c40",
        "",
        lambda r, n: r.choice(("good", "damaged on arrival", "returned once", "", "refurbished")),
    ),
)

FIELDS = tuple(sorted((*PERSONAL, *OTHERS)))


def make_rows(count: int, seed: int = 7) -> Iterator[tuple[str, ...]]:
    """Yield rows of texts in the order of FIELDS."""
    r = random.Random(seed)
    for n in range(count):
        yield tuple(str(field.make(r, n)) for field in FIELDS)
