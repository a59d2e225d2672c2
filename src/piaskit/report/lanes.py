"""The swim lanes of an inventory: who has the information in which of the eight stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pandas as pd

from piaskit.report.callouts import Callouts, draw_callouts, gather_callouts
from piaskit.report.svg import (
    LINE,
    ORDINARY,
    PALE,
    PITCH,
    RULE,
    SENSITIVE,
    SIZE,
    TURNED,
    Say,
    draw_box,
    draw_cross,
    draw_diamond,
    draw_path,
    draw_triangle,
    measure_text,
    open_svg,
    wrap_text,
    write,
    write_lines,
)
from piaskit.report.svg import show_number as _n
from piaskit.report.traffic import LANES, Reach, Traffic, measure_reaches, rank_reach
from piaskit.report.voice import STAGES

_LEFT, _TOP, _GUTTER, _LEGEND = 76.0, 30.0, 20.0, 20.0
_PAD = 2.0
_MORE = PITCH + 4  # of the line that counts what is not shown
_MARKS = (("sensitive", draw_diamond), ("children", draw_triangle), ("uncovered", draw_cross))


@dataclass(frozen=True, slots=True)
class Stop:
    """A place (or a number of activities) in one lane at one stage."""

    lane: str
    stage: str
    title: str
    reach: Reach | None = None
    sensitive: bool = False
    children: bool = False
    uncovered: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        return tuple(name for name, _ in _MARKS if getattr(self, name))


@dataclass(frozen=True, slots=True)
class Move:
    """Flows of one stage that go from one lane to another."""

    stage: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """Stops and moves of the swim lanes; the numbers of flows: all, abroad, unprotected.

    ``proven`` says whether it was examined which flows are protected.
    """

    stops: tuple[Stop, ...]
    moves: tuple[Move, ...]
    flows: int
    abroad: int
    uncovered: int = 0
    proven: bool = False
    callouts: Callouts | None = None

    @property
    def cells(self) -> dict[tuple[str, str], list[Stop]]:
        """The stops of each lane and stage, those with most persons first."""
        found: dict[tuple[str, str], list[Stop]] = defaultdict(list)
        for stop in self.stops:
            found[stop.lane, stop.stage].append(stop)
        return found


def trace_lanes(traffic: Traffic, *, public: bool = False, proven: bool = False) -> Lanes:
    """Sort flows into lanes by the place they reach (one from another lane shows both ends).

    The stops name places; with ``public`` they only count the activities that use them.
    """
    flows = traffic.flows
    source, target = (_fill_lanes(flows, end) for end in ("source", "target"))
    has_source, has_target = flows["source"] != "", flows["target"] != ""
    crosses = has_source & has_target & (source != target)
    from_source = crosses | (has_source & ~has_target)
    columns = ["stage", "activity", "persons", "first", "last"]
    columns += [name for name, _ in _MARKS]
    ends = pd.concat(
        [
            flows.loc[from_source, columns].assign(
                lane=source[from_source], place=flows["source"][from_source]
            ),
            flows.loc[~has_source | has_target, columns].assign(
                lane=target[~has_source | has_target],
                place=flows["target"][~has_source | has_target],
            ),
        ]
    )
    moves = flows.loc[crosses, ["stage"]].assign(source=source[crosses], target=target[crosses])
    return Lanes(
        tuple(_count_activities(ends, traffic) if public else _name_places(ends, traffic)),
        tuple(Move(*row) for row in sorted(set(moves.itertuples(index=False, name=None)))),
        len(flows),
        int(flows["abroad"].sum()),
        int(flows["uncovered"].sum()),
        proven,
        None if public else gather_callouts(traffic),
    )


def _fill_lanes(flows: pd.DataFrame, end: str) -> pd.Series[str]:
    """Return the lane of one end; a blank one stands with us, or with those who are asked."""
    otherwise = np.where((flows["stage"] == "collect") & (end == "source"), "subjects", "back")
    lanes = flows[f"{end}_lane"]
    return lanes.where(lanes != "", otherwise)


def _name_places(ends: pd.DataFrame, traffic: Traffic) -> list[Stop]:
    keys = ["lane", "stage", "place"]
    marks = _mark_groups(ends, keys)
    reaches = measure_reaches(ends, keys)
    ranked = sorted(reaches, key=lambda key: (*rank_reach(reaches[key]), key[2]))
    return [
        Stop(key[0], key[1], traffic.name_abroad(key[2]), reaches[key], *marks[key])
        for key in ranked
    ]


def _count_activities(ends: pd.DataFrame, traffic: Traffic) -> list[Stop]:
    keys = ["lane", "stage"]
    marks = _mark_groups(ends.assign(uncovered=False), keys)
    counts = ends.groupby(keys)["activity"].nunique().reset_index()
    return [
        Stop(lane, stage, _tell_activities(int(n), traffic), None, *marks[lane, stage])
        for lane, stage, n in counts.itertuples(index=False, name=None)
    ]


def _mark_groups(ends: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], tuple[bool, ...]]:
    """Return for each group of ends whether any bears each of the marks."""
    found = ends.groupby(keys)[[name for name, _ in _MARKS]].any()
    return {row[0]: tuple(map(bool, row[1:])) for row in found.itertuples(name=None)}


def _tell_activities(n: int, traffic: Traffic) -> str:
    return traffic.voice.say("figure.activity" if n == 1 else "figure.activities", n=n)


def draw_swim_lane(lanes: Lanes, say: Say, room: tuple[float, float] = TURNED) -> str:
    """Draw lanes of places against the eight stages; flows between lanes as arrows in each column.

    A box per place. Where the picture would exceed its room, the lanes with most boxes keep those
    with most persons, and the number of the others.
    """
    width, height = room
    column = (width - _LEFT) / len(STAGES)
    below: list[str] = []
    below_height = _LEGEND
    if lanes.callouts is not None:
        below, size = draw_callouts(lanes.callouts, 2, 0, width - 4, say)
        below_height += size + 8
    cells = lanes.cells
    shown = [lane for lane in LANES if any(key[0] == lane for key in cells)] or list(LANES)
    laid = {
        key: [_lay_box(stop, column - _GUTTER, say) for stop in cell] for key, cell in cells.items()
    }
    heights = _share_height(laid, shown, height - _TOP - below_height, say)
    boxes = {key: _fit_boxes(cell, heights[key[0]], say) for key, cell in laid.items()}
    tops, y = {}, _TOP
    for lane in shown:
        tops[lane], y = y, y + heights[lane]
    out = [open_svg(width, y + below_height)]
    for number, lane in enumerate(shown):
        out.append(draw_box(0, tops[lane], width, heights[lane], "#FFFFFF" if number % 2 else PALE))
        words = wrap_text(say(f"lane.{lane}"), SIZE, _LEFT - 10, 4)
        start = tops[lane] + heights[lane] / 2 - (len(words) - 1) * PITCH / 2 + 4
        out += write_lines(words, 4, start, bold=True)
    for number, stage in enumerate(STAGES):
        x = _LEFT + number * column
        middle = x + (column - _GUTTER) / 2
        out.append(write(say(f"stage.{stage}"), middle, 18, SIZE + 1, anchor="middle", bold=True))
        out.append(draw_path(f"M{_n(x - 3)} {_TOP - 6}V{_n(y)}", stroke=RULE))
        for lane in shown:
            out += _draw_cell(x, tops[lane] + _PAD + 1, boxes.get((lane, stage), []))
        here = [move for move in lanes.moves if move.stage == stage]
        middles = {
            lane: tops[lane] + _find_middle(boxes.get((lane, stage), []), heights[lane])
            for lane in shown
        }
        out += _draw_moves(x + column - _GUTTER, here, middles)
    out += _draw_legend(2, y + 6, lanes, say)
    out.append(f'<g transform="translate(0 {_n(y + _LEGEND + 4)})">')
    return "".join([*out, *below, "</g></svg>\n"])


@dataclass(frozen=True, slots=True)
class _Box:
    """A box as it is drawn: lines of its title, marks, persons, and whether those need a line."""

    lines: tuple[str, ...]
    marks: tuple[str, ...] = ()
    persons: str = ""
    apart: bool = False
    frame: bool = True
    width: float = 0.0

    @property
    def height(self) -> float:
        return PITCH * (len(self.lines) + self.apart) + (5 if self.frame else 2)


def _lay_box(stop: Stop, width: float, say: Say) -> _Box:
    persons = "" if stop.reach is None else stop.reach.shorten(say)
    lines = tuple(wrap_text(stop.title, SIZE, width - 6, 4))
    tail = 12 * len(stop.marks) + measure_text(persons, SIZE)
    apart = tail > 0 and measure_text(lines[-1], SIZE) + 6 + tail > width - 6
    return _Box(lines, stop.marks, persons, apart, True, width)


def _fit_boxes(cell: Sequence[_Box], height: float, say: Say) -> list[_Box]:
    """Return the boxes of a cell that fit a height, and a line that counts the others."""
    room = height - 2 * _PAD
    fits = _count_fitting(cell, room)
    if fits == len(cell):
        return list(cell)
    rest = cell[fits:]
    marks = tuple(name for name, _ in _MARKS if any(name in box.marks for box in rest))
    more = _Box((say("figure.more", n=len(rest)),), marks, "", False, False, cell[0].width)
    return [*cell[:fits], more]


def _count_fitting(cell: Sequence[_Box], room: float) -> int:
    """Count the boxes that fit: all, or those beside the line that counts the others."""
    ends = list(accumulate(box.height + _PAD for box in cell))
    if ends[-1] <= room:
        return len(cell)
    return max(1, sum(end <= room - _MORE for end in ends))


def _share_height(
    laid: Mapping[tuple[str, str], Sequence[_Box]], lanes: Sequence[str], room: float, say: Say
) -> dict[str, float]:
    """Share the height of a picture out: each lane shows a box per cell, then the lane grows that
    uncovers most boxes for the least height; what lies abroad counts double.
    """
    inside = {lane: [cell for (name, _), cell in laid.items() if name == lane] for lane in lanes}
    heights = {}
    for lane in lanes:
        label = PITCH * len(wrap_text(say(f"lane.{lane}"), SIZE, _LEFT - 10, 4)) + 8
        first = [cell[0].height + _PAD + (len(cell) > 1) * _MORE for cell in inside[lane]]
        heights[lane] = max([label, *first]) + 2 * _PAD
    while True:
        best, gain = None, 0.0
        spare = room - sum(heights.values())
        for lane in lanes:
            for step in _list_steps(inside[lane], heights[lane]):
                grown = sum(
                    _count_fitting(c, heights[lane] + step - 2 * _PAD) for c in inside[lane]
                )
                now = sum(_count_fitting(c, heights[lane] - 2 * _PAD) for c in inside[lane])
                worth = (grown - now) / step * (2 if lane == "abroad" else 1)
                if step <= spare and worth > gain:
                    best, gain = (lane, step), worth
        if best is None:
            return heights
        heights[best[0]] += best[1]


def _list_steps(cells: Sequence[Sequence[_Box]], height: float) -> list[float]:
    """Return by how much a lane may grow so that a cell shows more boxes."""
    steps = set()
    for cell in cells:
        ends = list(accumulate(box.height + _PAD for box in cell))
        needs = [*(end + _MORE for end in ends[:-1]), ends[-1]]
        steps |= {round(need + 2 * _PAD - height, 2) for need in needs}
    return sorted(step for step in steps if step > 0)


def _draw_cell(x: float, y: float, boxes: Sequence[_Box]) -> list[str]:
    out = []
    for box in boxes:
        alarming = "sensitive" in box.marks or "children" in box.marks
        if box.frame:
            fill = SENSITIVE if alarming else ORDINARY
            out.append(draw_box(x, y, box.width, box.height, fill, stroke=LINE))
        out += write_lines(box.lines, x + 3, y + PITCH)
        last = y + PITCH * (len(box.lines) + box.apart)
        out.append(write(box.persons, x + box.width - 3, last, anchor="end"))
        edge = x + box.width - 3 - measure_text(box.persons, SIZE) - 12 * len(box.marks)
        for number, name in enumerate(box.marks):
            out.append(dict(_MARKS)[name](edge + 12 * number - 2, last - 9))
        y += box.height + _PAD
    return out


def _find_middle(boxes: Sequence[_Box], height: float) -> float:
    """Return where arrows meet a cell: the middle of its boxes, or of the lane without any."""
    framed = [box for box in boxes if box.frame]
    return _PAD + 1 + sum(box.height + _PAD for box in framed) / 2 if framed else height / 2


def _draw_moves(x: float, moves: Sequence[Move], middles: Mapping[str, float]) -> list[str]:
    """Draw one line per lane that sends, with an arrow into each lane that receives."""
    sent: dict[str, list[str]] = defaultdict(list)
    for move in moves:
        if move.source in middles and move.target in middles:
            sent[move.source].append(move.target)
    out = []
    sources = sorted(sent, key=LANES.index)
    for number, source in enumerate(sources):
        track = x + 7 + number * min(4.0, 14.0 / max(len(sources), 1))
        shift = (number - (len(sources) - 1) / 2) * 5
        start = middles[source] + shift
        ends = [middles[target] + shift for target in sent[source]]
        spine = f"M{_n(track)} {_n(min(start, *ends))}V{_n(max(start, *ends))}"
        legs = "".join(f"M{_n(x + 1)} {_n(at)}H{_n(track)}" for at in (start, *ends))
        out.append(draw_path(spine + legs, stroke=LINE, width=1.1))
        dot = f'cx="{_n(x + 1.5)}" cy="{_n(start)}" r="2.2"'
        out.append(f'<circle {dot} fill="{LINE}"/>')
        out += [draw_path(f"M{_n(x)} {_n(at)}l5 -2.8v5.6z", fill=LINE) for at in ends]
    return out


def _draw_legend(x: float, y: float, lanes: Lanes, say: Say) -> list[str]:
    marks = [(draw_diamond, say("figure.sensitive")), (draw_triangle, say("figure.children"))]
    if lanes.proven:
        marks.append((draw_cross, say("figure.uncovered", n=lanes.uncovered)))
    fill = say("figure.filled")
    out = [draw_box(x, y + 1, 11, 10, SENSITIVE, stroke=LINE), write(fill, x + 14, y + 10)]
    x += 14 + measure_text(fill, SIZE) + 16
    for mark, words in marks:
        out += [mark(x, y + 1), write(words, x + 13, y + 10)]
        x += 13 + measure_text(words, SIZE) + 16
    arrow = f"M{_n(x)} {_n(y + 6)}h14"
    head = f"M{_n(x + 14)} {_n(y + 3)}v6l5 -3z"
    out += [draw_path(arrow, stroke=LINE, width=1.1), draw_path(head, fill=LINE)]
    dot = f'cx="{_n(x)}" cy="{_n(y + 6)}" r="2.2"'
    out.append(f'<circle {dot} fill="{LINE}"/>')
    words = say("figure.arrow")
    if lanes.callouts is not None:
        words += say("figure.number-key")
    return [*out, write(words, x + 24, y + 10)]
