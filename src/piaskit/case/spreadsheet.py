"""A sheet as columns of text, read in one go where its texts and numbers cannot be confused."""

from __future__ import annotations

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from piaskit.case.sheets import is_varied

# What a typed cell may look like once it is text: a truth value, a moment, a number of more digits
# than a spreadsheet keeps, or one that Python writes with an exponent.
CONFUSABLE = r"\A(?:true|false|[+-]?\d+-\d\d-\d\d \d\d:\d\d:\d\d.*|-?\d{16,}.*|-?0\.0000.*)\z"
_TRUTH = {"true": "yes", "false": "no"}
_DAY = r"\A\d{4}-\d\d-\d\d 00:00:00\z"
_FIRST_DAY = "1900-03-01"  # before it, spreadsheets and calendars disagree


def read_texts(book: fastexcel.ExcelReader, name: str) -> list[pa.Array] | None:
    """Return a sheet from A1 on as columns of text, whole numbers without a decimal point.

    Those that repeat their texts are dictionaries.

    The caller knows that the sheet has a value in column A and no error or formula, and that no
    text of the workbook looks like a typed cell. None where that is not enough to tell what a cell
    holds; then it has to be read cell by cell.
    """
    sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string", eager=True)
    written = [_write_typed(column.cast(pa.large_string())) for column in sheet.columns]
    columns = [column for column in written if column is not None]
    return columns if len(columns) == len(written) else None


def _write_typed(column: pa.Array) -> pa.Array | None:
    """Write truth values and days as piaskit does; None where a cell holds something rarer.

    A column that repeats its texts comes back with each of them once, as a dictionary.
    """
    encoded = None if is_varied(column) else column.dictionary_encode()
    words = column if encoded is None else encoded.dictionary
    typed = pc.fill_null(pc.match_substring_regex(words, CONFUSABLE), False)
    if pc.any(typed).as_py():
        written = []
        for word in words.filter(typed).to_pylist():
            day = word.removesuffix(" 00:00:00")
            if word in _TRUTH:
                written.append(_TRUTH[word])
            elif pc.match_substring_regex(pa.scalar(word), _DAY).as_py() and day >= _FIRST_DAY:
                written.append(day)
            else:
                return None
        words = pc.replace_with_mask(words, typed, pa.array(written, words.type))
    return words if encoded is None else pa.DictionaryArray.from_arrays(encoded.indices, words)
