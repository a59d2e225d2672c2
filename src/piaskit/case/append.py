"""New rows at the end of one table; what stands in the case already is left as it is."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.read import BOOK, FOLDER, decode_text
from piaskit.case.tables import TABLES
from piaskit.case.words import Words
from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    from piaskit.knowledge import Knowledge

NewRow = Mapping[str, str]


def append_rows(root: Path, table: str, rows: Sequence[NewRow], knowledge: Knowledge) -> None:
    """Add rows to a table of a case folder, in the form that it has.

    A CSV file keeps every byte it had, its encoding and separator; in a workbook only the cells
    below the last row change, and formulas keep their values; Parquet keeps its types. A table that
    the case lacks is made. Cells whose column the table lacks are left out. Dates are ISO text.

    Raises InvalidData when the file cannot be written; it is then as it was.
    """
    if not rows:
        return
    words = Words(knowledge)
    folder = root / FOLDER
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [
        path
        for path in files
        if path.suffix.lower() in (".csv", ".parquet") and words.find_table(path.stem) == table
    ]
    try:
        if found:
            extend = _extend_csv if found[0].suffix.lower() == ".csv" else _extend_parquet
            _put(found[0], lambda part: part.write_bytes(extend(found[0], table, rows, words)))
        elif (root / BOOK).is_file():
            _put(root / BOOK, lambda part: _extend_book(root / BOOK, part, table, rows, words))
        else:
            _put(folder / f"{table}.csv", lambda part: part.write_bytes(_make_csv(table, rows)))
    except OSError as error:
        text = f"cannot be written: {error.strerror or error}"
        raise InvalidData([Issue("cannot-write", Place(quote(root.name)), text)]) from None


def _put(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside a file and move it there whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _name_columns(headers: Sequence[object], table: str, words: Words) -> list[str]:
    names = [str(header or "").strip() for header in headers]
    return [words.find_column(TABLES[table], name) or name for name in names]


def _make_csv(table: str, rows: Sequence[NewRow]) -> bytes:
    names = list(dict.fromkeys([*TABLES[table].names, *(name for row in rows for name in row)]))
    return _write_lines([names, *([row.get(n, "") for n in names] for row in rows)]).encode(
        "utf-8-sig"
    )


def _write_lines(rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def _extend_csv(path: Path, table: str, rows: Sequence[NewRow], words: Words) -> bytes:
    data = path.read_bytes()
    text = decode_text(data, Place(path.name), [])
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    end = "\r\n" if head.endswith("\r") else "\n"
    header = next((r for r in csv.reader(io.StringIO(text), delimiter=delimiter) if any(r)), None)
    if header is None:
        return _make_csv(table, rows)
    names = _name_columns(header, table, words)
    added = _write_lines([[row.get(n, "") for n in names] for row in rows], delimiter, end)
    try:
        data.decode("utf-8-sig")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "gb18030"
    return data + ("" if text.endswith("\n") else end).encode() + added.encode(encoding)


def _extend_parquet(path: Path, table: str, rows: Sequence[NewRow], words: Words) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    old = pq.read_table(path)
    columns = [
        pa.array([row.get(name) or None for row in rows], pa.string()).cast(field.type)
        for name, field in zip(
            _name_columns(old.column_names, table, words), old.schema, strict=True
        )
    ]
    out = io.BytesIO()
    pq.write_table(pa.concat_tables([old, pa.table(columns, schema=old.schema)]), out)
    return out.getvalue()


def _extend_book(path: Path, part: Path, table: str, rows: Sequence[NewRow], words: Words) -> None:
    from openpyxl import load_workbook

    book = load_workbook(path)
    if any(cell.data_type == "f" for sheet in book for line in sheet.iter_rows() for cell in line):
        book = load_workbook(path, data_only=True)
    sheet: Any = next((s for s in book if words.find_table(s.title) == table), None)
    if sheet is None:
        sheet = book.create_sheet(table)
        sheet.append(list(TABLES[table].names))
    filled = [n for n, line in enumerate(sheet.iter_rows(values_only=True), 1) if any(line)]
    names = _name_columns([cell.value for cell in sheet[filled[0]]], table, words)
    for below, row in enumerate(rows, 1):
        for position, name in enumerate(names, 1):
            value = row.get(name)
            if value:
                _write_cell(sheet.cell(filled[-1] + below, position), value, table, name)
    for shown in sheet.tables.values():
        first, _, last = shown.ref.partition(":")
        letters = last.rstrip("0123456789")
        end = int(last.removeprefix(letters))
        if end >= filled[-1]:  # a table without records still spans one blank row
            shown.ref = f"{first}:{letters}{max(end, filled[-1] + len(rows))}"
            if shown.autoFilter:
                shown.autoFilter.ref = shown.ref
    with part.open("wb") as file:
        book.save(file)


def _write_cell(cell: Any, value: str, table: str, name: str) -> None:
    if name in TABLES[table].names and TABLES[table][name].kind == "date":
        cell.value = date.fromisoformat(value)
        cell.number_format = "yyyy-mm-dd"
        return
    cell.value = value
    cell.data_type = "s"  # text stays text, whatever it begins with
