"""The Sankey picture as SVG: boxes with their texts, bands as wide as their persons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from piaskit.report.callouts import draw_callouts, gather_callouts
from piaskit.report.sankey import MOST, Band, Node, Routes, Sankey, group_routes, list_routes
from piaskit.report.svg import (
    LINE,
    ORDINARY,
    PITCH,
    SENSITIVE,
    SIZE,
    TURNED,
    Say,
    draw_box,
    draw_diamond,
    draw_flag,
    draw_path,
    measure_text,
    open_svg,
    wrap_text,
    write,
    write_lines,
)
from piaskit.report.svg import show_number as _n
from piaskit.report.traffic import Traffic

COLUMNS = ("families", "systems", "recipients")
_WIDTHS = (176.0, 186.0, 226.0)
_TOP, _LEGEND, _GAP = 26.0, 22.0, 5.0
_THIN, _BROKEN = 1.0, 2.5
_EDGE, _SENSITIVE_EDGE = "#A3A39C", "#7A4100"
_HOLLOW = 1.8  # a band wider than this has a rim
_FEWEST = 7  # nodes of a column
_WIDEST = 9.0  # what the widest band wants at least


def draw_sankey(
    traffic: Traffic,
    say: Say,
    routes: Routes | None = None,
    room: tuple[float, float] = TURNED,
) -> str:
    """Draw the three columns; where they exceed the room, fewer nodes keep a box of their own."""
    width, height = room
    below, size = draw_callouts(gather_callouts(traffic), 2, 0, width - 4, say)
    inner = height - _TOP - _LEGEND - size - 12
    sankey, scale = fit_sankey(traffic, routes or list_routes(traffic), inner)
    starts = [2.0, (_WIDTHS[0] + width - _WIDTHS[2] - _WIDTHS[1]) / 2, width - _WIDTHS[2] - 2]
    places = [
        _place_nodes(column, n, _stack_bands(_list_sides(sankey, n), scale), inner)
        for n, column in enumerate(sankey.columns)
    ]
    out = [open_svg(width, _TOP + inner + _LEGEND + size + 12)]
    for n, head in enumerate(COLUMNS):
        out.append(write(say(f"figure.{head}"), starts[n], 16, SIZE + 1, bold=True))
    out += _draw_bands(sankey, starts, places, scale)
    for n, column in enumerate(sankey.columns):
        for node in column:
            y, tall = places[n][node.id]
            out += _draw_node(node, starts[n], y, _WIDTHS[n], tall)
    out += _draw_legend(2, _TOP + inner + 6, sankey, scale, say)
    out.append(f'<g transform="translate(0 {_n(_TOP + inner + _LEGEND + 8)})">')
    return "".join([*out, *below, "</g></svg>\n"])


@lru_cache(maxsize=512)  # a picture is fitted in several rounds
def _lay_node(node: Node, column: int) -> tuple[list[str], bool]:
    """Return the lines of a box, and whether persons and marks need a line of their own."""
    width = _WIDTHS[column] - 10
    lines = wrap_text(node.title, SIZE, width, 2)
    tail = measure_text(str(node.reach), SIZE) + 12 * (node.sensitive != "no") + 12 * node.abroad
    return lines, measure_text(lines[-1], SIZE) + 8 + tail > width


def _measure_node(node: Node, column: int) -> float:
    lines, apart = _lay_node(node, column)
    return PITCH * (len(lines) + apart) + 6


def _list_sides(sankey: Sankey, column: int) -> list[tuple[str, list[Band]]]:
    """Return the bands on each side of each node of a column, with the node."""
    sides: dict[tuple[int, str], list[Band]] = {}
    for step, bands in enumerate(sankey.drawn):
        for band in bands:
            if column in (step, step + 1):
                id = band.source if column == step else band.target
                sides.setdefault((step, id), []).append(band)
    return [(id, bands) for (_, id), bands in sides.items()]


def _stack_bands(sides: Iterable[tuple[str, list[Band]]], scale: float) -> dict[str, float]:
    """Return how much each node needs for its bands: the fuller of its two sides."""
    found: dict[str, float] = {}
    for id, bands in sides:
        tall = 0.0
        for band in bands:
            tall = tall + _measure_band(band, scale) + 0.8
        found[id] = max(found.get(id, 0.0), tall)
    return found


def _measure_band(band: Band, scale: float) -> float:
    return _BROKEN if band.reach.low is None else max(band.reach.low * scale, _THIN)


def fit_sankey(traffic: Traffic, routes: Routes, room: float) -> tuple[Sankey, float]:
    """Return the picture with as many nodes as the room holds, and its units per person.

    The column that presses most gives up nodes until the widest band is ``_WIDEST`` or the column
    has ``_FEWEST`` nodes.
    """
    most = list(MOST)
    while True:
        sankey = group_routes(traffic, routes, most)
        scales = [_find_scale(sankey, n, room) for n in range(len(most))]
        widest = max((b.reach.low or 0 for bands in sankey.bands for b in bands), default=0)
        tight = min(range(len(most)), key=lambda n: scales[n])
        if scales[tight] * widest >= _WIDEST or most[tight] <= _FEWEST:
            return sankey, max(min(scales), 0.0)
        most[tight] = min(most[tight], len(sankey.columns[tight])) - 1


def _find_scale(sankey: Sankey, column: int, room: float) -> float:
    """Return the units per person with which a column just fits; -1 when it cannot."""
    nodes, sides = sankey.columns[column], _list_sides(sankey, column)
    texts = {node.id: _measure_node(node, column) for node in nodes}

    def fits(scale: float) -> bool:
        stacked = _stack_bands(sides, scale)
        tall = sum(max(texts[n.id], stacked.get(n.id, 0.0) + 4) + _GAP for n in nodes)
        return tall <= room

    most = max((b.reach.low or 1 for bands in sankey.bands for b in bands), default=1)
    low, high = 0.0, 40.0 / most
    if not fits(low):
        return -1.0
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _place_nodes(
    nodes: Sequence[Node], column: int, stacked: Mapping[str, float], room: float
) -> dict[str, tuple[float, float]]:
    """Return top and height of each node, the room left over spread between them."""
    heights = [max(_measure_node(n, column), stacked.get(n.id, 0.0) + 4) for n in nodes]
    spare = max(room - sum(heights), 0.0)
    gap = min(spare / max(len(nodes), 1), 22.0)
    y = _TOP + (spare - gap * len(nodes)) / 2
    places = {}
    for node, height in zip(nodes, heights, strict=True):
        places[node.id] = (y + gap / 2, height)
        y += height + gap
    return places


def _draw_bands(
    sankey: Sankey,
    starts: Sequence[float],
    places: Sequence[Mapping[str, tuple[float, float]]],
    scale: float,
) -> list[str]:
    drawn: list[tuple[float, str]] = []
    for step, bands in enumerate(sankey.drawn):
        x0, x1 = starts[step] + _WIDTHS[step], starts[step + 1]
        from_y = _spread(bands, places[step], places[step + 1], scale, at_source=True)
        to_y = _spread(bands, places[step + 1], places[step], scale, at_source=False)
        for band in bands:
            tall = _measure_band(band, scale)
            y0, y1, bend = from_y[band], to_y[band], (x0 + x1) / 2
            curve = f"M{_n(x0)} {_n(y0)}C{_n(bend)} {_n(y0)} {_n(bend)} {_n(y1)} {_n(x1)} {_n(y1)}"
            if band.reach.low is None:
                drawn.append((tall, draw_path(curve, stroke=LINE, width=1.6, dashes="4 3")))
                continue
            fill, rim = (SENSITIVE, _SENSITIVE_EDGE) if band.sensitive else (ORDINARY, _EDGE)
            stroke = draw_path(curve, stroke=rim, width=max(tall, 1.4 if band.sensitive else 1.0))
            if tall > _HOLLOW:
                stroke += draw_path(curve, stroke=fill, width=tall - 1.0)
            drawn.append((tall + 1e9 * (not band.sensitive), stroke))
    drawn.sort(key=lambda pair: -pair[0])
    return [stroke for _, stroke in drawn]


def _spread(
    bands: Sequence[Band],
    here: Mapping[str, tuple[float, float]],
    there: Mapping[str, tuple[float, float]],
    scale: float,
    *,
    at_source: bool,
) -> dict[Band, float]:
    """Return the middle of each band at one end: stacked in the order of its other ends."""
    grouped: dict[str, list[Band]] = {}
    for band in bands:
        grouped.setdefault(band.source if at_source else band.target, []).append(band)
    found = {}
    for id, members in grouped.items():
        members.sort(key=lambda b: there[b.target if at_source else b.source][0])
        tall = [_measure_band(band, scale) + 0.8 for band in members]
        top, height = here[id]
        y = top + (height - sum(tall)) / 2
        for band, size in zip(members, tall, strict=True):
            found[band] = y + size / 2
            y += size
    return found


def _draw_node(node: Node, x: float, y: float, width: float, height: float) -> list[str]:
    column = _WIDTHS.index(width)
    lines, apart = _lay_node(node, column)
    fill = SENSITIVE if node.sensitive == "yes" and column == 0 else "#FFFFFF"
    out = [draw_box(x, y, width, height, fill, stroke=LINE)]
    first = y + (height - PITCH * (len(lines) + apart)) / 2 + 9.5
    out += write_lines(lines, x + 5, first)
    last = first + PITCH * (len(lines) - 1 + apart)
    edge = x + width - 5
    out.append(write(str(node.reach), edge, last, anchor="end"))
    edge -= measure_text(str(node.reach), SIZE) + 13
    if node.sensitive != "no":
        out.append(draw_diamond(edge, last - 8.5, open=node.sensitive == "judge"))
        edge -= 12
    if node.abroad:
        out.append(draw_flag(edge, last - 9))
    return out


def _draw_legend(x: float, y: float, sankey: Sankey, scale: float, say: Say) -> list[str]:
    out: list[str] = []
    hidden = sum(map(len, sankey.bands)) - sum(map(len, sankey.drawn))
    steps = [10**power * step for power in range(1, 10) for step in (1, 2, 5)]
    size = next((n for n in steps if n * scale >= 5), 0)
    if size and size * scale <= 14:
        tall = size * scale
        out.append(draw_box(x, y + 6 - tall / 2, 18, tall, ORDINARY, stroke=_EDGE))
        words = say("figure.scale", n=size)
        out.append(write(words, x + 23, y + 10))
        x += 23 + measure_text(words, SIZE) + 14
    entries = [
        (
            draw_box(0, 2, 18, 8, SENSITIVE, stroke=_SENSITIVE_EDGE) + draw_diamond(5, 1.5),
            18,
            "sensitive",
        ),
        (draw_diamond(0, 1, open=True), 9, "judge"),
        (draw_path("M0 6h20", stroke=LINE, width=1.6, dashes="4 3"), 20, "persons-blank"),
        (draw_flag(0, 1), 10, "abroad"),
    ]
    for drawn, wide, label in entries:
        words = say(f"figure.{label}")
        out.append(f'<g transform="translate({_n(x)} {_n(y)})">{drawn}</g>')
        out.append(write(words, x + wide + 5, y + 10))
        x += wide + 5 + measure_text(words, SIZE) + 14
    words = say("figure.largest-flow")
    if hidden:
        words += say("figure.narrow", n=hidden)
    return [*out, write(words, x, y + 10)]
