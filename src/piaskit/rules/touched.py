"""Which flows touch which subject: how a hit names its flows and activities."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from piaskit.case.columns import Positions, find_rows, split_lists
from piaskit.knowledge.records import Stage

TOUCHABLE = ("activities", "items", "flows", "parties", "systems")
_NAMES: tuple[str, ...] = get_args(Stage)
_STAGES = pd.Index(get_args(Stage), dtype="str")


@cache
def _mark_stages(stages: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return per number of a stage whether it is among these; the last one is for none."""
    return np.append(_STAGES.isin(stages), False)


@dataclass(frozen=True, slots=True)
class Groups:
    """The flows of each subject of a table; of subject n: ``flows[start[n]:start[n + 1]]``.

    Both are row numbers, in the order of the file.
    """

    start: Positions
    flows: Positions


@dataclass(frozen=True, slots=True)
class Touched:
    """Answers which flows touch a subject, sorted by id; each table is grouped once, when asked.

    A flow touches its activity, the items it carries, and the party or system at either end. A
    party that no flow names is touched by the flows of the systems it operates.
    """

    frames: Mapping[str, pd.DataFrame]
    _groups: dict[str, Groups] = field(default_factory=dict)
    _rows: dict[str, dict[str, int]] = field(default_factory=dict)
    _columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    _lists: dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)

    def list_flows(self, table: str, id: str, stages: Collection[str]) -> tuple[str, ...]:
        """Return the ids of the flows in these stages that touch a subject, sorted."""
        if table not in TOUCHABLE:
            return ()
        if table == "flows":
            return (id,) if self.stage_of(id) in stages else ()
        key = (table, id, tuple(stages))
        if key not in self._lists:
            flows = self._select(table, id)
            chosen = flows[_mark_stages(key[2])[self._read("stage")[flows]]]
            self._lists[key] = tuple(sorted(self._read("id")[chosen]))
        return self._lists[key]

    def list_activities(self, table: str, id: str) -> tuple[str, ...]:
        """Return the ids of the activities whose flows touch a subject, sorted."""
        if table not in TOUCHABLE:
            return ()
        key = (table, id, ("activities",))
        if key not in self._lists:
            _, rows = self.link_activities(table, self.locate(table, [id]))
            self._lists[key] = tuple(sorted(self.frames["activities"]["id"].iloc[rows]))
        return self._lists[key]

    def locate(self, table: str, ids: Sequence[str]) -> Positions:
        """Return the row of each subject in its table, -1 for one that is not there."""
        rows = self._index(table)
        return np.fromiter((rows.get(id, -1) for id in ids), dtype=np.intp, count=len(ids))

    def read_activities(self, table: str) -> NDArray[np.object_]:
        """Return the activity that each row of a table belongs to."""
        if table not in self._columns:
            self._columns[table] = self.frames[table]["activity"].to_numpy(dtype=object)
        return self._columns[table]

    def find_activities(self, ids: pa.Array) -> Positions:
        """Return the row of each activity, -1 for one that does not exist."""
        return find_rows(self.frames["activities"]["id"], ids)

    def link_activities(self, table: str, rows: Positions) -> tuple[Positions, Positions]:
        """Return pairs of a place in ``rows``, rising, and the row of an activity it touches."""
        none = np.zeros(0, dtype=np.intp)
        if table not in TOUCHABLE:
            return none, none
        if f"{table}.activities" not in self._groups:
            groups = self.group(table)
            size = len(groups.start) - 1
            subject = np.repeat(np.arange(size), np.diff(groups.start))
            activity = self._read("activity")[groups.flows]
            pairs = pd.DataFrame({"subject": subject, "activity": activity})[activity >= 0]
            pairs = pairs.drop_duplicates().sort_values(["subject", "activity"])
            number = np.bincount(pairs["subject"], minlength=size)
            start = np.concatenate([[0], np.cumsum(number)])
            self._groups[f"{table}.activities"] = Groups(start, pairs["activity"].to_numpy())
        linked = self._groups[f"{table}.activities"]
        known = np.flatnonzero(rows >= 0)
        first, number = linked.start[rows[known]], np.diff(linked.start)[rows[known]]
        within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        return np.repeat(known, number), linked.flows[np.repeat(first, number) + within]

    def group(self, table: str) -> Groups:
        """Return the flows of every subject of a table, subjects in the order of its rows."""
        if table not in self._groups:
            subjects, flows = self._pair(table)
            size = len(self.frames[table])
            order = np.argsort(subjects, kind="stable")
            start = np.concatenate([[0], np.cumsum(np.bincount(subjects, minlength=size))])
            self._groups[table] = Groups(start, flows[order])
        return self._groups[table]

    def _pair(self, table: str) -> tuple[Positions, Positions]:
        """Return pairs of a subject and a flow that touches it, each pair once."""
        flows, ids = self.frames["flows"], self.frames[table]["id"]
        every = np.arange(len(flows))
        if table == "flows":
            return every, every
        if table == "items":
            carrier, carried = split_lists(flows["items"])
            subject = find_rows(ids, carried)
            return subject[subject >= 0], carrier[subject >= 0]
        if table == "activities":
            subject = self._read("activity")
            return subject[subject >= 0], every[subject >= 0]
        ends = [find_rows(ids, flows[end]) for end in ("source", "target")]
        ends[1] = np.where(ends[0] == ends[1], -1, ends[1])
        subject, flow = np.concatenate(ends), np.tile(every, 2)
        if table == "systems":  # an id that is also a party's means the party
            subject[np.isin(subject, find_rows(ids, self.frames["parties"]["id"]))] = -1
        named = subject[subject >= 0], flow[subject >= 0]
        if table == "systems":
            return named
        silent = self._pair_operators(named[0])
        return np.concatenate([named[0], silent[0]]), np.concatenate([named[1], silent[1]])

    def _pair_operators(self, named: Positions) -> tuple[Positions, Positions]:
        """Pair the parties that no flow names with the flows of the systems they operate."""
        operator = find_rows(self.frames["parties"]["id"], self.frames["systems"]["operator"])
        operated = np.flatnonzero((operator >= 0) & ~np.isin(operator, named))
        pairs = {
            (int(operator[system]), int(flow))
            for system in operated
            for flow in self._slice("systems", int(system))
        }
        both = np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def _select(self, table: str, id: str) -> Positions:
        return self._slice(table, self._index(table)[id])

    def _index(self, table: str) -> dict[str, int]:
        if table not in self._rows:
            ids = [] if table not in self.frames else self.frames[table]["id"].tolist()
            self._rows[table] = {name: row for row, name in enumerate(ids)}
        return self._rows[table]

    def stage_of(self, flow: str) -> str | None:
        """Return the stage of a flow; None for one that does not exist or states none."""
        row = self._index("flows").get(flow)
        stage = -1 if row is None else self._read("stage")[row]
        return None if stage < 0 else _NAMES[stage]

    def _slice(self, table: str, row: int) -> Positions:
        groups = self.group(table)
        return groups.flows[groups.start[row] : groups.start[row + 1]]

    def _read(self, column: str) -> NDArray[Any]:
        """Return a column of the flows: ids as they are, stages and activities as numbers."""
        if column not in self._columns:
            cells = self.frames["flows"][column]
            if column == "id":
                self._columns[column] = cells.to_numpy(dtype=object)
            else:
                known = _STAGES if column == "stage" else self.frames["activities"]["id"]
                self._columns[column] = find_rows(known, cells)
        return self._columns[column]
