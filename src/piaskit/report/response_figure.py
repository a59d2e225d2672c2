"""The figure of a rehearsed response: when each milestone is reached, which clock is missed.

A pure function, as those of ``figures``: equal input gives equal bytes. A strip goes from 5 to
95 %, its box holds the middle half, its notch is the median; a limit of the law is a dashed line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from piaskit.report.svg import (
    LINE,
    ORDINARY,
    RULE,
    TEXT,
    draw_box,
    draw_path,
    measure_text,
    open_svg,
    show_number,
    wrap_text,
    write,
)

Result = Mapping[str, Any]
WIDTH, LEFT, RIGHT, TOP, ROW = 660.0, 176.0, 26.0, 40.0, 24.0
TICKS = (1, 4, 12, 24, 72, 168, 336, 720, 1440, 2880, 8760, 26280, 87600)  # hours
FIRST = 0.5  # hours at which the axis begins
_HALF = 6.0  # half the height of a box


def draw_response(
    milestones: Sequence[Result],
    clocks: Sequence[tuple[str, float]],
    chances: Sequence[tuple[str, Result]],
    words: Callable[[float], str],
    titles: tuple[str, str],
    title: Callable[[Result], str],
) -> str:
    """Draw milestones on a logarithmic axis of hours, and the chance to miss each clock.

    ``milestones`` hold ``q05 .. q95`` with values, None for never; ``clocks`` are names and hours
    of limits, ``chances`` names with ``p`` and ``ci``; ``words`` writes hours at the axis,
    ``titles`` name both parts.
    """
    ends = [one[q]["value"] for one in milestones for q in ("q05", "q95")]
    known = [end for end in ends if end is not None] + [hours for _, hours in clocks]
    last = max([24.0, *known]) * 1.1

    def place(hours: float | None) -> float:
        share = (
            1.0 if hours is None else math.log(max(hours, FIRST) / FIRST) / math.log(last / FIRST)
        )
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    bottom = TOP + ROW * len(milestones)
    lower = bottom + 62 if chances else bottom + 26
    out = [open_svg(WIDTH, lower + ROW * len(chances) + (24 if chances else 0))]
    out.append(write(titles[0], LEFT, 13, 11, bold=True))
    out += _draw_axis(place, last, bottom, words)
    for number, one in enumerate(milestones):
        y = TOP + ROW * (number + 0.5)
        out += _name(title(one), y)
        out += _draw_strip([place(one[q]["value"]) for q in _QUANTILES], y)
        if one["never"] > 0:
            out.append(write(f"{one['never']:.0%} ∞", WIDTH - RIGHT + 3, y + 3.5, 8))
    for name, hours in clocks:
        x = show_number(place(hours))
        out.append(
            draw_path(
                f"M{x} {show_number(TOP - 4)}V{show_number(bottom)}",
                stroke="#662506",
                width=1.6,
                dashes="5 3",
            )
        )
        out.append(write(name, place(hours), TOP - 8, 9, anchor=_lean(place(hours), name)))
    if chances:
        out.append(write(titles[1], LEFT, lower - 12, 11, bold=True))
        out += _draw_chances(chances, lower)
    out.append("</svg>\n")
    return "".join(out)


_QUANTILES = ("q05", "q25", "q50", "q75", "q95")


def _draw_axis(
    place: Callable[[float], float], last: float, bottom: float, words: Callable[[float], str]
) -> Iterator[str]:
    free = 0.0
    for tick in TICKS:
        x = place(tick)
        if tick > last:
            continue
        yield draw_path(
            f"M{show_number(x)} {show_number(TOP)}V{show_number(bottom)}", stroke=RULE, width=0.6
        )
        half = measure_text(words(tick), 9.5) / 2
        if x - half > free:
            yield write(words(tick), x, bottom + 14, 9.5, anchor="middle")
            free = x + half + 6


def _name(text: str, y: float) -> Iterator[str]:
    lines = wrap_text(text, 10, LEFT - 14, 2)
    for number, line in enumerate(lines):
        yield write(line, 0, y + 3.5 + 11 * (number - (len(lines) - 1) / 2), 10)


def _draw_strip(spots: Sequence[float], y: float) -> Iterator[str]:
    low, lower, middle, upper, high = spots
    yield draw_path(
        f"M{show_number(low)} {show_number(y)}H{show_number(high)}", stroke=LINE, width=1.4
    )
    yield draw_box(lower, y - _HALF, max(upper - lower, 0.5), 2 * _HALF, ORDINARY, stroke=LINE)
    yield draw_path(
        f"M{show_number(middle)} {show_number(y - _HALF)}v{show_number(2 * _HALF)}",
        stroke=TEXT,
        width=2.6,
    )


def _draw_chances(chances: Sequence[tuple[str, Result]], top: float) -> Iterator[str]:
    """Draw shares from 0 to 100 % as dots with their intervals and numbers."""
    width = WIDTH - LEFT - RIGHT - 40

    def place(share: float) -> float:
        return LEFT + share * width

    bottom = top + ROW * len(chances)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = place(share)
        line = f"M{show_number(x)} {show_number(top)}V{show_number(bottom)}"
        yield draw_path(line, stroke=RULE, width=0.6)
        yield write(f"{share:.0%}", x, bottom + 14, 9.5, anchor="middle")
    for number, (name, found) in enumerate(chances):
        y = top + ROW * (number + 0.5)
        yield from _name(name, y)
        low, high = (show_number(place(bound)) for bound in found["ci"])
        yield draw_path(f"M{low} {show_number(y)}H{high}", stroke=LINE, width=2)
        x = place(found["p"])
        yield f'<circle cx="{show_number(x)}" cy="{show_number(y)}" r="4" fill="{TEXT}"/>'
        yield write(f"{found['p']:.1%}", x + 8, y - 4, 9.5)


def _lean(x: float, text: str) -> str:
    """Return the anchor of a text that would leave the picture otherwise."""
    half = measure_text(text, 9) / 2
    return "end" if x + half > WIDTH else "middle"
