"""Where a person's judgement stands against what rules propose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from piaskit.risk.scales import STATES, TOP, Bools, Levels, Positions, parse_level

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Method

CURRENT = STATES.index("current")


@dataclass(frozen=True, slots=True)
class Judgements:
    """The judgement in force per activity and dimension: rights first, then sources.

    ``frame`` holds all judgements of the case that concern the assessed activities, with their
    ``risk`` id, ``place`` (row number of the activity, -1: none), ``column`` (of the dimension, -1:
    none of the method's) and ``value`` (0 to 3, -1: no level). ``level`` and ``row`` (of ``frame``)
    are ``[activities, dimensions]``, -1 where nobody judged.
    """

    frame: pd.DataFrame
    level: Levels
    row: Positions


def read_judgements(case: Case, method: Method) -> Judgements:
    """Read judgements; of several on one activity and dimension the latest dated one holds."""
    frame = case.frames["judgements"].copy()
    dimensions = [*method.rights, *method.sources]
    activities = pd.Index(case.frames["activities"]["id"], dtype="str")
    frame["risk"] = "judgement@judgements/" + frame["id"]
    frame["place"] = activities.get_indexer(pd.Index(frame["activity"]))
    frame["column"] = pd.Index(dimensions, dtype="str").get_indexer(pd.Index(frame["dimension"]))
    frame["value"] = [parse_level(word) for word in frame["level"]]
    level = np.full((len(activities), len(dimensions)), -1, dtype=np.int8)
    row = np.full(level.shape, -1, dtype=np.intp)
    kept = frame[(frame["place"] >= 0) & (frame["column"] >= 0) & (frame["value"] >= 0)]
    last = kept.sort_values(["judged_on", "id"], na_position="first").drop_duplicates(
        ["place", "column"], keep="last"
    )
    level[last["place"], last["column"]] = last["value"]
    row[last["place"], last["column"]] = last.index
    return Judgements(frame, level, row)


def apply_judgements(
    judgements: Judgements, proposed: Levels, remedied: Mapping[str, frozenset[str]]
) -> Levels:
    """Let judgements override the current values, ``[states, activities, dimensions]``.

    The judged level is the current one; inherent is never below it and planned never above it.
    A level judged above the proposal says that a person sees more than the rules do: what is
    planned against the rules' risks does not lower it, only an action on the judgement's own risk
    does (and then the proposal holds again).
    """
    judged = judgements.level
    risks = judgements.frame["risk"].to_numpy()
    final = proposed.copy()
    above = judged > proposed[CURRENT]
    for at, state in enumerate(STATES):
        named = sorted(remedied[state])
        treated: Bools = (
            (judgements.row >= 0) & np.isin(risks, named)[judgements.row]
            if len(risks)
            else np.zeros(judged.shape, dtype=bool)
        )
        value = {
            "inherent": np.maximum(proposed[at], judged),
            "current": judged,
            "planned": np.where(above, judged, np.minimum(proposed[at], judged)),
        }[state]
        override = (judged >= 0) & ~(above & treated)
        final[at] = np.where(override, value, proposed[at])
    final[0] = np.maximum(final[0], final[CURRENT])
    final[2] = np.minimum(final[2], final[CURRENT])
    return final


def find_caps(judgements: Judgements, links: pd.DataFrame, size: int) -> Levels:
    """Return the highest level each hit may have per dimension, ``[hits, dimensions]``.

    A level judged below the proposal holds the risks of its activity down; a risk of several
    activities keeps the highest, and no cap where one of them is not judged.
    """
    caps = np.full((size, judgements.level.shape[1]), -1, dtype=np.int8)
    allowed = np.where(judgements.level < 0, np.int8(TOP), judgements.level)
    if len(links):
        hit = links["hit"].to_numpy()
        starts = np.flatnonzero(np.diff(hit, prepend=-1))
        caps[hit[starts]] = np.maximum.reduceat(allowed[links["activity"]], starts, axis=0)
    caps[caps[:, 0] < 0] = TOP
    return caps


def select_seen(
    judgements: Judgements, proposed: Levels, hits: Positions, rights: int
) -> pd.DataFrame:
    """Select the judgements that are risks of their own: a problem that no rule found.

    That is one that names a problem, is the one in force, and gives no level, or one above the
    proposal, or concerns a risk-source dimension in which no rule fired for the activity. One
    without activity or dimension counts too; answers on necessity and other impact are no risks.
    ``hits`` counts the hits, ``[activities, sources]``.
    """
    frame = judgements.frame
    place, column = frame["place"].to_numpy(), frame["column"].to_numpy()
    value = frame["value"].to_numpy()
    tied = np.flatnonzero((place >= 0) & (column >= 0) & (value >= 0))
    at = place[tied], column[tied]
    alone = np.ones(len(frame), dtype=bool)
    source = np.maximum(at[1] - rights, 0)
    unheard = (column[tied] >= rights) & (hits[at[0], source] == 0)
    alone[tied] = ((value[tied] > proposed[CURRENT][at]) | unheard) & (judgements.row[at] == tied)
    alone &= (frame["problem"].notna() & (frame["dimension"].isna() | (column >= 0))).to_numpy()
    return frame[alone]
