"""The Sankey picture of an inventory: kinds of information, the systems that hold them, recipients.

The width of a band is the persons of its largest flow: persons of several flows are never added up,
since one person may stand in all of them. A band whose flows state no number is a broken line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from piaskit.case.columns import find_rows
from piaskit.report.traffic import Folded, Reach, Traffic, fold_flows, join_folded, rank_reach

DIRECT, UNSTATED, OTHERS, OTHERS_ABROAD = "→", "?", "…", "…abroad"  # no slug is written so
RANK = {"no": 0, "judge": 1, "yes": 2}
MOST = (14, 14, 16)  # nodes of each column
_MOST_BANDS = 44  # on each side; narrower ones are counted


@dataclass(frozen=True, slots=True)
class Node:
    """A box: a family of categories, a system or a recipient; ``members`` share it."""

    id: str
    title: str
    reach: Reach
    sensitive: str = "no"  # yes, judge, no
    abroad: bool = False
    members: int = 1


@dataclass(frozen=True, slots=True)
class Band:
    """What goes from a box to one of the next column."""

    source: str
    target: str
    reach: Reach
    sensitive: bool


@dataclass(frozen=True)
class Sankey:
    """Three columns of nodes, and the bands between the first two and the last two."""

    columns: tuple[tuple[Node, ...], ...]
    bands: tuple[tuple[Band, ...], ...]

    @cached_property
    def drawn(self) -> tuple[tuple[Band, ...], ...]:
        """The bands that are drawn: the widest of each side, and the widest of each node."""
        return tuple(_choose_bands(bands) for bands in self.bands)


def trace_sankey(traffic: Traffic, most: Sequence[int] = MOST) -> Sankey:
    """Trace kinds of information through systems to recipients.

    Each column keeps the ``most`` nodes with most persons, and one node for the others; places
    abroad stand below, apart from the others.
    """
    return group_routes(traffic, list_routes(traffic), most)


@dataclass(frozen=True, slots=True)
class Side:
    """What runs between two columns: per row the numbers of its ``source`` and ``target``."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    flows: Folded


@dataclass(frozen=True, slots=True)
class Routes:
    """Where information runs, before any grouping: into the systems, and out of them.

    ``ids`` are those of families, systems and targets, ``reaches`` theirs, each by itself; the
    sides lead from the first to the second, and from the second to the third. The rank of
    sensitivity is 2 for yes, 1 for to be judged, 0 for no.
    """

    ids: tuple[list[str], ...]
    sides: tuple[Side, Side]
    reaches: tuple[dict[str, Reach], ...]


def list_routes(traffic: Traffic) -> Routes:
    """Return the routes of all flows."""
    touches, left = _list_touches(traffic)
    handovers, right = _list_handovers(traffic)
    ends = [[pair[n] for pair in pairs] for pairs in (touches, handovers) for n in (0, 1)]
    ids = tuple(sorted({*told}) for told in (ends[0], ends[1] + ends[2], ends[3]))
    numbers = [{id: n for n, id in enumerate(column)} for column in ids]
    codes = [
        np.array([numbers[n][id] for id in told], dtype=np.int64)
        for n, told in zip((0, 1, 1, 2), ends, strict=True)
    ]
    sides = (Side(codes[0], codes[1], left), Side(codes[2], codes[3], right))
    reaches = tuple(
        dict(zip(column, _fold_ends(sides, n)[1].list_reaches(), strict=True))
        for n, column in enumerate(ids)
    )
    return Routes(ids, sides, reaches)


def group_routes(traffic: Traffic, routes: Routes, most: Sequence[int]) -> Sankey:
    """Return the nodes and bands of routes, with at most so many nodes a column."""
    # Sensitive kinds keep a box of their own, and so does what might be large as nobody says.
    families = np.array(routes.ids[0], dtype=object)
    left = routes.sides[0]
    loaded = set(families[left.source[left.flows.rank == RANK["yes"]]])
    keys = (
        _choose_nodes(routes.reaches[0], most[0], loaded=loaded),
        _choose_nodes(routes.reaches[1], most[1]),
        _choose_nodes(routes.reaches[2], most[2], abroad=traffic.countries),
    )
    nodes = [list(dict.fromkeys(column.values())) for column in keys]
    moved = []
    for ids, column, known in zip(routes.ids, keys, nodes, strict=True):
        numbers = {id: n for n, id in enumerate(known)}
        moved.append(np.array([numbers[column[id]] for id in ids], dtype=np.int64))
    sides = tuple(
        Side(moved[n][side.source], moved[n + 1][side.target], side.flows)
        for n, side in enumerate(routes.sides)
    )
    named: tuple[Callable[[str], str], ...] = (
        traffic.name_family,
        partial(_name_system, traffic),
        traffic.name_abroad,
    )
    columns = tuple(
        tuple(_list_nodes(sides, n, nodes[n], Counter(keys[n].values()), named[n], traffic))
        for n in range(3)
    )
    bands = (_list_bands(sides[0], nodes[0], nodes[1]), _list_bands(sides[1], nodes[1], nodes[2]))
    return Sankey(columns, bands)


def _fold_ends(sides: Sequence[Side], column: int) -> tuple[NDArray[np.int64], Folded]:
    """Fold all that touches the ids, or nodes, of a column."""
    touching = [(side.target, side.flows) for side in sides[:column][-1:]]
    touching += [(side.source, side.flows) for side in sides[column : column + 1]]
    ends, flows = zip(*touching, strict=True)
    return join_folded(flows).fold(np.concatenate(ends))


