"""Parquet tables to raw cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from piaskit.case.archive import LARGEST_FILE, MOST_CELLS, MOST_COLUMNS, refuse, refuse_width
from piaskit.case.sheets import RawColumn, Sheet, encode_column
from piaskit.case.texts import BLANKS


def fill_parquet(sheet: Sheet, data: bytes) -> None:
    """Fill a table from a Parquet file; raises InvalidData for one that is damaged or too large."""
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(pa.BufferReader(data))
        about = source.metadata
        size = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        if about.num_rows * about.num_columns > MOST_CELLS * 3 or size > LARGEST_FILE * 2:
            refuse("file-too-large", sheet.file, f"has {about.num_rows:,} rows, {size:,} bytes")
        if about.num_columns > MOST_COLUMNS:
            refuse_width(sheet.file)
        schema = source.schema_arrow
        texts = (pa.types.is_string, pa.types.is_large_string)
        strings = [f.name for f in schema if any(fits(f.type) for fits in texts)]
        often = [name for name in strings if _repeats(about, schema.get_field_index(name))]
        source = pq.ParquetFile(pa.BufferReader(data), read_dictionary=often)
        content = source.read()
        sheet.headers = [str(name).strip(BLANKS) for name in content.column_names]
        for column in content.columns:
            sheet.columns.append(encode_column(column))
        if sum(map(_count_characters, sheet.columns)) > LARGEST_FILE:
            refuse("file-too-large", sheet.file, f"holds more than {LARGEST_FILE:,} characters")
    except (pa.ArrowException, OSError, UnicodeDecodeError, TypeError, OverflowError):
        refuse("bad-parquet", sheet.file, "is no Parquet file or is damaged", "write it again")
    # A reader of Parquet sees no header row; rows count as they would in the same table as CSV.
    sheet.rows = np.arange(2, content.num_rows + 2, dtype=np.int64)
    sheet.drop_blank_rows()


def _repeats(about: Any, column: int) -> bool:
    """Say whether a column of Parquet is likely to hold each text often, by what it takes."""
    parts = [about.row_group(n).column(column) for n in range(about.num_row_groups)]
    size = sum(part.total_uncompressed_size for part in parts)
    return bool(size <= 4 * sum(part.num_values for part in parts))


def _count_characters(column: RawColumn) -> int:
    """Count what the cells hold when each is written out, which their encoding may hide."""
    lengths = np.append(pc.utf8_length(column.texts).to_numpy(zero_copy_only=False), 0)
    return int(lengths[column.codes].sum())
