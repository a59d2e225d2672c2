"""Colours that can be read, words in both languages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from piaskit import kept
from piaskit.report.style import LOOKS, TEMPLATES, open_templates, read_words


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


def test_templates_are_compiled_once_until_they_or_what_fills_them_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(kept, "_digest_folder", kept._digest_folder.__wrapped__)
    by, folder = tmp_path / "room", tmp_path / "room" / "templates"
    folder.mkdir(parents=True)
    page, compiled = folder / "page.html", 0

    def render() -> str:
        nonlocal compiled
        environment = open_templates(by, folder)
        usual = environment.compile

        def count(*told: str) -> object:
            nonlocal compiled
            compiled += 1
            return usual(*told)

        environment.compile = count  # type: ignore[assignment,method-assign]
        return environment.get_template("page.html").render(name="<b>")

    page.write_text("a {{ name }}", "utf-8")
    assert ([render(), render()], compiled) == (["a &lt;b&gt;"] * 2, 1)
    page.write_text("b {{ name }}", "utf-8")
    assert ([render(), render()], compiled) == (["b &lt;b&gt;"] * 2, 2)
    (by / "fills.py").write_text("", "utf-8")
    assert ([render(), render()], compiled) == (["b &lt;b&gt;"] * 2, 3)
