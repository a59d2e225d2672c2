"""Columns that fit the page, words that fit the column."""

from __future__ import annotations

import pytest

from piaskit.report.document import Column, Row, Table
from piaskit.report.layout import ZERO_WIDTH, arrange_runs, break_words, choose_size, plan_widths


def _table(columns: int, text: str) -> Table:
    names = tuple(Column(f"c{n}", f"Column {n}") for n in range(columns))
    return Table("t", "T", names, tuple(Row((text,) * columns) for _ in range(3)))


@pytest.mark.parametrize("columns", [1, 2, 5, 12, 30])
@pytest.mark.parametrize("text", ["", "x", "word " * 50, "w" * 300, "处理" * 100])
def test_a_table_is_never_wider_than_the_line(columns: int, text: str) -> None:
    widths = plan_widths(_table(columns, text), 174.0, choose_size(columns))

    assert sum(widths) <= 174.0 + 1e-6
    assert min(widths) > 0


def test_a_table_with_much_to_say_fills_the_line() -> None:
    assert sum(plan_widths(_table(3, "word " * 50), 174.0, 9.0)) == pytest.approx(174.0)


def test_a_wider_column_gets_more() -> None:
    table = Table(
        "t",
        "T",
        (Column("a", "A", width=3), Column("b", "B")),
        (Row(("many words " * 20, "many words " * 20)),),
    )

    first, second = plan_widths(table, 174.0, 9.0)

    assert first > 1.5 * second


def test_a_date_is_not_broken() -> None:
    table = Table(
        "t",
        "T",
        (Column("on", "On", "date"), *(Column(f"c{n}", "C") for n in range(6))),
        (Row(("2026-12-31", *["many words " * 20] * 6)),),
    )

    width = plan_widths(table, 174.0, 8.0)[0]

    assert width >= 10 * 0.5 * 8.0 * 25.4 / 72


@pytest.mark.parametrize("text", ["a" * 500, "a_b." * 90, "处理" * 90, "x " * 90 + "y" * 90])
def test_breaks_add_nothing_but_places_to_break(text: str) -> None:
    assert break_words(text, 10).replace(ZERO_WIDTH, "") == text


def test_words_that_fit_hold_no_invisible_character() -> None:
    assert ZERO_WIDTH not in break_words("many short words that fit their line " * 9, 10)


def test_words_between_two_wide_tables_do_not_turn_the_page() -> None:
    wide = {"kind": "table", "landscape": True}
    words = [{"kind": "heading", "level": 1}, {"kind": "cards"}, {"kind": "paragraph"}]

    assert len(arrange_runs([wide, *words, wide])) == 1
    assert len(arrange_runs([wide, *words, {"kind": "table"}, wide])) == 3
    assert len(arrange_runs([wide, *words])) == 2


def test_ids_break_after_their_hyphens_and_dates_stay_whole() -> None:
    table = Table(
        "t",
        "T",
        tuple(Column(f"c{n}", "C") for n in range(9)),
        (Row(("2026-12-31", *["many words " * 20] * 8)),),
    )
    width = plan_widths(table, 174.0, 8.0)[0]

    assert break_words("f-ord-collect-again", 5) == "f-ord-collect-again"
    assert width >= 10 * 0.5 * 8.0 * 25.4 / 72


def test_room_goes_to_the_column_that_makes_rows_tall() -> None:
    table = Table(
        "t",
        "T",
        (Column("a", "A"), Column("b", "B")),
        (Row(("few words " * 4, "many words " * 40)),) * 4,
    )

    narrow, wide = plan_widths(table, 174.0, 9.0)

    assert wide > 3 * narrow


def test_long_titles_over_no_rows_share_the_line() -> None:
    columns = tuple(Column(f"c{n}", f"The long title of column {n}") for n in range(5))
    assert sum(plan_widths(Table("t", "T", columns, ()), 100.0, 9.0)) == pytest.approx(100.0)
