"""Which controls work at which subject, from the scopes of safeguards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from piaskit.case.columns import find_rows, split_lists
from piaskit.case.tables import SCOPED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from piaskit.case import Case

    Bools = NDArray[np.bool_]
    Positions = NDArray[np.intp]

SUBJECTS = ("organisation", "activities", "items", "flows", "systems", "parties")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The controls that work at each subject, as one table of truth values per kind of subject.

    ``tables[table]`` has one row per subject (index: id) and one column per control.
    """

    tables: Mapping[str, pd.DataFrame]
    _opened: dict[str, tuple[Bools, dict[str, int]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def find_working(self, table: str, rows: Positions, controls: Sequence[str]) -> Bools:
        """Say which controls work at which subjects, ``[rows, controls]``; unknown ones do not.

        ``rows`` are those of the case's own table; -1 is no subject.
        """
        works = np.zeros((len(rows), len(controls)), dtype=bool)
        if table in self.tables and len(self.tables[table]):
            truth, columns = self._open(table)
            for at, control in enumerate(controls):
                if control in columns:
                    works[:, at] = truth[rows, columns[control]]
            works[rows < 0] = False
        return works

    def _open(self, table: str) -> tuple[Bools, dict[str, int]]:
        """Return the truth values of a table, and in which column each control stands."""
        if table not in self._opened:
            truth = self.tables[table]
            columns = {str(control): at for at, control in enumerate(truth.columns)}
            self._opened[table] = truth.to_numpy(dtype=bool), columns
        return self._opened[table]

    def exchange(self, control: str, other: Coverage, name: str) -> Coverage:
        """Return this coverage, its control as the control ``name`` of another one."""
        return Coverage(
            {
                table: truth.assign(**{control: other.tables[table].get(name, False)})
                for table, truth in self.tables.items()
            }
        )


def cover_subjects(case: Case, safeguards: pd.DataFrame) -> Coverage:
    """Work out which controls cover which subject, for a choice of safeguards.

    ``safeguards`` are rows of the case's safeguards table. A scope names what is covered directly:
    ``all``, ``table/id``, a bare id (looked up in systems, flows, activities) or
    ``category:prefix`` (items of that category or below it). From there

    - a flow is covered by itself, its activity, its source or target system, or all of its items;
    - an activity by itself, or when every system its flows touch is covered;
    - a party by itself, or when every flow that touches it is covered;
    - an item by itself, its category or its activity.

    A safeguard without control or without scope covers nothing.
    """
    frames = case.frames
    ids = {t: pd.Index(frames[t]["id"], dtype="str") for t in SUBJECTS if t in frames}
    ids["organisation"] = pd.Index([case.id], dtype="str")
    grants = _read_scopes(safeguards, ids)
    controls = pd.Index(grants["control"].drop_duplicates().sort_values(), dtype="str")
    if not len(controls):
        nothing = {t: pd.DataFrame(index=ids[t], columns=controls, dtype=bool) for t in ids}
        return Coverage(nothing)
    code = controls.get_indexer(grants["control"])
    everywhere = np.zeros(len(controls), dtype=bool)
    everywhere[code[(grants["table"] == "all").to_numpy()]] = True

    direct: dict[str, Bools] = {}
    for table, index in ids.items():
        truth = np.tile(everywhere, (len(index), 1))
        here = (grants["table"] == table).to_numpy()
        row = find_rows(index, grants["id"][here])
        truth[row[row >= 0], code[here][row >= 0]] = True
        direct[table] = truth
    category = frames["items"]["category"].astype("str").fillna("")
    for at in np.flatnonzero((grants["table"] == "category").to_numpy()):
        prefix = grants["id"].iloc[at]
        below = category.eq(prefix) | category.str.startswith(prefix + ".")
        direct["items"][below.to_numpy(dtype=bool), code[at]] = True

    flows = frames["flows"]
    ends = [find_rows(ids["systems"], flows[end]) for end in ("source", "target")]
    owner = find_rows(ids["activities"], flows["activity"])
    carrier, carried = split_lists(flows["items"])
    covered = dict(direct)
    covered["flows"] = (
        direct["flows"]
        | _take(direct["activities"], owner)
        | _take(direct["systems"], ends[0])
        | _take(direct["systems"], ends[1])
        | _all_of(direct["items"], carrier, find_rows(ids["items"], carried), len(flows))
    )
    whole = _all_of(
        direct["systems"], np.tile(owner, 2), np.concatenate(ends), len(ids["activities"])
    )
    covered["activities"] = direct["activities"] | whole
    gatherer = find_rows(ids["activities"], frames["items"]["activity"])
    covered["items"] = direct["items"] | _take(direct["activities"], gatherer)
    flow = np.tile(np.arange(len(flows)), 2)
    party = np.concatenate([find_rows(ids["parties"], flows[end]) for end in ("source", "target")])
    covered["parties"] = direct["parties"] | _all_of(
        covered["flows"], party, flow, len(ids["parties"])
    )
    return Coverage({t: pd.DataFrame(covered[t], index=ids[t], columns=controls) for t in ids})


def _read_scopes(safeguards: pd.DataFrame, ids: Mapping[str, pd.Index]) -> pd.DataFrame:
    """Return ``[control, table, id]``: a row per named subject, category or ``all``."""
    at, token = split_lists(safeguards["scope"])
    control = safeguards["control"].reset_index(drop=True).iloc[at].to_numpy()
    parts = pd.Series(token.to_pylist(), dtype="str")
    grants = pd.DataFrame({"control": pd.Series(control, dtype="str"), "id": parts})
    whole, by_category = parts.eq("all"), parts.str.startswith("category:")
    named = parts.str.contains("/", regex=False) & ~by_category
    table = pd.Series("", index=parts.index, dtype="str")
    for kind in reversed(SCOPED):
        table = table.mask(find_rows(ids[kind], token) >= 0, kind)
    halves = parts.str.split("/", n=1)
    table = table.mask(named, halves.str[0]).mask(by_category, "category").mask(whole, "all")
    bare = parts.str.removeprefix("category:").str.rstrip(".")
    grants["id"] = parts.mask(named, halves.str[-1]).mask(by_category, bare)
    grants["table"] = table
    return grants[grants["control"].notna() & (table != "")].reset_index(drop=True)


def _take(truth: Bools, row: Positions) -> Bools:
    """Take rows by number; the number -1 gives a row of False."""
    if not len(truth):
        return np.zeros((len(row), truth.shape[1]), dtype=bool)
    return truth[row] & (row >= 0)[:, None]


def _all_of(truth: Bools, group: Positions, part: Positions, size: int) -> Bools:
    """Join the rows of each group's parts with "and"; -1 is no part, an empty group is False."""
    known = (group >= 0) & (part >= 0)
    each = np.unique(group[known] * len(truth) + part[known])
    member, place = np.divmod(each, max(len(truth), 1))
    lacking = _any_of(~_take(truth, place), member, size)
    filled: Bools = np.isin(np.arange(size), member)[:, None] & ~lacking
    return filled


def _any_of(truth: Bools, group: Positions, size: int) -> Bools:
    """Join rows of the same group with "or"; ``group`` is sorted, groups without rows are False."""
    joined = np.zeros((size, truth.shape[1]), dtype=bool)
    if len(group):
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        joined[group[starts]] = np.logical_or.reduceat(truth, starts, axis=0)
    return joined
