"""The overview of a group, from summaries alone."""

from datetime import date
from typing import Any

import pytest

from piaskit.knowledge import load_knowledge
from piaskit.report.document import Document, Figure, Section, Table, read_text
from piaskit.report.group import add_spans
from piaskit.report.overview import Member, compose_overview
from piaskit.report.trend import draw_trend
from piaskit.runs.group import write_register


def summarise(name: str, **more: Any) -> dict[str, Any]:
    levels = {"inherent": "severe", "current": "high", "planned": "medium"}
    risk = {
        "id": "never-deleted@activities/a",
        "rule": "never-deleted",
        "title": {"en": "=Never deleted", "zh": "从不删除"},
        "activity": {"en": "Orders", "zh": "订单"},
        **levels,
        "above_line": True,
        "actions": 0,
    }
    counts = {
        state: {level: int(level == own) for level in ("low", "medium", "high", "severe")}
        for state, own in levels.items()
    }
    return {
        "title": {"en": f"Case {name}", "zh": f"案例{name}"},
        "organisation": {"en": name, "zh": name},
        "as_of": "2026-06-30",
        "method": "gbt39335",
        "required": 1,
        "persons": 900_000,
        "exported": [60_000, 60_000],
        "exported_sensitive": [0, None],
        "overall": levels,
        "counts": counts,
        "cells": {state: {"high high": 1} for state in levels},
        "risks": [risk],
        "overdue": [],
        **more,
    }


LATE = {
    "id": "x-1",
    "title": {"en": "Delete", "zh": "删除"},
    "owner": {"en": "", "zh": ""},
    "due_on": "2026-06-01",
    "days_late": 29,
}
MEMBERS = (
    Member(
        "asia/one",
        "done",
        "",
        summarise("One"),
        [
            {"as_of": "2026-03-31", "overall": "severe", "counts": {}},
            {"as_of": "2026-06-30", "overall": "high", "counts": {}},
        ],
    ),
    Member(
        "two",
        "failed",
        "case.yaml: <b>broken</b>",
        summarise("Two", overdue=[LATE], persons=None),
        [{"as_of": "2026-06-30", "overall": "high", "counts": {}}],
    ),
    Member("three", "failed", "case.yaml: unreadable", None, ()),
)


def compose(lang: Any = "en") -> Document:
    return compose_overview(MEMBERS, load_knowledge(), lang, title="Group", as_of=date(2026, 6, 30))


def find(document: Document, section: str) -> Section:
    return next(found for found in document.sections if found.id == section)


def read(document: Document, table: str) -> list[list[str]]:
    found = next(t for t in document.tables() if t.id == f"table-{table}")
    return [
        ["" if cell is None else str(cell) if isinstance(cell, int) else read_text(cell)
         for cell in row.cells]
        for row in found.rows
    ]  # fmt: skip


def test_failed_cases_stand_first_and_keep_what_their_last_good_run_told() -> None:
    rows = read(compose(), "group-cases")

    assert [row[0] for row in rows] == ["three", "Case One [asia/one]", "Case Two [two]"]
    assert rows[0][2] == "failed: case.yaml: unreadable"
    assert rows[2][1:4] == ["Two", "failed: case.yaml: <b>broken</b>", "high"]


def test_the_register_adds_the_same_risk_over_the_cases() -> None:
    document = compose()

    assert read(document, "group-register") == [
        ["=Never deleted", "high", "medium", "2", "2", "asia/one, two"]
    ]
    assert [row[0] for row in read(document, "group-worst")] == ["asia/one", "two"]


def test_the_heat_map_holds_the_risks_of_all_cases() -> None:
    figure = next(b for b in find(compose(), "group-brief").blocks if isinstance(b, Figure))

    assert figure.alt == "Heat map of 2 risks of all cases: inherent, current and planned."
    assert figure.twin is not None


def test_late_actions_are_listed_with_what_is_not_known_of_them() -> None:
    assert read(compose(), "group-overdue") == [["two", "Delete", "not stated", "2026-06-01", "29"]]


def test_thresholds_count_by_organisation_and_show_the_sum_as_a_bound() -> None:
    missing = "judge, because numbers are missing"

    assert [row[1:] for row in read(compose(), "group-thresholds")] == [
        ["1,000,000 persons or more", f"{missing}: Two", "900,000 at least", missing],
        ["more than 10,000,000 persons", f"{missing}: Two", "900,000 at least", missing],
        ["100,000 persons or more", "none", "120,000", "yes"],
        ["1,000,000 persons or more", "none", "120,000", "no"],
        ["10,000 persons or more", f"{missing}: One, Two", "0 at least", missing],
    ]


def test_the_trend_counts_each_case_by_its_latest_edition_of_the_day() -> None:
    section = find(compose(), "group-trend")
    figure = section.blocks[0]

    assert isinstance(figure, Figure)
    assert read(compose(), "group-trend") == [
        ["2026-03-31", "1", "1", "0", "0", "0"],
        ["2026-06-30", "2", "0", "2", "0", "0"],
    ]
    assert "2026-03-31" in figure.svg


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_languages_have_every_word_and_the_tables_of_the_other(lang: Any) -> None:
    tables = {t.id for t in compose(lang).tables()}

    assert tables == {t.id for t in compose("en").tables() if isinstance(t, Table)}


def test_the_register_file_never_holds_a_formula() -> None:
    lines = write_register(MEMBERS).splitlines()

    assert len(lines) == 3
    assert ",'=Never deleted,从不删除," in lines[1]


def test_an_unknown_bound_makes_a_sum_unknown() -> None:
    assert add_spans([(1, 2), (3, None)]) == (4, None)
    assert add_spans([]) == (0, 0)


def test_a_drawing_of_no_day_is_still_a_drawing() -> None:
    words: dict[Any, str] = dict.fromkeys(("low", "medium", "high", "severe"), "-")
    assert draw_trend([], words).startswith("<svg")
