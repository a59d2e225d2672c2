from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest

from piaskit.case import Case
from piaskit.errors import Issue, Place
from piaskit.report import management
from piaskit.report.compose import compose_report
from piaskit.report.document import (
    Card,
    Cards,
    Cell,
    Column,
    Document,
    Edition,
    Lang,
    Paragraph,
    Row,
    Section,
    Table,
    find_links,
    read_text,
)
from piaskit.report.exporters.pdf import export

Report = Callable[[Edition, Lang], Document]
Results = dict[str, Any]


def find_page(document: Document) -> Section:
    return next(section for section in document.sections if section.id == "management")


def find_table(document: Document, id: str = "table-page-one") -> Table:
    tables = [block for block in find_page(document).blocks if isinstance(block, Table)]
    return next(table for table in tables if table.id == id)


def find_cards(document: Document) -> tuple[Card, ...]:
    return next(b for b in find_page(document).blocks if isinstance(b, Cards)).items


def read_paragraphs(document: Document) -> str:
    return " ".join(
        read_text(b.text) for b in find_page(document).blocks if isinstance(b, Paragraph)
    )


def read_column(table: Table, id: str) -> list[str]:
    place = [column.id for column in table.columns].index(id)
    return [read_text(row.cells[place]) for row in table.rows]


def keep_page_one(document: Document) -> Document:
    """Page one, and of what follows only that to which it links: the rest takes long to set."""
    page = find_page(document)
    texts: list[Cell] = []
    for block in page.blocks:
        if isinstance(block, Paragraph):
            texts.append(block.text)
        elif isinstance(block, Cards):
            texts += [text for card in block.items for text in (card.value, card.note)]
        elif isinstance(block, Table):
            texts += [block.note, *(cell for row in block.rows for cell in row.cells)]
    wanted = sorted({link.anchor for text in texts for link in find_links(text)})
    rows = tuple(Row((anchor,), anchor) for anchor in wanted)
    rest = Section("rest", "Rest", (Table("table-rest", "Rest", (Column("id", "Id"),), rows),))
    return replace(document, sections=(page, rest))


def count_pages_before_contents(document: Document, path: Path) -> int:
    export(document, path)
    word = {"en": "Contents", "zh": "目录"}[document.lang]
    pages = [page.extract_text().split("\n") for page in pypdf.PdfReader(path).pages]
    return next(n for n, lines in enumerate(pages) if word in [line.strip() for line in lines])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_one_holds_on_one_page(report: Report, lang: Lang, tmp_path: Path) -> None:
    page = keep_page_one(report("internal", lang))

    assert count_pages_before_contents(page, tmp_path / "a.pdf") == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_one_stays_one_page_with_a_warning_long_names_and_an_earlier_edition(
    shop: Case, results: Results, change: Callable[..., Case], lang: Lang, tmp_path: Path
) -> None:
    case = shop
    for row in range(6):
        for column in ("title", "title_en"):
            case = change(case, "actions", row, column, "A measure with a long name " * 4)
    issue = Issue("bad-date", Place("flows.csv", None, 14, "target"), "is no date")
    earlier = {**results["assess"], "as_of": "2025-09-30"}
    case = replace(case, left_out=(issue,))

    document = compose_report(case, {**results, "previous": earlier}, "internal", lang)

    assert count_pages_before_contents(keep_page_one(document), tmp_path / "a.pdf") == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_findings_stand_by_severity_and_the_others_are_counted(
    report: Report, results: Results, lang: Lang
) -> None:
    table = find_table(report("internal", lang), "table-worst")
    severe = [int(text.split(" ")[0]) for text in read_column(table, "severe-then")]
    high = [int(text.split(" ")[0]) for text in read_column(table, "high-then")]
    kinds, *rest = map(int, re.findall(r"\d+", find_links(table.note)[0].text))
    counts = results["assess"]["counts"]["current"]

    assert len(severe) >= 5
    assert severe == sorted(severe, reverse=True)
    assert [sum(severe) + rest[0], sum(high) + rest[1]] == [counts["severe"], counts["high"]]
    assert len(severe) + kinds == len({risk["rule"] for risk in results["assess"]["risks"]})


