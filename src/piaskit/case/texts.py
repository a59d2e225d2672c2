"""A million texts at a time: which are plain at a glance, and which need a closer look."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from piaskit.case.cells import LONGEST, SLUG_LONGEST
from piaskit.case.columns import split_lists
from piaskit.case.table import Column

Bools = NDArray[np.bool_]

# str.strip() alone would also swallow control characters, which have to be told.
BLANKS = " \t\r\n\u00a0\u2002\u2003\u2009\u200b\u3000\ufeff"
TYPES = {
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "datetime64[s]": pa.date32(),
    "str": pa.large_string(),
}

_SPACED = "".join(rf"\x{{{ord(blank):x}}}" for blank in BLANKS)
_UNTRIMMED = rf"\A[{_SPACED}]|[{_SPACED}]\z|\r"
_CONTROL = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fffe}\x{ffff}]"
)
_DIGITS = string.digits
_ID = string.ascii_letters + string.digits + "_.-"
_LIST = _ID + ";"
_PRINTED = "".join(map(chr, range(0x21, 0x7F)))
_MOST_DIGITS = 15  # as many as a count may have
_LAGS = 64  # members of a list that are compared one by one


def find_plain(texts: pa.Array, allowed: str = _PRINTED) -> Bools:
    """Say which texts are not blank and hold ASCII letters of a set alone.

    >>> find_plain(pa.array(["f-1", "f 1", "", "福"], type=pa.large_string())).tolist()
    [True, False, False, False]
    """
    start, data = _open(texts)
    table = np.zeros(256, dtype=bool)
    table[list(allowed.encode())] = True
    plain: Bools = np.diff(start) > 0
    foreign = ~table[data]
    if foreign.any():
        counted: NDArray[np.int64] = np.append(0, np.cumsum(foreign))
        plain[np.diff(counted[start]) > 0] = False
    return plain


def find_untrimmed(texts: pa.Array) -> Bools:
    """Say which texts are blank, begin or end with a blank, or hold a carriage return."""
    found = _search(texts, find_plain(texts), _UNTRIMMED)
    found[np.diff(_open(texts)[0]) == 0] = True
    return found


def find_forbidden(texts: pa.Array) -> Bools:
    """Say which texts no cell may hold: control characters, or too many of any."""
    found = _search(texts, find_plain(texts), _CONTROL)
    if (np.diff(_open(texts)[0]) > LONGEST).any():
        found |= pc.greater(pc.utf8_length(texts), LONGEST).to_numpy(zero_copy_only=False)
    return found


def parse_plain(column: Column, texts: pa.Array) -> tuple[Bools, pa.Array]:
    """Read the texts of a column that are in the form it keeps already; say which those are.

    Returns an array of the column's type; what stands in the other places means nothing.
    """
    values = texts
    if column.kind == "text" and not column.also:
        fine = ~find_forbidden(texts)
    elif column.kind == "id":
        start, data = _open(texts)
        fine = find_plain(texts, _ID) & (np.diff(start) <= SLUG_LONGEST)
        fine[fine] &= ~np.isin(data[start[:-1][fine]], list(b"_.-"))
    elif column.kind == "reference":
        fine = find_plain(texts)
    elif column.kind == "references":
        fine = find_plain(texts, _LIST)
        fine &= ~pc.match_substring_regex(texts, r"\A;|;;|;\z").to_numpy(zero_copy_only=False)
        fine &= ~_repeat_members(texts)
    elif column.kind == "count":
        fine = find_plain(texts, _DIGITS) & (np.diff(_open(texts)[0]) <= _MOST_DIGITS)
        values = pc.if_else(pa.array(fine), texts, "0").cast(pa.int64())
    else:
        return np.zeros(len(texts), dtype=bool), pa.nulls(len(texts), TYPES[column.dtype])
    return fine, values


def _open(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where each text begins (and the last one ends), and the bytes of all."""
    _, offsets, data = texts.buffers()
    first = texts.offset
    start = np.frombuffer(offsets, dtype=np.int64)[first : first + len(texts) + 1]
    letters = np.frombuffer(data or b"", dtype=np.uint8)
    return start - start[0], letters[start[0] : start[-1]]


def _search(texts: pa.Array, plain: Bools, pattern: str) -> Bools:
    """Say which of the texts that are not plain match a pattern."""
    found = np.zeros(len(texts), dtype=bool)
    rest = np.flatnonzero(~plain)
    if len(rest):
        matched = pc.match_substring_regex(texts.take(pa.array(rest)), pattern)
        found[rest] = matched.to_numpy(zero_copy_only=False)
    return found


def _repeat_members(texts: pa.Array) -> Bools:
    """Say which lists name a member twice."""
    rows, members = split_lists(texts)
    codes: NDArray[Any] = members.dictionary_encode().indices.to_numpy()
    repeating = np.zeros(len(texts), dtype=bool)
    longest = int(np.bincount(rows).max(initial=0))
    if longest > _LAGS:
        order = np.lexsort((codes, rows))
        rows, codes, longest = rows[order], codes[order], 2
    for lag in range(1, longest):
        same = (codes[lag:] == codes[:-lag]) & (rows[lag:] == rows[:-lag])
        repeating[rows[lag:][same]] = True
    return repeating
