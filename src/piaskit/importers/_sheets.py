"""Sheets of a foreign workbook or CSV file as grids of text, with their merged cells."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from piaskit.case.archive import LARGEST_TEXT, inspect_workbook, name_column, refuse
from piaskit.errors import InvalidData, Issue, Place

BOOKS = (".xlsx", ".xlsm")
MOST_ROWS = 20_000  # of one sheet; a register of activities is far smaller
LONGEST_HEADING = 120
LARGEST_REGISTER = 5_000_000  # bytes of a CSV file that a fixed layout may have

Cell = tuple[int, int]  # row and column, counted from 0


@dataclass(slots=True)
class Grid:
    """One sheet: its cells as text ('' is blank) and, per merged cell, the first one of its range.

    ``spans`` holds the last cell of each merged range by its first one.
    """

    name: str
    rows: list[list[str]]
    spans: dict[Cell, Cell] = field(default_factory=dict)
    first: dict[Cell, Cell] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        """The number of columns."""
        return max((len(row) for row in self.rows), default=0)

    def get(self, row: int, column: int) -> str:
        """Return what stands in a cell itself."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return ""

    def get_filled(self, row: int, column: int) -> str:
        """Return a cell's text, or that of the merged range it belongs to."""
        return self.get(*self.first.get((row, column), (row, column)))

    def get_below(self, row: int, column: int) -> str:
        """Return a cell's text, filled downward inside a merged range and never sideways."""
        start = self.first.get((row, column), (row, column))
        return self.get(*start) if start[1] == column else ""

    def list_texts(self, row: int) -> list[tuple[int, str]]:
        """Return the columns and texts that stand in a row; a merged cell counts once."""
        return [(c, text) for c, text in enumerate(self.rows[row]) if text]

    def is_wide(self, row: int, column: int) -> bool:
        """Tell whether a cell is merged over several columns."""
        return self.spans.get((row, column), (row, column))[1] > column


def clean_heading(text: str) -> str:
    """Bring a heading or value into the one line under which a mapping names it.

    >>> clean_heading(" 保存\\n期限\\u3000")
    '保存 期限'
    """
    return " ".join(text.split())[:LONGEST_HEADING]


def join_lines(text: str) -> str:
    """Bring a name into one line; between Chinese characters a break means nothing.

    >>> join_lines("会员运营\\n中心"), join_lines("Human\\nResources")
    ('会员运营中心', 'Human Resources')
    """
    return " ".join(re.sub(r"(?<=[^\x00-\x7f])[ \t]*\n\s*(?=[^\x00-\x7f])", "", text).split())


def read_grids(path: Path) -> list[Grid]:
    """Read every visible sheet of a workbook, or a CSV file as one.

    Raises InvalidData when the file cannot be read or is larger than a register can be.
    """
    grids = _read_book(path) if path.suffix.lower() in BOOKS else [_read_csv(path)]
    for grid in grids:
        if len(grid.rows) > MOST_ROWS:
            message = f"has {len(grid.rows):,} rows, a register at most {MOST_ROWS:,}"
            raise InvalidData([Issue("file-too-large", Place(path.name, grid.name), message)])
    return grids


def try_grids(path: Path) -> list[Grid]:
    """Return what ``read_grids`` reads, or nothing when it is refused: to recognise a layout.

    A text file that is larger than any register of activities is not even opened.
    """
    kind = path.suffix.lower()
    if kind not in (*BOOKS, ".csv") or (kind == ".csv" and path.stat().st_size > LARGEST_REGISTER):
        return []
    try:
        return read_grids(path)
    except InvalidData:
        return []


def _read_book(path: Path) -> list[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    archive = inspect_workbook(path, path.name)
    grids = []
    try:
        book = CalamineWorkbook.from_path(path)
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            cells = sheet.to_python(skip_empty_area=False)
            grid = _make_grid(about.name, cells, sheet.merged_cell_ranges or [])
            if about.visible != SheetVisibleEnum.Visible:
                grid.notices.append(f"{about.name}: is hidden and was read like any other sheet")
            for (row, column), (_, text) in sorted(archive.broken.get(about.name, {}).items()):
                where = f"{about.name}!{name_column(column)}{row}"
                grid.notices.append(f"{where}: holds {text} and no value; read as blank")
                if row <= len(grid.rows) and column < len(grid.rows[row - 1]):
                    grid.rows[row - 1][column] = ""
            grids.append(grid)
    except InvalidData:
        raise
    except BaseException as error:
        # The reader is foreign code that panics on damaged parts, past Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            refuse("not-a-workbook", path.name, "is damaged", "save it as .xlsx again")
        raise
    return grids


def _read_csv(path: Path) -> Grid:
    from piaskit.case.read import decode_text

    if path.stat().st_size > LARGEST_TEXT:
        refuse("file-too-large", path.name, f"is larger than {LARGEST_TEXT:,} bytes")
    notices: list[Issue] = []
    text = decode_text(path.read_bytes(), Place(path.name), notices)
    head = text[:4000]
    delimiter = max(",;\t", key=head.count)
    try:
        cells = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error as error:
        refuse("bad-csv", path.name, f"is not well-formed CSV: {error}")
    grid = _make_grid(path.stem, cells, [])
    grid.notices += [str(notice) for notice in notices]
    return grid


def _make_grid(name: str, cells: list[list[Any]], merged: list[tuple[Cell, Cell]]) -> Grid:
    from piaskit.case.sheets import write_text

    grid = Grid(name, [])
    for number, row in enumerate(cells, 1):
        texts = [write_text(value) or "" for value in row]
        for column, text in enumerate(texts):
            if not text.isprintable() and any(_is_control(c) for c in text):
                where = f"{name}!{name_column(column)}{number}"
                grid.notices.append(f"{where}: control characters were taken out")
                texts[column] = "".join(c for c in text if not _is_control(c)).strip()
        grid.rows.append(texts)
    while grid.rows and not any(grid.rows[-1]):
        grid.rows.pop()
    for start, end in merged:
        grid.spans[start] = end
        for r in range(start[0], min(end[0], len(grid.rows)) + 1):
            for c in range(start[1], min(end[1], grid.width) + 1):
                grid.first[r, c] = start
    return grid


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t"