def _list_touches(traffic: Traffic) -> tuple[list[tuple[str, ...]], Folded]:
    """Return what each system has of each family, and what goes past them."""
    flows, passed = traffic.flows, _find_sources(traffic)
    systems = pd.Series([*traffic.holders, DIRECT, UNSTATED], dtype="str")
    beside = passed.where((passed == DIRECT) | (passed == UNSTATED), "").reindex(flows.index)
    ends = [find_rows(systems, end) for end in (flows["source"], flows["target"], beside)]
    place = np.tile(flows["first"].to_numpy(), len(ends))
    pairs = np.unique((place * len(systems) + np.concatenate(ends))[np.concatenate(ends) >= 0])
    touched = pd.DataFrame(
        dict(zip(("flow", "system"), np.divmod(pairs, len(systems)), strict=True))
    )
    rank = traffic.loads["sensitive"].map(RANK).astype("int64")
    loads = traffic.loads[["flow", "family"]].assign(rank=rank)
    touched = touched.merge(loads, on="flow")
    touched["persons"] = flows["persons"].to_numpy()[touched["flow"]]
    touched["system"] = systems.to_numpy(dtype=object)[touched["system"]]
    return fold_flows(
        touched.assign(first=touched["flow"], last=touched["flow"]), ["family", "system"]
    )


def _list_handovers(traffic: Traffic) -> tuple[list[tuple[str, ...]], Folded]:
    """Return what each recipient gets from each system."""
    flows = traffic.received
    rank = RANK["yes"] * flows["sensitive"].astype("int64")
    passed = flows.assign(system=_find_sources(traffic), rank=rank)
    return fold_flows(passed, ["system", "target"])


def _find_sources(traffic: Traffic) -> pd.Series[str]:
    """Return the system that each flow to a recipient leaves, or that it leaves none of ours."""
    source = traffic.received["source"]
    ours = find_rows(pd.Series(traffic.holders, dtype="str"), source) >= 0
    return source.where(ours, DIRECT).mask(source == "", UNSTATED)


def _choose_nodes(
    found: Mapping[str, Reach],
    most: int,
    *,
    loaded: Collection[str] = (),
    abroad: Collection[str] = (),
) -> dict[str, str]:
    """Return the node of each id: itself, or that of the others beyond ``most``.

    Ids that are ``loaded`` come first; those ``abroad`` have others of their own.
    """

    def rank(id: str) -> tuple[object, ...]:
        reach = found[id]
        return id not in loaded, reach.low is not None, *rank_reach(reach), id

    ranked = sorted(found, key=rank)
    away = [id for id in ranked if id in abroad]
    near = [id for id in ranked if id not in away]
    kept: dict[str, str] = {}
    room = most
    for group, others in ((away, OTHERS_ABROAD), (near, OTHERS)):
        limit = min(len(group), max(most // 2, most - len(near))) if group is away else room
        full = len(group) > limit
        kept |= {id: id for id in group[: limit - full]}
        kept |= dict.fromkeys(group[limit - full :], others) if full else {}
        room -= min(len(group), limit)
    return kept


def _list_nodes(
    sides: Sequence[Side],
    column: int,
    ids: Sequence[str],
    members: Mapping[str, int],
    name: Callable[[str], str],
    traffic: Traffic,
) -> list[Node]:
    say, what = traffic.voice.say, ("family", "system", "target")[column]
    numbers, folded = _fold_ends(sides, column)
    nodes = []
    for n, reach, rank in zip(numbers, folded.list_reaches(), folded.rank, strict=True):
        id = ids[n]
        others = id in (OTHERS, OTHERS_ABROAD)
        label = f"figure.others-{what}{'-abroad' if id == OTHERS_ABROAD else ''}"
        title = say(label, n=members[id]) if others else name(id)
        abroad = id == OTHERS_ABROAD or (what != "family" and id in traffic.countries)
        nodes.append(Node(id, title, reach, ("no", "judge", "yes")[rank], abroad, members[id]))
    late = (OTHERS, OTHERS_ABROAD)
    return sorted(nodes, key=lambda n: (n.abroad, n.id in late, *rank_reach(n.reach), n.id))


def _list_bands(side: Side, sources: Sequence[str], targets: Sequence[str]) -> tuple[Band, ...]:
    numbers, folded = side.flows.fold(side.source * len(targets) + side.target)
    bands = [
        Band(sources[n // len(targets)], targets[n % len(targets)], reach, rank == RANK["yes"])
        for n, reach, rank in zip(
            numbers.tolist(), folded.list_reaches(), folded.rank.tolist(), strict=True
        )
    ]
    return tuple(sorted(bands, key=lambda band: (band.source, band.target)))


def _choose_bands(bands: Sequence[Band]) -> tuple[Band, ...]:
    ranked = sorted(bands, key=lambda b: (*rank_reach(b.reach), b.source, b.target))
    ends: set[tuple[str, str]] = set()
    chosen = []
    for place, band in enumerate(ranked):
        new = {("from", band.source), ("to", band.target)} - ends
        if new or place < _MOST_BANDS:
            chosen.append(band)
            ends |= new
    return tuple(chosen)


def _name_system(traffic: Traffic, system: str) -> str:
    if system in (DIRECT, UNSTATED):
        return traffic.voice.say("figure.direct" if system == DIRECT else "figure.unstated")
    return traffic.name_abroad(system)
