"""How likely: which criterion the facts meet, by how far the remedy works at the subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.risk.scales import (
    EXTENTS,
    STATES,
    Bools,
    Levels,
    Positions,
    measure_extent,
    read_meets,
)
from piaskit.safeguards import Coverage

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge import Method
    from piaskit.rules import Hit

HUGE = 10_000_000  # persons above which scale alone makes an event likelier (GB/T 39335, App. D)
COMPLETE = "prepared-large-scale"
EMERGENCY = "incident.response-plan"
EFFECTIVE = EXTENTS.index("effective")


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """The likelihood of every hit in every state.

    ``hits`` has one row per hit: ``[risk, table, id, rule, source]``, with ``source`` a position
    in the method's sources (-1: none of them). ``links`` joins hits to activities, both as row
    numbers ``[hit, activity]``. ``wanted`` counts the remedy's controls, ``working`` how many of
    them work there, ``[states, hits]``; ``levels`` is 0 (low) to 3, ``[states, hits]``, and
    ``lowered`` says where the modifier for complete measures took one step off.
    """

    hits: pd.DataFrame
    links: pd.DataFrame
    wanted: NDArray[np.int64]
    working: NDArray[np.int64]
    remedied: Bools
    lowered: Bools
    levels: Levels


def rate_hits(
    case: Case,
    method: Method,
    hits: Sequence[Hit],
    coverage: Mapping[str, Coverage],
    remedied: Mapping[str, frozenset[str]],
) -> Likelihoods:
    """Rate hits in all three states; more safeguards or actions never give a higher level.

    An action that works closes a gap: the fact is gone, and the lowest criterion is met. It cannot
    take an exposure away, so that meets what the rule says of an effective remedy.
    Above 10,000,000 persons a risk of business scale is one step less likely where its remedy
    works in full and a response plan works too, as the method's modifier allows.
    """
    sources = list(method.sources)
    frame = pd.DataFrame(
        {
            "risk": [hit.risk for hit in hits],
            "table": [hit.table for hit in hits],
            "id": [hit.id for hit in hits],
            "rule": [hit.rule.id for hit in hits],
        },
        dtype="str",
    )
    code, rules = pd.factorize(frame["rule"])
    known = {hit.rule.id: hit.rule for hit in hits}
    listed = [known[name] for name in rules]
    place = [sources.index(r.source) if r.source in sources else -1 for r in listed]
    frame["source"] = np.array(place, dtype=np.intp)[code]
    met = np.array([read_meets(r.meets) for r in listed], dtype=np.int8).reshape(-1, len(EXTENTS))
    links = _link_activities(case, hits)

    counts = {
        state: coverage[state].share(frame, [hit.rule.remedy for hit in hits]) for state in STATES
    }
    wanted = counts["inherent"]["wanted"].to_numpy(dtype=np.int64)
    working = np.array([counts[state]["working"] for state in STATES], dtype=np.int64)
    settled: Bools = np.array(
        [frame["risk"].isin(remedied[state]) for state in STATES], dtype=bool
    ).reshape(len(STATES), -1)
    extent = np.where(settled, EFFECTIVE, measure_extent(wanted[None], working))
    levels: Levels = met[code[None], extent] if len(frame) else np.zeros((3, 0), dtype=np.int8)
    gap = np.array([r.kind == "gap" for r in listed], dtype=bool)[code]
    levels = np.where(settled & gap, np.int8(0), levels)

    lowered = _find_complete(case, method, frame, links, extent, coverage)
    lowered &= levels > 0
    rated: Levels = (levels - lowered).astype(np.int8)
    return Likelihoods(frame, links, wanted, working, settled, lowered, rated)


def _link_activities(case: Case, hits: Sequence[Hit]) -> pd.DataFrame:
    index = pd.Index(case.frames["activities"]["id"], dtype="str")
    links = pd.DataFrame(
        {
            "hit": np.repeat(np.arange(len(hits)), [len(hit.activities) for hit in hits]),
            "activity": index.get_indexer(
                pd.Index([name for hit in hits for name in hit.activities], dtype="str")
            ),
        }
    )
    return links[links["activity"] >= 0].reset_index(drop=True)


def _find_complete(
    case: Case,
    method: Method,
    hits: pd.DataFrame,
    links: pd.DataFrame,
    extent: NDArray[np.int64],
    coverage: Mapping[str, Coverage],
) -> Bools:
    """Say where scale above 10,000,000 persons meets complete measures and a response plan."""
    found = np.zeros((len(STATES), len(hits)), dtype=bool)
    if COMPLETE not in method.modifiers or "business-scale" not in method.sources:
        return found
    persons = case.frames["activities"]["persons"].fillna(0).to_numpy(dtype=np.int64)
    huge = np.zeros(len(hits), dtype=bool)
    huge[links["hit"][persons[links["activity"]] > HUGE]] = True
    if (case.organisation.persons_total or 0) > HUGE:
        huge |= hits["table"].eq("organisation").to_numpy(dtype=bool)
    huge &= (hits["source"] == list(method.sources).index("business-scale")).to_numpy(dtype=bool)
    plan = pd.Series(EMERGENCY, index=hits.index, dtype="str")
    for at, state in enumerate(STATES):
        works = coverage[state].look_up(hits["table"], hits["id"], plan)
        found[at] = huge & works & (extent[at] == EFFECTIVE)
    return found


def gather_sources(
    likelihoods: Likelihoods, activities: int, sources: int
) -> tuple[Levels, Positions]:
    """Return the highest likelihood per activity and source dimension, and the number of hits.

    Levels are ``[states, activities, sources]``, 0 where no hit touches the activity; the numbers
    are ``[activities, sources]``.
    """
    links = likelihoods.links
    source = likelihoods.hits["source"].to_numpy()[links["hit"]]
    links = links[source >= 0]
    slot = links["activity"].to_numpy() * sources + source[source >= 0]
    highest = np.zeros((len(STATES), activities * sources), dtype=np.int8)
    order = np.argsort(slot, kind="stable")
    if len(slot):
        starts = np.flatnonzero(np.diff(slot[order], prepend=-1))
        values = likelihoods.levels[:, links["hit"].to_numpy()[order]]
        highest[:, slot[order][starts]] = np.maximum.reduceat(values, starts, axis=1)
    number = np.bincount(slot, minlength=activities * sources)
    shape = (activities, sources)
    return highest.reshape(len(STATES), *shape), number.reshape(shape)
