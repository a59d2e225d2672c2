"""Colours that can be read, words in both languages."""

from __future__ import annotations

import re

import pytest

from piaskit.report.style import LOOKS, TEMPLATES, read_words


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("level", list(LOOKS))
def test_the_word_on_a_level_has_contrast(level: str) -> None:
    light, dark = sorted(map(_luminance, LOOKS[level][:2]), reverse=True)  # type: ignore[index]

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_four_levels_of_risk_differ_without_colour() -> None:
    assert len({LOOKS[level].symbol for level in ("low", "medium", "high", "severe")}) == 4  # type: ignore[index]


def test_the_words_of_the_page_stand_in_both_languages() -> None:
    english, chinese = read_words("en"), read_words("zh")

    assert english.keys() == chinese.keys()
    assert not [name for name in english if english[name] == chinese[name]]


def test_every_word_a_template_uses_exists() -> None:
    sources = [path.read_text("utf-8") for path in sorted(TEMPLATES.glob("report.*"))]
    used = set(re.findall(r"(?<![-\w])words\.([a-z_]+)", "".join(sources)))

    assert {"contents", "table", "skip"} <= used
    assert used <= read_words("en").keys()
