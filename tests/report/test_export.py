"""The report on exports: its order, what each export states, and what it concludes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from piaskit.case import Case
from piaskit.case.tables import TABLES
from piaskit.report.compose import compose_report
from piaskit.report.document import Document, Lang, Table, read_text

Results = dict[str, Any]
EXPORTS = ["f-ana-app", "f-ana-web", "f-del-courier-eu", "f-del-return", "f-quo-eu"]


@pytest.fixture(scope="module")
def export(shop: Case, results: Results) -> dict[Lang, Document]:
    langs: tuple[Lang, ...] = ("en", "zh")
    return {lang: compose_report(shop, results, "internal", lang, "export") for lang in langs}


@pytest.fixture(scope="module")
def calm(results: Results) -> Results:
    """Return the results without a risk: routes and missing facts alone decide."""
    return {**results, "assess": {**results["assess"], "risks": []}}


def _find_table(document: Document, id: str) -> dict[str, dict[str, str]]:
    """Return a table by its first cell: each row as column id to text."""
    [table] = [table for table in document.tables() if table.id == f"table-{id}"]
    heads = [column.id for column in table.columns]
    return {
        read_text(row.cells[0]): dict(zip(heads, map(read_text, row.cells), strict=True))
        for row in table.rows
    }


def _tell_all(document: Document) -> str:
    """Return the paragraphs of a document as one text."""
    return "\n".join(
        read_text(block.text)
        for section in document.sections
        for block in section.blocks
        if hasattr(block, "text")
    )


def _only(case: Case, **tables: pd.DataFrame) -> Case:
    return replace(case, frames={**case.frames, **tables})


def test_it_follows_the_template_and_the_six_heads_in_both_languages(
    export: dict[Lang, Document],
) -> None:
    for document in export.values():
        assert [s.id for s in document.sections if s.level == 1] == [
            "export-overview", "export-situation", "export-assessment", "export-conclusion",
        ]  # fmt: skip
        assert [s.id for s in document.sections if s.id.startswith("export-head-")] == [
            f"export-head-{n}" for n in range(1, 7)
        ]
    titles = [s.title for s in export["zh"].sections if s.level == 1]
    assert titles == [
        "评估工作简述", "出境活动整体情况", "拟出境活动的影响评估情况", "出境活动影响评估结论",
    ]  # fmt: skip


def test_both_languages_hold_the_same_tables(export: dict[Lang, Document]) -> None:
    def shape(document: Document) -> list[tuple[str, int, int]]:
        return [(t.id, len(t.columns), len(t.rows)) for t in document.tables()]

    assert shape(export["en"]) == shape(export["zh"])


def test_each_export_states_what_goes_where_how_and_under_what(
    export: dict[Lang, Document],
) -> None:
    what, how = (_find_table(export["en"], id) for id in ("export-what", "export-how"))

    assert list(what) == list(how) == EXPORTS
    web = what["f-ana-web"] | how["f-ana-web"]
    assert web["export-recipient"] == "Analytics tenant [Analytics provider abroad]"
    assert web["export-country"] == "Singapore"
    assert "IP address (Truncated IP address)" in web["export-items"]
    assert (web["persons"], web["export-persons-year"]) == ("560,000", "412,000")
    assert web["export-way"] == "Transmit, Website, TLS 1.3"
    assert web["export-consent"] == "Separate consent"
    assert web["export-retention"] == "14 months"
    assert (web["export-reference"], web["export-until"]) == ("SCC-2025-0391", "2027-02-28")
    assert how["f-ana-app"]["export-mechanism"] == "not stated"


def test_the_route_needed_stands_beside_the_route_stated(export: dict[Lang, Document]) -> None:
    routes = _find_table(export["en"], "export-routes")

    assert {id: row["export-fit"] for id, row in routes.items()} == {
        "f-ana-app": "none stated",
        "f-ana-web": "fits",
        "f-del-courier-eu": "fits",
        "f-del-return": "none stated",
        "f-quo-eu": "fits",
    }
    assert "Cross-border Provisions Art. 8" in routes["f-quo-eu"]["export-why"]
    cards = next(b for b in export["en"].sections[0].blocks if hasattr(b, "items"))
    assert "412,000 to 684,540" in [read_text(card.value) for card in cards.items]


def test_gaps_at_an_export_decide_its_conclusion_and_what_is_missing_is_named(
    export: dict[Lang, Document],
) -> None:
    concluded = _find_table(export["en"], "export-conclusion")
    missing = _find_table(export["en"], "export-missing")

    assert concluded["f-quo-eu"]["export-verdict"] == "not as it is: mend first"
    assert "Export without separate consent" in concluded["f-quo-eu"]["because"]
    assert "judgement on: Law and practice at the overseas recipient" in missing
    assert missing["Mechanism reference"]["export-rows"] == "f-ana-app, f-del-return"


def test_a_judgement_with_its_reason_replaces_what_is_missing(shop: Case, calm: Results) -> None:
    columns = {c.name: [None, None] for c in TABLES["judgements"].columns}
    rows = pd.DataFrame(
        columns
        | {
            "id": ["j-law", "j-able"],
            "activity": ["delivery", "delivery"],
            "dimension": ["recipient-law", "recipient-safeguards"],
            "level": ["low", "no"],
            "reason": ["The law of the place keeps access to courts open.", None],
            "judged_on": pd.to_datetime(["2026-09-01", None]),
        }
    ).astype(shop.frames["judgements"].dtypes.reindex(columns).to_dict())
    judged = _only(shop, judgements=pd.concat([shop.frames["judgements"], rows]))

    before, document = (
        compose_report(case, calm, "internal", "en", "export") for case in (shop, judged)
    )

    law = _find_table(document, "export-recipient-law")["Delivery and cross-border shipping"]
    able = _find_table(document, "export-recipient-safeguards")
    assert law["reason"] == "The law of the place keeps access to courts open."
    assert law["export-judged"] == "2026-09-01"
    assert able["Delivery and cross-border shipping"]["reason"] == "no reason recorded"
    verdicts = [
        _find_table(d, "export-conclusion")["f-del-courier-eu"]["export-verdict"]
        for d in (before, document)
    ]
    assert verdicts == ["to be judged", "can go on"]


def test_without_exports_one_sentence_says_so(shop: Case, results: Results) -> None:
    flows = shop.frames["flows"]
    home = _only(shop, flows=flows[~flows["id"].isin(EXPORTS)])

    english, chinese = (
        compose_report(home, results, "internal", lang, "export") for lang in ("en", "zh")
    )

    [section] = english.sections
    assert len(section.blocks) == 1
    assert "provides no personal information abroad" in _tell_all(english)
    assert "没有向境外提供个人信息" in _tell_all(chinese)


def test_a_case_without_the_pipl_is_told_why_there_is_nothing(shop: Case, results: Results) -> None:
    europe = replace(shop, regimes=("eu-gdpr",))

    document = compose_report(europe, results, "internal", "en", "export")

    assert len(document.sections) == 1
    assert "does not name China's PIPL" in _tell_all(document)


def test_a_bare_export_names_all_that_is_missing_and_breaks_nothing(
    make_case: Callable[..., Case], run_verbs: Callable[[Case], Results]
) -> None:
    case = make_case(
        activities=[{"id": "a"}],
        systems=[{"id": "there", "country": "US"}],
        flows=[{"id": "f", "activity": "a", "stage": "store", "target": "there"}],
    )

    case = replace(case, texts={"title": "Shop", "name": "Shop Ltd"})
    document = compose_report(case, run_verbs(case), "internal", "zh", "export")

    missing = set(_find_table(document, "export-missing"))
    assert {"人数", "本年人数", "渠道", "目标对应的境外接收方", "个人信息项"} <= missing
    assert "没有涉及出境活动的评估" in _tell_all(document)
    assert _find_table(document, "export-conclusion")["f"]["export-verdict"].startswith("不得照此")


def test_it_has_no_public_edition_and_no_other_layout(shop: Case, results: Results) -> None:
    with pytest.raises(ValueError, match="an internal edition only"):
        compose_report(shop, results, "public", "en", "export")
    with pytest.raises(ValueError, match="layout must be standard, export or a template"):
        compose_report(shop, results, "internal", "en", "poster")  # type: ignore[arg-type]


def test_every_table_is_of_the_internal_edition(export: dict[Lang, Document]) -> None:
    tables: list[Table] = list(export["en"].tables())

    assert {table.visibility for table in tables} == {"internal"}
