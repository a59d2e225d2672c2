"""The rows of a foreign sheet that are records, apart from titles, totals, examples and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from piaskit.importers._headings import ROW_KINDS
from piaskit.importers._mapping import ColumnMap, SheetMap
from piaskit.importers._sheet_words import read_words
from piaskit.importers._sheets import Grid, join_lines


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a record that is not blank: its column, and where its text really stands."""

    column: ColumnMap
    text: str
    where: str


@dataclass(slots=True)
class Record:
    """One row: where it stands and its cells by field, in the order of the columns."""

    where: str
    row: int
    cells: dict[str, list[Cell]]

    def get(self, field: str) -> str:
        """Return the text of a field that stands once, or ''."""
        return self.cells[field][0].text if field in self.cells else ""


def list_records(grid: Grid, sheet: SheetMap, told: list[str]) -> Iterator[Record]:
    """Yield the records of a sheet; ``told`` gets every other row that holds text."""
    table = ROW_KINDS[sheet.row_is]
    titles = {f"{table}.title", f"{table}.id"}
    if sheet.row_is == "activity":
        titles = {"activities.title", "activities.purpose"}
    elif sheet.row_is == "flow":
        titles = {"flows.activity"}
    ditto = read_words()["ditto"]
    naming = [c.position for c in sheet.columns if c.field in titles]
    names = (f"{table}.title", "activities.owner", "systems.owner")
    above: dict[int, str] = {}
    last = min(sheet.last_row or len(grid.rows), len(grid.rows))
    for row in range(len(grid.rows)):
        where = f"{grid.name} row {row + 1}"
        texts = grid.list_texts(row)
        if not texts or row + 1 in sheet.header_rows:
            continue
        outside = row + 1 < sheet.first_row or row + 1 > last
        if outside or _is_aside(grid, row, texts, naming):
            told.append(f"{where}: " + _join(texts))
            continue
        cells: dict[str, list[Cell]] = {}
        for column in sheet.columns:
            text = grid.get_below(row, column.position)
            if column.field in names:
                text = join_lines(text)
            if text.strip() in ditto and column.position in above:
                told.append(f"{where}: {column.heading} = {text}, read as the row above says")
                text = above[column.position]
            above[column.position] = text
            if text:
                first = grid.first.get((row, column.position), (row, 0))[0]
                cell = Cell(column, text, f"{grid.name} row {first + 1}")
                cells.setdefault(column.field, []).append(cell)
        yield Record(where, row + 1, cells)


def _is_aside(grid: Grid, row: int, texts: list[tuple[int, str]], naming: list[int]) -> bool:
    words = read_words()["rows"]
    column, text = texts[0]
    plain = re.sub(r"[\s【】\[\]（）()*＊]", "", text).casefold()
    if any(
        plain.rstrip(":：") == w.replace(" ", "") for w in (*words["totals"], *words["examples"])
    ):
        return True
    if re.match(rf"(?:{'|'.join(words['totals'])})[:：]?[\d\s共项个条]+$", plain):
        return True
    numbers = [t for _, t in texts]
    if len(numbers) > 2 and (
        numbers == [str(n) for n in range(int(numbers[0]), int(numbers[0]) + len(numbers))]
        if numbers[0].isdigit() and len(numbers[0]) < 3
        else False
    ):
        return True
    noted = re.match(rf"(?:{'|'.join(map(re.escape, words['notes']))})\d*[:：、.]", plain)
    if noted and (len(texts) == 1 or all(re.search(r"[:：]", t) for _, t in texts)):
        return True
    if len(texts) > 1:
        return False
    filled = [c for c in naming if grid.get_below(row, c)]
    return grid.is_wide(row, column) or not filled


def _join(texts: list[tuple[int, str]]) -> str:
    return " | ".join(" ".join(text.split()) for _, text in texts)
