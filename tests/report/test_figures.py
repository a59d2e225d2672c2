from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

import pytest

from piaskit.knowledge import load_knowledge
from piaskit.report.document import Lang
from piaskit.report.figures import FILL, INK, Panel, draw_heat_map
from piaskit.report.svg import measure_text, wrap_text
from piaskit.report.voice import LEVELS, LIKELIHOODS, Voice

SVG = "{http://www.w3.org/2000/svg}"
LONG = {
    "en": "Electronic component procurement & logistics <hub>",
    "zh": "电子元器件采购与物流协同平台",
}


def say_in(lang: Lang) -> Voice:
    return Voice(load_knowledge().labels, lang, "internal")


def read_matrix() -> Mapping[str, Mapping[str, str]]:
    matrix: Mapping[str, Mapping[str, str]] = load_knowledge().methods["gbt39335"].matrix  # type: ignore[assignment]
    return matrix


def read_texts(svg: str) -> list[tuple[float, float, float, str]]:
    """Left edge, right edge, baseline and words of every text."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        words = text.text or ""
        width = measure_text(words, float(text.attrib["font-size"]))
        x = float(text.attrib["x"])
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[text.attrib["text-anchor"]]
        found.append((left, left + width, float(text.attrib["y"]), words))
    return found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_heat_map_prints_the_level_and_the_count_of_every_cell(lang: Lang) -> None:
    counts = {("severe", "very-high"): 1234, ("low", "low"): 2}
    voice = say_in(lang)
    svg = draw_heat_map(
        [Panel("A", counts), Panel("B", {}), Panel("C", {})], read_matrix(), voice.say
    )

    words = [text for *_, text in read_texts(svg)]

    assert words.count("1,234") == 1
    assert words.count("2") == 1
    assert words.count("0") == 46
    inside = 3 * sum(level == "severe" for row in read_matrix().values() for level in row.values())
    assert words.count(voice.say("level.severe")) == inside + 1


def test_arrows_print_how_many_risks_took_them_and_never_lie_on_one_another() -> None:
    left = {(("high", "very-high"), ("high", x)): n for n, x in enumerate(["high", "low"], 7)}
    moves = {
        **left,
        (("high", "high"), ("high", "medium")): 5,
        (("severe", "low"), ("low", "low")): 3,
    }
    panels = [Panel("A", {}), Panel("B", {}, moves)]
    svg = draw_heat_map(panels, read_matrix(), say_in("en").say)

    numbers = [(x, y, text) for x, _, y, text in read_texts(svg) if text in ("3", "5", "7", "8")]
    assert sorted(text for *_, text in numbers) == ["3", "5", "7", "8"]
    assert len({y for _, y, text in numbers if text != "3"}) == 3
    heads = [p.attrib["d"] for p in ElementTree.fromstring(svg).iter(f"{SVG}path")]
    assert len(heads) == 4 * len(moves)
    assert "in the panel to the left" in svg
    assert "in the panel to the left" not in draw_heat_map(
        panels[:1], read_matrix(), say_in("en").say
    )


@pytest.mark.parametrize("level", LEVELS)
def test_text_on_every_level_has_a_contrast_of_at_least_4_5(level: str) -> None:
    def shine(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((shine(FILL[level]), shine(INK[level])), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize("text", [*LONG.values(), "x" * 80, "，。" * 9])
def test_wrapped_lines_fit_and_lose_nothing_unless_they_end_in_an_ellipsis(text: str) -> None:
    lines = wrap_text(text, 11, 60, 3)

    assert len(lines) <= 3
    assert all(measure_text(line, 11) <= 60 for line in lines)
    whole = re.sub(r"\s", "", "".join(lines))
    bare = re.sub(r"\s", "", text)
    assert whole == bare or (whole.endswith("…") and bare.startswith(whole[:-1]))


def test_scales_of_the_figures_are_those_of_the_report() -> None:
    assert set(read_matrix()) == set(LEVELS)
    assert all(set(row) == set(LIKELIHOODS) for row in read_matrix().values())
