"""Risk in numbers in the internal report: a section, its figures with tables, one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from piaskit.case import Case
from piaskit.knowledge import load_knowledge
from piaskit.report.document import Bullets, Figure, Paragraph, Section, Table
from piaskit.report.loss_figures import Appetite, draw_exceedance
from piaskit.report.loss_sections import compose_losses, show_limits
from piaskit.report.results import Results
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

LABELS = load_knowledge().labels
POINTS = [{"amount": 10.0 * 1.2**n, "chance": 0.6 / 1.3**n} for n in range(20)]
ANSWER: dict[str, Any] = {
    "iterations": 1000,
    "seed": 1,
    "losses": [
        {
            "unit": "persons",
            "exact": {"mean": 42.0},
            "curve": POINTS,
            "points": [
                {"years": 10, "amount": 60.0, "text": "Once in ten.", "text_zh": "十年一遇。"}
            ],
            "appetite": [
                {
                    "id": "e", "amount": 50.0, "accepted_chance": 0.05, "chance": 0.2,
                    "met": False, "text": "Beyond.", "text_zh": "超出。",
                }
            ],
            "planned": {"appetite": [{"id": "e", "chance": 0.12, "met": False}]},
            "risks": [
                {
                    "id": "r@systems/s", "title": "<b>Risk</b>", "title_zh": "风险", "events": 0.3,
                    "exact": {"mean": 42.0, "quantiles": {"0.95": 90.0}}, "share": 1.0,
                    "rests_on": {"frequency": "estimates", "magnitude": "veris-2020"},
                }
            ],
        }
    ],
    "safeguards": [
        {
            "id": "guard", "title": "Guard", "title_zh": "措施", "works": True,
            "return_on_cost": 0.5,
            "saved": {"persons": {"mean": 7.0, "mean_ci": []}},
            "cost": {"mean": 1000.0, "unit": "CNY"},
        }
    ],
    "agreement": {"disagree": [{"id": "r", "because": "Why.", "because_zh": "原因。"}]},
    "not_quantified": [{"id": "x", "because": "No number.", "because_zh": "无数字。"}] * 3,
    "basis": [
        {
            "title": "Pack", "title_zh": "包", "attribution": "From there.", "bias": "Skewed.",
            "attribution_zh": "出处。", "bias_zh": "偏差。", "confidence": "low",
        }
    ],
    "experience": {"expected": 2.0, "recorded": 1, "years": 3.0},
}  # fmt: skip


@pytest.fixture
def compose(make_case: Callable[..., Case]) -> Callable[..., list[Section]]:
    def make(answer: dict[str, Any] | None, lang: Any = "en") -> list[Section]:
        rows = Rows(make_case(), Voice(LABELS, lang, "internal"))
        assess: dict[str, Any] = {"risks": [], "activities": []}
        return compose_losses(rows, replace(Results({}, {}, assess, "T"), quantify=answer))

    return make


def pick(section: Section, kind: type) -> list[Any]:
    return [block for block in section.blocks if isinstance(block, kind)]


def test_without_an_answer_there_is_no_section(compose: Callable[..., list[Section]]) -> None:
    assert compose(None) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_has_its_table_and_nothing_is_public(
    compose: Callable[..., list[Section]], lang: str
) -> None:
    [section] = compose(ANSWER, lang)

    [figure] = pick(section, Figure)
    assert figure.twin is not None
    assert len(figure.twin.rows) == 2  # of twenty points the first and the eleventh
    assert figure.twin.rows[0].cells[:2] == (10, 60)
    [chart] = figure.twin.charts
    assert chart.columns == ("loss-amount", "loss-chance")
    assert {block.visibility for block in section.blocks} == {"internal"}
    assert len(pick(section, Table)) == 2


def test_a_year_of_ten_thousand_is_written_out(compose: Callable[..., list[Section]]) -> None:
    rare = [{"amount": n + 1.0, "chance": 1e-4} for n in range(12)]
    answer = {**ANSWER, "losses": [{**ANSWER["losses"][0], "curve": rare}]}

    [figure] = pick(compose(answer)[0], Figure)

    assert "10,000" in str(figure.twin.rows[0].cells[2])


def test_what_the_numbers_rest_on_is_told(compose: Callable[..., list[Section]]) -> None:
    [section] = compose(ANSWER)

    notes = [str(p.text) for p in pick(section, Paragraph) if p.style == "note"]
    assert notes == [
        "Pack. From there. Skewed. Confidence: low.",
        "The numbers expect 2 events a year; the register has 1 own incidents in 3 years.",
        "Distributions are computed; intervals and shared causes rest on 1,000 drawn years,"
        " seed 1.",
        "Risk: an average year hides the rare and bad one, and a risk without a number is not"
        " harmless. Risks not in these numbers: 3.\n"
        "Mitigation: safeguards weighed by the harm that they spare: 1.",
    ]
    told = [item for bullets in pick(section, Bullets) for item in bullets.items]
    assert told == ["r: Why.", "3: No number."]


def test_a_refused_interval_and_a_basis_are_words(compose: Callable[..., list[Section]]) -> None:
    risks, safeguards = pick(compose(ANSWER)[0], Table)

    assert risks.rows[0].cells[-1] == "estimates and packs"
    assert safeguards.rows[0].cells[3] == "no interval: a few years outweigh all others"
    assert safeguards.rows[0].cells[5] == "+50%"


def test_nothing_quantified_is_said(compose: Callable[..., list[Section]]) -> None:
    [section] = compose({**ANSWER, "losses": [], "safeguards": []})

    assert "No risk could be put into numbers" in str(pick(section, Paragraph)[1].text)
    assert pick(section, Figure) == []


def test_management_gets_a_table_of_harm_against_the_limits() -> None:
    voices = {lang: Voice(LABELS, lang, "internal") for lang in ("en", "zh")}
    [table] = show_limits(voices["en"], ANSWER)

    assert isinstance(table, Table)
    [row] = table.rows
    assert row.cells == (
        "Persons hit by leak, loss or misuse", "42", "60 or more", "50+ in 5% of years", "20%",
        "12%", "now, after",
    )  # fmt: skip
    assert table.note == (
        "Persons, mostly by: <b>Risk</b> (100%). Many estimates are of low confidence."
    )
    [zh] = show_limits(voices["zh"], ANSWER)
    assert isinstance(zh, Table)
    assert zh.title == "一年内的损害数量，以及超出本单位可接受限度的概率"
    assert show_limits(voices["en"], None) == []
    assert show_limits(voices["en"], {**ANSWER, "losses": []}) == []


def test_a_limit_that_is_met_later_or_not_set_is_told() -> None:
    voice = Voice(LABELS, "en", "internal")
    loss = ANSWER["losses"][0]
    later = {**loss, "planned": {"appetite": [{**loss["planned"]["appetite"][0], "met": True}]}}

    [reached] = show_limits(voice, {**ANSWER, "losses": [later]})
    [unset] = show_limits(voice, {**ANSWER, "losses": [{**loss, "appetite": []}]})

    assert isinstance(reached, Table)
    assert reached.rows[0].cells[-1] == "now"
    assert isinstance(unset, Table)
    assert unset.rows[0].cells[3:] == ("no limit set", "", "", "")


def test_the_curve_is_sound_svg_and_text_in_it_is_data() -> None:
    points = [(p["amount"], p["chance"]) for p in POINTS]

    svg = draw_exceedance(
        points,
        [((60.0, 0.1), "once <in> ten")],
        [Appetite(50.0, 0.05, "line & more")],
        ("Persons", "Chance"),
        lambda amount: f"{amount:g}",
    )

    root = ElementTree.fromstring(svg)
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"once <in> ten", "line & more", "Persons", "Chance", "100%", "0.01%"} <= set(texts)
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    for node in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 < float(node.attrib["cx"]) < width
        assert 0 < float(node.attrib["cy"]) < height
    assert svg == draw_exceedance(
        points,
        [((60.0, 0.1), "once <in> ten")],
        [Appetite(50.0, 0.05, "line & more")],
        ("Persons", "Chance"),
        lambda amount: f"{amount:g}",
    )
