"""What a text meant for publication holds, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from piaskit import discover_data
from piaskit.case import Case
from piaskit.discovery.findings import Discovery
from piaskit.discovery.search import search_texts
from piaskit.discovery.tables import list_public_texts
from piaskit.knowledge import load_knowledge

AS_OF = date(2026, 3, 1)


def read(text: str) -> list[tuple[str, str]]:
    return [(f.category, f.whose) for f in discover_data(text=text, as_of=AS_OF).findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的手机是13812345678。", ("contact.phone", "self")),
        ("同事的手机是13812345678。", ("contact.phone", "other")),
        ("我妈妈得了糖尿病。", ("health.condition", "other")),
        ("她的身份证号是11010519491231002X。", ("identity.national-id-number", "other")),
        ("我女儿今年8岁。", ("children.any", "child")),
        ("我家住在深圳市南山区科技园路12号3栋502室。", ("contact.address", "self")),
        ("My husband is HIV positive.", ("health.condition", "other")),
        ("I am on chemotherapy since May.", ("health.condition", "self")),
        ("Our customer Mary Johnson called.", ("identity.name", "other")),
        ("车牌粤B12D45停在门口。", ("vehicle.plate-number", "unclear")),
        ("他是穆斯林。", ("belief.religion", "other")),
        ("加我微信：ming_2020", ("contact.messenger-id", "self")),
    ],
)
def test_a_piece_of_a_text_is_found_and_owned(text: str, expected: tuple[str, str]) -> None:
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "版本 1.2.3.4 于 2024-01-02 发布，订单满 100 元包邮。",
        "The meeting takes 45 minutes in room 302; call 400-820-8820.",
        "型号 62220202001122334 的电阻，每包 1000 只。",
        "我们公司成立于2010年，产品畅销全国。",
        "",
    ],
)
def test_a_text_without_persons_is_clean(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("密码：Abc#12345", "account.password"),
        ("export API_KEY=ghp_abcdefghijklmnopqrstuvwxyz0123456789", "secret.token"),
        ("postgres://shop:s3cret@db.example/shop", "account.password"),
        ("您的验证码是 482913，请勿泄露", "account.security-answer"),
    ],
)
def test_secrets_in_a_text_are_secrets_and_hidden_whole(text: str, category: str) -> None:
    (found,) = discover_data(text=text, as_of=AS_OF).findings

    assert (found.category, found.kind, found.example) == (category, "secret", "********")


def test_a_place_in_a_text_is_told_by_line_and_sign() -> None:
    (found,) = discover_data(text="第一行\n请打 13812345678\n", as_of=AS_OF).findings

    assert (found.line, found.column) == (2, "2:4")


def test_a_child_is_known_by_the_number_too() -> None:
    (found,) = discover_data(text="身份证110101201603078017", as_of=AS_OF).findings

    assert (found.whose, found.children) == ("child", 1)


def test_the_card_says_what_to_do_and_shows_no_value() -> None:
    found = discover_data(text="我叫王小明，同事李娜女士的手机13812345678。", as_of=AS_OF)
    assert isinstance(found, Discovery)
    shown = found._repr_html_()

    assert "Before you share" in shown
    assert "ask them, or take it out" in shown
    assert "PIPL Art. 27" in shown
    assert not {"王小明", "李娜", "13812345678"} & set(shown.split())
    assert "13812345678" not in shown


def test_texts_given_by_name_are_told_by_name() -> None:
    texts = {"a": "电话 13812345678", "b": "一行\n信箱 li@example.com", "c": "无"}
    found = search_texts(texts, load_knowledge(), AS_OF)

    assert [(f.table, f.column) for f in found.findings] == [("a", "1:4"), ("b", "2:4")]


def test_the_texts_of_a_case_are_those_of_its_public_edition(
    make_case: Callable[..., Case],
) -> None:
    rows = [{"id": "a-1", "title": "订单", "title_en": "Orders", "owner": "王小明"}]
    case = make_case(activities=rows, systems=[{"id": "s", "title": "内部库"}])

    texts = list_public_texts(case)
    assert texts["activities/a-1 title"] == "订单"
    assert texts["activities/a-1 title_en"] == "Orders"
    assert not {"王小明", "内部库"} & set(texts.values())
