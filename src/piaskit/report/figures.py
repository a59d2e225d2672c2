"""The two figures of a report as SVG text: heat map of risk, swim lanes of the lifecycle.

Pure functions: words come in through ``say``, numbers as plain mappings, and equal input gives
equal bytes. No meaning rests on colour alone: each cell prints its level, each mark has a shape.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from piaskit.display import LOOKS

Say = Callable[..., str]

LEVELS = ("low", "medium", "high", "severe")
LIKELIHOODS = ("low", "medium", "high", "very-high")
STAGES = ("collect", "store", "use", "process", "transmit", "provide", "disclose", "delete")
LANES = ("subjects", "front", "back", "third", "abroad")

FILL = {level: look.fill for level, look in LOOKS.items()}
INK = {level: look.ink for level, look in LOOKS.items()}
FONT = "Noto Sans SC, sans-serif"
TEXT, LINE, PALE = "#1A1A1A", "#4D4D4D", "#F4F4F1"
SENSITIVE_FILL, CHILDREN_MARK = "#FEC44F", "#662506"
WIDE, NARROW = 120, 84  # a stage of the swim lane, on a turned and on an upright page
NODES = 25  # more places than this are drawn as one box per lane and stage

_THIN = frozenset("iljtfrI.,:;'|!()[]· -")
_BROAD = frozenset("mwMW@%—…")


@dataclass(frozen=True, slots=True)
class Stop:
    """What stands in one lane at one stage: places (or activities) and the number of flows."""

    lane: str
    stage: str
    titles: tuple[str, ...]
    flows: int
    sensitive: bool = False
    children: bool = False

    @property
    def order(self) -> int:
        """The place of its lane from the top."""
        return LANES.index(self.lane)


@dataclass(frozen=True, slots=True)
class Move:
    """Flows of one stage that go from one lane to another."""

    stage: str
    source: str
    target: str


def measure_text(text: str, size: float) -> float:
    """Estimate the width of a line in user units: 1 em per Chinese character, about 0.55 per Latin.

    >>> measure_text("处理", 10)
    20.0
    >>> measure_text("ab", 10)
    11.0
    """
    ems = 0.0
    for character in text:
        if unicodedata.east_asian_width(character) in "WF" or character in "“”‘’…—":
            ems += 1.0
        elif character in _THIN:
            ems += 0.34
        elif character in _BROAD:
            ems += 0.92
        elif character.isupper():
            ems += 0.68
        else:
            ems += 0.55
    return round(ems * size, 2)


def wrap_text(text: str, size: float, width: float, lines: int) -> list[str]:
    """Break a text into at most ``lines`` lines of ``width``; a text cut short ends in an ellipsis.

    >>> wrap_text("order processing platform", 10, 60, 3)
    ['order', 'processing', 'platform']
    >>> wrap_text("订单处理平台与供应商", 10, 40, 2)
    ['订单处理', '平台与…']
    """
    out, line = [], ""
    for word in _split_words(text):
        while word:
            if measure_text(line + word.rstrip(), size) <= width:
                line, word = line + word, ""
            elif line.strip():
                out.append(line.strip())
                line = ""
            else:
                fits = max(1, _count_fitting(word, size, width))
                out.append(word[:fits])
                word = word[fits:]
    if line.strip():
        out.append(line.strip())
    if len(out) <= lines:
        return out
    last = out[lines - 1]
    while last and measure_text(last + "…", size) > width:
        last = last[:-1]
    return [*out[: lines - 1], last.rstrip() + "…"]


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
    out = [_open_svg(width, height)]
    out.append(_write(say("figure.impact"), left - 8, top - 8, 11, anchor="end"))
    for row, impact in enumerate(reversed(LEVELS)):
        middle = top + row * cell_h + cell_h / 2 + 4
        out.append(_write(say(f"level.{impact}"), left - 8, middle, 11, anchor="end"))
    for number, (title, counts) in enumerate(panels):
        x0 = left + number * (4 * cell_w + gap)
        out.append(_write(title, x0 + 2 * cell_w, top - 22, 13, anchor="middle"))
        for row, impact in enumerate(reversed(LEVELS)):
            for column, likelihood in enumerate(LIKELIHOODS):
                level = matrix[impact][likelihood]
                x, y = x0 + column * cell_w, top + row * cell_h
                out.append(_box(x, y, cell_w, cell_h, FILL[level], stroke="#FFFFFF"))
                count, ink = counts.get((impact, likelihood), 0), INK[level]
                middle = x + cell_w / 2
                out.append(_write(f"{count:,}", middle, y + 20, 15, anchor="middle", ink=ink))
                word = say(f"level.{level}")
                out.append(_write(word, middle, y + 36, 10.5, anchor="middle", ink=ink))
        for column, likelihood in enumerate(LIKELIHOODS):
            middle = x0 + column * cell_w + cell_w / 2
            lines = wrap_text(say(f"likelihood.{likelihood}"), 11, cell_w - 2, 2)
            for line, words in enumerate(lines):
                y = top + 4 * cell_h + 15 + 13 * line
                out.append(_write(words, middle, y, 11, anchor="middle"))
        below = top + 4 * cell_h + 46
        axis = say("figure.likelihood")
        out.append(_write(axis, x0 + 2 * cell_w, below, 11, anchor="middle"))
    out.append("</svg>\n")
    return "".join(out)


def draw_swim_lane(
    stops: Sequence[Stop], moves: Sequence[Move], say: Say, column_w: float = 92
) -> str:
    """Draw lanes of places against the eight stages; flows between lanes as arrows in each column.

    A box per place; above ``NODES`` places one box per lane and stage with the first titles and the
    number of the rest. Sensitive information has an orange box and a diamond, children a triangle.
    ``column_w`` is the width of a stage in user units.
    """
    size, pad, left, top = 11, 4, 84, 40
    gutter = 23
    box_w = column_w - gutter
    together = sum(len(stop.titles) for stop in stops) > NODES
    cells = {(stop.lane, stop.stage): stop for stop in stops}
    boxes = {key: _fill_boxes(stop, box_w, size, say, together) for key, stop in cells.items()}
    lanes = [lane for lane in LANES if any(key[0] == lane for key in cells)] or list(LANES)
    heights = {lane: _lane_height(lane, boxes, size, pad) for lane in lanes}
    tops, y = {}, float(top)
    for lane in lanes:
        tops[lane], y = y, y + heights[lane]
    width, bottom = left + column_w * len(STAGES) + 4, y
    out = [_open_svg(width, bottom + 34)]
    for number, lane in enumerate(lanes):
        fill = PALE if number % 2 == 0 else "#FFFFFF"
        out.append(_box(0, tops[lane], width, heights[lane], fill))
        words = wrap_text(say(f"lane.{lane}"), size, left - 12, 4)
        start = tops[lane] + heights[lane] / 2 - (len(words) - 1) * 7 + 4
        out += [_write(word, 6, start + 14 * line, size) for line, word in enumerate(words)]
    for number, stage in enumerate(STAGES):
        x = left + number * column_w
        out.append(_write(say(f"stage.{stage}"), x + box_w / 2, 24, 12, anchor="middle"))
        out.append(f'<line x1="{x - 4}" y1="{top - 6}" x2="{x - 4}" y2="{_n(bottom)}" {_RULE}/>')
        for lane in lanes:
            y = tops[lane] + pad + 2
            for lines, stop in boxes.get((lane, stage), []):
                height = _box_height(lines, stop, pad)
                out += _draw_place(x, y, box_w, height, lines, stop, size)
                y += height + pad
        out += _draw_moves(x + box_w + 2, stage, moves, tops, heights, lanes)
    out += _draw_legend(left, bottom + 14, say)
    out.append("</svg>\n")
    return "".join(out)


_RULE = 'stroke="#BDBDBD" stroke-width="0.8"'


def _split_words(text: str) -> list[str]:
    words: list[str] = []
    word = ""
    for character in " ".join(text.split()):
        wide = unicodedata.east_asian_width(character) in "WF"
        if wide and unicodedata.category(character).startswith("P") and (word or words):
            word = word or words.pop()
            words.append(word + character)
            word = ""
        elif wide:
            words += [word] if word else []
            words.append(character)
            word = ""
        else:
            word += character
            if character in " -/":
                words.append(word)
                word = ""
    return [*words, word] if word else words


def _count_fitting(word: str, size: float, width: float) -> int:
    return next((n for n in range(len(word), 0, -1) if measure_text(word[:n], size) <= width), 0)


def _fill_boxes(
    stop: Stop, width: float, size: float, say: Say, together: bool
) -> list[tuple[list[str], Stop]]:
    """The text lines of each box of a cell: one per place, or one for all of them."""
    inner = width - 7
    if not together:
        return [(wrap_text(title, size, inner, 3), stop) for title in stop.titles]
    lines: list[str] = []
    for title in stop.titles[:2]:
        lines += wrap_text(title, size, inner, 2)
    if len(stop.titles) > 2:
        lines.append(say("figure.more", n=len(stop.titles) - 2))
    return [(lines, stop)]


def _lane_height(
    lane: str,
    boxes: Mapping[tuple[str, str], list[tuple[list[str], Stop]]],
    size: float,
    pad: float,
) -> float:
    tallest = max(
        (
            sum(_box_height(lines, stop, pad) + pad for lines, stop in cell)
            for key, cell in boxes.items()
            if key[0] == lane
        ),
        default=0.0,
    )
    return max(tallest + 2 * pad, 46.0)


def _box_height(lines: list[str], stop: Stop, pad: float) -> float:
    """Height of a box: its lines, and one more for marks, so that no mark stands on a text."""
    return 14 * len(lines) + 2 * pad + (12 if stop.sensitive or stop.children else 0)


def _draw_place(
    x: float, y: float, width: float, height: float, lines: list[str], stop: Stop, size: float
) -> list[str]:
    fill = SENSITIVE_FILL if stop.sensitive or stop.children else "#FFFFFF"
    out = [_box(x, y, width, height, fill, stroke=LINE)]
    out += [_write(line, x + 4, y + 14 * n + 14, size) for n, line in enumerate(lines)]
    marks = x + 5
    if stop.sensitive:
        out.append(_diamond(marks, y + height - 13))
        marks += 14
    if stop.children:
        out.append(_triangle(marks, y + height - 13))
    return out


def _draw_moves(
    x: float,
    stage: str,
    moves: Sequence[Move],
    tops: Mapping[str, float],
    heights: Mapping[str, float],
    lanes: Sequence[str],
) -> list[str]:
    """Arrows of one column, each in its own track beside the boxes so that none crosses a text."""
    here = sorted(
        {m for m in moves if m.stage == stage and m.source != m.target},
        key=lambda m: (LANES.index(m.source), LANES.index(m.target)),
    )
    here = [m for m in here if m.source in lanes and m.target in lanes]
    out = []
    step = min(7.0, 20.0 / max(len(here), 1))
    for number, move in enumerate(here):
        track = x + 3 + number * step
        start = tops[move.source] + heights[move.source] / 2
        end = tops[move.target] + heights[move.target] / 2
        tip = 5 if end > start else -5
        neck = _n(end - tip)
        out.append(
            f'<path d="M{_n(track)} {_n(start)}V{neck}" stroke="{LINE}" stroke-width="1.1"'
            f' fill="none"/><circle cx="{_n(track)}" cy="{_n(start)}" r="1.8" fill="{LINE}"/>'
            f'<path d="M{_n(track - 2.8)} {neck}h5.6L{_n(track)} {_n(end)}z" fill="{LINE}"/>'
        )
    return out


def _draw_legend(x: float, y: float, say: Say) -> list[str]:
    out = []
    for mark, key in ((_diamond, "sensitive"), (_triangle, "children")):
        words = say(f"figure.{key}")
        out.append(_box(x, y - 2, 18, 14, SENSITIVE_FILL, stroke=LINE) + mark(x + 5, y + 1))
        out.append(_write(words, x + 24, y + 9, 11))
        x += 24 + measure_text(words, 11) + 20
    words = say("figure.arrow")
    out.append(
        f'<path d="M{_n(x)} {_n(y + 5)}h14" stroke="{LINE}" stroke-width="1.1"/>'
        f'<path d="M{_n(x + 13)} {_n(y + 2)}v6l5 -3z" fill="{LINE}"/>'
    )
    return [*out, _write(words, x + 24, y + 9, 11)]


def _diamond(x: float, y: float) -> str:
    return f'<path d="M{_n(x + 4)} {_n(y)}l4 4.5l-4 4.5l-4 -4.5z" fill="{TEXT}"/>'


def _triangle(x: float, y: float) -> str:
    return f'<path d="M{_n(x + 4)} {_n(y)}l4.5 9h-9z" fill="{CHILDREN_MARK}"/>'


def _open_svg(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}"'
        f' width="{_n(width)}" height="{_n(height)}" font-family="{FONT}">'
    )


def _box(x: float, y: float, w: float, h: float, fill: str, *, stroke: str = "none") -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"'
    return f'<rect {place} fill="{fill}" stroke="{stroke}"/>'


def _write(
    text: str, x: float, y: float, size: float, *, anchor: str = "start", ink: str = TEXT
) -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}"'
    return f'<text {place} fill="{ink}">{escape(text)}</text>'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
