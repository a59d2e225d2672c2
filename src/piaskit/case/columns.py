"""Columns of ids and lists, a million cells at a time: which row an id is, what a list holds."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Positions: TypeAlias = NDArray[np.intp]
Texts: TypeAlias = "pd.Series | pd.Index | pa.Array"


def find_rows(ids: Texts, wanted: Texts) -> Positions:
    """Return the row of each wanted id; -1 for one that is blank or not there.

    >>> find_rows(pd.Series(["a", "b"], dtype="str"), pd.Series(["b", None, "x"], dtype="str"))
    array([ 1, -1, -1])
    """
    found = pc.index_in(to_arrow(wanted), value_set=to_arrow(ids), skip_nulls=True)
    rows: Positions = pc.fill_null(found, -1).to_numpy().astype(np.intp)
    return rows


def split_lists(column: Texts) -> tuple[Positions, pa.Array]:
    """Split ``;``-lists: for every member, the number of its row, rising, and its text.

    >>> rows, members = split_lists(pd.Series(["a;b", None, "c"], dtype="str"))
    >>> rows.tolist(), members.to_pylist()
    ([0, 0, 2], ['a', 'b', 'c'])
    """
    lists = pc.split_pattern(pc.fill_null(to_arrow(column), ""), ";")
    lengths = np.diff(lists.offsets.to_numpy())
    rows = np.repeat(np.arange(len(lengths), dtype=np.intp), lengths)
    members = lists.flatten()
    stated = pc.not_equal(members, "").to_numpy(zero_copy_only=False)
    if stated.all():
        return rows, members
    return rows[stated], members.filter(pa.array(stated))


def to_arrow(column: Texts) -> pa.Array:
    """Return texts as one Arrow array of strings, blanks as null."""
    if isinstance(column, pa.Array):
        return column
    array: Any = pa.array(column, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # without a chunk it stays what it was
            array = pa.array([], type=pa.large_string())
    return array
