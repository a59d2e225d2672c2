"""What could happen to persons: the impact proposed from the items that a subject touches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.case.columns import find_rows, split_lists
from piaskit.risk.scales import LEVELS, STATES, TOP, Bools, Levels, Positions
from piaskit.safeguards import Coverage

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Labels, Method

MANY = 500_000  # persons from which typical sensitive information weighs more (GB/T 39335, App. D)
DEIDENTIFYING = ("deidentification.anonymisation", "deidentification.pseudonymisation")
Scored = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Impacts:
    """Proposed impacts, for every item an activity gathers or uses and for every kind of subject.

    ``pairs`` has one row per activity and item, as row numbers ``[activity, item]`` in that order.
    ``base`` is ``[pairs, rights]``, ``levels`` ``[states, pairs, rights]``: 0 (low) to 3, and -1
    where the method proposes none. ``shifts`` holds per modifier which pairs it moves,
    ``[states, pairs]``.
    """

    pairs: pd.DataFrame
    base: Levels
    shifts: Mapping[str, Bools]
    levels: Levels
    scored: Mapping[str, Scored]

    def read(self, table: str, row: Positions) -> tuple[Levels, Positions]:
        """Return what subjects touch: levels ``[states, rows, rights]`` and the strongest pairs.

        The strongest pair of the current state comes as a row of ``pairs``, ``[rows, rights]``.
        """
        return self.unpack(self.scored[table][:, row])

    def unpack(self, scored: Scored) -> tuple[Levels, Positions]:
        """Split scores into levels and the strongest pair of the current state."""
        size = max(len(self.pairs), 1)
        levels: Levels = np.floor_divide(scored, size).astype(np.int8)
        pair: Positions = (size - 1 - scored[STATES.index("current")] % size).astype(np.intp)
        return levels, pair


def propose_impacts(case: Case, method: Method, coverage: Mapping[str, Coverage]) -> Impacts:
    """Propose impacts per rights dimension for all subjects, in all three states.

    The method gives a level per category; its modifiers shift it by one step each, within the
    scale: up for a group weak in money or mind, up for sensitive information on 500,000 persons or
    more, down where de-identification works on the item in that state.
    """
    frames = case.frames
    activities, items, flows = frames["activities"], frames["items"], frames["flows"]
    ids = {t: pd.Index(frames[t]["id"], dtype="str") for t in ("activities", "items")}
    owner = find_rows(ids["activities"], flows["activity"])
    carrier, carried = split_lists(flows["items"])
    item = find_rows(ids["items"], carried)
    gatherer = find_rows(ids["activities"], items["activity"])
    known = (item >= 0) & (owner[carrier] >= 0)
    carrier, item = carrier[known], item[known]
    own = np.flatnonzero(gatherer >= 0)
    width = max(len(items), 1)
    keys = np.concatenate([gatherer[own] * width + own, owner[carrier] * width + item])
    pair, key = pd.factorize(keys, sort=True)
    pairs = pd.DataFrame({"activity": key // width, "item": key % width})

    base = _rate_categories(method, items["category"])[pairs["item"]]
    shifts = _find_shifts(case, method, pairs, coverage)
    moved = base[None].astype(np.int64)
    for name, where in shifts.items():
        moves = [name not in right.unmoved_by for right in method.rights.values()]
        moved = moved + int(method.modifiers[name].shift) * (where[:, :, None] & moves)
    levels: Levels = np.where(base < 0, -1, np.clip(moved, 0, TOP)).astype(np.int8)

    size = max(len(pairs), 1)
    rank = size - 1 - np.arange(len(pairs))
    score: Scored = np.where(levels < 0, -1, levels * np.int64(size) + rank[None, :, None])
    by_flow = _highest(score, pair[len(own) :], carrier, len(flows))
    scored = {
        "activities": _highest(
            score, np.arange(len(pairs)), pairs["activity"].to_numpy(), len(activities)
        ),
        "items": _highest(score, pair[: len(own)], own, len(items)),
        "flows": by_flow,
    }
    for table in ("systems", "parties"):
        index = frames[table]["id"]
        ends = np.concatenate([find_rows(index, flows[end]) for end in ("source", "target")])
        flow = np.tile(np.arange(len(flows)), 2)[ends >= 0]
        scored[table] = _highest(by_flow, flow, ends[ends >= 0], len(index))
    return Impacts(pairs, base, shifts, levels, scored)


def find_vulnerable(activities: pd.DataFrame, labels: Labels) -> Bools:
    """Say which activities concern a group weak in money or mind.

    Children or minors are counted, or ``subjects`` names one of the words of the label pack.
    """
    words = labels.words("risk.vulnerable")
    spelt = [rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in sorted(words)]
    named = activities["subjects"].str.contains("|".join(spelt), case=False, regex=True)
    counted = [
        activities[column].notna() & activities[column].ne("0") for column in ("children", "minors")
    ]
    found: Bools = (named.eq(True) | counted[0] | counted[1]).to_numpy(dtype=bool)
    return found


def _rate_categories(method: Method, categories: pd.Series) -> Levels:
    """Return the level the method proposes per item, ``[items, rights]``; -1 for none."""
    code, names = pd.factorize(categories)
    table = np.full((len(names) + 1, len(method.rights)), -1, dtype=np.int8)
    for row, name in enumerate(names):
        proposals = method.propose_impact(str(name))
        for column, right in enumerate(method.rights):
            if right in proposals:
                table[row, column] = LEVELS.index(proposals[right].level)
    rated: Levels = table[code]  # a blank category has the code -1: the last row, without proposals
    return rated


def _find_shifts(
    case: Case, method: Method, pairs: pd.DataFrame, coverage: Mapping[str, Coverage]
) -> dict[str, Bools]:
    frames = case.frames
    activities, items = frames["activities"], frames["items"]
    categories = case.knowledge.categories
    sensitive = items["category"].map(
        lambda name: name in categories and categories[name].sensitive.get(method.regime) == "yes",
        na_action="ignore",
    )
    many = activities["persons"].ge(MANY).fillna(False).to_numpy(dtype=bool)
    in_all = np.ones((len(STATES), 1), dtype=bool)
    row, column = pairs["activity"].to_numpy(), pairs["item"].to_numpy()
    weak = find_vulnerable(activities, case.knowledge.labels)
    every = np.arange(len(items))
    lowered = [
        coverage[state].find_working("items", every, DEIDENTIFYING).any(axis=1) for state in STATES
    ]
    found = {
        "weak-group": in_all & weak[row],
        "typical-sensitive-large": in_all
        & (many[row] & sensitive.eq(True).to_numpy(dtype=bool)[column]),
        "de-identified": np.array(lowered, dtype=bool)[:, column],
    }
    return {name: where for name, where in found.items() if name in method.modifiers}


def _highest(values: Scored, member: Positions, group: Positions, size: int) -> Scored:
    """Return the highest value per group, ``[states, size, rights]``; -1 for groups without any.

    ``member`` gives the rows of ``values`` that belong to each ``group``.
    """
    best = np.full((values.shape[0], size, values.shape[2]), -1, dtype=np.int64)
    if len(group):
        if (np.diff(group) < 0).any():
            order = np.argsort(group, kind="stable")
            member, group = member[order], group[order]
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        for state, right in np.ndindex(values.shape[0], values.shape[2]):
            # One column at a time: the whole would be copied for every state and right at once.
            told = np.maximum.reduceat(values[state, :, right][member], starts)
            best[state, group[starts], right] = told
    return best
