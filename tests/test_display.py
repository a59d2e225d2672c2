"""Displays: text of a case stays text, levels are told without colour, long tables are cut."""

from __future__ import annotations

from piaskit.display import LOOKS, MOST, Card, Grid, Mark


def test_text_of_a_case_is_never_markup() -> None:
    evil = "<script>alert(1)</script>{0}"
    shown = Card(evil, ((evil, [evil, 1]),), "en")._repr_html_()
    shown += Grid(evil, (evil,), [(evil,)], "en", folded=True)._repr_html_()

    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;{0}") == 6


def test_a_level_is_told_by_sign_word_and_colour() -> None:
    shown = Grid("", ("a",), [("row", Mark("high", "高"))], "zh")._repr_html_()

    fill, ink, symbol = LOOKS["high"]
    assert f'style="background:{fill};color:{ink}">{symbol} 高</span>' in shown
    assert '<div class="piaskit" lang="zh">' in shown


def test_an_unknown_level_is_a_plain_word() -> None:
    assert str(Mark("none", "not rated")) == "not rated"
    assert ">not rated</dd>" in Card("t", (("now", Mark("none", "not rated")),), "en")._repr_html_()


def test_a_long_table_is_cut_and_says_so() -> None:
    grid = Grid("all", ("n",), [(f"row {n}",) for n in range(MOST + 1_234)], "en", folded=True)

    shown = grid._repr_html_()
    assert shown.count("<tr>") == MOST + 1
    assert "… +1,234" in shown
    assert f"<summary>all ({MOST + 1_234:,})</summary>" in shown
    assert repr(grid).splitlines()[-1] == "… +1,234"


def test_blank_cells_stay_blank_and_numbers_are_grouped() -> None:
    shown = Grid("", ("a", "b", "c"), [("row", None, 71_000)], "en")._repr_html_()

    assert '<td class=""></td><td class="n">71,000</td>' in shown
