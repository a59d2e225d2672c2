"""Workbooks that mean harm are refused quickly and in little memory."""

from __future__ import annotations

import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from piaskit.case.archive import inspect_workbook
from piaskit.case.spreadsheet import build_columns
from piaskit.errors import InvalidData

SHEET = "xl/worksheets/sheet1.xml"


def _write(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("flows").write_row(0, 0, ("id", "activity", "stage"))
    return path


def _change(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(path) as book:
        parts = {part: book.read(part) for part in book.namelist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, data in parts.items():
            book.writestr(part, data)
    return path


def _lie_about_size(path: Path) -> Path:
    """A part that says it unpacks to 10 bytes and unpacks to 300 MB."""
    _change(path, SHEET, lambda data: data + b" " * 300_000_000)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    while data[at : at + 4] == b"PK\x01\x02":
        length, extra, note = struct.unpack_from("<HHH", data, at + 28)
        if data[at + 46 : at + 46 + length] == SHEET.encode():
            struct.pack_into("<I", data, at + 24, 10)
        at += 46 + length + extra + note
    path.write_bytes(data)
    return path


def _repeat_one_text(path: Path) -> Path:
    """A long text that the file holds once and 10,000 cells show."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("flows")
        for row in range(10_000):
            sheet.write(row, 0, "x" * 32_000)
    return path


BOMBS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a part that unpacks far": (
        lambda path: _change(path, SHEET, lambda data: data + b" " * 300_000_000),
        "unpacks to",
    ),
    "a part that lies about its size": (_lie_about_size, "is no workbook or is damaged"),
    "two cells far apart": (
        lambda path: _change(
            path,
            SHEET,
            lambda data: data.replace(
                b"</sheetData>",
                b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
            ),
        ),
        "reaches from A1 to XFD1048576, too far to be a table",
    ),
    "entities in the list of sheets": (
        lambda path: _change(
            path,
            "xl/workbook.xml",
            lambda data: data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1),
        ),
        "declares XML entities or another encoding in xl/workbook.xml",
    ),
    "entities far down in a sheet": (
        lambda path: _change(
            path,
            SHEET,
            lambda data: data.replace(
                b"</sheetData>",
                b'<row r="2"><c r="A2"><v>1</v></c></row>' * 50_000
                + b'<!ENTITY a "b"></sheetData>',
            ),
        ),
        "declares XML entities or another encoding in xl/worksheets/sheet1.xml",
    ),
    "one text in very many cells": (_repeat_one_text, "repeats texts to more than"),
    "another encoding": (
        lambda path: _change(path, SHEET, lambda data: data.decode().encode("utf-16")),
        "declares XML entities or another encoding in xl/worksheets/sheet1.xml",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_seconds(name: str, tmp_path: Path) -> None:
    make, words = BOMBS[name]
    path = make(_write(tmp_path / "inventory.xlsx"))
    start = time.process_time()

    with pytest.raises(InvalidData) as caught:
        inspect_workbook(path, "inventory.xlsx")

    assert words in caught.value.issues[0].message
    assert time.process_time() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000


@pytest.mark.parametrize("piece", [1, 7, 64, 1000])
def test_a_sheet_skimmed_in_any_pieces_tells_the_same(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "inventory.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("plain", "error", "far"):
            sheet = book.add_worksheet(name)
            for row in range(20):
                sheet.write_row(row, 0, (f"f-{row}", "收集", row))
        book.get_worksheet_by_name("error").write_formula("B12", "=1/0", None, "#DIV/0!")
        book.get_worksheet_by_name("far").write("ZZ40", "x")
    whole = inspect_workbook(path, "inventory.xlsx")

    monkeypatch.setattr("piaskit.case.archive._PIECE", piece)
    found = inspect_workbook(path, "inventory.xlsx")

    for name, cells in whole.cells.items():
        told = build_columns(found.cells[name], found.texts, found.styles)
        assert told == build_columns(cells, whole.texts, whole.styles)
    assert set(found.cells) == set(whole.cells) == {"plain", "far"}
    assert found.broken == whole.broken == {"error": {(12, 1): ("error-cell", "#DIV/0!")}}


def test_cells_without_a_value_are_found_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "inventory.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("flows")
        sheet.write_formula("B2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("AA3", "=A1", None, "")
        sheet.write_formula("C4", '="kept"', None, "kept")
    _change(path, SHEET, lambda data: data.replace(b' t="str"><f>A1</f>', b"><f>A1</f>"))

    archive = inspect_workbook(path, "inventory.xlsx")

    assert archive.broken["flows"] == {
        (2, 1): ("error-cell", "#DIV/0!"),
        (3, 26): ("formula-without-value", "=A1"),
    }


def test_a_part_that_is_not_as_it_was_packed_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "inventory.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("flows").write_column(0, 0, [12345] * 9)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as book:
        for name, data in parts.items():
            book.writestr(name, data)
    path.write_bytes(path.read_bytes().replace(b"12345", b"12346", 1))

    with pytest.raises(InvalidData, match="is no workbook or is damaged"):
        inspect_workbook(path, "inventory.xlsx")


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", b"<workbookPr ", b'<workbookPr date1904="1" '),
        ("xl/_rels/workbook.xml.rels", b"styles.xml", b"forms.xml"),
        ("xl/_rels/workbook.xml.rels", b"sharedStrings.xml", b"texts.xml"),
    ],
)
def test_a_book_that_counts_or_keeps_its_parts_otherwise_is_read_cell_by_cell(
    part: str, old: bytes, new: bytes, tmp_path: Path
) -> None:
    path = _write(tmp_path / "inventory.xlsx")
    assert set(inspect_workbook(path, "inventory.xlsx").cells) == {"flows"}
    _change(path, part, lambda data: data.replace(old, new))

    assert inspect_workbook(path, "inventory.xlsx").cells == {}
