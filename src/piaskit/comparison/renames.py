"""Rows that only changed their id.

Recognised conservatively: a row that is gone and one that is new are the same when every other cell
is equal and no other row of either kind looks alike. Anything else is one removed and one added.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from piaskit.case.columns import find_rows
from piaskit.case.tables import TABLES

Frames = Mapping[str, pd.DataFrame]
Renames = dict[str, dict[str, str]]
_ORDER = ("parties", "systems", "roles", "activities", "items", "flows")  # referred to first
_REFERRING = ("reference", "references", "scope")


def find_renames(old: Frames, new: Frames) -> Renames:
    """Return per table the new id of each renamed row; references to renamed rows are followed."""
    found: Renames = {}
    for table in [*(t for t in _ORDER if t in old), *(t for t in old if t not in _ORDER)]:
        one, two = old[table], new[table]
        gone = one[find_rows(two["id"], one["id"]) < 0]
        come = two[find_rows(one["id"], two["id"]) < 0]
        if gone.empty or come.empty:
            continue
        gone = follow_renames(table, gone, found)
        pairs = _match_rows(gone, come)
        if pairs:
            found[table] = pairs
    return found


def _match_rows(gone: pd.DataFrame, come: pd.DataFrame) -> dict[str, str]:
    columns = [column for column in gone.columns if column != "id"]
    both = [
        frame.assign(content=frame[columns].fillna("").agg("\x1f".join, axis=1))
        for frame in (gone, come)
    ]
    single = [frame[~frame["content"].duplicated(keep=False)] for frame in both]
    told = [frame[frame["content"].str.strip("\x1f") != ""][["id", "content"]] for frame in single]
    pairs = told[0].merge(told[1], on="content", suffixes=("_old", "_new"))
    return dict(zip(pairs["id_old"].tolist(), pairs["id_new"].tolist(), strict=True))


def follow_renames(table: str, frame: pd.DataFrame, renames: Renames) -> pd.DataFrame:
    """Return rows of the old case with the ids of the new one, in every column that holds ids."""
    changed: dict[str, pd.Series[str]] = {}
    for column in TABLES[table].columns:
        values = frame[column.name]
        if column.kind == "id":
            known = renames.get(table, {})
        elif column.kind in _REFERRING or column.name == "risk":
            known = {
                form: name
                for target in (column.to or TABLES)
                for old, new in renames.get(target, {}).items()
                for form, name in ((old, new), (f"{target}/{old}", f"{target}/{new}"))
            }
        else:
            continue
        if known:
            words = {value: _rewrite(value, known) for value in values.dropna().unique()}
            changed[column.name] = values.map(words).astype("str")
    return frame.assign(**changed) if changed else frame


def _rewrite(value: str, known: Mapping[str, str]) -> str:
    """Rewrite an id, a list of ids, or the id of a risk (``rule@table/id``).

    >>> _rewrite("a;b", {"b": "c"}), _rewrite("r@flows/f", {"flows/f": "flows/g"})
    ('a;c', 'r@flows/g')
    """
    rule, at, subject = value.partition("@")
    if at:
        return f"{rule}@{known.get(subject, subject)}"
    return ";".join(known.get(part, part) for part in value.split(";"))
