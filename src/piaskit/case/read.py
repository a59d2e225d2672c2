"""Files to raw cells: every table as text, column by column, with the place of each cell."""

from __future__ import annotations

import csv
import hashlib
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from piaskit.case.archive import (
    LARGEST_FILE,
    LARGEST_TEXT,
    MOST_CELLS,
    Archive,
    inspect_workbook,
    refuse,
)
from piaskit.case.cells import mean
from piaskit.case.sheets import Inventory, RawColumn, Sheet
from piaskit.case.tables import TABLES, Table
from piaskit.case.words import Words, fold
from piaskit.errors import InvalidData, Issue, Place, quote

# str.strip() alone would also swallow control characters, which have to be told.
_BLANKS = " \t\r\n\u00a0\u2002\u2003\u2009\u200b\u3000\ufeff"
BOOK = "inventory.xlsx"
FOLDER = "inventory"
MOST_COLUMNS = 1_000
OWN_SHEETS = frozenset(fold(name) for name in ("说明", "Guide", "字典", "Dictionary"))


def read_inventory(root: Path, words: Words) -> Inventory:
    """Read every table of a case folder; problems are collected, none is raised."""
    inventory = Inventory()
    book, folder = root / BOOK, root / FOLDER
    if not _exists(book) and not _exists(folder):
        message = f"holds neither {BOOK} nor {FOLDER}/, expected the tables of the case in one"
        inventory.issues.append(
            Issue("inventory-missing", Place(root.name or "."), message, None, "piaskit new DIR")
        )
        return inventory
    if _exists(book) and not _attempt(inventory, lambda: _read_book(root, book, words, inventory)):
        inventory.failed.update(TABLES)
    if _exists(folder):
        if not folder.is_dir():
            message = "is no folder, expected a folder of tables"
            inventory.issues.append(Issue("file-unreadable", Place(FOLDER), message))
            inventory.failed.update(TABLES)
        else:
            _read_folder(root, folder, words, inventory)
    for table in TABLES.values():
        sheet = inventory.sheets.get(table.name)
        if table.needed and table.name not in inventory.failed and not (sheet and sheet.headers):
            message = f"has no table {table.name}, expected one (it may have no rows)"
            place = Place(BOOK if book.exists() else FOLDER)
            if sheet:
                message = "is blank, expected a header (it may have no rows)"
                place = sheet.place(None, None, None)
            inventory.issues.append(Issue("table-missing", place, message, table.name))
    return inventory


def write_text(value: object) -> str | None:
    """Write a cell's value as the text the checks read; None when it is blank.

    >>> write_text(1200.0), write_text(True), write_text(datetime(2026, 3, 1)), write_text(" ")
    ('1200', 'yes', '2026-03-01', None)
    """
    if isinstance(value, str):
        return value.strip(_BLANKS).replace("\r\n", "\n").replace("\r", "\n") or None
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        if (value.hour, value.minute, value.second) == (0, 0, 0) and value.tzinfo is None:
            return value.date().isoformat()
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(filter(None, (write_text(part) for part in value))) or None
    return str(value).strip() or None


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _attempt(inventory: Inventory, work: Any) -> bool:
    try:
        work()
    except InvalidData as error:
        inventory.issues.extend(error.issues)
        return False
    return True


