"""Files to raw cells: every table as text, column by column, with the place of each cell."""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from piaskit.case.archive import (
    LARGEST_FILE,
    MOST_CELLS,
    MOST_COLUMNS,
    Archive,
    inspect_workbook,
    refuse,
    refuse_width,
)
from piaskit.case.cells import mean
from piaskit.case.parquet import fill_parquet
from piaskit.case.sheets import Inventory, Sheet, encode_column, write_text
from piaskit.case.spreadsheet import build_columns
from piaskit.case.table import Table
from piaskit.case.tables import TABLES
from piaskit.case.texts import BLANKS
from piaskit.case.words import Words, fold
from piaskit.errors import InvalidData, Issue, Place, quote

BOOK = "inventory.xlsx"
FOLDER = "inventory"
_CHUNK = 20_000  # rows of a CSV file that are held as Python texts at a time
PROBLEMS = "问题 Problems"  # the sheet that a marked copy has more
OWN_SHEETS = frozenset(fold(name) for name in ("说明", "Guide", "字典", "Dictionary", PROBLEMS))


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
    inventory.digests[BOOK] = hashlib.sha256(read_bytes(root, path, BOOK)).hexdigest()
    archive = inspect_workbook(path, BOOK)
    try:
        by_cell = cache(lambda: _open_book(path))
        for name, hidden in archive.hidden.items():
            table = _recognise(name, Place(BOOK, name), words, inventory)
            if table is None:
                continue
            if hidden:
                message = "is hidden and was read like any other sheet"
                inventory.notices.append(Issue("hidden-sheet", Place(BOOK, name), message))
            sheet = _read_sheet(by_cell, name, table, archive, words)
            _keep(inventory, sheet, inventory.sheets.get(table.name))
    except InvalidData:
        raise
    except BaseException as error:
        # The reader is foreign code that panics on damaged parts, past Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            refuse("not-a-workbook", BOOK, "is damaged", "save it as .xlsx again")
        raise


def _open_book(path: Path) -> Any:
    from python_calamine import CalamineWorkbook  # only where a sheet is read cell by cell

    return CalamineWorkbook.from_path(path)


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


def _read_sheet(by_cell: Any, name: str, table: Table, archive: Archive, words: Words) -> Sheet:
    sheet = Sheet(table, BOOK, name, broken=archive.broken.get(name, {}))
    cells = archive.cells.get(name)
    columns = build_columns(cells, archive.texts, archive.styles) if cells else None
    if columns is None:
        cells = by_cell().get_sheet_by_name(name).to_python(skip_empty_area=False)
        rows = [[v if type(v) is str else write_text(v) for v in row] for row in cells]
        for row, position in sheet.broken:
            while len(rows) < row:
                rows.append([])
            if len(rows[row - 1]) <= position:
                rows[row - 1].extend([None] * (position + 1 - len(rows[row - 1])))
        columns = _stand(rows, sheet.file)
    _fill(sheet, columns, words)
    return sheet


def _stand(rows: Sequence[Sequence[str | None]], file: str) -> list[pa.Array]:
    """Turn rows of texts, some shorter than others, into columns."""
    if max(map(len, rows), default=0) > MOST_COLUMNS:
        if any(any(row[MOST_COLUMNS:]) for row in rows):
            refuse_width(file)
        rows = [row[:MOST_COLUMNS] for row in rows]
    return [pa.array(column, type=pa.large_string()) for column in zip_longest(*rows)]


def _fill(sheet: Sheet, columns: list[pa.Array], words: Words) -> None:
    """Split columns into header and body, dropping blank rows and headers that say it again."""
    count = len(columns[0]) if columns else 0
    first = next((n for n in range(count) if any(_is_filled(column[n]) for column in columns)), -1)
    if first < 0:
        return
    sheet.header_row = first + 1
    sheet.headers = [(column[first].as_py() or "").strip(BLANKS) for column in columns]
    body = first + 1
    while body < count and _repeats_header(
        sheet.headers, [column[body].as_py() for column in columns], sheet.table, words
    ):
        body += 1
    if body == count:
        columns = [pa.nulls(0) for _ in columns]
    sheet.columns = [encode_column(column.slice(body)) for column in columns]
    sheet.rows = np.arange(body + 1, count + 1, dtype=np.int64)
    sheet.drop_blank_rows()


def _is_filled(cell: pa.Scalar) -> bool:
    text = cell.as_py()
    return text is not None and text.strip() != ""


def _repeats_header(headers: list[str], row: list[str | None], table: Table, words: Words) -> bool:
    """Whether a row says again, by id or label, which columns these are."""
    pairs = [(header, cell) for header, cell in zip(headers, row, strict=False) if cell]
    return len(pairs) > 1 and all(
        (words.find_column(table, header) or fold(header))
        == (words.find_column(table, cell) or fold(cell))
        for header, cell in pairs
    )


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
                fill_parquet(to, data)
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
    if text.count("\n") + text.count(delimiter) > MOST_CELLS * 3:
        hint = "use Parquet for a register of this size"
        message = f"has more than {MOST_CELLS * 3:,} cells"
        refuse("file-too-large", sheet.file, message, hint)
    if delimiter != ",":
        name = {";": "semicolons", "\t": "tabs"}[delimiter]
        message = f"is separated by {name} and was read so"
        inventory.notices.append(Issue("other-separator", place, message, None, "use commas"))
    limit = csv.field_size_limit(max(len(text), 1))
    reader = csv.reader(_split_lines(text), delimiter=delimiter, strict=True)
    chunks: list[list[pa.Array]] = []
    rows: list[Any] = []
    try:
        while True:
            rows = []
            rows.extend(islice(reader, _CHUNK))
            if not rows:
                break
            chunks.append(_stand(rows, sheet.file))
    except csv.Error as error:
        done = sum(len(chunk[0]) if chunk else 0 for chunk in chunks)
        where = sheet.place(done + len(rows) + 1, None, None)
        message = f"is not well-formed CSV from this row on: {error}"
        hint = 'close the quotation mark; write " inside quoted text as ""'
        raise InvalidData([Issue("bad-csv", where, message, None, hint)]) from None
    finally:
        csv.field_size_limit(limit)
    _fill(sheet, _join(chunks), words)


def _join(chunks: list[list[pa.Array]]) -> list[pa.Array]:
    """Put the parts of columns under each other; a part without a column is blank there."""
    width = max(map(len, chunks), default=0)
    sizes = [max(map(len, chunk), default=0) for chunk in chunks]
    blank = [pa.nulls(size, pa.large_string()) for size in sizes]
    return [
        pa.concat_arrays(
            [
                chunk[n] if n < len(chunk) else none
                for chunk, none in zip(chunks, blank, strict=True)
            ]
        )
        for n in range(width)
    ]


def _split_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text, which may be large, without a second copy of it."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    yield text[start:]
