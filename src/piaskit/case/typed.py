"""One table: raw cells become a typed frame, with every problem at its cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from piaskit.case.cells import Parsed, Parser, Problem, build_parser, inspect_text, mean
from piaskit.case.sheets import RawColumn, Sheet
from piaskit.case.table import Column, Table
from piaskit.case.tables import TABLES
from piaskit.case.texts import TYPES, find_forbidden, find_plain, parse_plain
from piaskit.case.words import Words
from piaskit.errors import Issue, Place, quote

SHOWN = 1_000  # cells of one column that are told one by one; the rest is counted
EVIDENCE = "evidence"
_BROKEN = {
    "error-cell": ("holds the error {}, expected a value", "mend the formula"),
    "formula-without-value": (
        "holds the formula {} without a stored value",
        "open and save the workbook in a spreadsheet program, or write the value",
    ),
}

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Describe = Callable[[int], Sequence[tuple[Problem, str]]]  # row -> its problems and their text


@dataclass(slots=True)
class Typed:
    """A table on its way: values per column, problems so far, rows that cannot be used."""

    table: Table
    sheet: Sheet | None
    size: int
    values: dict[str, tuple[np.ndarray[Any, Any], pa.Array]] = field(default_factory=dict)
    extras: dict[str, RawColumn] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    bad: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    # rows whose reference cannot be followed, since the other table could not be read
    orphans: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict)
    issues: list[tuple[int, int, Issue]] = field(default_factory=list)
    notices: list[Issue] = field(default_factory=list)

    def list_values(self, name: str) -> list[Any]:
        """Return the values of a column by row; None for a blank, all None without the column."""
        if name not in self.values:
            return [None] * self.size
        codes, values = self.values[name]
        told: list[Any] = values.take(pa.array(codes, mask=codes < 0)).to_pylist()
        return told

    def place(self, row: int | None, column: str) -> Place:
        """Return the place of a cell, by its row number."""
        assert self.sheet is not None
        return self.sheet.place(row, self.positions.get(column), column)

    def report(self, rows: np.ndarray[Any, Any], column: str, describe: Describe) -> None:
        """Report the problems of rows (counted from 0) in a column; a long run is cut short."""
        assert self.sheet is not None
        self.bad[rows] = True
        position = self.positions.get(column, 0)
        for count, n in enumerate(rows):
            row = int(self.sheet.rows[n])
            place = self.place(row, column)
            for problem, text in describe(int(n)):
                message = problem.message
                if count == SHOWN:
                    message = f"here and in {len(rows) - SHOWN - 1:,} cells below: {message}"
                shown = quote(text) if text else None
                issue = Issue(problem.slug, place, message, shown, problem.hint)
                self.issues.append((row, position, issue))
            if count == SHOWN:
                return

    def list_issues(self) -> list[Issue]:
        """Return the issues in reading order."""
        return [issue for _, _, issue in sorted(self.issues, key=lambda entry: entry[:2])]

    def build_frame(self) -> pd.DataFrame:
        """Return the frame: all declared columns in order, then the others by name."""
        if not self.size and not self.extras:
            return _build_blank(self.table.name).copy()
        columns: dict[str, Any] = {}
        for column in self.table.columns:
            if column.name in self.values:
                columns[column.name] = _build_array(column, *self.values[column.name])
            else:
                blank = pa.nulls(0, TYPES[column.dtype])
                columns[column.name] = _build_array(column, np.full(self.size, -1), blank)
        for name in sorted(self.extras):
            raw = self.extras[name]
            columns[name] = _build_array(Column(name), raw.codes, raw.texts)
        return pd.DataFrame(columns, index=pd.RangeIndex(self.size))


@cache
def _build_blank(table: str) -> pd.DataFrame:
    """Return the frame of a table without rows: a case leaves most tables blank."""
    blank = {dtype: pd.Series([], dtype=dtype) for dtype in TYPES}
    columns = {c.name: blank[c.dtype] for c in TABLES[table].columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(0))


def type_table(table: Table, sheet: Sheet | None, words: Words, root: Path) -> Typed:
    """Type the cells of a table; references are checked later, when all tables are known."""
    size = 0 if sheet is None else len(sheet.rows)
    typed = Typed(table, sheet, size, bad=np.zeros(size, dtype=bool))
    if sheet is None or not sheet.headers:
        return typed
    _assign_columns(typed, sheet, words)
    for column in table.columns:
        if column.name in typed.positions:
            parser = (
                (lambda text: judge_path(root, text))
                if column.kind == "path"
                else build_parser(column, words)
            )
            _type_column(typed, sheet, column, parser)
    for name, raw in typed.extras.items():
        _inspect_extra(typed, name, raw)
    _check_ids(typed, sheet)
    _report_stray(typed, sheet)
    return typed


def judge_path(root: Path, text: str) -> Parsed:
    """Read the path of an evidence file: below ``evidence/``, never out of the case folder."""
    plain = text.replace("\\", "/")
    path = PurePosixPath(plain)
    leaves = path.is_absolute() or PureWindowsPath(text).drive or ".." in path.parts
    if not leaves and not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", plain):
        below = PurePosixPath(*path.parts[1:]) if path.parts[:1] == (EVIDENCE,) else path
        try:
            real = (root / EVIDENCE / below).resolve()
            if real.is_relative_to(root.resolve()):
                return str(below), ()
        except (OSError, RuntimeError, ValueError):
            pass
    message = f"{quote(text)} leads out of the case folder, expected a file below {EVIDENCE}/"
    return None, (Problem("path-leaves-case", message, f"put the file into {EVIDENCE}/"),)


def _assign_columns(typed: Typed, sheet: Sheet, words: Words) -> None:
    """Say which position holds which column; report headers that are wrong."""
    table, guessed = typed.table, set()

    def report(position: int, slug: str, message: str, value: str, hint: str | None) -> None:
        place = sheet.place(sheet.header_row, position, None if sheet.sheet else quote(value))
        issue = Issue(slug, place, message, quote(value) or None, hint)
        typed.issues.append((sheet.header_row, position, issue))

    for position, header in enumerate(sheet.headers):
        if not header:
            _report_headless(typed, sheet, position)
            continue
        forbidden = inspect_text(header)
        if forbidden:
            report(position, forbidden.slug, forbidden.message, header, forbidden.hint)
            continue
        translated = header[-3:] in ("_en", "_zh") and header[:-3] in table.names
        name = words.find_column(table, header) or _find_companion(table, header, words)
        if name in typed.positions:
            message = f"{quote(header)} is the column {name} for the second time"
            report(position, "duplicate-column", message, header, "keep one of them")
        elif name:
            typed.positions[name] = position
            if name not in table.names:
                typed.extras[name] = sheet.columns[position]
        elif not translated and (near := words.guess_column(table, header)):
            guessed.add(near)
            message = f"{quote(header)} is no column of {table.name}"
            report(position, "unknown-column", message, header, mean(near))
        elif header not in typed.extras:
            typed.extras[header] = sheet.columns[position]
            typed.positions[header] = position
            message = f"{quote(header)} is no column of {table.name} and was kept as it is"
            place = sheet.place(sheet.header_row, position, None if sheet.sheet else quote(header))
            typed.notices.append(Issue("extra-column", place, message, quote(header)))
    for column in table.columns:
        if column.required and column.name not in {*typed.positions, *guessed}:
            place = sheet.place(sheet.header_row, None, column.name)
            message = f"the table {table.name} has no column {column.name}, expected one"
            issue = Issue("missing-column", place, message, column.name)
            typed.issues.append((sheet.header_row, -1, issue))
            typed.bad[:] = True


def _report_headless(typed: Typed, sheet: Sheet, position: int) -> None:
    filled = np.flatnonzero(sheet.columns[position].codes >= 0)
    if len(filled):
        raw = sheet.columns[position]
        row, text = int(sheet.rows[filled[0]]), raw.read(int(filled[0]))
        place = sheet.place(row, position, None if sheet.sheet else f"cell {position + 1}")
        message = f"{quote(text)} stands in a column without a header"
        hint = "give the column a header, or quote a text that holds the separator"
        issue = Issue("cell-without-header", place, message, quote(text), hint)
        typed.issues.append((row, position, issue))
        typed.bad[filled] = True


def _find_companion(table: Table, header: str, words: Words) -> str | None:
    """Return the name of a text column's companion in another language."""
    trunk, lang = header[:-3], header[-2:].lower()
    if header[-3:-2] not in ("_", "-", " ") or lang not in ("en", "zh"):
        return None
    name = words.find_column(table, trunk)
    return f"{name}_{lang}" if name and table[name].kind == "text" else None


