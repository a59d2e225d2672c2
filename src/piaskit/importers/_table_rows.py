"""Rows that are items, parties, systems, flows or safeguards, as in a sheet of their own."""

from __future__ import annotations

from itertools import islice

from piaskit.case.cells import build_parser
from piaskit.case.table import Column
from piaskit.case.tables import TABLES
from piaskit.case.words import fold
from piaskit.importers._activity_rows import ActivityReader
from piaskit.importers._cells import find_own_or_known
from piaskit.importers._guess import is_blank, list_pieces
from piaskit.importers._headings import ROW_KINDS
from piaskit.importers._places import make_id
from piaskit.importers._records import Cell, Record
from piaskit.importers._retention import read_retention
from piaskit.importers._sheet_words import SEPARATORS, TEXT, split_cell
from piaskit.importers.register import Row


class TableReader:
    """Turns records into rows of the table whose columns they have, beside the activities read."""

    def __init__(self, activities: ActivityReader) -> None:
        self.reader = activities
        self.vocabulary, self.out = activities.vocabulary, activities.out
        self._known: dict[str, dict[tuple[str, str], str]] = {}
        self._seen: dict[str, int] = {}

    def read(self, record: Record, row_is: str) -> None:
        """Read one row; a row that names a known party, system or item adds to it."""
        table = ROW_KINDS[row_is]
        row: Row = {}
        for field, cells in record.cells.items():
            if field == TEXT:
                for cell in cells:
                    self.out.keep(record.where, cell.column.heading, cell.text)
            elif not is_blank(cells[0].text, self.vocabulary):
                column = TABLES[table][field.partition(".")[2]]
                row[column.name] = self._read_cell(record, cells[0], column, row)
        row = {name: value for name, value in row.items() if value}
        known = self._find_known(table, row)
        if known:
            for name, value in row.items():
                if name not in ("id", "title"):
                    self.reader.places.set_cell(table, known, name, value, record.where)
            return
        self._complete(record, table, row)
        lacking = [c.name for c in TABLES[table].columns if c.required and not row.get(c.name)]
        if lacking:
            text = ", ".join(f"{name}: {value}" for name, value in row.items())
            self.out.keep(record.where, f"{row_is} without {', '.join(lacking)}", text)
            self.out.lack(record.where, ", ".join(lacking))
            return
        self.out.add(table, row)

    def _read_cell(self, record: Record, cell: Cell, column: Column, row: Row) -> str:
        field, where = cell.column.field, record.where
        if column.name == "title":
            return " ".join(cell.text.split())
        if column.kind in ("reference", "references"):
            return self._refer(cell, column, where)
        if column.name == "retention":
            found = read_retention(cell.text)
            if found:
                row.setdefault("retention_start", found[1])
                return found[0]
        elif self.vocabulary.list_values(field) and column.kind != "some":
            values = []
            for piece in list_pieces(cell.column, cell.text):
                value = find_own_or_known(self.vocabulary, cell.column, piece, field)
                if value and value not in (TEXT, "none"):
                    values.append(value)
                elif value != "none" or "none" not in column.values:
                    self.out.keep(where, cell.column.heading, piece)
            return ";".join(dict.fromkeys(values))
        elif column.kind != "id":
            parsed, problems = build_parser(column, self.vocabulary.words)(cell.text)
            if not problems:
                return str(parsed)
        else:
            # A plain running number says less than a title, and two sheets may share it.
            return "" if cell.text.isdigit() else make_id(cell.text)
        self.out.keep(where, cell.column.heading, cell.text)
        self.out.lack(where, cell.column.heading)
        return ""

    def _refer(self, cell: Cell, column: Column, where: str) -> str:
        found = []
        pieces = split_cell(cell.text, SEPARATORS) if column.many else [cell.text.strip()]
        for piece in pieces:
            id = self._find_row(piece, column.to)
            if id:
                found.append(id)
            else:
                self.out.keep(where, cell.column.heading, piece)
                self.out.contradict(f"{where}: {cell.column.heading} {piece} is in no other row")
        return ";".join(dict.fromkeys(found))

    def _find_row(self, text: str, tables: tuple[str, ...]) -> str:
        if tables == ("activities",):
            return self.reader.titles.get(fold(text), "")
        if set(tables) == {"parties", "systems"}:
            return self.reader.places.find_place(text)
        rows = self.out.tables.get(tables[0], {})
        known = (i for i, r in rows.items() if fold(text) in (fold(i), fold(r.get("title", ""))))
        return next(known, "")

    def _find_known(self, table: str, row: Row) -> str:
        title = fold(row.get("title", ""))
        if table not in ("items", "parties", "systems") or not title:
            return ""
        rows = self.out.tables.get(table, {})
        known = self._known.setdefault(table, {})
        for id, other in islice(rows.items(), self._seen.get(table, 0), None):
            named = fold(other.get("title", ""))
            for sort in (other.get("activity") or other.get("role", ""), ""):
                if sort or table != "items":
                    known.setdefault((named, sort), id)
        self._seen[table] = len(rows)
        return known.get((title, row.get("activity") or row.get("role", "")), "")

    def _complete(self, record: Record, table: str, row: Row) -> None:
        """Give a row its id, and what its title alone says."""
        title, field = row.get("title", ""), f"{table}.title"
        column = {"items": "category", "safeguards": "control"}.get(table)
        if column and column not in row and title:
            found = find_own_or_known(self.vocabulary, record.cells[field][0].column, title, field)
            if found and found != TEXT:
                row[column] = found
            elif table == "items":
                row[column] = self.vocabulary.data["unspecific"]["customer"]
                self.out.lack(record.where, f"kind of {title} (read as {row[column]})")
            else:
                self.out.lack(record.where, f"which safeguard {title} is")
        if table == "safeguards" and "kind" not in row and "control" in row:
            row["kind"] = self.vocabulary.knowledge.controls[row["control"]].kind
        parts = (row.get("activity", ""), row.get("stage", ""), row.get("source", ""))
        named = row.get("title") or row.get("target", "")
        row.setdefault("id", make_id(*(parts if table in ("flows", "items") else ()), named))
        if not row["id"]:
            row["id"] = table
