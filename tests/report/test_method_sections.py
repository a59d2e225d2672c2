"""The section of methods side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.report.document import Table
from piaskit.report.method_sections import compose_methods
from piaskit.report.results import read_results
from piaskit.report.rows import Rows
from piaskit.report.voice import Voice

MARKET = Path(__file__).parents[2] / "data" / "marketplace"


@pytest.fixture(scope="module")
def case() -> Any:
    market = piaskit.read_case(MARKET)
    few = {"interception", "own-incident", "no-legal-basis"}
    rules = {id: rule for id, rule in market.knowledge.rules.items() if id in few}
    return replace(market, knowledge=replace(market.knowledge, rules=rules))


def compose(case: Any, method: str, lang: str) -> Any:
    answer = piaskit.assess_risks(case, method).to_dict()
    results = read_results({"ledger": {}, "screen": {}, "assess": answer}, "Shop")
    return compose_methods(Rows(case, Voice(case.knowledge.labels, lang, "internal")), results)


def test_one_method_needs_no_section(case: Any) -> None:
    assert compose(case, "gbt39335", "en") == []


@pytest.mark.parametrize(
    ("lang", "heading", "column"),
    [("en", "Methods side by side", "CNIL"), ("zh", "多方法对照", "CNIL 方法")],
)
def test_several_methods_stand_side_by_side_with_what_makes_them_differ(
    case: Any, lang: str, heading: str, column: str
) -> None:
    (section,) = compose(case, "gbt39335,cnil,matrix", lang)
    tables = [block for block in section.blocks if isinstance(block, Table)]

    assert section.title == heading
    assert [table.id for table in tables] == [
        "table-methods", "table-readings", "table-method-differences",
    ]  # fmt: skip
    assert tables[0].columns[2].title == column
    assert len(tables[0].rows) == len(case.frames["activities"])
    assert len(tables[1].rows) == 2
    assert tables[2].rows
    assert {block.visibility for block in section.blocks} == {"internal"}


def test_a_method_that_does_not_apply_says_so(case: Any) -> None:
    (section,) = compose(case, "gbt39335,small-processor", "en")

    assert "1,300,000 persons (it is for fewer than 100,000)" in section.blocks[1].text
