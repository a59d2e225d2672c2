"""Radar and map of maturity as SVG text, each a pure function of numbers and words.

No meaning rests on colour: every level is printed, levels differ in lightness, and what has no
evidence is drawn hollow and hatched, never as a low level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from piaskit.report.svg import (
    LINE,
    RULE,
    TEXT,
    Say,
    draw_box,
    draw_path,
    open_svg,
    show_number,
    wrap_text,
    write,
)

TOP = 5  # levels of the scale
FILLS = ("#EEF2F6", "#CFDDEA", "#A5C1DA", "#45739E", "#1F4E79")
INKS = (TEXT, TEXT, TEXT, "#FFFFFF", "#FFFFFF")
HATCH = (
    '<defs><pattern id="unproven" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="5" height="5" fill="#FFFFFF"/>'
    f'<rect width="1" height="5" fill="{RULE}"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis of a radar: its words, the level shown (None without evidence) and its aim."""

    title: str
    level: int | None
    aim: int | None


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of the map; ``asked`` is false where the model asks nothing."""

    level: int | None
    aim: int | None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the map: an area, its squares and its own level; without squares a heading."""

    title: str
    squares: tuple[Square, ...] = ()
    level: int | None = None


def draw_radars(panels: Sequence[tuple[str, Sequence[Spoke]]], say: Say) -> str:
    """Draw one radar for each dimension, two in a row, all with the same axes in the same places.

    Four polygons over one another could not be told apart in print; side by side they can.
    """
    wide, high = 344.0, 292.0
    below = 26.0
    rows = -(-len(panels) // 2)
    out = [open_svg(2 * wide, rows * high + below)]
    for number, (title, spokes) in enumerate(panels):
        x, y = (number % 2) * wide, (number // 2) * high
        out += _draw_radar(title, spokes, x + wide / 2, y + 160, 88, say)
    out += _draw_key(rows * high + 12, say)
    out.append("</svg>\n")
    return "".join(out)


def _draw_radar(
    title: str, spokes: Sequence[Spoke], cx: float, cy: float, reach: float, say: Say
) -> list[str]:
    turns = [2 * pi * n / len(spokes) - pi / 2 for n in range(len(spokes))]

    def place(turn: float, level: float) -> tuple[float, float]:
        return cx + reach * level / TOP * cos(turn), cy + reach * level / TOP * sin(turn)

    out = [write(title, cx, cy - 142, 13, anchor="middle", bold=True)]
    for level in range(1, TOP + 1):
        ring = [place(turn, level) for turn in turns]
        out.append(draw_path(_close(ring), stroke=RULE, width=0.6))
    for turn in turns:
        out.append(draw_path(_join([(cx, cy), place(turn, TOP)]), stroke=RULE, width=0.6))
    shown = [place(turn, spoke.level or 0) for turn, spoke in zip(turns, spokes, strict=True)]
    out.append(draw_path(_close(shown), stroke=TEXT, fill=FILLS[1], width=1.8))
    for level in range(1, TOP + 1):
        x, y = place(turns[0], level)
        out.append(write(str(level), x - 4, y + 3, 8, anchor="end", ink=LINE))
    for turn, spoke, (x, y) in zip(turns, spokes, shown, strict=True):
        if spoke.aim:
            ax, ay = place(turn, spoke.aim)
            dx, dy = -10 * sin(turn), 10 * cos(turn)
            bar = _join([(ax - dx, ay - dy), (ax + dx, ay + dy)])
            out.append(draw_path(bar, stroke=TEXT, width=2.6))
        if spoke.level:
            out.append(_draw_dot(x, y, 3.2, TEXT))
        else:
            # Hollow and off the scale, so that it cannot be read as a level.
            ux, uy = place(turn, 0.45)
            out.append(_draw_dot(ux, uy, 4.2, "#FFFFFF"))
        out += _write_spoke(spoke, cos(turn), place(turn, TOP + 0.7), say)
    return out


def _write_spoke(spoke: Spoke, lean: float, at: tuple[float, float], say: Say) -> list[str]:
    anchor = "middle" if abs(lean) < 0.2 else "start" if lean > 0 else "end"
    lines = wrap_text(spoke.title, 10, 78, 2)
    told = str(spoke.level) if spoke.level else say("maturity.unproven-short")
    if spoke.aim and (spoke.level or 0) < spoke.aim:
        told += f" → {spoke.aim}"
    x, y = at
    first = y - 6 * len(lines) + (4 if anchor != "middle" else -5)
    out = [write(line, x, first + 12 * n, 10, anchor=anchor) for n, line in enumerate(lines)]
    return [*out, write(told, x, first + 12 * len(lines), 10, anchor=anchor, bold=True)]


def _draw_key(y: float, say: Say) -> list[str]:
    return [
        draw_box(20, y - 8, 16, 9, FILLS[1], stroke=TEXT),
        write(say("maturity.key-level"), 42, y, 10),
        draw_path(f"M282 {show_number(y - 4)}h16", stroke=TEXT, width=2.6),
        write(say("maturity.key-aim"), 304, y, 10),
        _draw_dot(486, y - 4, 4.2, "#FFFFFF"),
        write(say("maturity.key-unproven"), 496, y, 10),
    ]


def draw_maturity_map(heads: Sequence[str], lines: Sequence[Line], say: Say) -> str:
    """Draw every area in every dimension: the level shown, and where it is lower the aim.

    ``heads`` name the dimensions and, last, the level of the area. Headings of groups are lines
    without squares.
    """
    left, cell, pitch, top = 318.0, 72.0, 19.0, 30.0
    width = left + cell * len(heads)
    height = top + pitch * len(lines) + 30
    out = [open_svg(width, height), HATCH]
    for n, head in enumerate(heads):
        out.append(write(head, left + cell * (n + 0.5), top - 10, 10.5, anchor="middle", bold=True))
    for number, line in enumerate(lines):
        y = top + pitch * number
        if not line.squares:
            out.append(write(line.title, 0, y + 14, 11, bold=True))
            rule = f"M0 {show_number(y + pitch)}h{show_number(width)}"
            out.append(draw_path(rule, stroke=LINE, width=0.7))
            continue
        title = wrap_text(line.title, 10.5, left - 14, 1)[0]
        out.append(write(title, 8, y + 13.5, 10.5))
        for n, square in enumerate(line.squares):
            if square.asked:
                out += _draw_square(square, left + cell * n, y, cell, pitch)
        own = str(line.level) if line.level else "–"
        x = left + cell * (len(heads) - 0.5)
        out.append(write(own, x, y + 13.5, 11, anchor="middle", bold=True))
    out += _draw_scale(top + pitch * len(lines) + 20, say)
    out.append("</svg>\n")
    return "".join(out)


def _draw_square(square: Square, x: float, y: float, w: float, h: float) -> list[str]:
    proven = square.level is not None
    fill = FILLS[square.level - 1] if square.level else "url(#unproven)"
    ink = INKS[square.level - 1] if square.level else TEXT
    told = str(square.level) if proven else "–"
    if square.aim and (square.level or 0) < square.aim:
        told += f" → {square.aim}"
    behind = [] if proven else [draw_box(x + w / 2 - 17, y + 3, 34, h - 6, "#FFFFFF")]
    return [
        draw_box(x + 1, y + 1, w - 2, h - 2, fill, stroke="none" if proven else LINE, dashes="3 2"),
        *behind,
        write(told, x + w / 2, y + 13.5, 10.5, anchor="middle", ink=ink),
    ]


def _draw_scale(y: float, say: Say) -> list[str]:
    out = []
    for n, (fill, ink) in enumerate(zip(FILLS, INKS, strict=True)):
        out.append(draw_box(8 + 30 * n, y - 11, 28, 15, fill))
        out.append(write(str(n + 1), 22 + 30 * n, y, 10, anchor="middle", ink=ink))
    out.append(draw_box(176, y - 11, 28, 15, "url(#unproven)", stroke=LINE, dashes="3 2"))
    out.append(write("–", 190, y, 10, anchor="middle"))
    out.append(write(say("maturity.key-unproven"), 210, y, 10))
    out.append(write(say("maturity.key-gap"), 400, y, 10))
    return out


def _draw_dot(x: float, y: float, r: float, fill: str) -> str:
    return (
        f'<circle cx="{show_number(x)}" cy="{show_number(y)}" r="{show_number(r)}"'
        f' fill="{fill}" stroke="{TEXT}"/>'
    )


def _join(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{show_number(x)} {show_number(y)}" for x, y in points)


def _close(points: Sequence[tuple[float, float]]) -> str:
    return _join(points) + "z"
