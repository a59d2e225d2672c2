"""What a picture says outright: its largest recipients, and every flow that leaves the mainland."""

from __future__ import annotations

from dataclasses import dataclass

from piaskit.report.svg import PITCH, SIZE, Say, draw_flag, wrap_text, write, write_lines
from piaskit.report.traffic import Reach, Traffic

LARGEST = 3
MOST_LINES = 12  # of one column
MOST_IDS = 24  # of the flows to one place
_SHARES = (0.3, 0.35, 0.35)  # of the width: recipients, and two columns of what goes abroad
_GAP = 16.0


@dataclass(frozen=True, slots=True)
class Callouts:
    """The texts that stand below a picture: ranked recipients, and flows abroad by place."""

    recipients: tuple[str, ...]
    abroad: tuple[tuple[str, int], ...]  # text, and how many flows it tells
    flows: int
    onward: str


def gather_callouts(traffic: Traffic) -> Callouts:
    """Write down the largest recipients, the flows abroad by place, and those between places."""
    say = traffic.voice.say
    ranked = traffic.recipients[:LARGEST]
    recipients = tuple(
        say(
            "figure.ranked", n=n, place=traffic.name_abroad(place), persons=tell_persons(reach, say)
        )
        for n, (place, reach) in enumerate(ranked, 1)
    )
    abroad = tuple(
        (
            say(
                "figure.abroad-line",
                place=traffic.name_abroad(place),
                persons=tell_persons(reach, say),
                flows=traffic.voice.list_some(ids, MOST_IDS),
            ),
            len(ids),
        )
        for place, reach, ids in traffic.left_for
    )
    onward = traffic.flows.loc[traffic.flows["onward"], "id"].tolist()
    told = say("figure.onward", n=len(onward), flows=traffic.voice.list_some(onward, 6))
    return Callouts(recipients, abroad, sum(n for _, n in abroad), told if onward else "")


def tell_persons(reach: Reach, say: Say) -> str:
    """Return a reach in words: ``at least`` where flows may add persons, or that none is stated."""
    if reach.low is None:
        return say("figure.persons-blank")
    word = "persons-least" if reach.several else "persons"
    return say(f"figure.{word}", n=reach.low)


def draw_callouts(
    callouts: Callouts, x: float, y: float, width: float, say: Say
) -> tuple[list[str], float]:
    """Draw the texts in three columns below ``y``; return the strokes and their height."""
    widths = [share * width - _GAP for share in _SHARES]
    starts = [x, x + _SHARES[0] * width, x + (_SHARES[0] + _SHARES[1]) * width]
    out = [write(say("figure.largest"), starts[0], y + 10, SIZE, bold=True)]
    lines = [
        line for text in callouts.recipients for line in wrap_text(text, SIZE, widths[0], 2)
    ] or [say("word.none")]
    out += write_lines(lines, starts[0], y + 10 + PITCH)
    head = say("figure.abroad-flows", n=callouts.flows)
    out += [draw_flag(starts[1], y + 1), write(head, starts[1] + 14, y + 10, SIZE, bold=True)]
    columns = _fill_columns(callouts, widths[1], say)
    for start, column in zip(starts[1:], columns, strict=True):
        out += write_lines(column, start, y + 10 + PITCH)
    return out, 14 + PITCH * max(len(lines), *map(len, columns))


def _fill_columns(callouts: Callouts, width: float, say: Say) -> tuple[list[str], list[str]]:
    """Divide the lines on what goes abroad evenly; what exceeds two columns is counted."""
    entries = [(wrap_text(text, SIZE, width, 5, joints=" "), n) for text, n in callouts.abroad]
    if callouts.onward:
        entries.append((wrap_text(callouts.onward, SIZE, width, 3, joints=" "), 0))
    if not entries:
        return [say("word.none")], []
    shown, used = [], 0
    for lines, _ in entries:
        if used + len(lines) > 2 * MOST_LINES - 3:
            break
        shown.append(lines)
        used += len(lines)
    rest = sum(n for _, n in entries[len(shown) :])
    if rest:
        places = sum(n > 0 for _, n in entries[len(shown) :])
        shown.append(wrap_text(say("figure.abroad-more", n=rest, places=places), SIZE, width, 2))
    first: list[str] = []
    while shown and (not first or 2 * len(first) < sum(map(len, shown)) + len(first)):
        first += shown.pop(0)
    return first, [line for lines in shown for line in lines]
