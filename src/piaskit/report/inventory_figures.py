"""The pictures of an inventory as figures of a report: the drawing, words for it, and its table."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from piaskit.report.callouts import Callouts, gather_callouts
from piaskit.report.document import Cell, Figure
from piaskit.report.holdings import DOINGS, Holdings, draw_holdings, list_doings, trace_holdings
from piaskit.report.lanes import Lanes, Stop, draw_swim_lane, trace_lanes
from piaskit.report.retention import KINDS, draw_retention, trace_retention
from piaskit.report.sankey import Band, Node, group_routes, list_routes
from piaskit.report.sankey_drawing import draw_sankey
from piaskit.report.svg import TURNED, UPRIGHT
from piaskit.report.traffic import LANES, Traffic, rank_reach, read_traffic
from piaskit.report.voice import STAGES, Voice

if TYPE_CHECKING:
    from piaskit.case import Case

SPOKEN = 40  # places abroad that are read out
LISTED = (40, 60, 60)  # kinds, systems and recipients that the table names; it holds more than fits


def show_pictures(
    case: Case, voice: Voice, uncovered: Collection[str] | None = None
) -> tuple[Figure, ...]:
    """Return every picture of the inventory; none for a case without flows and items.

    ``uncovered`` are the flows that no working safeguard protects; None when nobody looked.
    """
    traffic = read_traffic(case, voice, uncovered or ())
    figures: list[Figure] = []
    if len(traffic.flows):
        lanes = trace_lanes(traffic, proven=uncovered is not None)
        figures += [show_lanes(voice, lanes, "object.lanes", wide=True), show_sankey(traffic)]
    if len(traffic.loads):
        figures.append(show_holdings(traffic))
    if len(case.frames["items"]):
        figures.append(show_retention(case, voice))
    return tuple(figures)


def show_lanes(voice: Voice, lanes: Lanes, id: str, *, wide: bool = False) -> Figure:
    """Return the swim lanes as a figure with its twin table: a row per lane, a column per stage."""
    columns = (
        *voice.columns(("lane", 1.2)),
        *(voice.column(stage, voice.say(f"stage.{stage}"), 1) for stage in STAGES),
    )
    inside = lanes.cells
    cells: list[tuple[Cell, ...]] = [
        (
            voice.say(f"lane.{lane}"),
            *(_tell_stops(voice, inside.get((lane, stage), ())) for stage in STAGES),
        )
        for lane in LANES
        if any(lane == name for name, _ in inside)
    ]
    alt = voice.say(
        f"{id}-alt",
        flows=lanes.flows,
        cells=len(inside),
        sensitive=sum(any(stop.sensitive for stop in cell) for cell in inside.values()),
        children=sum(any(stop.children for stop in cell) for cell in inside.values()),
        abroad=lanes.abroad,
    )
    alt += _tell_callouts(voice, lanes.callouts)
    if lanes.proven:
        alt += _follow(voice, "figure.uncovered-alt", n=lanes.uncovered)
    svg = draw_swim_lane(lanes, voice.say, TURNED if wide else UPRIGHT)
    twin = voice.table("lanes", voice.say(f"{id}-twin"), columns, cells, landscape=wide)
    return Figure("figure-lanes", voice.say(id), alt, svg, twin, voice.visibility)


def _tell_stops(voice: Voice, stops: Collection[Stop]) -> str:
    told = []
    for stop in stops:
        marks = [voice.say(f"figure.mark.{mark}") for mark in stop.marks]
        said = [*([] if stop.reach is None else [str(stop.reach)]), *marks]
        told.append(_add(voice, stop.title, said))
    return str(voice.stack(told))


def _add(voice: Voice, title: str, said: Collection[str]) -> str:
    """Return a title with remarks in brackets."""
    if not said:
        return title
    inner = voice.join(said)
    return f"{title} ({inner})" if voice.lang == "en" else f"{title}（{inner}）"


def _tell_callouts(voice: Voice, callouts: Callouts | None) -> str:
    """Return the recipients and flows abroad that a picture calls out, as sentences."""
    if callouts is None:
        return ""
    places = [text for text, _ in callouts.abroad]
    return _follow(
        voice,
        "figure.callouts-alt",
        recipients=str(voice.join(callouts.recipients, sentences=True)) or voice.say("word.none"),
        n=callouts.flows,
        abroad=str(voice.join(places[:SPOKEN], sentences=True)) or voice.say("word.none"),
    )


def _follow(voice: Voice, label: str, **fields: object) -> str:
    """Return a sentence that follows another one."""
    return voice.gap + voice.say(label, **fields)


def show_sankey(traffic: Traffic) -> Figure:
    """Return the Sankey picture with its twin table: a row per system, what it gets and gives."""
    voice, routes = traffic.voice, list_routes(traffic)
    sankey = group_routes(traffic, routes, LISTED)
    families, systems, recipients = sankey.columns
    names = {node.id: node for column in (families, recipients) for node in column}
    columns = voice.columns(("system", 1.4), ("held", 3), ("passed-on", 3))
    cells: list[tuple[Cell, ...]] = [
        (
            _add(voice, node.title, [str(node.reach)]),
            _tell_bands(voice, names, [b for b in sankey.bands[0] if b.target == node.id]),
            _tell_bands(voice, names, [b for b in sankey.bands[1] if b.source == node.id]),
        )
        for node in systems
    ]
    alt = voice.say(
        "object.sankey-alt",
        families=sum(node.members for node in families),
        systems=sum(node.members for node in systems),
        recipients=sum(node.members for node in recipients),
    )
    return Figure(
        "figure-sankey",
        voice.say("object.sankey"),
        alt + _tell_callouts(voice, gather_callouts(traffic)),
        draw_sankey(traffic, voice.say, routes),
        voice.table(
            "sankey",
            voice.say("object.sankey-twin"),
            columns,
            cells,
            note=voice.say("object.sankey-note"),
            landscape=True,
        ),
        voice.visibility,
    )


def _tell_bands(voice: Voice, names: dict[str, Node], bands: list[Band]) -> str:
    """Name the other ends of a system's bands, those with most persons first."""
    ranked = sorted(bands, key=lambda band: (*rank_reach(band.reach), band.source, band.target))
    told = []
    for band in ranked:
        node = names[band.source] if band.source in names else names[band.target]
        marks = [voice.say("figure.mark.sensitive")] if band.sensitive else []
        told.append(_add(voice, node.title, [str(band.reach), *marks]))
    return str(voice.join(told, sentences=True))