def _type_column(typed: Typed, sheet: Sheet, column: Column, parser: Parser) -> None:
    raw = sheet.columns[typed.positions[column.name]]
    fine, values = parse_plain(column, raw.texts)
    problems: dict[int, Sequence[Problem]] = {}
    rest = np.flatnonzero(~fine)
    if len(rest):
        read: list[Any] = [None] * len(rest)
        for at, (n, text) in enumerate(zip(rest.tolist(), _list(raw.texts, rest), strict=True)):
            forbidden = inspect_text(text)
            if forbidden:
                problems[n] = (forbidden,)
            else:
                read[at], found = parser(text)
                if found:
                    problems[n] = found
        closer = pa.array(read, type=TYPES[column.dtype])
        values = pc.replace_with_mask(values, pa.array(~fine), closer)
    typed.values[column.name] = (raw.codes, values)
    _report_texts(typed, column.name, raw, problems)
    broken = _report_broken(typed, sheet, column.name)
    if column.required:
        blank = (raw.codes < 0) & ~broken
        if blank.any():
            slug = "blank-id" if column.kind == "id" else "blank-required"
            message = f"{column.name} is blank, expected a value in every row"
            missing = ((Problem(slug, message), ""),)
            typed.report(np.flatnonzero(blank), column.name, lambda n: missing)


