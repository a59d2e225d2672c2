"""Where the flows of a case run: lanes of places against the eight stages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from piaskit.report.figures import Move, Stop

if TYPE_CHECKING:
    from piaskit.report.rows import Record, Rows

FRONT = ("app", "mini-program", "web", "device")


@dataclass(frozen=True, slots=True)
class Lanes:
    """Stops and moves of the swim lanes, the number of flows, and of those that leave China."""

    stops: tuple[Stop, ...]
    moves: tuple[Move, ...]
    flows: int
    abroad: int


def trace_lanes(rows: Rows, *, public: bool = False) -> Lanes:
    """Sort flows into lanes by the place they reach (a collect flow also shows where it starts).

    The boxes name places; with ``public`` they only count the activities that use them.
    """
    cells: dict[tuple[str, str], list[tuple[str, Record]]] = defaultdict(list)
    moves: set[Move] = set()
    abroad = 0
    for flow in rows.tables["flows"]:
        stage = flow["stage"]
        source = find_lane(rows, flow["source"], "subjects" if stage == "collect" else "back")
        target = find_lane(rows, flow["target"], "back")
        abroad += rows.is_abroad(flow)
        ends = [(target, flow["target"])]
        if flow["target"] is None and flow["source"]:
            ends = [(source, flow["source"])]
        elif flow["source"] and source != target:
            ends.insert(0, (source, flow["source"]))
            moves.add(Move(stage, source, target))
        for lane, place in ends:
            found = rows.find_place(place)
            name = rows.title(found[0], place) if found else rows.voice.say("word.blank")
            cells[lane, stage].append((name, flow))
    stops = [
        Stop(
            lane,
            stage,
            (_count_activities(rows, members),)
            if public
            else tuple(sorted({name for name, _ in members})),
            len(members),
            any(
                "yes" in rows.sensitive_in(i).values() for _, f in members for i in rows.carried(f)
            ),
            any(_concerns_children(rows, flow) for _, flow in members),
        )
        for (lane, stage), members in cells.items()
    ]
    ordered = sorted(stops, key=lambda stop: (stop.order, stop.stage))
    way = sorted(moves, key=lambda move: (move.stage, move.source, move.target))
    return Lanes(tuple(ordered), tuple(way), len(rows.tables["flows"]), abroad)


def _count_activities(rows: Rows, members: list[tuple[str, Record]]) -> str:
    number = len({flow["activity"] for _, flow in members})
    return rows.voice.say("figure.activity" if number == 1 else "figure.activities", n=number)


def find_lane(rows: Rows, place: str | None, otherwise: str) -> str:
    """Return the lane of a party or system; a blank place stands in ``otherwise``."""
    found = rows.find_place(place)
    if found is None:
        return otherwise
    table, row = found
    if table == "parties" and row["role"] == "subject":
        return "subjects"
    if row["country"] not in (None, "CN"):
        return "abroad"
    if table == "parties":
        return "third"
    return "front" if row["kind"] in FRONT else "back"


def _concerns_children(rows: Rows, flow: Record) -> bool:
    activity = rows.by_id["activities"].get(flow["activity"])
    return activity is not None and rows.has_children(activity)
