"""The figure of an exercise: what happened, what was decided, and the clocks that ran.

A pure function, as those of ``figures``: equal input gives equal bytes, and no meaning rests on
colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from piaskit.report.svg import (
    LINE,
    PALE,
    TEXT,
    Say,
    measure_text,
    open_svg,
    wrap_text,
    write,
)
from piaskit.report.svg import show_number as _n

Result = Mapping[str, Any]

_LEFT, _WIDTH, _ROW, _SIZE = 190.0, 640.0, 30.0, 11.0
_TICKS = (0, 15, 60, 240, 720, 1440, 4320, 14400, 43200)
_OVERDUE, _DUE = "#662506", "#FEC44F"
_MARK = 17.0  # width of a marker with its number


def draw_timeline(
    timeline: Sequence[Result], clocks: Sequence[Result], say: Say, tell: Callable[[Result], str]
) -> str:
    """Draw lines of a log and the clocks of an exercise over its minutes, dense ones spread out.

    ``timeline`` holds ``n, at_min, kind``; ``clocks`` hold ``started_min, deadline_min, made_min,
    state``; ``tell`` names a clock.
    """
    last = max([60, *(line["at_min"] for line in timeline)])

    def place(minute: float) -> float:
        share = math.log1p(min(minute, last) / 20) / math.log1p(last / 20)
        return _LEFT + 8 + share * (_WIDTH - _LEFT - 36)

    top = 26.0
    body: list[str] = []
    y = top
    for kind in ("inject", "decision"):
        marks = [line for line in timeline if line["kind"] == kind]
        levels = _stack([place(line["at_min"]) for line in marks])
        height = max(_ROW, (max(levels, default=0) + 1) * _MARK + 10)
        body.append(_label(say(f"readiness.figure.{kind}"), y + height / 2 + 4))
        for line, level in zip(marks, levels, strict=True):
            body += _mark(kind, place(line["at_min"]), y + 13 + level * _MARK, str(line["n"]))
        y += height
        body.append(_rule(y))
    for clock in clocks:
        body += _draw_clock(clock, y, place, last, tell(clock), say)
        y += _ROW
    out = [open_svg(_WIDTH, y + 44)]
    for tick in _TICKS:
        if tick <= last:
            x = place(tick)
            out.append(f'<path d="M{_n(x)} {_n(top - 6)}V{_n(y)}" stroke="#D5D5D0"/>')
            out.append(write(_name_tick(tick, say), x, top - 11, 10, anchor="middle"))
    return "".join([*out, *body, *_draw_legend(y + 18, say), "</svg>"])


def _stack(places: Sequence[float]) -> list[int]:
    """Return a level for each mark so that none stands on another."""
    ends: list[float] = []
    levels = []
    for x in places:
        level = next((n for n, end in enumerate(ends) if x - end >= _MARK + 2), len(ends))
        ends[level : level + 1] = [x]
        levels.append(level)
    return levels


def _draw_clock(
    clock: Result, y: float, place: Callable[[float], float], last: int, name: str, say: Say
) -> list[str]:
    start, deadline, made = clock["started_min"], clock["deadline_min"], clock["made_min"]
    middle = y + _ROW / 2
    lines = wrap_text(name, 10, _LEFT - 12, 2)
    first = middle + 4 - (len(lines) - 1) * 6
    out = [write(line, 4, first + 12 * n, 10) for n, line in enumerate(lines)]
    x0 = place(start or 0)
    ends = deadline if deadline is not None else made if made is not None else last
    x1 = place(ends)
    fill = _DUE if deadline is not None else PALE
    box = f'x="{_n(x0)}" y="{_n(middle - 6)}" width="{_n(max(x1 - x0, 2))}" height="12"'
    out.append(f'<rect {box} fill="{fill}" stroke="{LINE}"/>')
    if deadline is not None and deadline <= last:
        out.append(f'<path d="M{_n(x1)} {_n(middle - 10)}v20" stroke="{TEXT}" stroke-width="3"/>')
    if made is not None:
        x = place(made)
        out.append(f'<circle cx="{_n(x)}" cy="{_n(middle)}" r="5.5" fill="{TEXT}"/>')
    if clock["state"] in ("missed", "late"):
        x = place(last if deadline is None else deadline)
        cross = f"M{_n(x - 6)} {_n(middle - 6)}l12 12m0 -12l-12 12"
        out.append(f'<path d="{cross}" stroke="{_OVERDUE}" stroke-width="3" fill="none"/>')
    out.append(_rule(y + _ROW))
    return out


def _draw_legend(y: float, say: Say) -> list[str]:
    out: list[str] = []
    x = 4.0
    for key in ("told", "limit", "missed"):
        if key == "told":
            out.append(f'<circle cx="{_n(x + 6)}" cy="{_n(y)}" r="5.5" fill="{TEXT}"/>')
        elif key == "limit":
            out.append(f'<path d="M{_n(x + 6)} {_n(y - 9)}v18" stroke="{TEXT}" stroke-width="3"/>')
        else:
            cross = f"M{_n(x)} {_n(y - 6)}l12 12m0 -12l-12 12"
            out.append(f'<path d="{cross}" stroke="{_OVERDUE}" stroke-width="3" fill="none"/>')
        word = say(f"readiness.figure.{key}")
        out.append(write(word, x + 18, y + 4, 10))
        x += measure_text(word, 10) + 42
    return out


def _mark(kind: str, x: float, y: float, number: str) -> list[str]:
    if kind == "inject":
        shape = f'<circle cx="{_n(x)}" cy="{_n(y)}" r="8.5" fill="#FFFFFF" stroke="{LINE}"/>'
    else:
        box = f'x="{_n(x - 8.5)}" y="{_n(y - 8)}" width="17" height="16"'
        shape = f'<rect {box} fill="#FFF7BC" stroke="{LINE}"/>'
    return [shape, write(number, x, y + 3.5, 10, anchor="middle")]


def _name_tick(minute: int, say: Say) -> str:
    for size, unit in ((1440, "days"), (60, "hours")):
        if minute and minute % size == 0:
            return say(f"readiness.figure.{unit}", n=minute // size)
    return say("readiness.figure.minutes", n=minute)


def _label(text: str, y: float) -> str:
    return write(wrap_text(text, _SIZE, _LEFT - 12, 1)[0], 4, y, _SIZE)


def _rule(y: float) -> str:
    return f'<path d="M0 {_n(y)}H{_n(_WIDTH)}" stroke="#D5D5D0"/>'
