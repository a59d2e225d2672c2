"""The trend of a group: a column for each day, cases stacked by level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from piaskit.display import LOOKS
from piaskit.report.document import LevelId
from piaskit.report.svg import LINE, draw_box, draw_path, measure_text, open_svg, show_number, write
from piaskit.report.voice import LEVELS

LEFT, TOP, HIGH, WIDE, LEAST = 46.0, 34.0, 180.0, 620.0, 20.0
MOST = 24  # days that are drawn; the table beside the picture holds all


def draw_trend(days: Sequence[tuple[str, Mapping[str, int]]], words: Mapping[LevelId, str]) -> str:
    """Draw the last days (ISO date, number of cases by level) as stacked columns.

    The worst level stands at the bottom, where columns compare best.
    """
    shown = days[-MOST:]
    most = max((sum(levels.values()) for _, levels in shown), default=0) or 1
    pitch = max(WIDE / max(len(shown), 1), LEAST)
    width, base = LEFT + WIDE + 10, TOP + HIGH
    out = [open_svg(width, base + 66)]
    x = LEFT
    for level in reversed(LEVELS):
        out.append(draw_box(x, 6, 12, 12, LOOKS[level].fill, stroke=LINE))
        word = f"{LOOKS[level].symbol} {words[level]}"
        out.append(write(word, x + 16, 16, 11))
        x += 16 + measure_text(word, 11) + 18
    for share in (0.0, 0.5, 1.0):
        y = base - HIGH * share
        line = f"M{show_number(LEFT)} {show_number(y)}H{show_number(LEFT + WIDE)}"
        out.append(draw_path(line, stroke=LINE, width=0.5))
        if share == 0 or most * share == int(most * share):
            out.append(write(f"{int(most * share):,}", LEFT - 6, y + 4, 10, anchor="end"))
    for number, (day, levels) in enumerate(shown):
        x, y = LEFT + pitch * number + pitch * 0.15, base
        bar = min(pitch * 0.7, 60.0)
        for level in reversed(LEVELS):
            count = levels.get(level, 0)
            if not count:
                continue
            tall = HIGH * count / most
            y -= tall
            out.append(draw_box(x, y, bar, tall, LOOKS[level].fill, stroke=LINE))
            if tall >= 12 and bar >= measure_text(f"{count:,}", 10) + 2:
                ink = LOOKS[level].ink
                middle = (x + bar / 2, y + tall / 2 + 3.5)
                out.append(write(f"{count:,}", *middle, 10, anchor="middle", ink=ink))
        out.append(write(day, x + bar / 2 + 3, base + 10, 9, anchor="end", turn=-45))
    out.append("</svg>\n")
    return "".join(out)
