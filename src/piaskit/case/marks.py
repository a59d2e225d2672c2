"""The problems of a case, written back as notes on the bad cells of a copy of its tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from piaskit.case.archive import count_letters, name_column
from piaskit.case.notes import Mark
from piaskit.case.parts import Book
from piaskit.case.read import BOOK, FOLDER, PROBLEMS
from piaskit.case.sheets import Inventory, Sheet
from piaskit.case.words import Words
from piaskit.case.workbook import TEXT_ONLY, quote_sheet
from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from piaskit.knowledge import Labels

MOST_ROWS = 50_000  # of a longer table only the rows with a problem are copied, at their place
LAST_ROW = 1_048_576
LONGEST = 32_000  # characters of a copied cell
_HEADS = ("place", "slug", "value", "message", "hint")
_WIDTHS = (34, 22, 30, 70, 44)
Cells = Mapping[tuple[int, int], Sequence[Issue]]  # (row from 1, position from 0)


def write_marks(
    root: Path, inventory: Inventory, issues: Sequence[Issue], path: Path, words: Words
) -> None:
    """Write a copy of the case's workbook with a note and a fill on every bad cell.

    Nothing else of the copy changes but one more sheet, which lists all problems. A case of CSV or
    Parquet tables, or with a workbook that cannot be read, gets a workbook of its tables instead:
    the cells as they stand, at the rows that the messages name. Raises InvalidData when the file
    cannot be written or belongs to the case.
    """
    place = Place(quote(path.name or path))
    own = (root / BOOK, root / FOLDER)
    if any(path.resolve().is_relative_to(mine.resolve()) for mine in own):
        _refuse(place, "is the case's own register, expected another place")
    if path.suffix.lower() != ".xlsx":
        _refuse(place, "expected a name that ends in .xlsx")
    rows = [_tell(issue) for issue in issues]
    part = path.with_name(f".{path.name}.{os.getpid()}")
    labels = words.knowledge.labels
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        if any(sheet.sheet is not None for sheet in inventory.sheets.values()):
            book = Book((root / BOOK).read_bytes())
            for sheet, cells in _group_cells(issues).items():
                book.mark_sheet(sheet, [_make_mark(at, found) for at, found in cells.items()])
            links = [_link(issue) for issue in issues]
            book.add_sheet(PROBLEMS, _head(labels), rows, links, _WIDTHS)
            part.write_bytes(book.save())
        else:
            _write_tables(part, inventory, issues, words, rows)
        part.replace(path)
    except OSError as error:
        _refuse(place, f"cannot be written: {error.strerror or error}")
    finally:
        part.unlink(missing_ok=True)


def _refuse(place: Place, message: str) -> None:
    raise InvalidData([Issue("cannot-write", place, message)])


def _head(labels: Labels) -> list[str]:
    return [" ".join(labels(f"marks.{name}", lang) for lang in ("zh", "en")) for name in _HEADS]


def _tell(issue: Issue) -> list[str]:
    return [str(issue.place), issue.slug, issue.value or "", issue.message, issue.hint or ""]


def _make_mark(at: tuple[int, int], issues: Iterable[Issue]) -> Mark:
    lines = []
    for issue in issues:
        hint = f"\n→ {issue.hint}" if issue.hint else ""
        lines.append(f"{issue.message}{hint}\n[{issue.slug}]")
    return Mark(*at, "\n\n".join(lines))


def _group_cells(issues: Iterable[Issue]) -> dict[str, Cells]:
    """Gather the issues that stand on a cell of the workbook, per sheet; a row's on its first."""
    found: dict[str, dict[tuple[int, int], list[Issue]]] = {}
    for issue in issues:
        place = issue.place
        if place.file == BOOK and place.sheet is not None and place.row:
            position = count_letters(place.letter.encode()) - 1 if place.letter else 0
            found.setdefault(place.sheet, {}).setdefault((place.row, position), []).append(issue)
    return {sheet: dict(sorted(cells.items())) for sheet, cells in found.items()}


def _link(issue: Issue) -> str:
    """Return where the line of an issue leads: its cell, or nowhere."""
    place = issue.place
    if place.sheet is None or not place.row:
        return ""
    return f"{quote_sheet(place.sheet)}!{place.letter or 'A'}{place.row}"


