"""How wide the columns of a printed table are, and where a word too long for its line may break."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from piaskit.report.document import Block, Cards, Paragraph, Table, Text, read_text
from piaskit.report.svg import measure_text

POINT = 25.4 / 72  # mm
# Widths of the letters of the report's font in em, to a twentieth.
_WIDTHS = {
    0.2: " ", 0.3: "!',.:;Ifijl|", 0.35: "()-[]{}", 0.4: "/\\rt", 0.45: "\"*?s", 0.5: "cvxyz",
    0.55: "#$+0123456789<=>FJLXY^_aegk~", 0.6: "AESTVZ`bdhnopqu", 0.65: "BCKPR", 0.7: "&DGNU",
    0.75: "HOQ", 0.8: "Mw", 0.9: "%W", 0.95: "@m", 1.0: "“”‘’·•…—→",
}  # fmt: skip
_LETTERS = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
MARGIN = 14.0  # mm
LOGO = 12.0  # mm; its height
PORTRAIT, LANDSCAPE = 210 - 2 * MARGIN, 297 - 2 * MARGIN
MOST_LEADING = 3  # texts between a heading and the wide table they turn with
INSET = 1.3  # mm left and right of a cell's text
SLACK = 1.06  # widths are estimates
FEWEST_EM = 4.0
MOST_EM = 11.0
BADGE_EM = 2.2  # a level's symbol and border
SMALL = 0.7  # of the line; a table that needs less stays narrow
TALLEST_ROW = 11  # lines; a taller row may break across pages
ROOM = 239.0  # mm below the heading of page one
TITLE_SIZES = 13.5, 19.0  # points; the first where a title needs the room
SUBTITLE_EM = 50.0

_PLAIN = frozenset({"heading", "paragraph", "bullets", "cards"})
ZERO_WIDTH = "\u200b"
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_BREAKABLE = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+ ?| +")
_BROAD = re.compile(f"[{_WIDE}]+")
# Lines break after the three signs by themselves.
_WORD = re.compile(rf"(?:[^\s{_WIDE}\-/?]+|[\-/?](?=\d))+[\-/?]?")
_JOINT = re.compile(r"(?<=[._@:=&,;+|])")
_SIZES = ((4, 9.0), (6, 8.5), (8, 8.0))
SMALLEST = 7.5  # points
STEPS = 80  # in which the room left over is given away
CLOSE = 0.2  # em; a line that is fuller breaks at times
RAGGED = 1.5  # em of a line left empty, on average
TALLEST_COUNTS = 6  # the power that lets the tallest cell of a row decide its height


def choose_size(columns: int) -> float:
    """Return the size of a table's text in points.

    >>> choose_size(4), choose_size(12), choose_size(20)
    (9.0, 7.5, 7.5)
    """
    return next((size for most, size in _SIZES if columns <= most), SMALLEST)


def plan_widths(table: Table, total: float, size: float) -> list[float]:
    """Return the widths of the columns in mm; they fill ``total`` unless little is to be shown.

    Every column gets at least its longest word. What is left goes, step by step, to the column
    that makes the rows lowest; ``Column.width`` gives a text more weight.
    """
    em = size * POINT * SLACK
    shown = [[read_text(cell) for cell in row.cells] for row in table.rows]
    sizes = {text: _measure_lines(text) for text in {text for texts in shown for text in texts}}
    needs = [[sizes[text] for text in texts] for texts in shown]
    least, wanted = [], []
    for number, column in enumerate(table.columns):
        texts = {row[number] for row in shown}
        natural = max([measure_line(t) if "\n" in t else sizes[t] for t in texts], default=0.0)
        word = _measure_word({column.title, *texts})
        if column.kind == "level":
            natural, word = natural + BADGE_EM, word + BADGE_EM
        if column.kind in ("number", "date", "level", "ref"):
            word = max(word, natural)
        low = min(max(word, FEWEST_EM), MOST_EM)
        least.append(low * em + 2 * INSET)
        high = max(natural, min(measure_line(column.title), 2 * low), low)
        wanted.append(high * em + 2 * INSET)
    if sum(least) > total:
        return [width * total / sum(least) for width in least]
    if sum(wanted) < SMALL * total:
        return wanted
    weights = [column.width for column in table.columns]
    return _share_out(least, wanted, needs, weights, total, 2 * INSET + RAGGED * em)


def _share_out(
    least: list[float],
    wanted: list[float],
    needs: list[list[float]],
    weights: list[float],
    total: float,
    lost: float,
) -> list[float]:
    import numpy as np

    room, most = [low - lost for low in least], [high - lost for high in wanted]
    # A row per column: a step changes one of them.
    inner = (np.array(needs).reshape(-1, len(room)) * np.sqrt(weights)).T ** TALLEST_COUNTS
    lines = inner / np.array(room)[:, None] ** TALLEST_COUNTS
    tall = lines.sum(axis=0) + 1e-9
    left = total - sum(least)
    step = left / STEPS
    growing = [place for place in range(len(room)) if room[place] < most[place]]
    while left > step / 2 and growing:
        gain = lines.dot(tall ** (1 / TALLEST_COUNTS - 1)).tolist()
        place = max(growing, key=lambda place: gain[place] / room[place])
        given = min(step, left, most[place] - room[place])
        room[place] += given
        left -= given
        if room[place] >= most[place]:
            growing.remove(place)
        lower = inner[place] * room[place] ** -TALLEST_COUNTS
        tall += lower - lines[place]
        lines[place] = lower
    widths = np.array(room) + lost
    widths += left * np.array(weights) / sum(weights)
    return [float(width) for width in widths]


def break_words(text: str, width: float) -> str:
    """Put zero-width spaces where a word wider than ``width`` em may break, joints first.

    >>> break_words("short words stay", 10)
    'short words stay'
    >>> break_words("a_very_long_identifier", 4).replace(ZERO_WIDTH, "|")
    'a_|very_|long_|identifie|r'
    """
    if len(text) <= width or max(map(len, text.split()), default=0) <= width:
        return text
    return _WORD.sub(lambda found: _break_word(found[0], width), text)


def _break_word(word: str, width: float) -> str:
    if len(word) <= width or measure_text(word, 1) <= width:
        return word
    pieces = []
    for joint in _JOINT.split(word):
        start, used = 0, 0.0
        for place, character in enumerate(joint):
            size = measure_text(character, 1)
            if used + size > width:
                pieces.append(joint[start:place])
                start, used = place, 0.0
            used += size
        pieces.append(joint[start:])
    return ZERO_WIDTH.join(pieces)


def count_lines(text: str, width: float) -> int:
    """Estimate how many lines of ``width`` em a text takes.

    >>> count_lines("1\\n2", 10), count_lines("字" * 25, 10)
    (2, 3)
    """
    if len(text) <= width and "\n" not in text:  # no letter is wider than an em
        return 1
    lines = text.split("\n")
    return sum([math.ceil(_measure(line) / width) or 1 for line in lines])


def measure_line(text: str) -> float:
    """Estimate the width of the longest line of a text in em, quickly.

    >>> measure_line("处理"), measure_line("ab")
    (2.0, 1.1)
    """
    return max(map(_measure, text.split("\n"))) if "\n" in text else _measure(text)


def _measure(line: str) -> float:
    return 0.55 * len(line) + 0.45 * _count_broad(line)


def _count_broad(line: str) -> int:
    return 0 if line.isascii() else len("".join(_BROAD.findall(line)))


def _measure_lines(text: str) -> float:
    return sum(map(_measure, text.split("\n"))) if "\n" in text else _measure(text)


def _measure_word(texts: Iterable[str]) -> float:
    """Return the width of the longest word of all texts in em; Chinese is not of words."""
    words = set("\n".join([text[:2000] for text in texts]).split())
    longest = 0.0
    for word in sorted(words, key=len, reverse=True):
        if len(word) <= longest:  # no character is wider than an em
            break
        for part in _WORD.findall(word):
            if len(part) > longest:
                longest = max(longest, measure_text(part, 1))
    return longest


def choose_title_size(title: str) -> float:
    """Return the size of a title in points: one line of it, as far as that stays readable.

    >>> choose_title_size("Short"), choose_title_size("A title of many words " * 9)
    (19.0, 13.5)
    """
    least, most = TITLE_SIZES
    return max(least, min(most, PORTRAIT / POINT / (1.06 * _measure_printed(title) + 1)))


def find_room(title: str, subtitle: str) -> float:
    """Return the mm below the heading of page one; a long title takes lines of its own.

    >>> find_room("Short", "Short") > find_room("A title of many words " * 9, "Short")
    True
    """
    lines = _count_printed(title, PORTRAIT / POINT / choose_title_size(title) + RAGGED) - 1
    return ROOM - 7.0 * lines - 5.0 * (count_lines(subtitle, SUBTITLE_EM) - 1)


def measure_height(blocks: Iterable[Block], lang: str) -> float:
    """Estimate the height of paragraphs, cards and tables on an upright page in mm."""
    pitch = 5.5 if lang == "zh" else 5.0  # of lines of running text
    height = 0.0
    for block in blocks:
        if isinstance(block, Paragraph):
            size, boxed = (11.5 if block.style == "lead" else 10.0), block.style == "warning"
            lines = _count_printed(block.text, (PORTRAIT - 7 * boxed) / (size * POINT))
            height += lines * pitch * size / 10 + 1.5 + 5 * boxed
        elif isinstance(block, Cards):
            width = (PORTRAIT / 3 - 9) / (8.5 * POINT)
            notes = [_count_printed(card.note, width) for card in block.items]
            height += sum(15.5 + 3.6 * max(notes[n : n + 3]) for n in range(0, len(notes), 3)) + 1.5
        elif isinstance(block, Table):
            height += _measure_table(block)
    return height


def _measure_table(table: Table) -> float:
    size = choose_size(len(table.columns))
    rooms = [(width - 2 * INSET) / (size * POINT) for width in plan_widths(table, PORTRAIT, size)]
    lines = sum(
        max(_count_printed(read_text(cell), em) for cell, em in zip(row.cells, rooms, strict=True))
        for row in table.rows
    )
    heads = zip((column.title for column in table.columns), rooms, strict=True)
    head = max(_count_printed(title, em) for title, em in heads) - 1
    note = 1.0 + 3.5 * _count_printed(table.note, PORTRAIT / (8 * POINT)) if table.note else 0.0
    return 12.0 + 0.435 * size * (lines + head) + 0.85 * len(table.rows) + note


def _count_printed(text: Text, width: float) -> int:
    """Count the lines that a text takes in print: closer than ``count_lines``, and slower."""
    return sum(_wrap_line(line, width) for line in read_text(text).split("\n"))


@lru_cache(maxsize=10_000)
def _wrap_line(line: str, width: float) -> int:
    lines, used = 1, 0.0
    for word in _BREAKABLE.findall(line):
        needed = _measure_printed(word.rstrip())
        if used and used + needed > width - CLOSE:
            lines, used = lines + 1, 0.0
        lines += int(needed / width)
        used += needed % width + _LETTERS[" "] * (word[-1] == " ")
    return lines


def _measure_printed(line: str) -> float:
    return sum([_LETTERS.get(letter, 1.0 if _BROAD.match(letter) else 0.55) for letter in line])


def arrange_runs(blocks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return blocks (each with a ``kind``) in runs of one orientation; text turns with its table.

    >>> wide = {"kind": "table", "landscape": True}
    >>> runs = arrange_runs([{"kind": "cards"}, {"kind": "heading", "level": 1}, wide])
    >>> [(run["landscape"], len(run["blocks"])) for run in runs]
    [(False, 1), (True, 2)]
    """
    runs: list[dict[str, Any]] = [{"landscape": False, "blocks": []}]
    for block in blocks:
        _add_block(runs, block)
    return _join_short(runs)


