"""The mapping between a foreign spreadsheet and a case: a YAML file that an analyst corrects."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from piaskit.case.tables import TABLES
from piaskit.case.words import find_nearest, fold
from piaskit.errors import InvalidData, Issue, quote
from piaskit.importers._headings import ROW_KINDS, name_headings
from piaskit.importers._sheet_words import MANY, NAMES, TEXT, Vocabulary
from piaskit.importers._sheets import Grid, clean_heading
from piaskit.knowledge.read import Steps, Tree, read_tree

NOTHING = "nothing"
_SHEET_KEYS = ("row_is", "header_rows", "first_row", "last_row", "columns")
_COLUMN_KEYS = ("field", "split", "values")
_PLAIN = re.compile(r"[^\W_][\w（）、，；《》 /.()-]*[\w）)]|[^\W_]")


@dataclass(slots=True)
class ColumnMap:
    """One column of a sheet: its field, how its cells are split, what its words mean.

    ``values`` maps a word of the register to ours; '' stands for a word nobody knows yet.
    """

    heading: str
    field: str
    split: str = ""
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    position: int = -1
    sure: str = ""
    samples: tuple[str, ...] = ()


@dataclass(slots=True)
class SheetMap:
    """One sheet: what a row is and where its headings and records stand, counted from 1."""

    name: str
    row_is: str
    header_rows: tuple[int, ...] = ()
    first_row: int = 0
    last_row: int | None = None
    columns: list[ColumnMap] = dataclasses.field(default_factory=list)


def list_fields(vocabulary: Vocabulary, row_is: str) -> tuple[str, ...]:
    """Return the fields that a column may be mapped to."""
    if row_is == "activity":
        return tuple(vocabulary.data["fields"])
    table = ROW_KINDS[row_is]
    return (*(f"{table}.{name}" for name in TABLES[table].names), TEXT)


def write_mapping(sheets: list[SheetMap], file: str, vocabulary: Vocabulary) -> str:
    """Write a mapping as commented YAML; equal guesses give equal text."""
    lines = [
        "# How the sheets of a register become a case. Nothing was imported yet: correct this",
        "# file, then run the same import again. Columns with the field `text` are kept as text.",
        "# 请核对本文件后再次运行同一命令；field 为 text 的列仅作文字保留。",
        "# A word without a value is unknown: give it one, write `text` to keep it, or leave it.",
        "#",
        "# Fields of a row that is an activity:",
    ]
    for name, about in vocabulary.data["fields"].items():
        lines.append(f"#   {name:30} {about['means']}")
    lines += ["# Rows of other kinds take the columns of their table, as parties.country.", ""]
    lines += [f"file: {_scalar(file)}", "sheets:"]
    for sheet in sheets:
        lines.append(f"  {_scalar(sheet.name)}:")
        if sheet.row_is == NOTHING:
            lines.append(f"    row_is: {NOTHING}  # no headings were recognised; nothing is read")
            continue
        kinds = ", ".join((*ROW_KINDS, NOTHING))
        lines.append(f"    row_is: {sheet.row_is}  # one of {kinds}")
        rows = ", ".join(map(str, sheet.header_rows))
        lines += [f"    header_rows: [{rows}]", f"    first_row: {sheet.first_row}", "    columns:"]
        for column in sheet.columns:
            lines += _write_column(column)
    return "\n".join(lines) + "\n"


def _write_column(column: ColumnMap) -> Iterable[str]:
    from piaskit.case.archive import name_column

    told = f"  # {name_column(column.position)}, {column.sure}"
    if column.samples:
        told += "; as " + " | ".join(quote(s[:40]) for s in column.samples)
    yield f"      {_scalar(column.heading)}:{told}"
    yield f"        field: {column.field}"
    if column.split:
        yield f"        split: {json.dumps(column.split, ensure_ascii=False)}"
    if column.values:
        yield "        values:"
        for word in sorted(column.values, key=lambda w: bool(column.values[w])):
            value = column.values[word]
            yield f"          {_scalar(word)}:" + (f" {_scalar(value)}" if value else "")


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.casefold() != "null":
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in quoted)


def read_mapping(
    path: Path, file: str, grids: list[Grid], vocabulary: Vocabulary, notes: list[str]
) -> list[SheetMap]:
    """Read a mapping against the sheets it is for.

    ``notes`` gets what is worth telling and no problem. Raises InvalidData with every problem at
    its line of the mapping file.
    """
    tree, _ = read_tree(path, path.name)
    tree.issues = [
        replace(i, slug=i.slug.replace("pack-", "mapping-"), hint=_adapt(i)) for i in tree.issues
    ]
    sheets: list[SheetMap] = []
    if not tree.issues:
        sheets = _Reader(tree, vocabulary).read(grids, notes)
        made_for = str(tree.content.get("file", file))
        if made_for != file:
            notes.append(f"{path.name}: was made for {quote(made_for)} and used for {file}")
    if tree.issues:
        raise InvalidData(sorted(tree.issues, key=lambda i: i.place.row or 0))
    return sheets


def _adapt(issue: Issue) -> str | None:
    return "start with file and sheets" if issue.hint and "title" in issue.hint else issue.hint


class _Reader:
    def __init__(self, tree: Tree, vocabulary: Vocabulary) -> None:
        self.tree, self.vocabulary = tree, vocabulary

    def read(self, grids: list[Grid], notes: list[str]) -> list[SheetMap]:
        known = {grid.name: grid for grid in grids}
        content = self.tree.content
        self._check_keys(content, (), ("file", "sheets"))
        sheets = content.get("sheets")
        if not isinstance(sheets, dict) or not sheets:
            self._say((), "has no sheets, expected the sheets to read", None, "key sheets")
            return []
        made = []
        for name, about in sheets.items():
            path: Steps = ("sheets", name)
            if name not in known:
                self._offer(path, name, "sheet of the file", known)
            elif not isinstance(about, dict):
                self._say(path, "is no mapping of keys, expected row_is, header_rows, columns")
            else:
                made.append(self._read_sheet(path, about, known[name]))
        for name in known:
            if name not in sheets:
                notes.append(f"{name}: the mapping does not name this sheet; it was not read")
        return [sheet for sheet in made if sheet.row_is != NOTHING]

    def _read_sheet(self, path: Steps, about: dict[str, Any], grid: Grid) -> SheetMap:
        self._check_keys(about, path, _SHEET_KEYS)
        row_is = str(about.get("row_is", ""))
        sheet = SheetMap(grid.name, row_is)
        if row_is == NOTHING:
            return sheet
        if row_is not in ROW_KINDS:
            self._offer((*path, "row_is"), row_is, "kind of row", (*ROW_KINDS, NOTHING))
            return sheet
        rows = self._read_rows(path, about, grid)
        if not rows:
            return sheet
        sheet.header_rows = tuple(rows)
        sheet.first_row = self._read_number((*path, "first_row"), about, rows[-1] + 1)
        if sheet.first_row <= rows[-1]:
            self._say((*path, "first_row"), f"stands above or in the headings (row {rows[-1]})")
        if "last_row" in about:
            sheet.last_row = self._read_number((*path, "last_row"), about, sheet.first_row)
        columns = about.get("columns")
        if not isinstance(columns, dict) or not columns:
            self._say(path, "has no columns, expected headings and their fields")
            return sheet
        headings = {h.key: h for h in name_headings(grid, [r - 1 for r in rows])}
        for name, column in columns.items():
            here: Steps = (*path, "columns", name)
            if name not in headings:
                self._offer(here, name, f"heading in row {'-'.join(map(str, rows))}", headings)
            elif made := self._read_column(here, name, column, row_is):
                made.position = headings[name].position
                sheet.columns.append(made)
        named = {c.heading for c in sheet.columns}
        for key, heading in headings.items():
            if key not in named and key not in columns:
                sheet.columns.append(ColumnMap(key, TEXT, position=heading.position))
        self._check_fields(path, sheet)
        return sheet

    def _read_rows(self, path: Steps, about: dict[str, Any], grid: Grid) -> list[int]:
        listed = about.get("header_rows")
        texts = listed if isinstance(listed, list) else [listed] if listed else []
        if not texts or not all(str(t).isascii() and str(t).isdigit() for t in texts):
            self._say((*path, "header_rows"), "is no list of row numbers, expected as [3, 4]")
            return []
        rows = [int(t) for t in texts]
        if rows != list(range(rows[0], rows[0] + len(rows))) or rows[0] < 1:
            self._say((*path, "header_rows"), "are no rows one below the other, as [3, 4]")
            return []
        if rows[-1] > len(grid.rows):
            text = f"lies below the last row of the sheet ({len(grid.rows)})"
            self._say((*path, "header_rows"), text)
            return []
        return rows

    def _read_number(self, path: Steps, about: dict[str, Any], otherwise: int) -> int:
        text = str(about.get(str(path[-1]), otherwise))
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000_000):
            self._say(path, f"{quote(text)} is no row number", text)
            return otherwise
        return int(text)

    def _read_column(self, path: Steps, name: str, about: Any, row_is: str) -> ColumnMap | None:
        if isinstance(about, str):
            about = {"field": about}
        if not isinstance(about, dict):
            self._say(path, "is no mapping of keys, expected as {field: activities.title}")
            return None
        self._check_keys(about, path, _COLUMN_KEYS)
        fields = list_fields(self.vocabulary, row_is)
        column = ColumnMap(name, str(about.get("field", "")))
        if column.field not in fields:
            self._offer((*path, "field"), column.field, f"field of a row that is {row_is}", fields)
            return None
        split = about.get("split", "")
        if not isinstance(split, str):
            self._say((*path, "split"), 'is no text of separators, expected as "、；"')
        else:
            column.split = split
        values = about.get("values", {})
        known = self.vocabulary.list_values(column.field)
        if not isinstance(values, dict):
            self._say((*path, "values"), "is no mapping of words to values")
        elif column.field in NAMES:
            for word, value in values.items():
                column.values[fold(clean_heading(word)) or word] = str(value)
        elif values and known is None:
            text = f"are given, but {column.field} holds free text"
            self._say((*path, "values"), text, None, "leave values out")
        else:
            for word, value in values.items():
                if value != TEXT and value not in (known or ()):
                    here = (*path, "values", word)
                    self._offer(
                        here, str(value), f"value of {column.field}", (*(known or ()), TEXT)
                    )
                column.values[fold(clean_heading(word)) or word] = str(value)
        return column

    def _check_fields(self, path: Steps, sheet: SheetMap) -> None:
        first: dict[str, str] = {}
        for column in sheet.columns:
            if column.field in first and column.field not in (*MANY, TEXT):
                here = (*path, "columns", column.heading, "field")
                text = f"{column.field} is already the column {quote(first[column.field])}"
                self._say(here, text, column.field, "keep one, give the other the field text")
            first.setdefault(column.field, column.heading)
        table = ROW_KINDS[sheet.row_is]
        titles: tuple[str, ...] = (f"{table}.title", f"{table}.id")
        if sheet.row_is == "activity":
            titles = ("activities.title", "activities.purpose")
        elif sheet.row_is == "flow":
            titles = ("flows.activity",)
        if not any(t in first for t in titles):
            self._say((*path, "columns"), f"have no {' or '.join(titles)}, expected one")

    def _check_keys(self, about: dict[str, Any], path: Steps, known: tuple[str, ...]) -> None:
        for key in about:
            if key not in known:
                self._offer((*path, key), key, "key here", known, "mapping-unknown-key")

    def _offer(
        self,
        path: Steps,
        text: str,
        what: str,
        known: Iterable[str],
        slug: str = "mapping-unknown-word",
    ) -> None:
        words = list(known)
        near = find_nearest(text, words)
        listed = ", ".join(quote(w) for w in words[:16]) + (" ..." if len(words) > 16 else "")
        hint = f"did you mean {near}?" if near else None
        message = (
            f"{quote(text)} is no {what}, expected {listed}"
            if text
            else f"is blank, expected {listed}"
        )
        self.tree.report(slug, path, message, quote(text), hint)

    def _say(
        self, path: Steps, message: str, value: str | None = None, hint: str | None = None
    ) -> None:
        self.tree.report("mapping-value", path, message, value, hint)
