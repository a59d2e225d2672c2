"""What sampled values show by themselves, and what only looks alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import pytest
from accept.persons import FIELDS, make_card, make_name, make_resident_id, make_rows
from stdnum.cn import uscc

from piaskit.discovery.columns import Column
from piaskit.discovery.places import find_coordinates
from piaskit.discovery.tables import Table
from piaskit.discovery.values import Detectors, build_detectors, is_serial
from piaskit.knowledge import load_knowledge

AS_OF = date(2026, 3, 1)
WORDS = "万象 安舟 马灯 龙门 金盏 白石 江川 高岸 石桥 黄岩 雷泽 方舟 向阳 云帆 梅岭 常春".split()
CITIES = "北京 上海 广州 成都 武汉 苏州 温州 金华 常州 江门 梅州 柳州 安庆 石家庄 汕头".split()
IBANS = (
    "GB82 WEST 1234 5698 7654 32",
    "DE89370400440532013000",
    "FR1420041010050500013M02606",
    "NL91ABNA0417164300",
    "CH9300762011623852957",
    "BE68539007547034",
)


@pytest.fixture(scope="module")
def detectors() -> Detectors:
    return build_detectors(load_knowledge())


def see(detectors: Detectors, make: Callable[[random.Random], object]) -> dict[str, str]:
    """Say which categories 200 values of a kind show, and how surely."""
    r = random.Random(11)
    values = [str(make(r)) for _ in range(200)]
    return {s.category: s.sure for s in detectors.detect_values(values, AS_OF)}


@pytest.mark.parametrize(
    "field", [field for field in FIELDS if field.category], ids=lambda f: f.name
)
def test_every_kind_of_generated_person_is_seen(detectors: Detectors, field) -> None:
    at = FIELDS.index(field)
    values = [row[at] for row in make_rows(200)]

    assert field.category in {s.category for s in detectors.detect_values(values, AS_OF)}


@pytest.mark.parametrize(
    ("category", "sure", "make"),
    [
        ("contact.phone", "high", lambda r: f"0755-{r.randrange(20000000, 88888888)}"),
        (
            "identity.passport-number",
            "medium",
            lambda r: f"E{r.choice('ABC')}{r.random():.7f}".replace("0.", ""),
        ),
        ("identity.gender", "high", lambda r: r.choice("男女")),
        ("identity.gender", "high", lambda r: r.choice(("Male", "Female", "Unknown"))),
        (
            "location.precise",
            "high",
            lambda r: f"{r.uniform(22, 40):.6f},{r.uniform(100, 121):.5f}",
        ),
        ("identity.ethnicity", "high", lambda r: r.choice(("汉族", "回族", "满族"))),
        ("health.condition", "high", lambda r: r.choice(("A", "B", "AB", "O"))),
        ("account.password", "high", lambda r: "$2b$12$" + "".join(r.choices("abcXYZ019", k=53))),
        ("device.id", "high", lambda r: ":".join(f"{r.randrange(256):02x}" for _ in range(6))),
        (
            "contact.messenger-id",
            "medium",
            lambda r: "oX5ab1" + "".join(r.choices("abXY01_", k=22)),
        ),
        ("finance.account", "high", lambda r: r.choice(IBANS)),
    ],
)
def test_a_kind_of_value_is_seen(
    detectors: Detectors, category: str, sure: str, make: Callable[[random.Random], object]
) -> None:
    assert see(detectors, make)[category] == sure


@pytest.mark.parametrize(
    "make",
    [
        lambda r: f"62{r.randrange(10**14):014d}",
        lambda r: f"1{r.randrange(10**10):010d}",
        lambda r: r.randrange(10**17, 10**18),
        lambda r: r.choice(WORDS),
        lambda r: r.choice(CITIES),
        lambda r: (
            r.choice(("Acme", "Green", "White", "King")) + r.choice((" Ltd", " Group", " Inc"))
        ),
        lambda r: date(r.randrange(2005, 2026), r.randrange(1, 13), 5).isoformat(),
        lambda r: f"{r.randrange(9)}.{r.randrange(20)}.{r.randrange(20)}.{r.randrange(9)}",
        lambda r: f"400-{r.randrange(100, 999)}-{r.randrange(1000, 9999)}",
        lambda r: f"{r.uniform(1, 90):.6f}",
        lambda r: f"{r.getrandbits(128):032x}",
    ],
)
def test_what_only_looks_alike_is_not_seen(
    detectors: Detectors, make: Callable[[random.Random], object]
) -> None:
    assert see(detectors, make) == {}


def test_children_are_counted_by_their_numbers_on_a_day(detectors: Detectors) -> None:
    r = random.Random(5)
    numbers = [make_resident_id(r) for _ in range(300)]
    (today,) = detectors.detect_values(numbers, AS_OF)
    (later,) = detectors.detect_values(numbers, date(2041, 1, 1))

    born = [date(int(n[6:10]), int(n[10:12]), int(n[12:14])) for n in numbers]
    young = sum((born_on.year + 14, born_on.month, born_on.day) > (2026, 3, 1) for born_on in born)
    assert (today.children, later.children) == (young, 0)
    assert young > 0


def test_a_code_of_an_organisation_is_told_as_one_unless_traders_are_among_them(
    detectors: Detectors,
) -> None:
    r = random.Random(3)

    def make(start: str) -> str:
        body = f"{start}440300" + "".join(r.choices("0123456789ABCDEFGH", k=9))
        return body + uscc.calc_check_digit(body)

    (firms,) = detectors.detect_values([make("91") for _ in range(50)], AS_OF)
    (mixed,) = detectors.detect_values([make(r.choice(("91", "92"))) for _ in range(50)], AS_OF)

    assert (firms.kind, mixed.kind) == ("organisation", "personal")


def test_a_column_that_mixes_kinds_shows_each(detectors: Detectors) -> None:
    def make(r: random.Random) -> str:
        number = r.randrange(10**9)
        return r.choice((f"138{number % 10**8:08d}", f"u{number}@example.com", f"user{number}"))

    assert see(detectors, make) == {"contact.phone": "medium", "contact.email": "medium"}


def test_names_among_few_values_or_beside_other_words_are_not_concluded(
    detectors: Detectors,
) -> None:
    r = random.Random(2)
    few = [make_name(r) for _ in range(10)]
    beside = [make_name(r) for _ in range(40)] + [f"机器 {n}" for n in range(40)]

    assert detectors.detect_values(few, AS_OF) == []
    assert detectors.detect_values(beside, AS_OF) == []


def test_numbers_in_a_row_are_keys() -> None:
    r = random.Random(4)

    assert is_serial([str(6222000000000000 + 7 * n) for n in range(100)])
    assert not is_serial([make_card(r) for _ in range(100)])


@pytest.mark.parametrize(
    ("south", "west", "spread"), [(22.0, 100.0, 18.0), (51.4, -0.2, 0.3), (33.0, -118.0, 40.0)]
)
def test_coordinates_in_two_columns_are_seen_in_either_order(
    detectors: Detectors, south: float, west: float, spread: float
) -> None:
    r = random.Random(6)
    north = [f"{south + r.random() * spread:.6f}" for _ in range(50)]
    east = [f"{west + r.random() * spread:.6f}" for _ in range(50)]
    noise = [f"{r.uniform(200, 900):.6f}" for _ in range(50)]
    columns = tuple(Column("t", name) for name in ("a", "b", "c", "d"))

    for first, second in ((north, east), (east, north)):
        values = {"a": noise, "b": first, "c": second, "d": noise}
        found = find_coordinates(Table("t", columns, values), detectors.boxes)
        assert set(found) == {"b", "c"}