def show_holdings(traffic: Traffic) -> Figure:
    """Return the matrix of who holds what with its twin table: a row per category, places by id."""
    voice = traffic.voice
    seen = list_doings(traffic)
    holdings = trace_holdings(traffic, seen=seen)
    listed = trace_holdings(traffic, most_columns=LISTED[1], seen=seen)
    columns = voice.columns(
        ("category", 2),
        ("sensitive-any", 0.9),
        ("stored-by", 2),
        ("received-by", 2),
        ("sent-by", 2),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            row.title,
            voice.name("sensitive", row.sensitive),
            *(
                voice.list_some([p for p, done in row.places.items() if doing in done], LISTED[1])
                for doing in DOINGS
            ),
        )
        for row in listed.rows
    ]
    alt = voice.say(
        "object.holdings-alt",
        rows=len(listed.rows),
        sensitive=sum(row.sensitive == "yes" for row in listed.rows),
        systems=sum(traffic.tables.get(id) == "systems" for id in listed.systems),
        parties=len(listed.parties),
        widest=voice.list_some(_rank_holders(traffic, listed), 3) or voice.say("word.none"),
    )
    twin = voice.table("holdings", voice.say("object.holdings-twin"), columns, cells)
    svg = draw_holdings(holdings, voice.say)
    title = voice.say("object.holdings")
    return Figure("figure-holdings", title, alt, svg, twin, voice.visibility)


def _rank_holders(traffic: Traffic, holdings: Holdings) -> list[str]:
    """Return the titles of the places with most sensitive categories, with the number of these."""
    counts: dict[str, int] = {}
    for row in holdings.rows:
        if row.sensitive == "yes":
            for place in row.places:
                counts[place] = counts.get(place, 0) + 1
    ranked = sorted(counts, key=lambda place: (-counts[place], place))
    return [_add(traffic.voice, traffic.name(id), [str(counts[id])]) for id in ranked]


def show_retention(case: Case, voice: Voice) -> Figure:
    """Return the timeline of retention with its twin table: a row per retention."""
    spans = trace_retention(case, voice)
    listed = trace_retention(case, voice, LISTED[1])
    columns = voice.columns(
        ("retention", 1.4),
        ("count", 0.7, "number"),
        ("sensitive-items", 0.8, "number"),
        ("items", 5),
    )
    cells: list[tuple[Cell, ...]] = [
        (span.title, len(span.items), span.sensitive, voice.list_some(span.items, LISTED[1]))
        for span in listed
    ]
    counts = {kind: sum(len(s.items) for s in listed if s.kind == kind) for kind in KINDS}
    periods = [span.title for span in listed if span.kind == "period"]
    alt = voice.say(
        "object.retention-alt",
        n=sum(counts.values()),
        **counts,
        shortest=periods[0] if periods else voice.say("word.none"),
        longest=periods[-1] if periods else voice.say("word.none"),
        sensitive=sum(span.sensitive for span in listed if span.kind == "blank"),
    )
    twin = voice.table("retention", voice.say("object.retention-twin"), columns, cells)
    svg = draw_retention(spans, voice)
    title = voice.say("object.retention")
    return Figure("figure-retention", title, alt, svg, twin, voice.visibility)
