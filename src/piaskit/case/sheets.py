"""Tables as their files hold them, before their cells mean anything."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from piaskit.case.archive import name_column
from piaskit.case.table import Table
from piaskit.case.texts import BLANKS, find_untrimmed
from piaskit.errors import Issue, Place

_SAMPLE = 10_000  # rows that tell whether a column repeats its texts


@dataclass(slots=True)
class RawColumn:
    """The cells of one column: its texts, and per row the index of its own (-1: blank).

    Where texts repeat, ``texts`` holds each once; where most differ, it may hold one twice.
    """

    codes: np.ndarray[Any, np.dtype[np.int64]]
    texts: pa.Array  # of large_string

    def read(self, row: int) -> str:
        """Return the text of a row that is not blank."""
        return str(self.texts[int(self.codes[row])])


@dataclass(slots=True)
class Sheet:
    """One table as its file holds it. ``rows`` are the row numbers the reader's tool shows."""

    table: Table
    file: str
    sheet: str | None
    header_row: int = 1
    headers: list[str] = field(default_factory=list)
    columns: list[RawColumn] = field(default_factory=list)
    rows: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(0, np.int64))
    broken: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)

    def place(self, row: int | None, position: int | None, column: str | None) -> Place:
        """Return the place of a cell of this table."""
        letter = None
        if self.sheet is not None and position is not None:
            letter = name_column(position)
        return Place(self.file, self.sheet, None if row is None else int(row), column, letter)

    def drop_blank_rows(self) -> None:
        """Leave out the rows that hold nothing, not even a cell without a usable value."""
        if not len(self.rows):
            return
        filled = np.zeros(len(self.rows), dtype=bool)
        for column in self.columns:
            filled |= column.codes >= 0
        for row, _ in self.broken:
            filled |= self.rows == row
        if not filled.all():
            self.rows = self.rows[filled]
            for column in self.columns:
                column.codes = column.codes[filled]


@dataclass(slots=True)
class Inventory:
    """All tables found, what was wrong with their files, and the digests of the files read."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    notices: list[Issue] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)  # tables that are there but could not be read


def write_text(value: object) -> str | None:
    """Write a cell's value as the text the checks read; None when it is blank.

    >>> write_text(1200.0), write_text(True), write_text(datetime(2026, 3, 1)), write_text(" ")
    ('1200', 'yes', '2026-03-01', None)
    """
    if isinstance(value, str):
        return value.strip(BLANKS).replace("\r\n", "\n").replace("\r", "\n") or None
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


def encode_column(column: Any) -> RawColumn:
    """Encode an Arrow column of any flat type, or of lists; raises TypeError for another."""
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise TypeError("bytes are no text")
    if pa.types.is_nested(kind):
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
            raise TypeError("nested column")
        texts = [write_text(value) for value in column.to_pylist()]
        return encode_column(pa.array(texts, type=pa.large_string()))
    if pa.types.is_null(kind):
        return RawColumn(np.full(len(column), -1, np.int64), pa.nulls(0, pa.large_string()))
    if pa.types.is_large_string(kind) or pa.types.is_string(kind):
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if isinstance(whole, pa.Array) and is_varied(whole):
            # To find what is alike would take longer than to look at each.
            stated = whole.is_valid().to_numpy(zero_copy_only=False)
            return _clean(np.where(stated, np.cumsum(stated) - 1, -1), whole.drop_null())
    encoded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().chunk(0) if encoded.num_chunks else None
    if encoded is None:
        return RawColumn(np.zeros(0, np.int64), pa.nulls(0, pa.large_string()))
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    used = np.zeros(len(encoded.dictionary) + 1, dtype=bool)
    used[codes] = True
    if used[:-1].all():
        return _clean(codes, encoded.dictionary)
    places = np.append(np.cumsum(used[:-1]) - 1, -1)  # a dictionary may hold words of no row
    return _clean(places[codes], encoded.dictionary.filter(pa.array(used[:-1])))


def is_varied(column: pa.Array) -> bool:
    """Tell whether most texts of a column differ, by its first rows."""
    return len(column.slice(0, _SAMPLE).unique()) > _SAMPLE // 2


def _clean(codes: np.ndarray[Any, Any], uniques: pa.Array) -> RawColumn:
    """Write what the cells hold as texts; blank ones get the code -1."""
    texts = uniques
    if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type):
        texts = texts.cast(pa.large_string())
        odd = find_untrimmed(texts)
        if odd.any():
            trimmed = [write_text(text) for text in texts.filter(pa.array(odd)).to_pylist()]
            texts = pc.replace_with_mask(texts, pa.array(odd), pa.array(trimmed, texts.type))
    elif pa.types.is_integer(texts.type):
        texts = texts.cast(pa.large_string())
    else:
        texts = pa.array(map(write_text, uniques.to_pylist()), type=pa.large_string())
    if texts.null_count:
        stated = texts.is_valid().to_numpy(zero_copy_only=False)
        places = np.append(np.where(stated, np.cumsum(stated) - 1, -1), -1)  # -1 for code -1
        return RawColumn(places[codes], texts.drop_null())
    return RawColumn(codes, texts)