def read_bytes(root: Path, path: Path, file: str) -> bytes:
    """Read a file of the case; raises InvalidData when it leaves the folder or cannot be read."""
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads back to itself
        inside = False
    if not inside:
        hint = "put the file itself into the folder"
        refuse("path-leaves-case", file, "is a link out of the case folder", hint)
    try:
        if not path.is_file():
            refuse("file-unreadable", file, "is no plain file")
        if path.stat().st_size > LARGEST_FILE:
            refuse("file-too-large", file, f"is larger than {LARGEST_FILE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        refuse("file-unreadable", file, f"cannot be read: {error.strerror}")
    raise AssertionError


def _read_book(root: Path, path: Path, words: Words, inventory: Inventory) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    inventory.digests[BOOK] = hashlib.sha256(read_bytes(root, path, BOOK)).hexdigest()
    archive = inspect_workbook(path, BOOK)
    try:
        book = CalamineWorkbook.from_path(path)
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            table = _recognise(about.name, Place(BOOK, about.name), words, inventory)
            if table is None:
                continue
            if about.visible != SheetVisibleEnum.Visible:
                message = "is hidden and was read like any other sheet"
                inventory.notices.append(Issue("hidden-sheet", Place(BOOK, about.name), message))
            sheet = _read_sheet(book, about.name, table, archive, words)
            _keep(inventory, sheet, inventory.sheets.get(table.name))
    except InvalidData:
        raise
    except BaseException as error:
        # The reader is foreign code that panics on damaged parts, past Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            refuse("not-a-workbook", BOOK, "is damaged", "save it as .xlsx again")
        raise


def _recognise(name: str, place: Place, words: Words, inventory: Inventory) -> Table | None:
    """Return the table a sheet or file name means; tell the names that mean none."""
    id = words.find_table(name)
    if id:
        return TABLES[id]
    near = words.guess_table(name)
    if near:
        message = f"{quote(name)} is no table of a case"
        inventory.issues.append(Issue("unknown-table", place, message, quote(name), mean(near)))
        inventory.failed.add(near)
    elif fold(name) not in OWN_SHEETS:
        message = f"{quote(name)} is no table of a case and was not read"
        inventory.notices.append(Issue("extra-table", place, message, quote(name)))
    return None


def _keep(inventory: Inventory, sheet: Sheet, other: Sheet | None) -> None:
    """Keep a table, unless it stands in two places."""
    if other is not None and len(other.rows) and len(sheet.rows):
        message = f"the table {sheet.table.name} stands also in {other.place(None, None, None)}"
        inventory.issues.append(
            Issue("two-sources", sheet.place(None, None, None), message, None, "keep one of them")
        )
    elif other is None or len(sheet.rows):
        inventory.sheets[sheet.table.name] = sheet


def _read_sheet(book: Any, name: str, table: Table, archive: Archive, words: Words) -> Sheet:
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    sheet = Sheet(table, BOOK, name, broken=archive.broken.get(name, {}))
    rows = [[v if type(v) is str else write_text(v) for v in row] for row in cells]
    for row, position in sheet.broken:
        while len(rows) < row:
            rows.append([])
        if len(rows[row - 1]) <= position:
            rows[row - 1].extend([None] * (position + 1 - len(rows[row - 1])))
    _fill(sheet, rows, words)
    return sheet


def _fill(sheet: Sheet, rows: list[list[str | None]], words: Words) -> None:
    """Split rows into header and columns, dropping blank rows and headers that say it again."""
    first = next((n for n, row in enumerate(rows) if any(c and c.strip() for c in row)), None)
    if first is None:
        return
    if max(map(len, rows)) > MOST_COLUMNS:
        if any(any(row[MOST_COLUMNS:]) for row in rows):
            _refuse_width(sheet.file)
        rows = [row[:MOST_COLUMNS] for row in rows]
    sheet.header_row = first + 1
    sheet.headers = [(cell or "").strip(_BLANKS) for cell in rows[first]]
    body = first + 1
    while body < len(rows) and _repeats_header(sheet.headers, rows[body], sheet.table, words):
        body += 1
    columns: list[Sequence[str | None]] = list(zip_longest(*rows[body:]))
    sheet.headers += [""] * (len(columns) - len(sheet.headers))
    count = len(rows) - body
    sheet.columns = [_encode(column) for column in columns]
    sheet.columns += [
        RawColumn(np.full(count, -1, np.int64), []) for _ in sheet.headers[len(columns) :]
    ]
    sheet.rows = np.arange(body + 1, body + 1 + count, dtype=np.int64)
    _drop_blank_rows(sheet)


def _refuse_width(file: str) -> None:
    hint = "delete stray cells to the right of the table"
    refuse("file-too-large", file, f"has more than {MOST_COLUMNS:,} columns", hint)


def _drop_blank_rows(sheet: Sheet) -> None:
    if not len(sheet.rows):
        return
    filled = np.zeros(len(sheet.rows), dtype=bool)
    for column in sheet.columns:
        filled |= column.codes >= 0
    for row, _ in sheet.broken:
        filled |= sheet.rows == row
    if not filled.all():
        sheet.rows = sheet.rows[filled]
        for column in sheet.columns:
            column.codes = column.codes[filled]


def _repeats_header(headers: list[str], row: list[str | None], table: Table, words: Words) -> bool:
    """Whether a row says again, by id or label, which columns these are."""
    pairs = [(header, cell) for header, cell in zip(headers, row, strict=False) if cell]
    return len(pairs) > 1 and all(
        (words.find_column(table, header) or fold(header))
        == (words.find_column(table, cell) or fold(cell))
        for header, cell in pairs
    )


def _encode(column: Iterable[str | None]) -> RawColumn:
    codes, uniques = pd.factorize(np.array(list(column), dtype=object))
    return _clean(codes, list(uniques))


def _clean(codes: np.ndarray[Any, Any], uniques: list[Any]) -> RawColumn:
    texts: list[str] = []
    places = np.full(len(uniques) + 1, -1, dtype=np.int64)  # the last one serves code -1
    for n, value in enumerate(uniques):
        text = write_text(value)
        if text is not None:
            places[n] = len(texts)
            texts.append(text)
    return RawColumn(places[codes], texts)


def _read_folder(root: Path, folder: Path, words: Words, inventory: Inventory) -> None:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        kind = path.suffix.lower()
        name = unicodedata.normalize("NFC", path.name)
        if name.startswith((".", "~$")):
            continue
        if kind not in (".csv", ".parquet"):
            message = "is no .csv or .parquet file and was not read"
            inventory.notices.append(Issue("extra-file", Place(f"{FOLDER}/{name}"), message))
            continue
        table = _recognise(path.stem, Place(name), words, inventory)
        if table is None:
            continue
        found = Sheet(table, name, None)

        def load(path: Path = path, kind: str = kind, name: str = name, to: Sheet = found) -> None:
            data = read_bytes(root, path, name)
            inventory.digests[f"{FOLDER}/{name}"] = hashlib.sha256(data).hexdigest()
            if kind == ".csv":
                _fill_csv(to, data, words, inventory)
            else:
                _fill_parquet(to, data)
            _keep(inventory, to, inventory.sheets.get(to.table.name))

        if not _attempt(inventory, load):
            inventory.failed.add(table.name)


def decode_text(data: bytes, place: Place, notices: list[Issue]) -> str:
    """Decode UTF-8 with or without BOM, else GB18030 with a notice; raises InvalidData."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        message = "is UTF-16, expected UTF-8"
        hint = "save it as CSV UTF-8"
        raise InvalidData([Issue("bad-encoding", place, message, None, hint)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.start
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        row = data[:bad].count(b"\n") + 1
        where = Place(place.file, None, row)
        message = "is neither UTF-8 nor GB18030 in this row"
        raise InvalidData(
            [Issue("bad-encoding", where, message, None, "save it as CSV UTF-8")]
        ) from None
    message = "is not UTF-8 and was read as GB18030"
    notices.append(Issue("read-as-gb18030", place, message, None, "save it as CSV UTF-8"))
    return text


def _fill_csv(sheet: Sheet, data: bytes, words: Words, inventory: Inventory) -> None:
    place = sheet.place(None, None, None)
    text = decode_text(data, place, inventory.notices)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    if len(data) > LARGEST_TEXT or text.count("\n") + text.count(delimiter) > MOST_CELLS:
        hint = "use Parquet for a register of this size"
        message = f"has more than {LARGEST_TEXT:,} bytes or {MOST_CELLS:,} cells"
        refuse("file-too-large", sheet.file, message, hint)
    if delimiter != ",":
        name = {";": "semicolons", "\t": "tabs"}[delimiter]
        message = f"is separated by {name} and was read so"
        inventory.notices.append(Issue("other-separator", place, message, None, "use commas"))
    limit = csv.field_size_limit(max(len(text), 1))
    rows: list[Any] = []
    try:
        rows.extend(csv.reader(_split_lines(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        where = sheet.place(len(rows) + 1, None, None)
        message = f"is not well-formed CSV from this row on: {error}"
        hint = 'close the quotation mark; write " inside quoted text as ""'
        raise InvalidData([Issue("bad-csv", where, message, None, hint)]) from None
    finally:
        csv.field_size_limit(limit)
    _fill(sheet, rows, words)


def _split_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text, which may be large, without a second copy of it."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    yield text[start:]


def _fill_parquet(sheet: Sheet, data: bytes) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        about = source.metadata
        size = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        if about.num_rows * about.num_columns > MOST_CELLS * 3 or size > LARGEST_FILE * 2:
            refuse("file-too-large", sheet.file, f"has {about.num_rows:,} rows, {size:,} bytes")
        if about.num_columns > MOST_COLUMNS:
            _refuse_width(sheet.file)
        schema = source.schema_arrow
        texts = (pa.types.is_string, pa.types.is_large_string)
        strings = [f.name for f in schema if any(fits(f.type) for fits in texts)]
        source = pq.ParquetFile(pa.BufferReader(data), read_dictionary=strings)
        content = source.read()
        sheet.headers = [str(name).strip(_BLANKS) for name in content.column_names]
        for column in content.columns:
            sheet.columns.append(_encode_arrow(column))
        if sum(map(_count_characters, sheet.columns)) > LARGEST_FILE:
            refuse("file-too-large", sheet.file, f"holds more than {LARGEST_FILE:,} characters")
    except (pa.ArrowException, OSError, UnicodeDecodeError, TypeError, OverflowError):
        refuse("bad-parquet", sheet.file, "is no Parquet file or is damaged", "write it again")
    # A reader of Parquet sees no header row; rows count as they would in the same table as CSV.
    sheet.rows = np.arange(2, content.num_rows + 2, dtype=np.int64)
    _drop_blank_rows(sheet)


def _count_characters(column: RawColumn) -> int:
    """Count what the cells hold when each is written out, which their encoding may hide."""
    lengths = np.array([*(len(text) for text in column.texts), 0], dtype=np.int64)
    return int(lengths[column.codes].sum())


def _encode_arrow(column: Any) -> RawColumn:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise TypeError("bytes are no text")
    if pa.types.is_nested(kind):
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
            raise TypeError("nested column")
        return _encode([write_text(value) for value in column.to_pylist()])
    if pa.types.is_null(kind):
        return RawColumn(np.full(len(column), -1, np.int64), [])
    encoded = (
        column.combine_chunks() if pa.types.is_dictionary(kind) else column.dictionary_encode()
    )
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().chunk(0) if encoded.num_chunks else None
    if encoded is None:
        return RawColumn(np.zeros(0, np.int64), [])
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return _clean(codes, encoded.dictionary.to_pylist())