def test_rows_of_page_one_add_up_to_all_that_is_open(report: Report, shop: Case) -> None:
    table = find_table(report("internal", "en"))
    note = read_text(table.note)
    total, _, parts = note.partition(". ")[0].partition(" open: ")
    every = next(t for t in report("internal", "en").tables() if t.id == "table-decisions")

    assert int(total) == sum(int(part.split(" ")[0]) for part in parts.split(" + "))
    assert int(total) >= len(every.rows)
    assert "is decided at the approval (GB/T 39335-2020, 5.8), severe risks then" in note


def test_a_finished_action_nobody_verified_is_marked_and_counted_apart_from_overdue_ones(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = change(shop, "actions", 0, "due_on", "2020-01-01")

    document = compose_report(case, results, "internal", "en")

    until = read_column(find_table(document), "until")
    assert "now (due 2020-01-01)" in until
    assert "now (expired 2026-08-31)" in until
    assert "2026-10-31, at the approval" in until
    done = change(case, "actions", 0, "status", "done")
    done = change(done, "actions", 0, "done_on", None)
    whole = compose_report(done, results, "internal", "en")
    told = next(table for table in whole.tables() if table.id == "table-decisions")
    assert "done, not yet verified" in read_column(told, "until")


def test_the_approval_is_due_when_the_last_approved_assessment_wants_its_review(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    row = find_table(compose_report(shop, results, "internal", "en")).rows
    late = change(shop, "assessments", 0, "next_review_on", "2026-06-30")
    none = change(shop, "assessments", 0, "approved_on", None)

    cells = [tuple(map(read_text, r.cells)) for r in row]
    name = "Approve this report: may processing go on?"
    assert (name, "Chief privacy officer", "2026-10-31") in cells
    for case, told in ((late, "now (due 2026-06-30)"), (none, "no date set")):
        table = find_table(compose_report(case, results, "internal", "en"))
        assert (name, told) in [tuple(map(read_text, r.cells[::2])) for r in table.rows]


def test_the_approval_stands_first_and_what_is_late_next(report: Report) -> None:
    matters = read_column(find_table(report("internal", "en")), "matter")

    assert matters[0] == "Approve this report: may processing go on?"
    assert matters[1].startswith("Renew or end the acceptance: ")


def test_decisions_stand_before_tasks(report: Report) -> None:
    matters = read_column(find_table(report("internal", "zh")), "matter")
    tasks = [matter.startswith(("完成整改：", "验证已完成的整改：")) for matter in matters]

    assert tasks == sorted(tasks)
    assert set(tasks) == {False, True}


def test_where_room_is_short_further_deciders_are_counted(
    shop: Case, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(management, "SIZES", ((1, 4, 2),))

    by = read_column(find_table(compose_report(shop, results, "internal", "zh")), "by")

    assert [
        text for text in by if "科创教育负责人 12 项、平台产品负责人 7 项、另有 4 人共 7 项" in text
    ]


def test_deciders_stand_with_the_number_of_their_risks_and_unowned_ones_are_said_to_be(
    report: Report, results: Results
) -> None:
    table = find_table(report("internal", "en"))
    counts = results["assess"]["counts"]["current"]

    for level in ("severe", "high"):
        row = next(
            r for r in table.rows if f"the {counts[level]} {level} risks" in read_text(r.cells[0])
        )
        found = re.search(r"(\d+) of the (\d+) ", read_text(row.cells[0]))
        named = read_text(row.cells[1]).partition("on proposals of ")[2].partition(" (to be")[0]
        numbers = [int(holder.rsplit(" ", 1)[1]) for holder in named.split(", ")]
        assert found and int(found[1]) == sum(numbers)
        assert int(found[2]) == counts[level]
    assert "no owner yet 1 (to be named)" in read_text(row.cells[1])


def test_the_verdict_names_line_laws_and_approver(report: Report, results: Results) -> None:
    words = read_paragraphs(report("internal", "en"))
    levels = results["assess"]["treatment"]["residual"]["levels"]

    assert "May processing go on? We propose: no, not before more is done. At most medium" in words
    grave = f"after treatment {levels['severe']} severe and {levels['high']} high risks remain"
    assert f"{grave}, in all 13 activities (all running)." in words
    assert (
        "until more measures leave no risk above medium (PIPL Art. 56 as we read it; con" in words
    )
    assert "data protection authority, through EU data protection officer (GDPR Art. 36)." in words
    assert (
        words.count("Chief privacy officer decides at the approval of this report, by 2026-10-31.")
        == 1
    )


def test_activities_that_run_are_told_from_planned_ones_and_from_those_the_inventory_leaves_open(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = change(shop, "activities", 0, "begun_on", "2027-01-01")
    case = change(case, "activities", 1, "begun_on", None)

    told = read_paragraphs(compose_report(case, results, "internal", "en"))

    assert "(11 running, 1 not begun, unknown whether running: 1). Stop those that run and" in told


def test_gaps_and_threats_stand_among_the_worst_findings(report: Report, results: Results) -> None:
    table = next(t for t in report("internal", "en").tables() if t.id == "table-worst")

    number = len(results["ledger"]["findings"])
    assert f"In all {number} gaps and " in read_text(table.note)
    assert {"gap", "danger"} == set(read_column(table, "sort"))


def test_without_an_officer_nobody_is_said_to_decide(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = shop
    for row in range(len(shop.frames["roles"])):
        case = change(case, "roles", row, "role", "business-owner")

    words = read_paragraphs(compose_report(case, results, "internal", "en"))

    assert "This is our proposal; nobody is named who decides." in words


def test_of_an_empty_inventory_nothing_is_proposed(shop: Case, results: Results) -> None:
    assess = {**results["assess"], "activities": []}

    words = read_paragraphs(compose_report(shop, {**results, "assess": assess}, "internal", "en"))

    assert "The inventory names no activity, so nothing was assessed and nothing can be" in words
    assert "This is our proposal" not in words


def test_where_nothing_stays_above_the_line_processing_may_go_on(
    shop: Case, results: Results
) -> None:
    treatment = results["assess"]["treatment"]
    within = {**treatment["residual"], "levels": {}, "regimes": []}
    assess = {**results["assess"], "treatment": {**treatment, "residual": within}}

    words = read_paragraphs(compose_report(shop, {**results, "assess": assess}, "internal", "en"))

    assert "We propose: yes, once the planned actions are done; then no risk lies above" in words


def test_what_changed_names_the_activities_that_the_last_approval_did_not_cover(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    same = change(shop, "assessments", 0, "activities", ";".join(shop.frames["activities"]["id"]))

    told = read_paragraphs(compose_report(shop, results, "internal", "en"))

    assert "No earlier edition is on file to compare levels with." in told
    assert (
        "New activities since the last approved assessment (2025-09-19): Parsing of design" in told
    )
    told = read_paragraphs(compose_report(same, results, "internal", "en"))
    assert "The assessment approved on 2025-09-19 covered the same activities." in told


def test_cards_tell_levels_now_and_after_the_planned_actions(
    report: Report, results: Results
) -> None:
    overall, severe, high = find_cards(report("internal", "en"))
    counts = results["assess"]["counts"]

    assert read_text(overall.note) == "after treatment: severe"
    for card, level in ((severe, "severe"), (high, "high")):
        assert read_text(card.value) == f"{counts['current'][level]}"
        assert read_text(card.note) == f"after treatment: {counts['planned'][level]}"
        assert card.level and card.level.id == level


def test_an_earlier_edition_stands_beside_now(shop: Case, results: Results) -> None:
    counts = results["assess"]["counts"]
    former = {**counts["current"], "severe": 3, "high": 999}
    earlier = {**results["assess"], "as_of": "2025-09-30", "counts": {"current": former}}

    document = compose_report(shop, {**results, "previous": earlier}, "internal", "en")

    overall, *others = find_cards(document)
    assert read_text(overall.note).endswith(" · last: severe")
    assert [read_text(c.note).partition(" · ")[2] for c in others] == [
        "last: 3",
        "last: 999",
    ]
    now = counts["current"]
    told = (
        f"Since the last report (2025-09-30): severe 3 → {now['severe']}, high 999 → {now['high']};"
    )
    assert told in read_paragraphs(document)


def test_codes_of_rows_do_not_stand_on_page_one(report: Report) -> None:
    table = find_table(report("internal", "en"))

    assert not [text for text in read_column(table, "matter") if "[" in text]
    assert [link for row in table.rows for link in find_links(row.cells[0])]
