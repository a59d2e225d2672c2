from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.case.tables import TABLES
from piaskit.errors import Issue, Place
from piaskit.report.annex import SHOWN
from piaskit.report.compose import compose_report, excerpt_risks
from piaskit.report.document import (
    Bullets,
    Cards,
    Document,
    Edition,
    Figure,
    Lang,
    Paragraph,
    Section,
    Signature,
    Table,
    find_links,
    read_text,
)

Report = Callable[[Edition, Lang], Document]
Results = dict[str, Any]
HEADS = [
    "management", "approval", "scope", "assessors", "laws", "object", "content", "parties",
    "screening", "impact", "safeguards", "likelihood", "criteria", "compliance", "result",
    "treatment", "readiness", "annex",
]  # fmt: skip


def find_section(document: Document, id: str) -> Section:
    return next(section for section in document.sections if section.id == id)


def read_words(section: Section) -> str:
    """All words of a section's paragraphs, cards and tables."""
    words: list[str] = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            words.append(read_text(block.text))
        elif isinstance(block, Cards):
            words += [f"{c.label} {read_text(c.value)} {read_text(c.note)}" for c in block.items]
        elif isinstance(block, Table):
            words += [" ".join(map(read_text, row.cells)) for row in block.rows]
    return "\n".join(words)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_internal_report_has_the_heads_of_5_7_after_one_page_for_management(
    report: Report, lang: Lang
) -> None:
    heads = [section.id for section in report("internal", lang).sections if section.level == 1]

    assert heads == HEADS


def find_decisions(page: Section) -> Table:
    tables = [block for block in page.blocks if isinstance(block, Table)]
    return next(table for table in tables if table.id == "table-page-one")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_one_says_what_as_of_how_many_what_is_missing_and_what_to_decide(
    report: Report, results: Results, shop: Case, lang: Lang
) -> None:
    document = report("internal", lang)
    page = find_section(document, "management")
    counts = results["assess"]["counts"]["current"]
    cards = next(block for block in page.blocks if isinstance(block, Cards)).items
    by_level = {card.level.id: read_text(card.value) for card in cards[1:] if card.level}

    assert document.organisation == shop.say(shop.id, "name", lang)
    assert document.as_of == shop.as_of
    assert by_level == {"severe": f"{counts['severe']}", "high": f"{counts['high']}"}
    worst = next(table for table in document.tables() if table.id == "table-worst")
    assert f"{len(results['ledger']['findings'])}" in read_text(worst.note)
    decisions = find_decisions(page)
    assert 4 <= len(decisions.rows) <= 10
    assert all(read_text(cell) for row in decisions.rows for cell in row.cells)


def test_every_table_says_which_columns_get_a_place_in_print() -> None:
    assert list(TABLES) == list(SHOWN)
    assert all(set(SHOWN[name]) <= set(table.names) for name, table in TABLES.items())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_row_of_the_case_stands_in_the_annex(report: Report, shop: Case, lang: Lang) -> None:
    anchors = {row.anchor for table in report("internal", lang).tables() for row in table.rows}

    missing = [
        f"{table}/{id}"
        for table in TABLES
        for id in shop.frames[table]["id"]
        if f"{table}/{id}" not in anchors
    ]

    assert missing == []


def test_every_risk_and_every_finding_has_its_row(report: Report, results: Results) -> None:
    document = report("internal", "en")
    anchors = {row.anchor for table in document.tables() for row in table.rows}
    gaps = next(table for table in document.tables() if table.id == "table-gaps")

    assert {f"risk/{risk['id']}" for risk in results["assess"]["risks"]} <= anchors
    assert len(gaps.rows) == len(results["ledger"]["findings"])


def test_both_languages_say_the_same_things_in_the_same_order(report: Report) -> None:
    def outline(lang: Lang) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
        return [
            (s.id, tuple((b.id, len(b.rows)) for b in s.blocks if isinstance(b, Table)))
            for s in report("internal", lang).sections
            if s.id not in ("management", "compliance", "laws", "treatment")
        ]

    assert outline("en") == outline("zh")


def test_approval_page_leaves_space_for_signature_and_seal(report: Report) -> None:
    page = find_section(report("internal", "zh"), "approval")
    signature = next(block for block in page.blocks if isinstance(block, Signature))

    assert dict(signature.fields)["签字"] == ""
    assert signature.seal == "单位盖章"


