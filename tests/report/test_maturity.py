"""Radar and map of maturity: every level printed, what is unproven never drawn as a level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from piaskit.case import Case
from piaskit.knowledge import load_knowledge
from piaskit.report.document import Figure, Lang, Table
from piaskit.report.maturity import compose_maturity, show_maturity
from piaskit.report.maturity_figures import (
    FILLS,
    INKS,
    Line,
    Spoke,
    Square,
    draw_maturity_map,
    draw_radars,
)
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice
from piaskit.safeguards.maturity import assess_maturity

SVG = "{http://www.w3.org/2000/svg}"
SPOKES = [Spoke(f"Group {n}", level, 3) for n, level in enumerate([1, 2, 3, None, 5, 3, 4])]


def say_in(lang: Lang) -> Voice:
    return Voice(load_knowledge().labels, lang, "internal")


def read(svg: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}{tag}"))


def words(svg: str) -> list[str]:
    return [text.text or "" for text in read(svg, "text")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_radar_prints_each_level_and_draws_the_unproven_hollow(lang: Lang) -> None:
    voice = say_in(lang)

    svg = draw_radars([("A", SPOKES)], voice.say)

    told = [w for w in words(svg) if "→" in w or w == voice.say("maturity.unproven-short")]
    hollow = [c for c in read(svg, "circle") if c.attrib["fill"] == "#FFFFFF"]
    assert told == ["1 → 3", "2 → 3", f"{voice.say('maturity.unproven-short')} → 3"]
    assert len(hollow) == 1 + 1  # the spoke, and the key
    assert len(read(svg, "circle")) == 7 + 1
    assert svg == draw_radars([("A", SPOKES)], voice.say)


def test_the_map_prints_level_and_aim_and_hatches_what_has_no_evidence() -> None:
    line = Line("PA01 A", (Square(2, 3), Square(3, 3), Square(None, 4), Square(None, None, False)))
    svg = draw_maturity_map(["O", "P", "T", "H", "Level"], [Line("Group"), line], say_in("en").say)

    boxes = [rect.attrib["fill"] for rect in read(svg, "rect")]
    assert [w for w in words(svg) if w in ("2 → 3", "3", "– → 4", "–")][:4] == [
        "2 → 3", "3", "– → 4", "–",
    ]  # fmt: skip
    assert boxes.count("url(#unproven)") == 1 + 1  # the cell, and the key


@pytest.mark.parametrize("level", range(5))
def test_levels_differ_in_lightness_and_can_be_read_in_print(level: int) -> None:
    def shine(colour: str) -> float:
        parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted([shine(FILLS[level]), shine(INKS[level])], reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5
    if level:
        assert shine(FILLS[level]) < shine(FILLS[level - 1])


ANSWER: dict[str, Any] = {
    "id": "m", "area": "PA05", "capability": "technology", "level": 2, "aim": 3,
}  # fmt: skip


def test_figures_have_words_and_a_table_of_all_thirty_areas(
    make_case: Callable[..., Case],
) -> None:
    maturity = assess_maturity(make_case(maturity=[ANSWER]))

    for lang in ("en", "zh"):
        radar, heat = show_maturity(maturity, say_in(lang))  # type: ignore[arg-type]

        assert radar.twin is not None
        assert heat.twin is not None
        assert (len(radar.twin.rows), len(heat.twin.rows)) == (7, 30)
        assert "28" in radar.alt
        assert "120" in heat.alt
    cells = {row.cells[0]: row.cells for row in heat.twin.rows}
    assert cells["PA05 数据传输加密"][3] == "无证据 → 3", "an answer without evidence is no level"


def test_a_case_without_evidence_gets_a_sentence_and_no_picture(
    make_case: Callable[..., Case],
) -> None:
    section = compose_maturity(Rows(make_case(maturity=[ANSWER]), say_in("zh")))

    assert [type(block).__name__ for block in section.blocks] == ["Paragraph", "Paragraph"]
    assert "不给出等级" in section.blocks[0].text  # type: ignore[union-attr, operator]


def test_what_to_do_next_names_the_widest_gaps_first(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "a.md").write_text("x")
    rows = [{**ANSWER, "id": "n", "area": "PA06", "aim": 5}, {**ANSWER, "evidence": "a.md"}]
    case = replace(make_case(maturity=rows), root=tmp_path)

    section = compose_maturity(Rows(case, say_in("en")))

    tables = [b for b in section.blocks if isinstance(b, Table)]
    assert sum(isinstance(b, Figure) for b in section.blocks) == 2
    assert [row.cells[0] for row in tables[-1].rows] == [
        "PA06 Network availability management", "PA05 Data transmission encryption",
    ]  # fmt: skip
