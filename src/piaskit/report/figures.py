"""The heat map of risk as SVG text.

A pure function: words come in through ``say``, numbers as plain mappings. No meaning rests on
colour alone: each cell prints its level, and arrows print how many risks took them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from piaskit.display import LOOKS
from piaskit.report.svg import (
    TEXT,
    Say,
    draw_box,
    draw_path,
    measure_text,
    open_svg,
    show_number,
    wrap_text,
    write,
)
from piaskit.report.voice import LEVELS, LIKELIHOODS

FILL = {level: look.fill for level, look in LOOKS.items()}
INK = {level: look.ink for level, look in LOOKS.items()}
WIDE, HIGH, LEFT, TOP, GAP = 62, 38, 62, 44, 14
LANE = 14  # height of one lane of arrows below the words of a cell
Cell = tuple[str, str]
Matrix = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A state: its title, the number of risks per cell ``(impact, likelihood)``, and how many
    risks moved from one cell to another since the state before.
    """

    title: str
    counts: Mapping[Cell, int]
    moves: Mapping[tuple[Cell, Cell], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Arrow:
    start: tuple[int, int]  # row and column
    end: tuple[int, int]
    number: int
    lane: int


def draw_heat_map(panels: Sequence[Panel], matrix: Matrix, say: Say) -> str:
    """Draw panels side by side: impact upward, likelihood to the right, level and count per cell.

    Arrows in a panel show which risks came from another cell in the panel before, and how many:
    they start with a dot in the cell they left. ``matrix[impact][likelihood]`` is the level.
    """
    laid = [_lay_arrows(panel) for panel in panels]
    lanes = [
        max((a.lane + 1 for arrows in laid for a in arrows if a.start[0] == row), default=0)
        for row in range(len(LEVELS))
    ]
    tops = [TOP + sum(HIGH + LANE * n for n in lanes[:row]) for row in range(len(LEVELS) + 1)]
    width = LEFT + len(panels) * (4 * WIDE + GAP)
    moved = any(panel.moves for panel in panels)
    out = [open_svg(width, tops[-1] + 54 + 18 * moved)]
    out.append(write(say("figure.impact"), LEFT - 8, TOP - 8, 11, anchor="end"))
    for row, impact in enumerate(reversed(LEVELS)):
        out.append(write(say(f"level.{impact}"), LEFT - 8, tops[row] + 21, 11, anchor="end"))
    for number, (panel, arrows) in enumerate(zip(panels, laid, strict=True)):
        x0 = LEFT + number * (4 * WIDE + GAP)
        out += _draw_cells(panel, matrix, x0, tops, say)
        out += _draw_scale(x0, tops[-1], say)
        for arrow in sorted(arrows, key=lambda a: a.start[0] == a.end[0]):
            out += _draw_arrow(arrow, x0, tops)
    if moved:
        out.append(write(say("figure.moves"), LEFT, tops[-1] + 64, 11))
    out.append("</svg>\n")
    return "".join(out)


def _draw_cells(
    panel: Panel, matrix: Matrix, x0: float, tops: Sequence[float], say: Say
) -> list[str]:
    out = [write(panel.title, x0 + 2 * WIDE, TOP - 22, 13, anchor="middle", bold=True)]
    for row, impact in enumerate(reversed(LEVELS)):
        for column, likelihood in enumerate(LIKELIHOODS):
            level = matrix[impact][likelihood]
            x, y = x0 + column * WIDE, tops[row]
            box = (x, y, WIDE, tops[row + 1] - y)
            out.append(draw_box(*box, FILL[level], stroke="#FFFFFF"))
            count, ink = panel.counts.get((impact, likelihood), 0), INK[level]
            middle = x + WIDE / 2
            out.append(write(f"{count:,}", middle, y + 18, 15, anchor="middle", ink=ink))
            word = say(f"level.{level}")
            out.append(write(word, middle, y + 32, 10.5, anchor="middle", ink=ink))
    return out


def _draw_scale(x0: float, bottom: float, say: Say) -> list[str]:
    out = []
    for column, likelihood in enumerate(LIKELIHOODS):
        middle = x0 + column * WIDE + WIDE / 2
        lines = wrap_text(say(f"likelihood.{likelihood}"), 11, WIDE - 2, 2)
        for line, words in enumerate(lines):
            out.append(write(words, middle, bottom + 15 + 13 * line, 11, anchor="middle"))
    axis = say("figure.likelihood")
    out.append(write(axis, x0 + 2 * WIDE, bottom + 46, 11, anchor="middle"))
    return out


def _lay_arrows(panel: Panel) -> list[_Arrow]:
    """Give each arrow a lane of the row it starts in, so that none lies on another."""
    rows: list[str] = list(reversed(LEVELS))
    columns: list[str] = list(LIKELIHOODS)
    taken: dict[tuple[int, int], set[int]] = {}
    arrows = []

    def place(cell: Cell) -> tuple[int, int]:
        return rows.index(cell[0]), columns.index(cell[1])

    # Short ones first: they share a lane more often.
    moves = sorted(
        ((place(one), place(two), n) for (one, two), n in panel.moves.items() if n),
        key=lambda move: (abs(move[0][1] - move[1][1]), move),
    )
    for start, end, number in moves:
        over = set(range(min(start[1], end[1]), max(start[1], end[1]) + 1))
        lane = 0
        while taken.setdefault((start[0], lane), set()) & over:
            lane += 1
        taken[start[0], lane] |= over
        arrows.append(_Arrow(start, end, number, lane))
    return arrows


def _draw_arrow(arrow: _Arrow, x0: float, tops: Sequence[float]) -> list[str]:
    """Draw an arrow along its lane, and down or up to its row, with its number in a white box."""
    (row, column), (last, to) = arrow.start, arrow.end
    turn = 1 if to > column else -1 if to < column else 0
    y = tops[row] + HIGH + LANE * arrow.lane + LANE / 2 - 1
    x1 = x0 + column * WIDE + WIDE / 2 - 18 * turn
    x2 = x0 + to * WIDE + WIDE / 2 + 18 * turn
    told = f"{arrow.number:,}"
    wide = measure_text(told, 9) + 5
    middle = (x1 + x2) / 2
    if last == row:
        path = f"M{show_number(x1)} {show_number(y)}H{show_number(x2)}"
        head = [(x2, y), (x2 - 5 * turn, y - 3.5), (x2 - 5 * turn, y + 3.5)]
    else:  # down, or up, along the edge of the cell
        x2, down = x0 + to * WIDE + 7, 1 if last > row else -1
        x1 = x1 if turn else x2
        middle = (x1 + x2) / 2 if turn else x2 + 6 + wide / 2
        end = tops[last] + 10 if down > 0 else tops[last + 1] - 10
        path = f"M{show_number(x1)} {show_number(y)}H{show_number(x2)}V{show_number(end)}"
        head = [(x2, end), (x2 - 3.5, end - 5 * down), (x2 + 3.5, end - 5 * down)]
    return [
        # Cased in white, so that it shows on every level, in print too.
        draw_path(path, stroke="#FFFFFF", width=4),
        f'<circle cx="{show_number(x1)}" cy="{show_number(y)}" r="4" fill="#FFFFFF"/>',
        draw_path(_close(head), fill="#FFFFFF", stroke="#FFFFFF", width=3),
        draw_path(path, stroke=TEXT, width=1.5),
        f'<circle cx="{show_number(x1)}" cy="{show_number(y)}" r="2.6" fill="{TEXT}"/>',
        draw_path(_close(head), fill=TEXT),
        draw_box(middle - wide / 2, y - 5.5, wide, 11, "#FFFFFF", stroke=TEXT),
        write(told, middle, y + 3.2, 9, anchor="middle"),
    ]


def _close(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{show_number(x)} {show_number(y)}" for x, y in points) + "Z"
