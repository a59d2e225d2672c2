"""The section of methods side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import piaskit
from piaskit.report.document import Paragraph, Signature, Table
from piaskit.report.method_sections import compose_methods
from piaskit.report.results import Results, read_results
from piaskit.report.rows import Rows
from piaskit.report.sheet_sections import compose_sheets
from piaskit.report.voice import Voice

MARKET = Path(__file__).parents[2] / "data" / "marketplace"


@pytest.fixture(scope="module")
def case() -> Any:
    market = piaskit.read_case(MARKET)
    few = {"interception", "own-incident", "no-legal-basis"}
    rules = {id: rule for id, rule in market.knowledge.rules.items() if id in few}
    return replace(market, knowledge=replace(market.knowledge, rules=rules))


@pytest.fixture(scope="module")
def answer(case: Any) -> Any:
    return piaskit.assess_risks(case, "gbt39335,cnil,matrix,small-processor").to_dict()


def tell(case: Any, answer: Any, lang: Any) -> tuple[Rows, Results]:
    results = read_results({"ledger": {}, "screen": {}, "assess": answer}, "Shop")
    return Rows(case, Voice(case.knowledge.labels, lang, "internal")), results


def test_one_method_needs_no_section(case: Any, answer: Any) -> None:
    assert compose_methods(*tell(case, answer | {"methods": ["gbt39335"]}, "en")) == []


@pytest.mark.parametrize(
    ("lang", "heading", "column"),
    [("en", "Methods side by side", "CNIL"), ("zh", "多方法对照", "CNIL 方法")],
)
def test_several_methods_stand_side_by_side_with_what_makes_them_differ(
    case: Any, answer: Any, lang: str, heading: str, column: str
) -> None:
    (section,) = compose_methods(*tell(case, answer, lang))
    tables = [block for block in section.blocks if isinstance(block, Table)]

    assert section.title == heading
    assert [table.id for table in tables] == [
        "table-methods", "table-readings", "table-method-differences",
    ]  # fmt: skip
    assert tables[0].columns[2].title == column
    assert len(tables[0].rows) == len(case.frames["activities"])
    assert len(tables[1].rows) == 3
    assert tables[2].rows
    assert {block.visibility for block in section.blocks} == {"internal"}


def test_a_method_that_does_not_apply_says_so(case: Any, answer: Any) -> None:
    (section,) = compose_methods(*tell(case, answer, "en"))
    said = section.blocks[1]

    assert isinstance(said, Paragraph)
    assert "1,300,000 persons (it is for fewer than 100,000)" in str(said.text)


def test_each_method_with_a_sheet_shows_it(case: Any) -> None:
    small = replace(case, organisation=replace(case.organisation, persons_total=60_000))
    found = piaskit.assess_risks(small, "small-processor,cnil,nist-pram").to_dict()
    sections = compose_sheets(*tell(small, found, "zh"))

    form, chart, worksheet = sections
    assert [section.title for section in sections] == [
        "小型个人信息处理者简化评估", "CNIL 影响评估（PIA）方法", "NIST 隐私风险评估方法（PRAM）",
    ]  # fmt: skip
    table = next(block for block in form.blocks if isinstance(block, Table))
    assert [column.title for column in table.columns][1:] == [
        "序号", "影响评估情形", "影响评估内容", "影响评估结论", "备注",
    ]  # fmt: skip
    assert isinstance(form.blocks[-1], Signature)
    conclusions = {row.cells[4] for row in table.rows}
    assert {"不涉及", "合规", "不合规"} <= conclusions
    assert all(isinstance(word, str) and word for word in conclusions)
    places, pair = chart.blocks
    assert pair == worksheet.blocks[-1] == form.blocks[-3]
    assert isinstance(places, Table)
    assert len(places.rows) == 3 * len(small.frames["activities"])
    ranked = worksheet.blocks[1]
    assert isinstance(ranked, Table)
    assert [row.cells[0] for row in ranked.rows] == sorted(row.cells[0] for row in ranked.rows)
    assert len(ranked.rows) == 30