def test_every_figure_has_words_for_its_main_numbers_and_a_table(
    report: Report, results: Results
) -> None:
    figures = [
        block
        for section in report("internal", "en").sections
        for block in section.blocks
        if isinstance(block, Figure)
    ]

    assert [figure.id for figure in figures] == [
        "figure-lanes",
        "figure-sankey",
        "figure-holdings",
        "figure-retention",
        "figure-access",
        "figure-radar",
        "figure-maturity",
        "figure-heat-map",
    ]
    assert all(figure.twin and figure.twin.rows for figure in figures)
    severe = results["assess"]["counts"]["current"]["severe"]
    assert f"current {severe}" in figures[-1].alt


def test_heat_map_counts_add_up_to_the_risks_in_every_state(
    report: Report, results: Results
) -> None:
    twin = next(t for t in report("internal", "en").tables() if t.id == "table-heat-map")
    totals: dict[str, int] = {}
    for row in twin.rows:
        state = read_text(row.cells[0])
        cells = (read_text(cell).split(" ")[0].replace(",", "") for cell in row.cells[2:6])
        totals[state] = totals.get(state, 0) + sum(map(int, cells))

    assert set(totals.values()) == {len(results["assess"]["risks"])}


def test_risks_of_one_cause_share_a_row_and_add_up_to_all(report: Report, results: Results) -> None:
    table = next(t for t in report("internal", "en").tables() if t.id == "table-causes")
    risks = results["assess"]["risks"]

    assert len(table.rows) == len({risk["rule"] for risk in risks})
    assert sum(int(read_text(row.cells[3])) for row in table.rows) == len(risks)


def test_what_no_fact_shows_about_risk_sources_is_asked(report: Report) -> None:
    section = next(s for s in report("internal", "en").sections if s.id == "likelihood")
    asked = next(block for block in section.blocks if isinstance(block, Bullets))

    assert len(asked.items) == 3
    assert read_text(asked.items[1]) == (
        "Business character, scale and security posture: Have authorities lately acted against"
        " such processing, here or elsewhere? Judged for 1 of 13 activities."
    )


def test_rows_left_out_are_told_on_page_one_and_listed(shop: Case, results: Results) -> None:
    issue = Issue("bad-date", Place("flows.csv", None, 14, "target"), "is no date")
    document = compose_report(replace(shop, left_out=(issue,)), results, "internal", "en")

    page = find_section(document, "management")
    warning = [b for b in page.blocks if isinstance(b, Paragraph) and b.style == "warning"]
    assert "must not be published" in read_text(warning[0].text)
    left = next(table for table in document.tables() if table.id == "table-left-out")
    assert left.rows[0].cells == ("flows.csv row 14, target", "is no date")


def test_an_earlier_edition_turns_into_what_changed(shop: Case, results: Results) -> None:
    earlier = {**results["assess"], "as_of": "2025-09-30"}
    earlier["risks"] = earlier["risks"][1:]

    document = compose_report(shop, {**results, "previous": earlier}, "internal", "en")

    words = read_words(find_section(document, "management"))
    assert "; 1 new risks, 0 gone, 0 raised, 0 lowered; the gravest new or raised: " in words


