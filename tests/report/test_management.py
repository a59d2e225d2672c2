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


def find_table(document: Document) -> Table:
    return next(block for block in find_page(document).blocks if isinstance(block, Table))


def find_cards(document: Document) -> tuple[Card, ...]:
    return next(b for b in find_page(document).blocks if isinstance(b, Cards)).items


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
    assert count_pages_before_contents(report("internal", lang), tmp_path / "a.pdf") == 1


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
def test_page_one_links_the_gravest_kinds_of_gap_and_counts_the_others(
    report: Report, results: Results, lang: Lang
) -> None:
    paragraphs = [b for b in find_page(report("internal", lang)).blocks if isinstance(b, Paragraph)]
    links = {link.anchor: link.text for block in paragraphs for link in find_links(block.text)}
    findings = results["ledger"]["findings"]
    kinds = {anchor for anchor in links if anchor.startswith("kind-")}
    grave = {f"kind-{f['slug']}" for f in findings if f["likelihood"] == "very-high"}
    table = next(t for t in report("internal", lang).tables() if t.id == "table-gap-kinds")
    told = [int(re.findall(r"\d+", links[anchor])[-1]) for anchor in kinds]
    rest = re.findall(r"\d+", links.get("table-gap-kinds", "0 0"))

    assert grave <= kinds
    assert len(kinds) >= 7
    assert len(kinds) + int(rest[0]) == len(table.rows)
    assert sum(told) + int(rest[1]) == len(findings)


def test_rows_of_page_one_add_up_to_all_that_is_open(report: Report) -> None:
    table = find_table(report("internal", "en"))
    note = read_text(table.note)
    total, _, parts = note.partition(".")[0].partition(" open = ")

    assert total == read_text(find_cards(report("internal", "en"))[-1].value)
    assert int(total) == sum(int(part.split(" ")[0]) for part in parts.split(" + "))
    assert note.endswith("Codes in brackets: rows of the annex.")


def test_a_finished_action_nobody_verified_is_marked_and_counted_apart_from_overdue_ones(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = change(shop, "actions", 0, "due_on", "2020-01-01")

    document = compose_report(case, results, "internal", "en")

    until = read_column(find_table(document), "until")
    assert "2020-01-01 (overdue)" in until
    assert "2026-08-31 (expired)" in until
    note = read_text(find_cards(document)[-1].note)
    assert note == "decisions: 103; tasks: 9; overdue or expired: 2; done but not verified: 1"
    done = change(case, "actions", 0, "status", "done")
    done = change(done, "actions", 0, "done_on", None)
    told = find_table(compose_report(done, results, "internal", "en"))
    assert "done, not yet verified" in read_column(told, "until")


def test_decisions_stand_before_tasks(report: Report) -> None:
    sorts = read_column(find_table(report("internal", "zh")), "sort")

    assert sorts == sorted(sorts, key=["决定", "任务"].index)
    assert {"决定", "任务"} == set(sorts)


def test_many_deciders_are_counted_as_persons(
    shop: Case, results: Results, change: Callable[..., Case]
) -> None:
    case = shop
    for row in range(len(shop.frames["activities"])):
        case = change(case, "activities", row, "owner", f"Head of department number {row}")

    by = read_column(find_table(compose_report(case, results, "internal", "zh")), "by")

    assert any(text.endswith(" 人") and "另有" in text for text in by)


@pytest.mark.parametrize(
    ("level", "told"),
    [("severe", "is above the acceptance line."), ("medium", "is within the acceptance line.")],
)
def test_the_conclusion_names_the_line_and_leaves_the_decision_to_the_approver(
    shop: Case, results: Results, level: str, told: str
) -> None:
    states = {m: {**s, "planned": level} for m, s in results["assess"]["overall_states"].items()}
    assess = {**results["assess"], "overall_states": states}

    document = compose_report(shop, {**results, "assess": assess}, "internal", "en")

    words = " ".join(
        read_text(b.text) for b in find_page(document).blocks if isinstance(b, Paragraph)
    )
    assert f"the overall level, {level}, {told}" in words
    assert "The approver decides whether processing may go on." in words


def test_cards_count_the_risks_of_every_level(report: Report, results: Results) -> None:
    card = find_cards(report("internal", "en"))[0]
    counts = results["assess"]["counts"]["current"]

    assert read_text(card.value) == f"{len(results['assess']['risks'])}"
    assert read_text(card.note) == (
        f"now: severe {counts['severe']}, high {counts['high']}, "
        f"medium {counts['medium']}, low {counts['low']}"
    )