def _join_short(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let words without a table stay on the turned page that they stand after and before."""
    joined: list[dict[str, Any]] = []
    for number, run in enumerate(runs):
        between = 0 < number < len(runs) - 1 and not run["landscape"]
        plain = all(block["kind"] in _PLAIN for block in run["blocks"])
        if joined and joined[-1]["landscape"] and (run["landscape"] or (between and plain)):
            joined[-1]["blocks"] += run["blocks"]
        else:
            joined.append(run)
    return joined


def _add_block(runs: list[dict[str, Any]], block: dict[str, Any]) -> None:
    blocks = runs[-1]["blocks"]
    if block.get("landscape", False):
        if not runs[-1]["landscape"]:
            start = _find_lead(blocks)
            runs[-1]["blocks"], lead = blocks[:start], blocks[start:]
            if start == 0:
                runs.pop()
            if not runs or not runs[-1]["landscape"]:
                runs.append({"landscape": True, "blocks": []})
            runs[-1]["blocks"] += lead
        runs[-1]["blocks"].append(block)
    elif runs[-1]["landscape"] and block["kind"] not in ("paragraph", "bullets", "break"):
        runs.append({"landscape": False, "blocks": [block]})
    else:
        blocks.append(block)


def _find_lead(blocks: list[dict[str, Any]]) -> int:
    """Return where the heading stands under which a wide table follows, its parents included."""
    start, level, texts = len(blocks), 4, 0
    for place in range(len(blocks) - 1, -1, -1):
        kind = blocks[place]["kind"]
        if kind == "heading" and blocks[place]["level"] < level:
            start, level, texts = place, blocks[place]["level"], 0
        elif kind in ("paragraph", "bullets") and texts < MOST_LEADING:
            texts += 1
        else:
            break
    return start
