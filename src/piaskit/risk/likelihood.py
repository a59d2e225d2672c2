"""How likely: which criterion the facts meet, by how far the remedy works at the subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from piaskit.case.columns import find_rows
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
    from piaskit.knowledge import Method
    from piaskit.knowledge.records import Rule
    from piaskit.rules import Found, Hits

COMPLETE = "prepared-large-scale"
EMERGENCY = "incident.response-plan"
EFFECTIVE = EXTENTS.index("effective")


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """The likelihood of every hit in every state.

    ``source`` is a position in the method's sources (-1: none of them), ``[hits]``. ``links`` joins
    hits to activities, both as row
    numbers ``[hit, activity]``. ``wanted`` counts the remedy's controls, ``working`` how many of
    them work there, ``[states, hits]``; ``levels`` is 0 (low) to 3, ``[states, hits]``, and
    ``lowered`` says where the modifier for complete measures took one step off.
    """

    source: Positions
    links: pd.DataFrame
    wanted: NDArray[np.int64]
    working: NDArray[np.int64]
    remedied: Bools
    lowered: Bools
    levels: Levels


def rate_hits(
    method: Method,
    hits: Hits,
    coverage: Mapping[str, Coverage],
    remedied: Mapping[str, frozenset[str]],
) -> Likelihoods:
    """Rate hits in all three states; more safeguards or actions never give a higher level.

    An action that works closes a gap: the fact is gone, and the lowest criterion is met. It cannot
    take an exposure away, so that meets what the rule says of an effective remedy.
    A risk of scale alone, whose rule names that modifier of the method, is one step less likely
    where its remedy works in full and a response plan works too.
    """
    sources = list(method.sources)
    listed = [found.rule for found in hits.found]
    code = np.repeat(np.arange(len(listed)), [len(found.ids) for found in hits.found])
    place = [sources.index(r.source) if r.source in sources else -1 for r in listed]
    source = np.array(place, dtype=np.intp)[code]
    met = np.array([read_meets(r.meets) for r in listed], dtype=np.int8).reshape(-1, len(EXTENTS))
    links = _link_activities(hits)

    wanted = np.array([len(r.remedy) for r in listed], dtype=np.int64)[code]
    working = np.zeros((len(STATES), len(hits)), dtype=np.int64)
    settled: Bools = np.zeros((len(STATES), len(hits)), dtype=bool)
    for start, found in zip(hits.starts, hits.found, strict=True):
        part = slice(start, start + len(found.ids))
        for at, state in enumerate(STATES):
            if at and coverage[state] is coverage[STATES[at - 1]]:
                working[at, part] = working[at - 1, part]
            else:
                works = coverage[state].find_working(found.table, found.rows, found.rule.remedy)
                working[at, part] = works.sum(axis=1)
            settled[at, part] = _find_remedied(found, remedied[state])
    extent = np.where(settled, EFFECTIVE, measure_extent(wanted[None], working))
    levels: Levels = met[code[None], extent] if len(code) else np.zeros((3, 0), dtype=np.int8)
    gap = np.array([r.kind == "gap" for r in listed], dtype=bool)[code]
    levels = np.where(settled & gap, np.int8(0), levels)

    lowered = _find_complete(method, hits, extent, coverage)
    lowered &= levels > 0
    rated: Levels = (levels - lowered).astype(np.int8)
    return Likelihoods(source, links, wanted, working, settled, lowered, rated)


def list_controls(method: Method, rule: Rule) -> tuple[str, ...]:
    """Return the controls on which the likelihood of a rule's hits depends."""
    more = (EMERGENCY,) if _is_lowered(method, rule) else ()
    return (*rule.remedy, *more)


def _is_lowered(method: Method, rule: Rule) -> bool:
    return COMPLETE in method.modifiers and COMPLETE in rule.modifiers


def _find_remedied(found: Found, risks: frozenset[str]) -> Bools:
    """Say for which subjects of a rule an action on their risk counts."""
    start = f"{found.rule.id}@{found.table}/"
    named = sorted(risk.removeprefix(start) for risk in risks if risk.startswith(start))
    if not named:
        return np.zeros(len(found.ids), dtype=bool)
    remedied: Bools = find_rows(pa.array(named, type=pa.large_string()), found.names) >= 0
    return remedied


def _link_activities(hits: Hits) -> pd.DataFrame:
    parts = [found.link_activities() for found in hits.found]
    none = np.zeros(0, dtype=np.intp)
    hit = [row + start for start, (row, _) in zip(hits.starts, parts, strict=True)]
    activity = [rows for _, rows in parts]
    return pd.DataFrame(
        {"hit": np.concatenate([none, *hit]), "activity": np.concatenate([none, *activity])}
    )


def _find_complete(
    method: Method, hits: Hits, extent: NDArray[np.int64], coverage: Mapping[str, Coverage]
) -> Bools:
    """Say where a risk of scale alone meets complete measures and a response plan."""
    found = np.zeros((len(STATES), len(hits)), dtype=bool)
    for start, part in zip(hits.starts, hits.found, strict=True):
        if not _is_lowered(method, part.rule):
            continue
        here = slice(start, start + len(part.ids))
        for at, state in enumerate(STATES):
            works = coverage[state].find_working(part.table, part.rows, [EMERGENCY])[:, 0]
            found[at, here] = works & (extent[at, here] == EFFECTIVE)
    return found


def gather_sources(
    likelihoods: Likelihoods, activities: int, sources: int
) -> tuple[Levels, Positions]:
    """Return the highest likelihood per activity and source dimension, and the number of hits.

    Levels are ``[states, activities, sources]``, 0 where no hit touches the activity; the numbers
    are ``[activities, sources]``.
    """
    links = likelihoods.links
    source = likelihoods.source[links["hit"]]
    links = links[source >= 0]
    slot = links["activity"].to_numpy() * sources + source[source >= 0]
    highest = np.zeros((len(STATES), activities * sources), dtype=np.int8)
    hit = links["hit"].to_numpy()
    for at in range(len(STATES)):
        np.maximum.at(highest[at], slot, likelihoods.levels[at, hit])
    number = np.bincount(slot, minlength=activities * sources)
    shape = (activities, sources)
    return highest.reshape(len(STATES), *shape), number.reshape(shape)
