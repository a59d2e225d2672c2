"""What a document refuses, in words that lead to the place."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from piaskit.report.document import (
    Bullets,
    Card,
    Cards,
    Column,
    Document,
    Figure,
    Level,
    Link,
    Paragraph,
    Row,
    Section,
    Table,
    find_links,
    read_text,
    reveal_controls,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
COLUMN = Column("a", "A", visibility="public")
TABLE = Table("t", "T", (COLUMN,), (Row(("x",), "row-1", "public"),), visibility="public")


def _document(*blocks: Any, edition: Any = "internal", **more: Any) -> Document:
    section = Section("s", "S", blocks, visibility="public")
    return Document("Title", "", "en", edition, date(2026, 1, 1), "Org", (), (section,), **more)


def test_a_public_document_of_public_parts_is_accepted() -> None:
    paragraph = Paragraph("text", visibility="public")

    document = _document(paragraph, TABLE, edition="public")

    assert [table.id for table in document.tables()] == ["t"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (Paragraph("x"), "the internal block 1 (Paragraph) of section 's'"),
        (replace(TABLE, visibility="internal"), "the internal block 1 (Table) of section 's'"),
        (
            replace(TABLE, columns=(replace(COLUMN, visibility="internal"),)),
            "the internal column 'a' of table 't'",
        ),
        (replace(TABLE, rows=(Row(("x",)),)), "the internal row 1 of table 't'"),
        (
            Figure("f", "F", "alt", SVG, replace(TABLE, visibility="internal"), "public"),
            "the internal table 't'",
        ),
    ],
)
def test_a_public_document_refuses_what_is_internal(block: Any, message: str) -> None:
    said = re.escape(f"a public document cannot hold {message}")

    with pytest.raises(ValueError, match=f"^{said}$"):
        _document(block, edition="public")


def test_a_public_document_refuses_an_internal_section() -> None:
    document = _document()

    with pytest.raises(ValueError, match="cannot hold the internal section 'secret'"):
        replace(document, edition="public", sections=(Section("secret", "S"),))


def test_a_heading_may_not_skip_a_level() -> None:
    sections = (Section("a", "A"), Section("b", "B", level=3))

    with pytest.raises(ValueError, match="'b': a heading of level 3 cannot follow one of level 1"):
        replace(_document(), sections=sections)


def test_the_first_heading_is_of_level_one() -> None:
    with pytest.raises(ValueError, match="a heading of level 2 cannot follow one of level 0"):
        replace(_document(), sections=(Section("a", "A", level=2),))


def test_an_id_occurs_once_across_sections_tables_figures_and_rows() -> None:
    twice = replace(TABLE, id="u", rows=(Row(("x",), "row-1"),))

    with pytest.raises(ValueError, match="the id 'row-1' occurs twice"):
        _document(TABLE, twice)


@pytest.mark.parametrize("anchor", ["", "two words", "a#b", "<b>", 'a"b'])
def test_an_id_that_no_link_could_name_is_refused(anchor: str) -> None:
    with pytest.raises(ValueError, match="is blank or holds a space, quote or markup"):
        _document(replace(TABLE, id=anchor))


@pytest.mark.parametrize(
    "block",
    [
        Paragraph(("see ", Link("there", "nowhere"))),
        Bullets((Link("there", "nowhere"),)),
        Cards((Card("label", Link("there", "nowhere")),)),
        Cards((Card("label", "", note=(Link("there", "nowhere"),)),)),
        replace(TABLE, note=Link("there", "nowhere")),
        replace(TABLE, rows=(Row((Link("there", "nowhere"),)),)),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(block: Any) -> None:
    with pytest.raises(ValueError, match="the link 'there' leads to 'nowhere', which is absent"):
        _document(block)


def test_a_link_finds_rows_tables_figures_and_sections() -> None:
    figure = Figure("f", "F", "alt", SVG)
    links = tuple(Link("go", anchor) for anchor in ("row-1", "t", "f", "s"))

    document = _document(Paragraph(links), TABLE, figure)

    assert find_links(document.sections[0].blocks[0].text) == links  # type: ignore[union-attr]


def test_a_row_is_as_long_as_the_columns() -> None:
    with pytest.raises(ValueError, match=r"table 't', row 2: 2 cells for 1 columns"):
        Table("t", "T", (COLUMN,), (Row((1,)), Row((1, 2))))


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        (True, TypeError, "a bool cannot be shown"),
        (datetime(2026, 1, 1, tzinfo=UTC), TypeError, "a datetime cannot be shown"),
        ([1], TypeError, "a list cannot be shown"),
        (math.nan, ValueError, "nan cannot be shown"),
        (math.inf, ValueError, "inf cannot be shown"),
        ((1,), ValueError, "only text and links can be joined"),
    ],
)
def test_a_cell_that_cannot_be_shown_is_refused_with_its_place(
    cell: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^table 't', row 1, column 'a': {re.escape(message)}$"):
        Table("t", "T", (COLUMN,), (Row((cell,)),))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Figure("f", "F", " ", SVG), "figure 'f': no alternative text"),
        (lambda: Figure("f", " ", "alt", SVG), "figure 'f': no title"),
        (lambda: Figure("f", "F", "alt", "<p>"), "figure 'f': not an SVG"),
        (lambda: Table("t", "T", (), ()), "table 't': no columns"),
        (lambda: Table("t", "", (COLUMN,), ()), "table 't': no title"),
        (
            lambda: Table("t", "T", (COLUMN, COLUMN), ()),
            "table 't': column ids are not unique: a, a",
        ),
        (lambda: Section("s", ""), "section 's': no title"),
        (lambda: Section("s", "S", level=4), "section 's': level must be 1, 2 or 3, not 4"),  # type: ignore[arg-type]
        (lambda: Link(" ", "x"), "the link to 'x' has no text"),
        (lambda: Column("a", "A", width=0), "column 'a': width must be above 0, not 0"),
        (
            lambda: _document(edition="secret"),
            "edition must be one of internal, public, not 'secret'",
        ),
        (
            lambda: Level("awful", "x"),  # type: ignore[arg-type]
            "level must be one of low, medium, high, severe, very-high, not 'awful'",
        ),
        (
            lambda: Paragraph("x", "loud"),  # type: ignore[arg-type]
            "style must be one of normal, lead, note, warning, quote, not 'loud'",
        ),
        (
            lambda: Column("a", "A", "colour"),  # type: ignore[arg-type]
            "kind must be one of text, number, date, level, ref, not 'colour'",
        ),
    ],
)
def test_a_part_that_cannot_be_shown_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


def test_the_twin_of_a_figure_counts_as_a_table() -> None:
    document = _document(Figure("f", "F", "alt", SVG, TABLE))

    assert list(document.tables()) == [TABLE]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (0, "0"),
        (-1234567, "-1,234,567"),
        (0.25, "0.25"),
        (date(2026, 3, 1), "2026-03-01"),
        (Level("high", "高"), "高"),
        (("a ", Link("b", "c")), "a b"),
        (None, ""),
    ],
)
def test_every_cell_reads_as_plain_words(cell: Any, text: str) -> None:
    assert read_text(cell) == text


def test_line_breaks_stay_and_other_controls_show() -> None:
    assert reveal_controls("a\nb\tc\x00\u202e\ud800") == ("a\nb\tc[U+0000][U+202E][U+D800]", 3)