def _write_tables(
    part: Path, inventory: Inventory, issues: Sequence[Issue], words: Words, rows: list[list[str]]
) -> None:
    """Write the tables as they were read, every cell text, with the marks on them."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(part), TEXT_ONLY) as book:
        plain = book.add_format({"num_format": "@", "valign": "top"})
        bad = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FFD966"})
        head = book.add_format({"bold": True, "bg_color": "#E6ECEF"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        links: dict[int, str] = {}
        for name, sheet in inventory.sheets.items():
            page = book.add_worksheet(name)
            cells, told = _locate(sheet, issues, words)
            for n, (row, position) in told.items():
                links[n] = f"internal:'{name}'!{name_column(position)}{row}"
            _copy_table(page, sheet, cells, plain, bad, head)
            for cell, found in cells.items():
                mark = _make_mark(cell, found)
                if mark.row <= LAST_ROW:
                    shape = {"author": "piaskit", "width": 320, "height": 110}
                    page.write_comment(mark.row - 1, mark.position, mark.text, shape)
        page = book.add_worksheet(PROBLEMS)
        for position, (heading, wide) in enumerate(
            zip(_head(words.knowledge.labels), _WIDTHS, strict=True)
        ):
            page.set_column(position, position, wide)
            page.write_string(0, position, heading, head)
        for n, told_row in enumerate(rows):
            for position, text in enumerate(told_row):
                page.write_string(n + 1, position, text, wrap)
            if n in links and n < LAST_ROW // 16:  # a sheet holds so many links
                page.write_url(n + 1, 0, links[n], wrap, told_row[0])
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(rows), 1), len(_HEADS) - 1)


def _locate(
    sheet: Sheet, issues: Sequence[Issue], words: Words
) -> tuple[Cells, dict[int, tuple[int, int]]]:
    """Return the cells of a table with their issues, and the cell of each issue by its number."""
    named: dict[str, int] = {}
    for position, header in enumerate(sheet.headers):
        named.setdefault(words.find_column(sheet.table, header) or header, position)
    cells: dict[tuple[int, int], list[Issue]] = {}
    told = {}
    for n, issue in enumerate(issues):
        place = issue.place
        if place.file == sheet.file and place.sheet is None and place.row:
            column = place.column or ""
            start, _, number = column.partition("cell ")
            stray = int(number) - 1 if not start and number.isdigit() else 0
            at = (place.row, named.get(column, stray))
            cells.setdefault(at, []).append(issue)
            told[n] = at
    return dict(sorted(cells.items())), told


def _copy_table(page: Any, sheet: Sheet, cells: Cells, plain: Any, bad: Any, head: Any) -> None:
    def put(row: int, position: int, text: str, look: Any) -> None:
        if row < LAST_ROW:
            shown = text if len(text) <= LONGEST else text[:LONGEST] + "…"
            page.write_string(row, position, shown, bad if (row + 1, position) in cells else look)

    for position, header in enumerate(sheet.headers):
        put(sheet.header_row - 1, position, header, head)
    page.set_column(0, max(len(sheet.headers) - 1, 0), 20)
    page.freeze_panes(sheet.header_row, 1)
    wanted = np.arange(len(sheet.rows))
    if len(wanted) > MOST_ROWS:
        wanted = np.flatnonzero(np.isin(sheet.rows, [row for row, _ in cells]))
    for position, column in enumerate(sheet.columns):
        for n in wanted[column.codes[wanted] >= 0]:
            put(int(sheet.rows[n]) - 1, position, column.read(int(n)), plain)
    for row, position in cells:
        if row <= LAST_ROW and not _is_filled(sheet, row, position):
            page.write_blank(row - 1, position, None, bad)


def _is_filled(sheet: Sheet, row: int, position: int) -> bool:
    if row == sheet.header_row:
        return position < len(sheet.headers)
    found = np.flatnonzero(sheet.rows == row)
    known = position < len(sheet.columns) and len(found)
    return bool(known and sheet.columns[position].codes[found[0]] >= 0)
