"""Tables in files: CSV, Parquet, XLSX, JSON lines, folders of them, and lists of columns."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from piaskit.case.archive import inspect_workbook
from piaskit.case.read import decode_text
from piaskit.case.sheets import write_text
from piaskit.discovery.columns import Column
from piaskit.discovery.tables import Source, Table
from piaskit.errors import InvalidData, Issue, Place, quote

READ_AT_MOST = 100_000  # rows of a file from which the sample is drawn
LARGEST = 100_000_000  # bytes of a file of text
DEEPEST = 4  # levels of nested records that become columns
_LIST_HEADS = {"table", "column"}
_LIST_MORE = ("type", "comment", "table_comment")

Rows = Iterator[Mapping[str, object]]


def read_files(path: Path, most: int) -> Source:
    """Read a file or every table below a folder; ``most`` rows of each become the sample.

    A CSV headed ``table,column,type,comment`` is a list of columns. Raises InvalidData.
    """
    if path.is_dir():
        paths = sorted(p for p in path.rglob("*") if p.suffix.lower() in _READERS and p.is_file())
        if not paths:
            known = ", ".join(sorted(_READERS))
            text = f"holds no file of a known form, expected {known}"
            raise InvalidData([Issue("discover-source", Place(quote(path.name)), text)])
        found = [_read_file(p, p.relative_to(path).as_posix(), most) for p in paths]
        return Source(path.name, "folder", tuple(table for tables in found for table in tables))
    kind = path.suffix.lower().removeprefix(".")
    if path.suffix.lower() not in _READERS:
        known = ", ".join(sorted(_READERS))
        text = f"is no file of a known form, expected {known}, or the URL of a database"
        raise InvalidData([Issue("discover-source", Place(quote(path.name)), text)])
    tables = _read_file(path, path.name, most)
    return Source(path.name, kind, tuple(tables))


def _read_file(path: Path, name: str, most: int) -> list[Table]:
    try:
        return _READERS[path.suffix.lower()](path, name, most)
    except InvalidData:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
        text = f"cannot be read: {type(error).__name__}"
        raise InvalidData([Issue("discover-unreadable", Place(quote(name)), text)]) from None


def _decode(path: Path, name: str) -> str:
    if path.stat().st_size > LARGEST:
        text = f"is larger than {LARGEST:,} bytes"
        hint = "give it as Parquet, or load it into a database"
        raise InvalidData([Issue("file-too-large", Place(quote(name)), text, hint=hint)])
    return decode_text(path.read_bytes(), Place(quote(name)), [])


def _read_csv(path: Path, name: str, most: int) -> list[Table]:
    text = _decode(path, name)
    head = text[:4000]
    rows = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t|", key=head.count))
    heads = [cell.strip() for cell in next(rows, [])]
    folded = [head.casefold() for head in heads]
    if set(folded) >= _LIST_HEADS:
        return _read_list(folded, rows)
    content = [row for row in islice(rows, READ_AT_MOST) if any(row)]
    return [_make_table(Path(name).stem, heads, content, most)]


def _read_list(heads: Sequence[str], rows: Iterator[list[str]]) -> list[Table]:
    """Read a list of columns: no values, only what they are called."""
    tables: dict[str, list[Column]] = {}
    for row in rows:
        cells = dict(zip(heads, (cell.strip() for cell in row), strict=False))
        if cells.get("table") and cells.get("column"):
            more = [cells.get(key, "") for key in _LIST_MORE]
            column = Column(cells["table"], cells["column"], *more)
            tables.setdefault(column.table, []).append(column)
    return [Table(name, tuple(columns)) for name, columns in tables.items()]


def _read_parquet(path: Path, name: str, most: int) -> list[Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(path)
        batches = source.iter_batches(batch_size=10_000)
        parts = list(islice(batches, READ_AT_MOST // 10_000))
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    records = [row for part in parts for row in _spread(part.to_pylist(), most)]
    table = _make_nested(Path(name).stem, records, most)
    types = {field.name: str(field.type) for field in source.schema_arrow}
    columns = tuple(
        Column(c.table, c.name, _name_type(types.get(c.name, ""))) for c in table.columns
    )
    return [Table(table.name, columns, table.values, source.metadata.num_rows, table.sampled)]


def _name_type(type: str) -> str:
    """Keep a type only where it rules something out."""
    return type if type.startswith(("bool", "date", "timestamp")) else ""


def _read_xlsx(path: Path, name: str, most: int) -> list[Table]:
    from python_calamine import CalamineWorkbook

    inspect_workbook(path, name)
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = {sheet: book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names}
    except BaseException as error:
        # The reader is foreign code that panics on damaged parts, past Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ValueError(str(error)) from None
        raise
    found = []
    for sheet, cells in sheets.items():
        rows = [[write_text(cell) or "" for cell in row] for row in islice(cells, READ_AT_MOST)]
        rows = [row for row in rows if any(row)]
        start = next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
        if rows:
            found.append(_make_table(sheet, rows[start], rows[start + 1 :], most))
    return found


def _read_jsonl(path: Path, name: str, most: int) -> list[Table]:
    text = _decode(path, name)
    if text.lstrip()[:1] == "[":
        records = json.loads(text)
    else:
        lines = (line for line in text.splitlines() if line.strip())
        records = [json.loads(line) for line in islice(lines, READ_AT_MOST)]
    rows = [record for record in records if isinstance(record, dict)]
    return [_make_nested(Path(name).stem, rows, most)]


def _make_table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> Table:
    columns = tuple(Column(name, head) for head in dict.fromkeys(heads) if head)
    drawn = _spread(rows, most)
    at = {head: n for n, head in reversed(list(enumerate(heads)))}
    values = {
        column.name: [row[at[column.name]] if at[column.name] < len(row) else "" for row in drawn]
        for column in columns
    }
    return Table(name, columns, values, len(rows), len(drawn))


def _make_nested(name: str, records: Sequence[Mapping[str, Any]], most: int) -> Table:
    """Make a table of records; what is nested becomes columns named by the way to it."""
    drawn = _spread(records, most)
    values: dict[str, list[str]] = {}
    for record in drawn:
        for key, value in flatten_record(record):
            texts = values.setdefault(key, [])
            if value not in (None, ""):
                texts.append(write_text(value) or "")
    columns = tuple(Column(name, key) for key in values)
    return Table(name, columns, values, len(records), len(drawn))


def flatten_record(value: object, key: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield the values inside a record, each with the keys that lead to it.

    >>> list(flatten_record({"a": {"b": 1, "c": [{"d": 2}, {"d": 3}]}}))
    [('a.b', 1), ('a.c.d', 2), ('a.c.d', 3)]
    """
    if isinstance(value, Mapping) and depth < DEEPEST:
        for name, inner in value.items():
            yield from flatten_record(inner, f"{key}.{name}" if key else str(name), depth + 1)
    elif isinstance(value, list) and depth < DEEPEST:
        for inner in value:
            yield from flatten_record(inner, key, depth + 1)
    elif key:
        yield key, value


def _spread(rows: Sequence[Any], most: int) -> list[Any]:
    """Draw rows evenly from first to last, so that a sorted file shows all of itself."""
    if len(rows) <= most:
        return list(rows)
    return [rows[n * len(rows) // most] for n in range(most)]


_READERS: dict[str, Callable[[Path, str, int], list[Table]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".xlsx": _read_xlsx,
    ".xlsm": _read_xlsx,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".json": _read_jsonl,
}
