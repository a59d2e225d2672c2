"""The rehearsed response in a report: what is drawn stands in tables, what is missing is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.case import TABLES, Case
from piaskit.knowledge import load_knowledge
from piaskit.report.annex import SHOWN
from piaskit.report.document import Figure, Paragraph, Table, read_text
from piaskit.report.response_sections import show_response
from piaskit.report.voice import Voice

MARKETPLACE = Path(__file__).parents[2] / "data" / "marketplace"


def voice(lang: str) -> Voice:
    return Voice(load_knowledge().labels, lang, "internal")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def case() -> Case:
    return piaskit.read_case(MARKETPLACE)


@pytest.fixture(scope="module")
def simulation(case: Case) -> dict[str, Any]:
    return piaskit.run_exercise("merge-mail-error", case, runs=2, trials=300).to_dict()


def read_rows(table: Table) -> list[list[str]]:
    return [[read_text(cell) for cell in row.cells] for row in table.rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_figure_with_its_table_then_clocks_changes_and_sources(
    simulation: dict[str, Any], lang: str
) -> None:
    figure, *tables = show_response(voice(lang), 1, simulation)

    assert isinstance(figure, Figure) and figure.twin is not None
    milestones = simulation["response"]["milestones"]
    assert [row[0] for row in read_rows(figure.twin)] == [
        one["title_zh" if lang == "zh" else "title"] for one in milestones
    ]
    assert [table.id for table in tables if isinstance(table, Table)] == [
        "table-response-clocks-1", "table-response-known-1", "table-response-effects-1",
        "table-response-steps-1", "table-response-notes-1",
    ]  # fmt: skip
    share = f"{simulation['response']['missed']['eu-gdpr33']['p']:.1%}"
    assert share in figure.alt and share in figure.svg


def test_equal_answers_are_drawn_in_equal_bytes(simulation: dict[str, Any]) -> None:
    again = json.loads(json.dumps(simulation))

    drawn = [show_response(voice("en"), 1, one)[0] for one in (simulation, again)]
    assert drawn[0] == drawn[1]


def test_changes_that_move_nothing_are_left_out(simulation: dict[str, Any]) -> None:
    blocks = show_response(voice("en"), 1, simulation)
    effects = next(b for b in blocks if isinstance(b, Table) and "effects" in b.id)
    names = [row[0] for row in read_rows(effects)]

    assert "Decide on a range, count meanwhile" in names
    assert "Containment takes no time" not in names


def test_what_is_never_reached_is_told_at_the_edge(case: Case) -> None:
    nobody = replace(case, frames={**case.frames, "shifts": case.frames["shifts"].assign(people=0)})
    simulation = piaskit.run_exercise("merge-mail-error", nobody, runs=2, trials=40).to_dict()
    figure = show_response(voice("en"), 1, simulation)[0]

    assert isinstance(figure, Figure)
    assert "100% ∞" in figure.svg and "missed in 100.0%" in figure.alt


def test_without_shifts_the_report_names_what_is_missing(case: Case) -> None:
    bare = replace(case, frames={**case.frames, "shifts": case.frames["shifts"].iloc[:0]})
    simulation = piaskit.run_exercise("merge-mail-error", bare, runs=2).to_dict()
    notes = show_response(voice("zh"), 1, simulation)

    assert isinstance(notes[0], Paragraph)
    assert read_text(notes[0].text) == "未填写，故未模拟：shifts。各表说明见 docs/case-format.md。"
    assert show_response(voice("zh"), 1, {**simulation, "response": None}) == []


def test_every_table_of_a_case_has_its_columns_in_the_annex() -> None:
    assert SHOWN.keys() == TABLES.keys()
    for name, shown in SHOWN.items():
        assert set(shown) <= set(TABLES[name].names), name
