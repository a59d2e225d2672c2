"""The heat map of risk as SVG text.

A pure function: words come in through ``say``, numbers as plain mappings. No meaning rests on
colour alone: each cell prints its level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from piaskit.display import LOOKS
from piaskit.report.svg import Say, draw_box, open_svg, wrap_text, write
from piaskit.report.voice import LEVELS, LIKELIHOODS

FILL = {level: look.fill for level, look in LOOKS.items()}
INK = {level: look.ink for level, look in LOOKS.items()}


def draw_heat_map(
    panels: Sequence[tuple[str, Mapping[tuple[str, str], int]]],
    matrix: Mapping[str, Mapping[str, str]],
    say: Say,
) -> str:
    """Draw panels side by side: impact upward, likelihood to the right, level and count per cell.

    ``panels``: title and number of risks by ``(impact, likelihood)``;
    ``matrix[impact][likelihood]`` is the level of the cell.
    """
    cell_w, cell_h, left, top, gap = 52, 44, 78, 44, 16
    width = left + len(panels) * (4 * cell_w + gap)
    height = top + 4 * cell_h + 54
    out = [open_svg(width, height)]
    out.append(write(say("figure.impact"), left - 8, top - 8, 11, anchor="end"))
    for row, impact in enumerate(reversed(LEVELS)):
        middle = top + row * cell_h + cell_h / 2 + 4
        out.append(write(say(f"level.{impact}"), left - 8, middle, 11, anchor="end"))
    for number, (title, counts) in enumerate(panels):
        x0 = left + number * (4 * cell_w + gap)
        out.append(write(title, x0 + 2 * cell_w, top - 22, 13, anchor="middle"))
        for row, impact in enumerate(reversed(LEVELS)):
            for column, likelihood in enumerate(LIKELIHOODS):
                level = matrix[impact][likelihood]
                x, y = x0 + column * cell_w, top + row * cell_h
                out.append(draw_box(x, y, cell_w, cell_h, FILL[level], stroke="#FFFFFF"))
                count, ink = counts.get((impact, likelihood), 0), INK[level]
                middle = x + cell_w / 2
                out.append(write(f"{count:,}", middle, y + 20, 15, anchor="middle", ink=ink))
                word = say(f"level.{level}")
                out.append(write(word, middle, y + 36, 10.5, anchor="middle", ink=ink))
        for column, likelihood in enumerate(LIKELIHOODS):
            middle = x0 + column * cell_w + cell_w / 2
            lines = wrap_text(say(f"likelihood.{likelihood}"), 11, cell_w - 2, 2)
            for line, words in enumerate(lines):
                y = top + 4 * cell_h + 15 + 13 * line
                out.append(write(words, middle, y, 11, anchor="middle"))
        below = top + 4 * cell_h + 46
        axis = say("figure.likelihood")
        out.append(write(axis, x0 + 2 * cell_w, below, 11, anchor="middle"))
    out.append("</svg>\n")
    return "".join(out)
