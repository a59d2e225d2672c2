"""Single cells: what is understood, what is refused, and in which words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.case.cells import (
    CONTROL,
    build_parser,
    inspect_text,
    parse_count,
    parse_date,
    parse_id,
    parse_period,
    parse_some,
)
from piaskit.case.tables import TABLES
from piaskit.case.words import Words, find_nearest, fold
from piaskit.knowledge import load_knowledge

WORDS = Words(load_knowledge())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 years", "P3Y"), ("36 months", "P36M"), ("180 days", "P180D"), ("3年", "P3Y"),
        ("6个月", "P6M"), ("三年", "P3Y"), ("半年", "P6M"), ("十五天", "P15D"), ("p3y", "P3Y"),
        ("1 year 6 months", "P1Y6M"), ("1年零6个月", "P1Y6M"), ("72小时", "PT72H"),
        ("２年", "P2Y"), ("P1Y2M10DT2H", "P1Y2M10DT2H"), ("2 weeks", "P2W"),
        ("until account closure", "until account closure"), ("直至账号注销", "until 账号注销"),
    ],
)  # fmt: skip
def test_a_period_becomes_iso_8601_or_an_event(text: str, expected: str) -> None:
    assert parse_period(text) == (expected, ())


@pytest.mark.parametrize("text", ["36", "long", "永久", "P", "PT", "3 yeras", "years", "1 y 2 y"])
def test_what_is_no_period_is_refused(text: str) -> None:
    value, problems = parse_period(text)

    assert value is None
    assert problems[0].slug == "bad-period"


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026-3-1", "2026/3/1", "2026.03.01", "20260301", "2026年3月1日",
     "2026-03-01 08:30", "２０２６-03-01", "2026-03-01T00:00:00"],
)  # fmt: skip
def test_a_day_is_understood_in_its_usual_forms(text: str) -> None:
    assert parse_date(text) == (date(2026, 3, 1), ())


@pytest.mark.parametrize(
    ("text", "slug", "hint"),
    [
        ("01/03/2026", "bad-date", "write 2026-03-01 or 2026-01-03"),
        ("13/02/2026", "bad-date", "write 2026-02-13"),
        ("46082", "bad-date", "as a spreadsheet counts days, this is 2026-03-01"),
        ("2026-02-30", "bad-date", None),
        ("2026年3月", "bad-date", None),
        ("0001-01-01", "date-out-of-range", None),
        ("12026-01-01", "date-out-of-range", None),
        ("5000000", "date-out-of-range", None),
    ],
)
def test_what_is_no_day_is_refused_with_a_way_out(text: str, slug: str, hint: str | None) -> None:
    value, problems = parse_date(text)

    assert value is None
    assert [(p.slug, p.hint) for p in problems] == [(slug, hint)]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("100万", "write 1000000"), ("1.5亿", "write 150000000"), ("1,200", "write 1200"),
        ("约3000人", "write 3000"), ("-5", None), ("1.5", None), ("1e6", None), ("many", None),
        ("１０万", "write 100000"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_with_the_number_meant(text: str, hint: str | None) -> None:
    value, problems = parse_count(text)

    assert value is None
    assert problems[0].slug == "bad-number"
    assert problems[0].hint == hint


def test_children_are_counted_or_known_to_exist() -> None:
    assert [parse_some(text)[0] for text in ("12", "0", "yes", "是", "no", "否", "1")] == [
        "12", "0", "yes", "yes", "0", "0", "1",
    ]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_parser_and_no_value_comes_with_a_problem(text: str) -> None:
    if not text.strip() or inspect_text(text):
        return
    for table in TABLES.values():
        for column in table.columns:
            value, problems = build_parser(column, WORDS)(text)
            assert value is None or not problems or column.kind == "id"


@given(st.text())
def test_a_control_character_is_always_found(text: str) -> None:
    assert (CONTROL.search(text) is None) == (inspect_text(text) is None)
    assert inspect_text(text + "\x00") is not None


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text) or not text.isascii()


@given(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,40}", fullmatch=True))
def test_a_plain_id_stays_as_it_is(id: str) -> None:
    assert parse_id(id) == (id, ())


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("consent", "cn-pipl.consent"), ("CN-PIPL.Consent", "cn-pipl.consent"),
        ("同意", "cn-pipl.consent"), ("eu-gdpr.6-1-f", "eu-gdpr.6-1-f"),
        ("legal duty", "cn-pipl.legal-duty"),
    ],
)  # fmt: skip
def test_a_bare_legal_basis_is_one_of_pipl(text: str, basis: str) -> None:
    assert WORDS.find_basis(text) == (basis, None)


def test_a_wrong_legal_basis_is_refused_with_the_one_nearly_meant() -> None:
    words = Words(load_knowledge())

    assert words.find_basis("eu-gdpr.consnt") == (None, "eu-gdpr.6-1-a")
    assert words.find_basis("whim") == (None, None)
    assert words.find_basis("legal-dutty") == (None, "cn-pipl.legal-duty")
    assert words.find_basis("6-1-a") == (None, "eu-gdpr.6-1-a")


def test_plausible_own_columns_are_near_nothing() -> None:
    for table in TABLES.values():
        near = {w: find_nearest(w, table.names) for w in ("comment", "remark", "note", "version")}
        assert near == dict.fromkeys(near)
