"""The JSON twin reads back as the document it was written from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from piaskit.errors import InvalidData
from piaskit.report.document import (
    Bullets,
    Card,
    Cards,
    Column,
    Document,
    Level,
    PageBreak,
    Paragraph,
    Row,
    Section,
    Signature,
    Table,
)
from piaskit.report.exporters.json import export, load_document

TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
TITLES = TEXTS.filter(str.strip)
LEVELS = st.builds(Level, st.sampled_from(["low", "medium", "high", "severe"]), TEXTS)
RICH = TEXTS | st.lists(TEXTS, max_size=3).map(tuple)
CELLS = (
    RICH
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | LEVELS
    | st.none()
)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 3))
    columns = tuple(Column(f"c{n}", draw(TEXTS)) for n in range(width))
    rows = draw(st.lists(st.tuples(*[CELLS] * width).map(Row), max_size=4))
    return Table("table", draw(TITLES), columns, tuple(rows), draw(RICH), draw(st.booleans()))


BLOCKS = (
    st.builds(Paragraph, RICH, st.sampled_from(["normal", "lead", "note", "warning", "quote"]))
    | st.builds(Bullets, st.lists(RICH, max_size=3).map(tuple), st.booleans())
    | st.lists(st.builds(Card, TEXTS, RICH, RICH, st.none() | LEVELS), max_size=3)
    .map(tuple)
    .map(Cards)
    | st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple).map(Signature)
    | st.just(PageBreak())
)


@st.composite
def _documents(draw: st.DrawFn) -> Document:
    blocks = (*draw(st.lists(BLOCKS, max_size=4)), *draw(st.lists(_tables(), max_size=1)))
    return Document(
        draw(TITLES),
        draw(TEXTS),
        draw(st.sampled_from(["en", "zh"])),
        "internal",
        draw(st.dates(min_value=date(1980, 1, 1))),
        draw(TEXTS),
        draw(st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)),
        (Section("section", draw(TITLES), blocks),),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_documents())
def test_any_document_reads_back_as_its_equal(tmp_path_factory, document: Document) -> None:
    path = tmp_path_factory.mktemp("json") / "report.json"

    export(document, path)

    assert load_document(path) == document


def test_the_sample_reads_back_as_its_equal(
    sample: Document, public_sample: Document, tmp_path: Path
) -> None:
    for document in (sample, public_sample):
        export(document, tmp_path / "report.json")

        assert load_document(tmp_path / "report.json") == document


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"format": "piaskit-document", "schema": 2, "document": {}}',
        b'{"format": "piaskit-document", "schema": 1, "document": {"is": "Row", "cells": []}}',
        b'{"format": "piaskit-document", "schema": 1, "document": {"is": "os.system"}}',
        b'{"format": "piaskit-document", "schema": 1, "document": {"is": "Document"}}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_document_is_an_issue(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)

    with pytest.raises(InvalidData) as caught:
        load_document(path)

    (issue,) = caught.value.issues
    assert issue.slug == "document-unreadable"
    assert str(issue).startswith("report.json: not a document of schema 1 that piaskit wrote (")


def test_a_public_file_made_internal_by_hand_is_refused(
    public_sample: Document, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    export(public_sample, path)
    text = path.read_text("utf-8").replace('"visibility": "public"', '"visibility": "internal"', 1)
    path.write_text(text, "utf-8")

    with pytest.raises(InvalidData, match="a public document cannot hold the internal"):
        load_document(path)
