"""Which characters the printed report can show."""

from __future__ import annotations

import pytest

from piaskit.report.fonts import FAMILIES, find_fonts, replace_missing
from piaskit.report.style import LOOKS


def test_both_families_come_with_the_installed_packages() -> None:
    assert len(find_fonts()) == len(FAMILIES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "个人信息保护影响评估（2026）",
        "naïve — “x” ≥ 3 €",
        "שלום عربي",
        "😀",
        "\u05d0\u200f\u05d1",
    ],
)
def test_what_a_font_has_stays(text: str) -> None:
    assert replace_missing(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "shown", "count"),
    [
        ("a\U0001f6e1b", "a[U+1F6E1]b", 1),
        ("\ue000\ue001", "[U+E000][U+E001]", 2),
        ("中\u05b4", "中[U+05B4]", 1),
        ("\x07", "[U+0007]", 1),
        ("a\u200fb\u200ec", "a[U+200F]b\u200ec", 1),
    ],
)
def test_what_no_font_has_is_named_and_counted(text: str, shown: str, count: int) -> None:
    assert replace_missing(text) == (shown, count)


def test_the_symbols_of_levels_are_in_the_first_font() -> None:
    assert replace_missing("".join(look.symbol for look in LOOKS.values()))[1] == 0
