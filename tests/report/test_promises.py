"""What the internal report promises of each section, number and clause, checked one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from piaskit.case import Case
from piaskit.loss import quantify_losses
from piaskit.report.compose import compose_report
from piaskit.report.document import (
    Bullets,
    Cards,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    find_links,
    read_text,
)
from piaskit.risk import assess_risks
from piaskit.safeguards import review_safeguards

APART = {"management", "approval"}  # a summary of all sections, and a signature
CONFIDENCE_STANDS_BESIDE = {"table-laws", "table-packs"}  # a column of its own


@pytest.fixture(scope="module")
def everything(shop: Case, results: dict[str, Any]) -> dict[str, Any]:
    """Results with losses, safeguards and three methods side by side."""
    return results | {
        "assess": assess_risks(shop, "gbt39335,cnil,nist-pram").to_dict(),
        "safeguards": review_safeguards(shop).to_dict(),
        "quantify": quantify_losses(shop, iterations=1000).to_dict(),
    }


@pytest.fixture(scope="module", params=["en", "zh"])
def full(request: pytest.FixtureRequest, shop: Case, everything: dict[str, Any]) -> Document:
    return compose_report(shop, everything, "internal", request.param)


def list_body(document: Document) -> Iterator[Section]:
    """Yield the sections that tell something: not the annex, which holds the rows themselves."""
    for section in document.sections:
        if not section.id.startswith("annex") and section.id not in APART:
            yield section


def list_tables(section: Section) -> Iterator[Table]:
    for block in section.blocks:
        if isinstance(block, Table):
            yield block
        elif isinstance(block, Figure) and block.twin is not None:
            yield block.twin


def test_each_section_ends_with_its_risk_and_its_mitigation(full: Document, shop: Case) -> None:
    words = [
        shop.knowledge.labels(f"report.pair.{part}", full.lang, text="|").partition("|")[0]
        for part in ("risk", "mitigation")
    ]
    ends = {section.id: section.blocks[-1] for section in list_body(full)}

    assert {"losses", "methods", "sheet-cnil", "calendar", "accounts", "maturity"} <= set(ends)
    for id, block in ends.items():
        assert isinstance(block, Paragraph), id
        lines = read_text(block.text).split("\n")
        assert all(map(str.startswith, lines, words)), id
        assert len(lines) == 2, id


def test_each_number_leads_to_its_rows(full: Document) -> None:
    """In its own row, or by the note of its table, or by a sentence of its section."""
    lost = []
    for section in full.sections:
        told = any(
            find_links(block.text) for block in section.blocks if isinstance(block, Paragraph)
        )
        for block in section.blocks:
            if isinstance(block, Cards):
                lost += [
                    card.label
                    for card in block.items
                    if re.search(r"[1-9]", read_text(card.value))
                    and not find_links(card.value)
                    and not find_links(card.note)
                ]
        if section.id.startswith("annex") or told:
            continue
        for table in list_tables(section):
            lost += [
                f"{table.id}, row {number}"
                for number, row in enumerate(table.rows, 1)
                if any(re.match(r"[~≥]?\d[\d,.]*( |%|$)", read_text(cell)) for cell in row.cells)
                and not any(find_links(cell) for cell in (*row.cells, table.note))
            ]

    assert lost == []


def list_texts(document: Document) -> Iterator[str]:
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield read_text(block.text)
            elif isinstance(block, Bullets):
                yield from map(read_text, block.items)
        for table in list_tables(section):
            if table.id not in CONFIDENCE_STANDS_BESIDE:
                yield read_text(table.note)
                yield from (read_text(cell) for row in table.rows for cell in row.cells)


def test_a_clause_whose_wording_is_not_certain_is_marked_wherever_it_is_cited(
    full: Document, shop: Case
) -> None:
    uncertain = [
        (instrument.cite(clause, full.lang), article.confidence)
        for instrument in shop.knowledge.regulations.values()
        for clause, article in instrument.articles.items()
        if article.confidence != "high"
    ]
    # A clause goes on with a point of it, and a longer one only begins like it.
    point = r"(?:\(\w+\)| \w\)|第\w+[款项]|\w项)*"
    begun = r"(?![\d.(（第之]| \w\)|\w项)"
    mark = r"(?:;|；|,|，|、| |\w)*?(?:\[[\w ]+ confidence\]|〔可信度\w+〕)"
    labels = shop.knowledge.labels
    bases = [labels(id, full.lang) for id in labels if id.startswith("value.legal_basis.")]
    named = re.compile("|".join(map(re.escape, bases)))  # names of choices, which cite no fact
    texts = [named.sub("", text) for text in list_texts(full)]
    bare, marked = [], 0
    for clause, _ in uncertain:
        found = re.compile(re.escape(clause) + point + begun)
        for text in texts:
            if clause in text:
                for at in found.finditer(text):
                    if re.match(mark, text[at.end() :]):
                        marked += 1
                    else:
                        bare.append(text[at.start() : at.end() + 30])

    assert marked > 100
    assert bare == []
