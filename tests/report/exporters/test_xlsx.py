"""The workbook holds the tables as data: real numbers, real dates, text that is only text."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from piaskit.report.document import (
    Column,
    Document,
    Level,
    Link,
    Row,
    Section,
    Table,
    read_text,
    reveal_controls,
)
from piaskit.report.exporters.xlsx import MOST_CHARACTERS, export, name_sheets, name_tables
from piaskit.report.style import LOOKS, read_words


@pytest.fixture
def book(sample: Document, tmp_path: Path) -> Workbook:
    export(sample, tmp_path / "report.xlsx")
    return openpyxl.load_workbook(tmp_path / "report.xlsx")


def _export_table(document: Document, path: Path, *cells: object) -> Worksheet:
    """Export one column of cells and return its sheet."""
    table = Table("t", "T", (Column("a", "A"),), tuple(Row((cell,)) for cell in cells))  # type: ignore[arg-type]
    export(replace(document, sections=(Section("s", "S", (table,)),)), path)
    return openpyxl.load_workbook(path)["T"]


def test_every_table_is_a_sheet_equal_to_it(book: Workbook, sample: Document) -> None:
    tables = list(sample.tables())

    assert book.sheetnames[0] == read_words(sample.lang)["overview"]
    assert len(book.sheetnames) == len(tables) + 1
    for sheet, table in zip(book.worksheets[1:], tables, strict=True):
        header, *rows = sheet.iter_rows(values_only=True)
        assert list(header) == [column.title for column in table.columns]
        for shown, row in zip(rows, table.rows, strict=True):
            for value, cell in zip(shown, row.cells, strict=True):
                if isinstance(cell, date):
                    assert isinstance(value, datetime)
                    assert value.isoformat() == f"{cell}T00:00:00"
                elif isinstance(cell, int | float) or cell is None:
                    assert value == cell
                else:
                    assert value == reveal_controls(read_text(cell))[0]


def test_no_cell_is_a_formula_or_leads_out_of_the_workbook(book: Workbook, tmp_path: Path) -> None:
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}

    assert "f" not in kinds
    with zipfile.ZipFile(tmp_path / "report.xlsx") as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any('TargetMode="External"' in text for text in parts.values())
    assert not any("<f>" in text for name, text in parts.items() if "worksheets/" in name)


def test_every_sheet_is_visible_and_ready_for_work_and_print(book: Workbook) -> None:
    for sheet in book:
        assert sheet.sheet_state == "visible"
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == 0
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        assert sheet.freeze_panes == "B2"
        assert sheet.print_title_rows == "$1:$1"
        assert table.autoFilter is not None
        assert table.ref == sheet.dimensions or sheet.max_row == 1


def test_table_ids_become_defined_names(book: Workbook, sample: Document) -> None:
    names = [name for sheet in book for name in sheet.tables]

    assert names == [re.sub(r"\W", "_", table.id) for table in sample.tables()]


def test_levels_are_coloured_by_their_word(book: Workbook, sample: Document) -> None:
    place = next(n for n, t in enumerate(sample.tables(), 1) if t.id == "risk-register")
    rules = [
        rule for ranges in book.worksheets[place].conditional_formatting for rule in ranges.rules
    ]
    labels = {
        cell.label: cell.id
        for table in sample.tables()
        if table.id == "risk-register"
        for row in table.rows
        for cell in row.cells
        if isinstance(cell, Level)
    }

    assert len(labels) == 4
    assert {rule.formula[0].strip('"'): rule.dxf.fill.bgColor.rgb[2:] for rule in rules} == {
        label: LOOKS[level].fill[1:] for label, level in labels.items()
    }


def test_the_overview_tells_edition_date_and_cards_and_leads_to_every_sheet(
    book: Workbook, sample: Document
) -> None:
    overview = book.worksheets[0]
    said = {cell.value for row in overview.iter_rows() for cell in row}
    targets = {
        cell.hyperlink.location for row in overview.iter_rows() for cell in row if cell.hyperlink
    }

    assert {sample.title, sample.organisation, "2026-03-31", "2 + 7"} <= said
    assert read_words(sample.lang)["internal"] in said
    assert {f"'{name}'!A1" for name in book.sheetnames[1:]} <= targets


def test_a_link_in_a_cell_leads_to_its_row(sample: Document, tmp_path: Path) -> None:
    table = Table(
        "t", "It's", (Column("a", "A"),), (Row(("x",), "one"), Row((("see ", Link("it", "one")),)))
    )
    export(replace(sample, sections=(Section("s", "S", (table,)),)), tmp_path / "a.xlsx")

    cell = openpyxl.load_workbook(tmp_path / "a.xlsx")["It's"]["A3"]

    assert cell.value == "see it"
    assert cell.hyperlink is not None
    assert cell.hyperlink.location == "'It''s'!A2"


def test_a_cell_of_many_links_or_many_words_is_plain_text(sample: Document, tmp_path: Path) -> None:
    two = (Link("one", "one"), ", ", Link("two", "one"))
    long = ("word " * 40, Link("one", "one"))
    table = Table("t", "T", (Column("a", "A"),), (Row(("x",), "one"), Row((two,)), Row((long,))))
    export(replace(sample, sections=(Section("s", "S", (table,)),)), tmp_path / "a.xlsx")

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["T"]

    assert [sheet[at].hyperlink for at in ("A3", "A4")] == [None, None]
    assert [sheet[at].value for at in ("A3", "A4")] == ["one, two", "word " * 40 + "one"]
    assert sheet["A4"].alignment.wrap_text


def test_a_wide_table_prints_across_pages_that_repeat_its_first_column(
    sample: Document, tmp_path: Path
) -> None:
    columns = tuple(Column(f"c{n}", f"C{n}") for n in range(9))
    wide = Table("wide", "Wide", columns, (Row(("word " * 60,) * 9),))
    slim = Table("slim", "Slim", columns[:2], (Row(("word " * 60,) * 2),))
    export(replace(sample, sections=(Section("s", "S", (wide, slim)),)), tmp_path / "a.xlsx")

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")

    assert [book[name].page_setup.fitToWidth for name in ("Wide", "Slim")] == [2, None]
    assert [book[name].page_setup.fitToHeight for name in ("Wide", "Slim")] == [0, 0]
    assert book["Wide"].print_title_cols == "$A:$A"
    assert book["Wide"].column_dimensions["A"].width < book["Slim"].column_dimensions["A"].width


def test_a_level_shows_its_symbol_and_keeps_its_word_for_filters(
    sample: Document, tmp_path: Path
) -> None:
    rows = (Row((Level("severe", "严重"),)), Row((Level("low", "低"),)))
    table = Table("t", "T", (Column("a", "A", "level"),), rows)
    export(replace(sample, sections=(Section("s", "S", (table,)),)), tmp_path / "a.xlsx")

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["T"]

    assert [sheet[at].value for at in ("A2", "A3")] == ["严重", "低"]
    assert [sheet[at].number_format for at in ("A2", "A3")] == ['"▲ "@', '"○ "@']


def test_the_properties_tell_neither_author_nor_machine(book: Workbook, sample: Document) -> None:
    properties = book.properties

    assert properties.title == sample.title
    assert not properties.creator
    assert not properties.lastModifiedBy
    assert str(properties.created) == "2026-03-31 00:00:00"
    assert str(properties.modified) == "2026-03-31 00:00:00"


def test_a_text_too_long_for_a_cell_is_cut_visibly(sample: Document, tmp_path: Path) -> None:
    sheet = _export_table(sample, tmp_path / "a.xlsx", "字" * 40_000, "😀" * 20_000, "x" * 32_767)

    mark = read_words(sample.lang)["cut"]
    first, second, third = (str(sheet[f"A{n}"].value) for n in (2, 3, 4))
    assert first == "字" * (MOST_CHARACTERS - len(mark)) + mark
    assert len(second.encode("utf-16-le")) // 2 <= MOST_CHARACTERS
    assert second.startswith("😀")
    assert second.endswith(mark)
    assert third == "x" * 32_767


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (10**18 + 1, "1000000000000000001"),
        (-5, -5),
        (0.125, 0.125),
        (date(1899, 1, 1), "1899-01-01"),
        ("_x0041_", "_x0041_"),
        ("  spaces  ", "  spaces  "),
        ("two\nlines", "two\nlines"),
        ("0012", "0012"),
        ("{=SUM(A1)}", "{=SUM(A1)}"),
        ("a\x00b", "a[U+0000]b"),
    ],
)
def test_what_excel_would_change_arrives_unchanged(
    cell: object, shown: object, sample: Document, tmp_path: Path
) -> None:
    value = _export_table(sample, tmp_path / "a.xlsx", cell)["A2"].value

    assert value == shown
    assert type(value) is type(shown)


def test_headers_that_excel_would_confuse_are_told_apart(sample: Document, tmp_path: Path) -> None:
    columns = (Column("a", "Same"), Column("b", "same"), Column("c", " "))
    table = Table("t", "T", columns, (Row((1, 2, 3)),))
    export(replace(sample, sections=(Section("s", "S", (table,)),)), tmp_path / "a.xlsx")

    header = next(openpyxl.load_workbook(tmp_path / "a.xlsx")["T"].iter_rows(values_only=True))

    assert header == ("Same", "same (2)", "c")


def test_sheet_names_are_legal_and_unique() -> None:
    titles = ["[a]:*?/\\", "a", "A", "'quoted'", "", "x" * 40, "x" * 41, "😀" * 40, "概览"]

    names = name_sheets(titles, ["概览"])

    assert names[:5] == ["a", "a (2)", "A (3)", "quoted", "_"]
    assert names[-1] == "概览 (2)"
    assert all(0 < len(name.encode("utf-16-le")) // 2 <= 31 for name in names)
    assert len({name.casefold() for name in names}) == len(names)


def test_names_that_look_like_cells_are_not_used_for_tables() -> None:
    names = name_tables(["a1", "XFD1", "r1c1", "c", "风险", "rule@x/1", "rule x 1"])

    assert names == ["_a1", "_XFD1", "_r1c1", "_c", "风险", "rule_x_1", "rule_x_1_2"]
