"""The loss-exceedance curve as SVG text, a pure function of numbers and words.

Both axes are logarithmic. The curve is a line, points in words are dots with a number, a line of
appetite is dashed and ends in a cross: all of it survives a printer without colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from piaskit.report.svg import (
    LINE,
    RULE,
    TEXT,
    draw_box,
    draw_path,
    open_svg,
    show_number,
    write,
)

WIDTH, HEIGHT = 660.0, 330.0
LEFT, TOP, RIGHT, BOTTOM = 62.0, 18.0, 24.0, 52.0
LEAST = 1e-4  # the chance at which the lower axis stands
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Appetite:
    """A line of appetite: the amount, the chance accepted for it, and its words."""

    amount: float
    chance: float
    words: str


def draw_exceedance(
    points: Sequence[Spot],
    marked: Sequence[tuple[Spot, str]],
    lines: Sequence[Appetite],
    axes: tuple[str, str],
    count: Callable[[float], str],
) -> str:
    """Draw the chance that a year's loss reaches an amount.

    ``points`` are amounts and chances, rising in the amount; ``marked`` are spots with their words;
    ``axes`` names the amount and the chance; ``count`` writes an amount at the axis.
    """
    amounts = [amount for amount, _ in points] + [line.amount for line in lines]
    low = 10 ** math.floor(math.log10(min(amounts)))
    high = 10 ** math.ceil(math.log10(max(amounts) * 1.001))

    def place(spot: Spot) -> Spot:
        across = math.log(max(spot[0], low) / low) / math.log(high / low)
        down = math.log(min(max(spot[1], LEAST), 1.0)) / math.log(LEAST)
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            TOP + down * (HEIGHT - TOP - BOTTOM),
        )

    out = [open_svg(WIDTH, HEIGHT)]
    out += _draw_grid(low, high, place, count)
    out += _name_axes(axes)
    path = "L".join(_join(place(point)) for point in points)
    out.append(draw_path(f"M{path}", stroke=TEXT, width=2.2))
    for line in lines:
        out += _draw_line(line, place)
    for number, (spot, words) in enumerate(marked, 1):
        out += _draw_dot(number, *place(spot))
        y = HEIGHT - BOTTOM - 14 - 19 * (len(marked) - number)
        out += _draw_dot(number, LEFT + 18, y)
        out.append(write(words, LEFT + 31, y + 3.6, 10.5))
    out.append("</svg>\n")
    return "".join(out)


def _draw_dot(number: int, x: float, y: float) -> Iterator[str]:
    yield f'<circle cx="{show_number(x)}" cy="{show_number(y)}" r="7.5" fill="{TEXT}"/>'
    yield write(str(number), x, y + 3.6, 10, anchor="middle", ink="#FFFFFF")


def _draw_grid(
    low: float, high: float, place: Callable[[Spot], Spot], count: Callable[[float], str]
) -> Iterator[str]:
    left, bottom = place((low, LEAST))
    right, top = place((high, 1.0))
    yield draw_box(left, top, right - left, bottom - top, "none", stroke=LINE)
    decades = round(math.log10(high / low))
    every = 1 if decades <= 8 else 2
    for n in range(0, decades + 1, every):
        amount = low * 10**n
        x, _ = place((amount, 1.0))
        if 0 < n < decades:
            yield draw_path(f"M{_join((x, top))}V{show_number(bottom)}", stroke=RULE, width=0.6)
        yield write(count(amount), x, bottom + 15, 9.5, anchor="middle")
    for n in range(5):
        _, y = place((low, 10.0**-n))
        if 0 < n < 4:
            yield draw_path(f"M{_join((left, y))}H{show_number(right)}", stroke=RULE, width=0.6)
        yield write(f"{100 * 10.0**-n:g}%", left - 6, y + 3.5, 9.5, anchor="end")


def _name_axes(axes: tuple[str, str]) -> Iterator[str]:
    yield write(axes[0], LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 12, 11, anchor="middle")
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    yield write(axes[1], 14, middle, 11, anchor="middle", turn=-90)


def _draw_line(line: Appetite, place: Callable[[Spot], Spot]) -> Iterator[str]:
    """Draw what is accepted: below and left of the cross."""
    x, y = place((line.amount, line.chance))
    left, bottom = place((0.0, LEAST))
    corner = f"M{_join((left, y))}H{show_number(x)}V{show_number(bottom)}"
    yield draw_path(corner, stroke=TEXT, width=1.3, dashes="5 3")
    yield draw_path(f"M{_join((x - 4, y - 4))}l8 8m0 -8l-8 8", stroke=TEXT, width=2)
    yield write(line.words, left + 6, y - 5, 10)


def _join(spot: Spot) -> str:
    return f"{show_number(spot[0])} {show_number(spot[1])}"
