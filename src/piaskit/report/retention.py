"""How long the information is kept: items by retention, on one axis of time."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from piaskit.report.rows import list_records, tell_period
from piaskit.report.svg import (
    LINE,
    ORDINARY,
    PALE,
    PITCH,
    RULE,
    SIZE,
    UPRIGHT,
    draw_box,
    draw_diamond,
    draw_path,
    measure_text,
    open_svg,
    wrap_text,
    write,
    write_lines,
)
from piaskit.report.svg import show_number as _n
from piaskit.report.traffic import judge_category
from piaskit.report.voice import Voice

if TYPE_CHECKING:
    from piaskit.case import Case

MOST_ROWS = 18
KINDS = ("period", "event", "blank")
_PERIOD = re.compile(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_MONTH = 365.25 / 12  # days
_TICKS = ("P1D", "P1M", "P1Y", "P5Y", "P30Y")
_LABEL, _AXIS, _TEXT = 136.0, 240.0, 408.0
_TOP, _LINES = 26.0, 3


@dataclass(frozen=True, slots=True)
class Span:
    """Items of one retention: ``days`` (first and last of several), else an event or nothing."""

    kind: str  # one of KINDS
    title: str
    days: tuple[float, float] | None
    items: tuple[str, ...]
    sensitive: int


def trace_retention(case: Case, voice: Voice, most: int = MOST_ROWS) -> tuple[Span, ...]:
    """Group the items of a case by retention: periods from the shortest, then events, then none.

    Beyond ``most`` rows the periods, and the events, with fewest items share a row.
    """
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for item in list_records(case.frames["items"].sort_values("id")):
        groups.setdefault(sort_retention(item["retention"]), []).append(item)
    spans = [_make_span(case, voice, key, groups[key]) for key in sorted(groups)]
    for kind in ("event", "period"):
        same = [span for span in spans if span.kind == kind]
        if len(spans) > most and len(same) > 1:
            excess = min(len(spans) - most + 1, len(same))
            least = sorted(same, key=lambda span: (len(span.items), span.title))[:excess]
            place = min(spans.index(span) for span in least)
            joined = _join_spans(voice, kind, [span for span in spans if span in least])
            spans = [span for span in spans if span not in least]
            spans.insert(min(place, len(spans)), joined)
    return tuple(spans)


def sort_retention(retention: str | None) -> tuple[Any, ...]:
    """Return the order of a retention; ``P12M`` and ``P1Y`` are the same.

    >>> sort_retention("P12M") == sort_retention("P1Y"), sort_retention(None)
    (True, (2,))
    """
    if retention is None:
        return (2,)
    found = _PERIOD.fullmatch(retention)
    if found is None:
        return (1, retention)
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return (0, round((12 * years + months) * _MONTH + 7 * weeks + days, 3))


def _make_span(
    case: Case, voice: Voice, key: tuple[Any, ...], items: Sequence[dict[str, Any]]
) -> Span:
    titles = tuple(voice.pick(item, "title") or item["id"] for item in items)
    sensitive = sum(judge_category(case, item["category"]) == "yes" for item in items)
    if key == (2,):
        return Span("blank", voice.say("word.blank"), None, titles, sensitive)
    told = tell_period(min((item["retention"] for item in items), key=lambda r: (len(r), r)), voice)
    days = (key[1], key[1]) if key[0] == 0 else None
    return Span("period" if days else "event", told, days, titles, sensitive)


def _join_spans(voice: Voice, kind: str, spans: Sequence[Span]) -> Span:
    days = [span.days for span in spans if span.days]
    return Span(
        kind,
        voice.say(f"figure.others-{kind}", n=len(spans)),
        (min(d[0] for d in days), max(d[1] for d in days)) if days else None,
        tuple(item for span in spans for item in span.items),
        sum(span.sensitive for span in spans),
    )


def draw_retention(spans: Sequence[Span], voice: Voice, room: tuple[float, float] = UPRIGHT) -> str:
    """Draw a row per retention: a bar over time, an open line for an event, a question for none."""
    width, say = room[0], voice.say
    longest = max([30 * 12 * _MONTH, *(span.days[1] for span in spans if span.days)])

    def place(days: float) -> float:
        return _LABEL + math.log1p(days) / math.log1p(longest) * _AXIS

    lines = _LINES
    while lines > 1 and _measure(spans, width, lines, voice) > room[1] - _TOP - 24:
        lines -= 1
    stripes: list[str] = []
    out: list[str] = []
    y = _TOP
    for number, span in enumerate(spans):
        title = wrap_text(span.title, SIZE, _LABEL - 12, 2)
        texts = _list_fitting(span.items, width - _TEXT - 2, lines, voice)
        tall = PITCH * max(len(title) + 1, len(texts)) + 6
        if number % 2 == 0:
            stripes.append(draw_box(0, y, width, tall, PALE))
        out += write_lines(title, 4, y + 11)
        count = say("figure.items", n=len(span.items))
        last = y + 11 + PITCH * len(title)
        out.append(write(count, 4, last))
        if span.sensitive:
            x = 4 + measure_text(count, SIZE) + 8
            out += [draw_diamond(x, last - 8.5), write(f"{span.sensitive:,}", x + 11, last)]
        out += _draw_span(span, y + tall / 2, place)
        out += write_lines(texts, _TEXT, y + 11)
        y += tall
    head = [open_svg(width, y + 22), write(say("figure.kept-items"), _TEXT, 14, bold=True)]
    for tick in _TICKS:
        x = place(sort_retention(tick)[1])
        head.append(write(tell_period(tick, voice), x, 14, SIZE - 0.5, anchor="middle"))
    rules = [
        draw_path(f"M{_n(place(sort_retention(t)[1]))} {_n(_TOP - 7)}V{_n(y)}", stroke=RULE)
        for t in _TICKS
    ]
    legend = _draw_legend(4, y + 8, voice)
    return "".join([*head, *stripes, *rules, *out, *legend, "</svg>\n"])


def _measure(spans: Sequence[Span], width: float, lines: int, voice: Voice) -> float:
    return sum(
        PITCH
        * max(
            len(wrap_text(span.title, SIZE, _LABEL - 12, 2)) + 1,
            len(_list_fitting(span.items, width - _TEXT - 2, lines, voice)),
        )
        + 6
        for span in spans
    )


def _list_fitting(titles: Sequence[str], width: float, lines: int, voice: Voice) -> list[str]:
    """Enumerate as many titles as fit the lines, and count the others."""
    low, high = 1, min(len(titles), 60)
    while low < high:
        middle = (low + high + 1) // 2
        if len(wrap_text(voice.list_some(titles, middle), SIZE, width, lines + 1)) <= lines:
            low = middle
        else:
            high = middle - 1
    return wrap_text(voice.list_some(titles, low), SIZE, width, lines)


def _draw_span(span: Span, y: float, place: Any) -> list[str]:
    left, right = _LABEL, _LABEL + _AXIS
    if span.days:
        start = place(span.days[0]) if span.days[0] < span.days[1] else left
        bar = draw_box(left, y - 5, place(span.days[1]) - left, 10, ORDINARY, stroke=LINE)
        if start == left:
            return [bar]
        between = draw_box(start, y - 5, place(span.days[1]) - start, 10, "#FFFFFF", stroke=LINE)
        return [bar, between]
    if span.kind == "event":
        line = draw_path(f"M{_n(left)} {_n(y)}H{_n(right - 6)}", stroke=LINE, width=2, dashes="6 3")
        return [line, draw_path(f"M{_n(right - 7)} {_n(y - 5)}l9 5l-9 5z", fill=LINE)]
    box = draw_box(left, y - 6, _AXIS, 12, "#FFFFFF", stroke=LINE, dashes="2 3")
    return [box, write("?", (left + right) / 2, y + 4, SIZE + 1, anchor="middle", bold=True)]


def _draw_legend(x: float, y: float, voice: Voice) -> list[str]:
    out: list[str] = []
    entries = (
        (draw_box(0, 1, 20, 9, ORDINARY, stroke=LINE), "period"),
        (draw_path("M0 5.5h16", stroke=LINE, width=2, dashes="6 3")
         + draw_path("M15 1.5l7 4l-7 4z", fill=LINE), "event"),
        (draw_box(0, 0, 20, 11, "#FFFFFF", stroke=LINE, dashes="2 3") + write("?", 7, 9), "blank"),
        (draw_diamond(8, 1), "sensitive-items"),
    )  # fmt: skip
    for drawn, label in entries:
        words = voice.say(f"figure.{label}")
        out.append(f'<g transform="translate({_n(x)} {_n(y)})">{drawn}</g>')
        out.append(write(words, x + 27, y + 9.5))
        x += 27 + measure_text(words, SIZE) + 16
    return out
