"""The cells of a sheet as columns of text, read in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from piaskit.case.markup import Cells
from piaskit.case.shared import Styles
from piaskit.case.sheets import write_text

_SHARED, _NUMBER, _TRUTH, _DAY, _OTHER = range(5)  # kinds of cells
_KINDS = {"s": _SHARED, "n": _NUMBER, "b": _TRUTH}
_EPOCH, _FIRST, _LAST = np.datetime64("1899-12-30"), 61, 2_958_465  # before it, calendars disagree


def build_columns(cells: Cells, texts: pa.Array | None, styles: Styles) -> list[pa.Array] | None:
    """Return the columns of a sheet from A on as texts, each held once; None for a rarer cell."""
    rare = [form.kind == "n" and form.style in styles.rare for form in cells.known]
    kinds = [_KINDS[form.kind] for form in cells.known]
    days = [form.style in styles.days for form in cells.known]
    kinds = [_DAY if k == _NUMBER and day else k for k, day in zip(kinds, days, strict=True)]
    kind = np.array(kinds or [_NUMBER], dtype=np.int8)[cells.forms]
    if any(rare) or any(kind[n] == _DAY for n in cells.others):
        return None
    kind[list(cells.others)] = _OTHER
    shared, day, truth = (cells.values[kind == which] for which in (_SHARED, _DAY, _TRUTH))
    if len(shared) and (texts is None or shared.max() >= len(texts)):
        return None
    if (len(day) and (day.min() < _FIRST or day.max() > _LAST)) or (truth > 1).any():
        return None
    height = int(cells.rows.max(initial=0))
    order = np.argsort(cells.columns.astype(np.int16), kind="stable")
    width = int(cells.columns.max(initial=-1)) + 1
    borders = np.searchsorted(cells.columns[order], np.arange(width + 1)).tolist()
    return [
        _build_column(order[start:end], cells, kind, texts, height)
        for start, end in pairwise(borders)
    ]


def _build_column(
    at: NDArray[np.int64], cells: Cells, kind: NDArray[np.int8], texts: Any, height: int
) -> pa.Array:
    """Return one column, whose cells stand at places of ``cells``, as a dictionary of its texts."""
    codes = np.full(height, -1, dtype=np.int64)
    words = [pa.array([], pa.large_string())]
    done = 0
    kinds = kind[at]
    for which in np.flatnonzero(np.bincount(kinds)).tolist():
        here = at[kinds == which]
        if which == _OTHER:
            places = np.arange(len(here))
            told = pa.array(map(write_text, map(cells.others.get, here.tolist())), words[0].type)
        else:
            values, places = _tell_apart(cells.values[here])
            told = _WRITE[which](values, texts)
        codes[cells.rows[here] - 1] = places + done
        words.append(told)
        done += len(told)
    indices = pa.array(codes, mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.concat_arrays(words))


def _tell_apart(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each value once, in rising order, and per cell the place of its own."""
    top = int(values.max()) + 1
    if top > 8 * len(values) + 1_000:
        found, places = np.unique(values, return_inverse=True)
        return found, places
    used = np.zeros(top, dtype=bool)
    used[values] = True
    return np.flatnonzero(used), (np.cumsum(used) - 1)[values]


_WRITE: Mapping[int, Callable[[NDArray[np.int64], Any], pa.Array]] = {
    _SHARED: lambda values, texts: texts.take(pa.array(values)),
    _DAY: lambda values, texts: pa.array((_EPOCH + values).astype(str), pa.large_string()),
    _TRUTH: lambda values, texts: pa.array(["no", "yes"], pa.large_string()).take(pa.array(values)),
    _NUMBER: lambda values, texts: pa.array(values).cast(pa.large_string()),
}