def test_severe_risks_come_before_high_ones_and_an_overdue_action_first_among_tasks(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = change(shop, "actions", 0, "status", "open")
    case = change(case, "actions", 0, "due_on", "2020-01-01")

    document = compose_report(case, results, "internal", "en")

    page = find_section(document, "management")
    table = find_decisions(page)
    matters = [read_text(row.cells[0]) for row in table.rows]
    found = [matter for matter in matters if "one by one" in matter]
    assert ["severe" in matter for matter in found] == [True, False]
    tasks = [row for row in table.rows if read_text(row.cells[0]).startswith("Complete: ")]
    assert read_text(tasks[0].cells[2]) == "now (due 2020-01-01)"


def test_a_case_of_five_tables_without_dates_persons_or_measures_has_a_report(
    shop: Case, run_verbs: Callable[[Case], Results]
) -> None:
    needed = [name for name, table in TABLES.items() if table.needed]
    frames = {n: f if n in needed else f.iloc[:0] for n, f in shop.frames.items()}
    bare = replace(shop, frames=frames, contacts=())
    results = run_verbs(bare)

    for lang in ("en", "zh"):
        internal = compose_report(bare, results, "internal", lang)
        public = compose_report(bare, results, "public", lang)

        assert "→" not in internal.title
        assert find_section(internal, "assessors").blocks
        assert find_section(public, "public-contacts").blocks


def test_equal_inputs_give_equal_documents(report: Report, shop: Case, results: Results) -> None:
    assert compose_report(shop, results, "internal", "zh") == report("internal", "zh")


def test_accounts_that_nobody_handed_on_are_asked_for(
    report: Report, shop: Case, results: Results
) -> None:
    found = excerpt_risks(shop, {**results, "accounts": None}, "en")

    whole = {section.id: section for section in report("internal", "en").sections}
    assert {"accounts", "result", "annex-c1"} <= {section.id for section in found.sections}
    assert all(whole[section.id] == section for section in found.sections)


def test_an_unknown_edition_is_refused(shop: Case, results: Results) -> None:
    with pytest.raises(ValueError, match="edition must be internal or public, not 'secret'"):
        compose_report(shop, results, "secret", "en")  # type: ignore[arg-type]


@pytest.mark.parametrize("id", ["table-c3", "table-d6", "table-impact", "table-likelihood"])
def test_reasons_stand_in_one_row_per_activity(report: Report, results: Results, id: str) -> None:
    table = next(t for t in report("internal", "en").tables() if t.id == id)

    assert len(table.rows) == len(results["assess"]["activities"])


def test_likelihood_table_gives_the_reason_of_every_rating(
    report: Report, results: Results
) -> None:
    table = next(t for t in report("internal", "en").tables() if t.id == "table-d6")
    words = " ".join(read_text(cell) for row in table.rows for cell in row.cells)

    for activity in results["assess"]["activities"]:
        for rating in activity["sources"].values():
            assert rating["because"] in words


def test_the_treatment_says_what_stays_above_the_line_and_what_laws_want_then(
    report: Report,
) -> None:
    section = next(s for s in report("internal", "en").sections if s.id == "treatment")
    words = " ".join(read_text(b.text) for b in section.blocks if isinstance(b, Paragraph))
    told = [read_text(item) for b in section.blocks if isinstance(b, Bullets) for item in b.items]
    advice = [read_text(row.cells[7]) for t in section.blocks if isinstance(t, Table)
              if t.id == "table-c4" for row in t.rows]  # fmt: skip

    assert "consult the authority before processing, or stop" in words
    assert any(text.startswith("GDPR Art. 36: ") for text in told)
    assert any("ac-3" in text and "no longer counts" in text for text in told)
    assert any(text.endswith("; then: medium") for text in advice)


def test_every_severe_or_high_risk_is_linked_from_its_treatment(
    report: Report, results: Results
) -> None:
    table = next(t for t in report("internal", "en").tables() if t.id == "table-c4")
    linked = {link.anchor for row in table.rows for link in find_links(row.cells[0])}
    method = results["assess"]["methods"][0]
    wanted = {
        f"risk/{risk['id']}"
        for risk in results["assess"]["risks"]
        if risk["levels"][method]["current"]["level"] in ("high", "severe")
    }

    assert wanted and wanted <= linked


def test_clauses_cited_are_counted_beside_their_instrument(
    report: Report, results: Results
) -> None:
    table = next(t for t in report("internal", "zh").tables() if t.id == "table-laws")
    counted = [
        int(n) for row in table.rows for n in re.findall(r"（(\d+) 次）", read_text(row.cells[-1]))
    ]
    reasons = sum(len(verdict["because"]) for verdict in results["screen"]["verdicts"])

    assert sum(counted) == len(results["ledger"]["findings"]) + reasons
    assert all(read_text(row.cells[0]) != "其他来源" for row in table.rows)


def test_persons_scopes_and_events_are_told_in_words(report: Report) -> None:
    words = " ".join(
        read_text(cell)
        for table in report("internal", "zh").tables()
        if table.id.startswith("table-annex-") or table.id == "table-c2"
        for row in table.rows
        for cell in row.cells[1:]
    )

    assert "账号注销" in words
    for raw in ("account closure", "systems/", "r-legal", "：none"):
        assert raw not in words


# Tables that no other refers to are emptied together where their chapters are apart.
EMPTIED = [
    ("activities", "flows"),
    ("items", "flows"),
    ("parties", "flows"),
    ("systems", "flows"),
    ("flows",),
    ("safeguards", "requests", "estimates"),
    ("roles", "actions", "channels"),
    ("trainings", "acceptances", "access", "shifts"),
    ("assessments", "accounts", "incidents"),
    ("judgements", "maturity", "drills"),
    tuple(TABLES),
]


def test_every_table_is_among_the_emptied() -> None:
    assert {name for names in EMPTIED[:-1] for name in names} == set(TABLES)


@pytest.mark.parametrize("emptied", EMPTIED, ids=lambda names: " ".join(names[:4]))
def test_a_register_without_rows_of_some_tables_still_makes_both_editions(
    shop: Case, run_verbs: Callable[[Case], Results], emptied: tuple[str, ...]
) -> None:
    frames = {
        name: frame.iloc[:0] if name in emptied else frame for name, frame in shop.frames.items()
    }
    case = replace(shop, frames=frames)
    results = run_verbs(case)

    for edition in ("internal", "public"):
        document = compose_report(case, results, edition, "zh")

        assert document.sections
