"""Registers that a company keeps in a spreadsheet of its own, by a mapping that is guessed first.

The first run writes the mapping of sheets, headings and words beside the file; the analyst corrects
it; the next run imports by it. What it does not map is kept as text.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from piaskit.case.words import fold
from piaskit.errors import InvalidData, Issue, Place, quote
from piaskit.importers import csv as own_csv
from piaskit.importers import xlsx
from piaskit.importers._activity_rows import ActivityReader
from piaskit.importers._guess import Proposal, guess_sheet
from piaskit.importers._mapping import SheetMap, read_mapping, write_mapping
from piaskit.importers._own_tables import take_one
from piaskit.importers._places import make_id
from piaskit.importers._records import Record, list_records
from piaskit.importers._sheet_words import Vocabulary
from piaskit.importers._sheets import BOOKS, Grid, read_grids
from piaskit.importers._table_rows import TableReader
from piaskit.importers.register import Register

NAME = "spreadsheet"


def recognise(path: Path) -> bool:
    """Tell whether a file is a workbook or CSV file, and none of a case of ours."""
    kind = path.suffix.lower()
    if kind in BOOKS:
        return not xlsx.recognise(path)
    if kind != ".csv" or own_csv.recognise(path):
        return False
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        return True
    return len(head) > 1


def place_mapping(path: Path) -> Path:
    """Return where the mapping of a file stands when none is named.

    >>> place_mapping(Path("register.xlsx")).name
    'register.map.yaml'
    """
    return path.with_suffix(".map.yaml")


def propose_mapping(paths: Sequence[Path], mapping: Path | None) -> Proposal | None:
    """Write a guessed mapping where there is none yet; None when there is one.

    Raises InvalidData when a file cannot be read, or no sheet has headings that say anything.
    """
    path = take_one(paths)
    target = mapping or place_mapping(path)
    if target.exists() or target.is_symlink():
        return None
    vocabulary = Vocabulary()
    sheets = [guess_sheet(grid, vocabulary) for grid in read_grids(path)]
    if not any(sheet.columns for sheet in sheets):
        message = "has no sheet with headings of a register in its first rows"
        hint = "write a mapping by hand, as docs/how-to-import-excel.md shows"
        raise InvalidData([Issue("import-no-headings", Place(path.name), message, None, hint)])
    text = write_mapping(sheets, path.name, vocabulary)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        place = Place(quote(target.name))
        raise InvalidData([Issue("cannot-write", place, message)]) from None
    return Proposal(target, tuple(sheets))


def read_register(paths: Sequence[Path], mapping: Path | None = None) -> Register:
    """Read a spreadsheet by its mapping.

    Raises InvalidData when the file cannot be read or the mapping has a problem.
    """
    path = take_one(paths)
    if path.suffix.lower() in BOOKS and xlsx.recognise(path):
        hint = "put it into the case folder as inventory.xlsx"
        message = "is the workbook of a case, and needs no import"
        raise InvalidData([Issue("import-own", Place(path.name), message, None, hint)])
    vocabulary = Vocabulary()
    grids = read_grids(path)
    out = Register(NAME)
    notes: list[str] = []
    where = mapping or place_mapping(path)
    sheets = read_mapping(where, path.name, grids, vocabulary, notes)
    out.kept_as_text += notes
    named = {grid.name: grid for grid in grids}
    for grid in grids:
        for notice in grid.notices:
            out.contradict(notice)
    activities = ActivityReader(vocabulary, out)
    activities.places.listed = frozenset(
        fold(record.get("systems.title"))
        for sheet in sheets
        if sheet.row_is == "system"
        for record in list_records(named[sheet.name], sheet, [])
    )
    _read_activities([(named[s.name], s) for s in sheets if s.row_is == "activity"], activities)
    tables = TableReader(activities)
    for row_is in ("party", "system", "item", "flow", "safeguard"):
        for sheet in sheets:
            if sheet.row_is == row_is:
                for record in list_records(named[sheet.name], sheet, out.kept_as_text):
                    tables.read(record, row_is)
    itemised = {item["activity"] for item in out.tables.get("items", {}).values()}
    for id in out.tables.get("activities", {}):
        if id not in itemised:
            out.lack(f"activities/{id}", "which personal information it uses")
    for lines in (out.kept_as_text, out.missing, out.contradictions):
        lines[:] = dict.fromkeys(lines)  # a merged cell is told once
    return out


def _read_activities(sheets: list[tuple[Grid, SheetMap]], reader: ActivityReader) -> None:
    """Read the activities of all sheets; rows of one title and owner are one activity."""
    records: list[tuple[str, Record]] = []
    for grid, sheet in sheets:
        for record in list_records(grid, sheet, reader.out.kept_as_text):
            records.append((grid.name, record))
    keys = [(sheet, *_name_record(record)) for sheet, record in records]
    sheets_of = Counter(n for n, _ in {(fold(k[1]), k[0]) for k in keys if k[1]})
    numbers = Counter(key[:2] for key in set(keys))
    several = any(count > 1 for count in sheets_of.values())
    ids: dict[tuple[str, ...], str] = {}
    for key, (name, record) in zip(keys, records, strict=True):
        number, title = key[1], key[2]
        if not title:
            texts = (c.text for cells in record.cells.values() for c in cells)
            reader.out.keep(record.where, "row without a title", list(texts))
            reader.out.contradict(f"{record.where}: has no title; it was not read as an activity")
            continue
        if key in ids:
            reader.read(record, ids[key], again=True)
            continue
        wanted = _choose_id(number, title)
        if number and several:
            wanted = make_id(name, wanted)
        if number and numbers[key[:2]] > 1:
            wanted = make_id(title)
            text = f"{record.where}: the number {quote(number)} stands at another activity too"
            reader.out.contradict(text)
        ids[key] = reader.read(record, wanted, again=False)


def _name_record(record: Record) -> tuple[str, str, str]:
    title = record.get("activities.title") or record.get("activities.purpose")
    return record.get("activities.id"), " ".join(title.split()), record.get("activities.owner")


def _choose_id(number: str, title: str) -> str:
    if not number:
        return make_id(title) or "activity"
    return f"pa-{number}" if number.isdigit() else make_id(number) or make_id(title)