def _report_texts(
    typed: Typed, name: str, raw: RawColumn, problems: dict[int, Sequence[Problem]]
) -> None:
    if not problems:
        return
    wrong = np.zeros(len(raw.texts) + 1, dtype=bool)
    wrong[list(problems)] = True

    def describe(n: int) -> list[tuple[Problem, str]]:
        return [(problem, raw.read(n)) for problem in problems[int(raw.codes[n])]]

    typed.report(np.flatnonzero(wrong[raw.codes]), name, describe)


def _inspect_extra(typed: Typed, name: str, raw: RawColumn) -> None:
    assert typed.sheet is not None
    suspect = np.flatnonzero(find_forbidden(raw.texts))
    forbidden = zip(suspect.tolist(), map(inspect_text, _list(raw.texts, suspect)), strict=True)
    _report_texts(typed, name, raw, {n: (p,) for n, p in forbidden if p})
    _report_broken(typed, typed.sheet, name)


def _report_broken(typed: Typed, sheet: Sheet, name: str) -> Bools:
    """Report the cells of a column that hold an error or a formula without a value."""
    broken = np.zeros(typed.size, dtype=bool)
    position = typed.positions[name]
    for (row, at), (slug, text) in sheet.broken.items():
        if at == position:
            message, hint = _BROKEN[slug]
            hit = np.flatnonzero(sheet.rows == row)
            told = ((Problem(slug, message.format(quote(text)), hint), text),)
            typed.report(hit, name, lambda n, told=told: told)  # type: ignore[misc]
            broken[hit] = True
    return broken


def _report_stray(typed: Typed, sheet: Sheet) -> None:
    """Report cells without a usable value that stand in the header or under none."""
    known = set(typed.positions.values())
    for (row, position), (slug, text) in sorted(sheet.broken.items()):
        if row <= sheet.header_row or position not in known:
            message, hint = _BROKEN[slug]
            place = sheet.place(row, position, None)
            issue = Issue(slug, place, message.format(quote(text)), quote(text), hint)
            typed.issues.append((row, position, issue))
            typed.bad[sheet.rows == row] = True


def _check_ids(typed: Typed, sheet: Sheet) -> None:
    if "id" not in typed.values:
        return
    codes, values = typed.values["id"]
    known = values.drop_null()
    if find_plain(known).all():
        # Told apart by one look, as ids mostly rise, or by one count; only where that says that
        # some are alike are they looked for.
        alike = np.bincount(codes[codes >= 0], minlength=1).max() > 1
        lowered = pc.ascii_lower(known)
        if not alike and (_rise(lowered) or pc.count_distinct(lowered).as_py() == len(known)):
            return
    ids = pd.Series(_build_array(typed.table["id"], codes, values))
    folded = ids.str.casefold()
    again = np.flatnonzero((folded.duplicated() & folded.notna()).to_numpy())
    if not len(again):
        return
    first = dict(zip(folded[::-1], sheet.rows[::-1], strict=True))

    def describe(n: int) -> list[tuple[Problem, str]]:
        message = f"the id {quote(ids[n])} stands already in row {first[folded[n]]}"
        return [(Problem("duplicate-id", message, "give each row its own id"), ids[n])]

    typed.report(again, "id", describe)


def _rise(texts: pa.Array) -> bool:
    """Whether each text comes after the one before it."""
    rising = pc.all(pc.greater(texts[1:], texts[:-1])).as_py()
    return rising is not False


def _list(texts: pa.Array, rows: np.ndarray[Any, Any]) -> list[str]:
    chosen: list[str] = texts.take(pa.array(rows)).to_pylist()
    return chosen


def _build_array(column: Column, codes: np.ndarray[Any, Any], values: pa.Array) -> Any:
    """Return the array of a frame: per row the value its code names."""
    cells = values
    if len(codes) != len(values) or not np.array_equal(codes, np.arange(len(codes))):
        cells = values.take(pa.array(codes, mask=codes < 0))
    if column.dtype == "Int64":
        missing = cells.is_null().to_numpy(zero_copy_only=False)
        numbers = pc.fill_null(cells, 0).to_numpy()
        return pd.arrays.IntegerArray(numbers.copy(), missing.copy())
    if column.dtype == "Float64":
        missing = cells.is_null().to_numpy(zero_copy_only=False)
        return pd.arrays.FloatingArray(pc.fill_null(cells, 0.0).to_numpy().copy(), missing.copy())
    if column.dtype == "str":
        return pd.array(cells, dtype="str")
    stamps = cells.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False)
    return pd.Series(stamps).astype("datetime64[s]")
