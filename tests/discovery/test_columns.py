"""What names and comments of columns say, in Chinese, English, pinyin and abbreviations."""

from __future__ import annotations

from datetime import date

import pytest

from piaskit.discovery.columns import Column, read_columns
from piaskit.discovery.search import search_source
from piaskit.discovery.tables import Source, Table
from piaskit.discovery.vocabulary import Vocabulary, build_vocabulary
from piaskit.knowledge import load_knowledge


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return build_vocabulary(load_knowledge())


def read(vocabulary: Vocabulary, *columns: Column) -> list[str]:
    """Say what each column holds: the category, link, or nothing."""
    told = []
    for named in read_columns(vocabulary, columns):
        reading = named.reading
        held = reading.kind in ("personal", "secret")
        told.append(vocabulary.namings[reading.naming].category if held else reading.kind)
    return told


@pytest.mark.parametrize(
    ("name", "comment", "expected"),
    [
        ("mobile", "", "contact.phone"),
        ("usermobile", "", "contact.phone"),
        ("shoujihao", "", "contact.phone"),
        ("c1", "收件人手机号码（脱敏）", "contact.phone"),
        ("lastLoginIP", "", "device.ip-address"),
        ("real_name", "", "identity.name"),
        ("c2", "与患者关系：父亲、母亲", "relation.family"),
        ("pwd_hash", "", "account.password"),
        ("c3", "接口密钥", "secret.token"),
        ("ID_CARD_NO", "", "identity.national-id-number"),
        ("c4", "宗教信仰", "belief.religion"),
        ("bank_card_no", "工资卡号", "finance.payment-card"),
    ],
)
def test_a_word_that_is_personal_anywhere_is_told(
    vocabulary: Vocabulary, name: str, comment: str, expected: str
) -> None:
    assert [expected] == read(vocabulary, Column("t", name, "varchar(50)", comment))


@pytest.mark.parametrize(
    ("name", "type", "comment"),
    [
        ("brand_phone", "varchar(20)", "品牌商电话"),
        ("c1", "varchar(200)", "商品图片链接地址"),
        ("is_default_address", "tinyint(1)", "是否默认地址"),
        ("phone_verified", "boolean", ""),
        ("comment_count", "int", "评论数"),
        ("c2", "varchar(50)", "如果为空，则手机号不校验"),
        ("category_name", "varchar(50)", "分类名称"),
    ],
)
def test_a_word_of_a_thing_or_a_measure_is_not_told(
    vocabulary: Vocabulary, name: str, type: str, comment: str
) -> None:
    (told,) = read(vocabulary, Column("t", name, type, comment))

    assert told in ("none", "open")


def test_a_plain_name_counts_by_the_subject_of_its_table(vocabulary: Vocabulary) -> None:
    columns = (
        Column("t_member", "name", "varchar(20)", "名称", "会员表"),
        Column("t_goods", "name", "varchar(20)", "名称", "商品表"),
        Column("suppliers", "phone", "varchar(20)"),
        Column("employees", "city", "varchar(20)"),
        Column("role", "name", "varchar(20)", "", "角色"),
    )

    assert read(vocabulary, *columns) == [
        "identity.name",
        "open",
        "open",
        "contact.address",
        "open",
    ]


def test_a_key_to_a_person_is_a_link_and_one_to_a_thing_is_nothing(vocabulary: Vocabulary) -> None:
    columns = (
        Column("orders", "customer_id", "bigint"),
        Column("orders", "uid", "bigint", "下单用户ID"),
        Column("orders", "product_id", "bigint"),
    )

    assert read(vocabulary, *columns) == ["link", "link", "none"]


def test_initials_of_pinyin_count_only_beside_others(vocabulary: Vocabulary) -> None:
    alone = (Column("t", "sjh", "varchar(20)"), Column("t", "amount", "int"))
    beside = (Column("u", "sjh", "varchar(20)"), Column("u", "csrq", "date"))

    assert read(vocabulary, *alone) == ["open", "none"]
    assert read(vocabulary, *beside) == ["contact.phone", "identity.birth-date"]


def test_what_people_write_counts_in_a_table_of_what_people_write(vocabulary: Vocabulary) -> None:
    columns = (
        Column("feedback", "content", "text"),
        Column("article", "content", "text"),
        Column("return_apply", "reason", "varchar(200)", "原因"),
        Column("return_reason", "name", "varchar(200)", "名称", "退货原因"),
    )

    assert read(vocabulary, *columns) == ["content.post", "open", "content.message", "open"]


def test_a_comment_wins_over_a_name_that_says_something_else(vocabulary: Vocabulary) -> None:
    (named,) = read_columns(
        vocabulary, [Column("t", "address", "varchar(200)", "主页链接地址", "用户")]
    )

    assert named.reading.kind == "none"
    assert named.by_name.kind == "personal"


def test_tables_of_records_about_persons_are_told_apart_with_their_other_columns() -> None:
    names = {
        "shop_order": ("id", "order_no", "member_id", "amount", "updated_at"),
        "order_line": ("id", "order_id", "goods_name", "deleted"),
        "goods": ("id", "name", "price", "brand_id"),
        "notice": ("id", "admin_id", "title"),
    }
    tables = tuple(
        Table(table, tuple(Column(table, name, "varchar(9)") for name in columns))
        for table, columns in names.items()
    )
    found = search_source(Source("list", "csv", tables), load_knowledge(), date(2026, 3, 1))

    assert {(t.table, t.category, t.columns) for t in found.person_tables} == {
        ("shop_order", "finance.order", ("amount",)),
        ("order_line", "customer.record", ("order_id", "goods_name")),
    }
    assert [(link.table, link.column, link.of) for link in found.links] == [
        ("shop_order", "member_id", "person"),
        ("notice", "admin_id", "official"),
    ]
