"""The Sankey picture of an inventory: kinds of information, the systems that hold them, recipients.

The width of a band is the persons of its largest flow: persons of several flows are never added up,
since one person may stand in all of them. A band whose flows state no number is a broken line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from piaskit.case.columns import find_rows
from piaskit.report.traffic import (
    Reach,
    Traffic,
    fold_flows,
    measure_reaches,
    rank_reach,
    read_reaches,
)

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


@dataclass(frozen=True, slots=True)
class Sankey:
    """Three columns of nodes, and the bands between the first two and the last two."""

    columns: tuple[tuple[Node, ...], ...]
    bands: tuple[tuple[Band, ...], ...]

    @property
    def drawn(self) -> tuple[tuple[Band, ...], ...]:
        """The bands that are drawn: the widest of each side, and the widest of each node."""
        return tuple(_choose_bands(bands) for bands in self.bands)


def trace_sankey(traffic: Traffic, most: Sequence[int] = MOST) -> Sankey:
    """Trace kinds of information through systems to recipients.

    Each column keeps the ``most`` nodes with most persons, and one node for the others; places
    abroad stand below, apart from the others.
    """
    return group_routes(traffic, list_routes(traffic), most)


@dataclass(frozen=True)
class Routes:
    """Where information runs, before any grouping: into the systems, and out of them.

    ``touches`` has a row per ``system`` and ``family``, ``handovers`` one per ``system`` and
    ``target``, both as ``fold_flows`` makes them; the rank of sensitivity is 2 for yes, 1 for to be
    judged, 0 for no.
    """

    touches: pd.DataFrame
    handovers: pd.DataFrame

    @cached_property
    def reaches(self) -> tuple[dict[tuple[str, ...], Reach], ...]:
        """The reaches of families, systems and targets, each by itself."""
        both = pd.concat([self.touches, self.handovers])
        frames = ((self.touches, "family"), (both, "system"), (self.handovers, "target"))
        return tuple(measure_reaches(frame, [by]) for frame, by in frames)


def list_routes(traffic: Traffic) -> Routes:
    """Return the routes of all flows."""
    return Routes(_list_touches(traffic), _list_handovers(traffic))


def group_routes(traffic: Traffic, routes: Routes, most: Sequence[int]) -> Sankey:
    """Return the nodes and bands of routes, with at most so many nodes a column."""
    left, right = routes.touches, routes.handovers
    # Sensitive kinds keep a box of their own, and so does what might be large as nobody says.
    loaded = set(left.loc[left["rank"] == RANK["yes"], "family"])
    keys = (
        _choose_nodes(routes.reaches[0], most[0], loaded=loaded),
        _choose_nodes(routes.reaches[1], most[1]),
        _choose_nodes(routes.reaches[2], most[2], abroad=traffic.countries),
    )
    left = left.assign(family=left["family"].map(keys[0]), system=left["system"].map(keys[1]))
    right = right.assign(system=right["system"].map(keys[1]), target=right["target"].map(keys[2]))
    both = pd.concat([left, right])
    named: tuple[Callable[[str], str], ...] = (
        traffic.name_family,
        partial(_name_system, traffic),
        traffic.name_abroad,
    )
    columns = tuple(
        tuple(_list_nodes(frame, end, keys[n], named[n], traffic))
        for n, (frame, end) in enumerate(((left, "family"), (both, "system"), (right, "target")))
    )
    bands = (_list_bands(left, "family", "system"), _list_bands(right, "system", "target"))
    return Sankey(columns, bands)


def _list_touches(traffic: Traffic) -> pd.DataFrame:
    """Return what the systems have of each family, and what goes past them."""
    flows, passed = traffic.flows, _find_sources(traffic)
    systems = pd.Series([*_list_holders(traffic), DIRECT, UNSTATED], dtype="str")
    beside = passed.where((passed == DIRECT) | (passed == UNSTATED), "").reindex(flows.index)
    ends = [find_rows(systems, end) for end in (flows["source"], flows["target"], beside)]
    place = np.tile(flows["first"].to_numpy(), len(ends))
    pairs = np.unique((place * len(systems) + np.concatenate(ends))[np.concatenate(ends) >= 0])
    touched = pd.DataFrame(
        dict(zip(("flow", "system"), np.divmod(pairs, len(systems)), strict=True))
    )
    rank = traffic.loads["sensitive"].map(RANK).astype("int64")
    loads = traffic.loads[["flow", "family"]].assign(rank=rank)
    loads = loads.groupby(["flow", "family"], observed=True, as_index=False).max()
    touched = touched.merge(loads, on="flow")
    touched["persons"] = flows["persons"].to_numpy()[touched["flow"]]
    touched = fold_flows(
        touched.assign(first=touched["flow"], last=touched["flow"]), ["system", "family"]
    )
    return touched.assign(
        system=systems.to_numpy()[touched["system"]], family=touched["family"].astype("str")
    )


def _list_handovers(traffic: Traffic) -> pd.DataFrame:
    """Return what each recipient gets from each system."""
    flows = traffic.received
    rank = RANK["yes"] * flows["sensitive"].astype(int)
    passed = flows.assign(system=_find_sources(traffic), rank=rank)
    return fold_flows(passed, ["system", "target"])


def _find_sources(traffic: Traffic) -> pd.Series[str]:
    """Return the system that each flow to a recipient leaves, or that it leaves none of ours."""
    source = traffic.received["source"]
    ours = find_rows(pd.Series(_list_holders(traffic), dtype="str"), source) >= 0
    return source.where(ours, DIRECT).mask(source == "", UNSTATED)


def _list_holders(traffic: Traffic) -> list[str]:
    """Return the systems of the middle: at home, or abroad and handing on what they got."""
    places = traffic.places
    systems = places.index[places["table"] == "systems"]
    home = systems[places.loc[systems, "lane"] != "abroad"]
    return sorted({*home, *(set(traffic.received["source"].unique()) & set(systems))})


def _choose_nodes(
    found: Mapping[tuple[str, ...], Reach],
    most: int,
    *,
    loaded: Collection[str] = (),
    abroad: Collection[str] = (),
) -> dict[str, str]:
    """Return the node of each id: itself, or that of the others beyond ``most``.

    Ids that are ``loaded`` come first; those ``abroad`` have others of their own.
    """

    def rank(id: str) -> tuple[object, ...]:
        reach = found[id,]
        return id not in loaded, reach.low is not None, *rank_reach(reach), id

    ranked = sorted((id for (id,) in found), key=rank)
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
    frame: pd.DataFrame,
    by: str,
    keys: Mapping[str, str],
    name: Callable[[str], str],
    traffic: Traffic,
) -> list[Node]:
    say = traffic.voice.say
    found, marks = _measure_groups(frame, [by])
    nodes = []
    for (id,), reach in found.items():
        members = sum(key == id for key in keys.values())
        others = id in (OTHERS, OTHERS_ABROAD)
        label = f"figure.others-{by}{'-abroad' if id == OTHERS_ABROAD else ''}"
        title = say(label, n=members) if others else name(id)
        abroad = id == OTHERS_ABROAD or (by != "family" and id in traffic.countries)
        sensitive = ("no", "judge", "yes")[marks[id,]]
        nodes.append(Node(id, title, reach, sensitive, abroad, members))
    late = (OTHERS, OTHERS_ABROAD)
    return sorted(nodes, key=lambda n: (n.abroad, n.id in late, *rank_reach(n.reach), n.id))


def _list_bands(frame: pd.DataFrame, source: str, target: str) -> tuple[Band, ...]:
    keys = [source, target]
    found, marks = _measure_groups(frame, keys)
    return tuple(
        Band(key[0], key[1], reach, marks[key] == RANK["yes"])
        for key, reach in sorted(found.items())
    )


def _measure_groups(
    frame: pd.DataFrame, keys: list[str]
) -> tuple[dict[tuple[str, ...], Reach], dict[tuple[str, ...], int]]:
    """Return the reach of each group, and how sensitive it is: 2 yes, 1 to be judged, 0 no."""
    found = fold_flows(frame, keys)
    ranks = found[[*keys, "rank"]].itertuples(index=False, name=None)
    return read_reaches(found, keys), {row[:-1]: int(row[-1]) for row in ranks}


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
