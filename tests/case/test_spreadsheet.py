"""A sheet read in one go says what it says cell by cell, or is read cell by cell."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from piaskit.case import read
from piaskit.case.archive import inspect_workbook
from piaskit.case.sheets import write_text
from piaskit.case.spreadsheet import build_columns


def write_book(path: Path, *columns: list[Any], at: int = 0) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("flows")
    forms = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        time: book.add_format({"num_format": "hh:mm:ss"}),
        timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
    }
    for position, column in enumerate(columns, at):
        for row, value in enumerate(column):
            if isinstance(value, str):
                sheet.write_string(row, position, value)
            elif type(value) in forms:
                sheet.write_datetime(row, position, value, forms[type(value)])
            elif value is not None:
                sheet.write(row, position, value)
    book.close()
    return path


def read_at_once(path: Path) -> list[list[str | None]] | None:
    archive = inspect_workbook(path, path.name)
    cells = archive.cells.get("flows")
    columns = build_columns(cells, archive.texts, archive.styles) if cells else None
    return None if columns is None else [
        [write_text(cell) for cell in column.to_pylist()] for column in columns
    ]  # fmt: skip


def read_by_cell(path: Path) -> list[list[str | None]]:
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("flows").to_python(False)
    return [[write_text(cell) for cell in column] for column in zip(*rows, strict=True)]


def test_texts_numbers_truths_and_days_are_told_apart_at_once(tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "book.xlsx",
        ["id", "007", "1E5", "TRUE", " padded ", "two\r\nlines", "福\u3000", "1200.0", "=x", ""],
        ["n", 1200, 1200.5, 0.25, -3, 1e14, True, False, date(2026, 3, 1), date(9999, 12, 31)],
        [None, None, None, "late", None, None, None, None, None, None],
    )

    assert read_at_once(path) == read_by_cell(path)
    assert read_by_cell(path)[1][-4:] == ["yes", "no", "2026-03-01", "9999-12-31"]


@pytest.mark.parametrize(
    "cells",
    [
        ["x", datetime(2026, 3, 1, 10, 30)],  # noqa: DTZ001
        ["x", time(10, 30)],
        ["x", timedelta(hours=30)],
        ["x", date(1900, 1, 5)],
    ],
    ids=str,
)
def test_a_sheet_with_a_moment_or_a_time_is_read_cell_by_cell(
    cells: list[Any], tmp_path: Path
) -> None:
    path = write_book(tmp_path / "book.xlsx", ["id", *cells])

    assert read_at_once(path) is None


@pytest.mark.parametrize(
    "cells",
    [
        ["true", True],
        ["2026-03-01 00:00:00", date(2026, 3, 1)],
        ["x", 1e21],
        ["x", 1e-7],
        ["x", 12345678, 123456789012345, 1e15, -7, -0.0],
        ["1234567890123456"],
        ["a & b < c > d", "&amp;", "_x0041_", "_x000D_", "x\ry", "\t", '"quoted"'],
        [f"text {n % 7}" for n in range(3000)],
        [*range(2000), "x", *range(10**6, 10**6 + 500)],
    ],
    ids=lambda cells: str(cells)[:40],
)
def test_no_text_is_mistaken_for_a_number_a_truth_or_a_day(
    cells: list[Any], tmp_path: Path
) -> None:
    path = write_book(tmp_path / "book.xlsx", ["id", *cells])

    assert read_at_once(path) == read_by_cell(path)


def test_a_sheet_that_begins_further_right_keeps_its_letters(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", ["id", "x"], at=2)

    assert read_at_once(path) == [[None, None], [None, None], ["id", "x"]]


def test_blank_rows_above_the_header_are_counted(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", [None, None, "id", "x"], ["", None, "n", 3])

    assert read_at_once(path) == [[None, None, "id", "x"], [None, None, "n", "3"]]


def test_both_ways_of_reading_give_the_same_case(tmp_path: Path, monkeypatch: Any) -> None:
    from piaskit.case import read_case, write_workbook

    market = read_case(Path(__file__).parents[2] / "data/marketplace")
    (tmp_path / "case.yaml").write_text(
        "id: m\ntitle: M\norganisation: {name: M}\nregimes: [cn-pipl]\nas_of: 2026-03-01\n"
    )
    write_workbook(market.frames, tmp_path / "inventory.xlsx", lang="zh")
    used: list[bool] = []

    def note(*asked: Any) -> list[pa.Array] | None:
        columns = build_columns(*asked)
        used.append(columns is not None)
        return columns

    monkeypatch.setattr(read, "build_columns", note)
    at_once = read_case(tmp_path, keep_going=True).frames
    monkeypatch.setattr(read, "build_columns", lambda *asked: None)
    by_cell = read_case(tmp_path, keep_going=True).frames

    assert len(used) >= 14
    assert all(used)
    assert all(at_once[name].equals(by_cell[name]) for name in by_cell)
