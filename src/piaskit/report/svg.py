"""The strokes that every picture is made of: measured text, boxes, marks and their colours.

Pure functions: equal input gives equal bytes. No meaning rests on colour alone: a picture must
survive a printer without colours, so each level has a sign and differs in lightness, too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from html import escape

Say = Callable[..., str]

FONT = "Noto Sans SC, sans-serif"
TEXT, LINE, PALE, RULE = "#1A1A1A", "#4D4D4D", "#F4F4F1", "#BDBDBD"
ORDINARY, SENSITIVE, ABROAD, CHILDREN = "#EDEDE8", "#F5A623", "#662506", "#662506"
"""Fills of ordinary and of sensitive information; inks of what is abroad and of children."""
SIZE = 10.0  # of text, in user units; 7.5 pt where a picture fills the page
PITCH = 12.0  # of lines
TURNED, UPRIGHT = (1016.0, 556.0), (688.0, 826.0)  # the room on a page, in user units

_THIN = frozenset("iljtfrI.,:;'|!()[]· -")
_BROAD = frozenset("mwMW@%—…")


def measure_text(text: str, size: float) -> float:
    """Estimate the width of a line in user units: 1 em per Chinese character, about 0.55 per Latin.

    >>> measure_text("处理", 10)
    20.0
    >>> measure_text("ab", 10)
    11.0
    """
    return round(sum(map(_measure_character, text)) * size, 2)


@cache
def _measure_character(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF" or character in "“”‘’…—":
        return 1.0
    if character in _THIN:
        return 0.34
    if character in _BROAD:
        return 0.92
    return 0.68 if character.isupper() else 0.55


def wrap_text(
    text: str, size: float, width: float, lines: int, *, joints: str = " -/"
) -> list[str]:
    """Break a text into at most ``lines`` lines of ``width``; a text cut short ends in an ellipsis.

    Between Latin letters a line ends after one of ``joints``, else only where a word is too long.

    >>> wrap_text("order processing platform", 10, 60, 3)
    ['order', 'processing', 'platform']
    >>> wrap_text("订单处理平台与供应商", 10, 40, 2)
    ['订单处理', '平台与…']
    """
    out, line = [], ""
    for word in _split_words(text, joints):
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


def open_svg(width: float, height: float) -> str:
    """Return the opening tag of a picture."""
    w, h = show_number(width), show_number(height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}"'
        f' width="{w}" height="{h}" font-family="{FONT}">'
    )


def draw_box(
    x: float, y: float, w: float, h: float, fill: str, *, stroke: str = "none", dashes: str = ""
) -> str:
    """Return a rectangle."""
    place = " ".join(
        f'{name}="{show_number(value)}"'
        for name, value in (("x", x), ("y", y), ("width", w), ("height", h))
    )
    broken = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<rect {place} fill="{fill}" stroke="{stroke}"{broken}/>'


def draw_path(
    path: str, *, stroke: str = "none", fill: str = "none", width: float = 1.0, dashes: str = ""
) -> str:
    """Return a path; the caller has rounded its numbers."""
    drawn = f' stroke="{stroke}" stroke-width="{show_number(width)}"' if stroke != "none" else ""
    broken = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{path}" fill="{fill}"{drawn}{broken}/>'


def write(
    text: str,
    x: float,
    y: float,
    size: float = SIZE,
    *,
    anchor: str = "start",
    ink: str = TEXT,
    bold: bool = False,
    turn: float = 0.0,
) -> str:
    """Return a line of text; ``turn`` is in degrees, around its own anchor."""
    place = f'x="{show_number(x)}" y="{show_number(y)}" font-size="{show_number(size)}"'
    # Drawn around: the font of printed reports has one weight only.
    weight = f' stroke="{ink}" stroke-width="0.3"' if bold else ""
    turned = (
        f' transform="rotate({show_number(turn)} {show_number(x)} {show_number(y)})"'
        if turn
        else ""
    )
    return (
        f'<text {place} text-anchor="{anchor}" fill="{ink}"{weight}{turned}>{escape(text)}</text>'
    )


def write_lines(
    lines: Sequence[str], x: float, y: float, size: float = SIZE, *, bold: bool = False
) -> list[str]:
    """Return lines of text below one another, the first one's baseline at ``y``."""
    return [write(line, x, y + PITCH * n, size, bold=bold) for n, line in enumerate(lines)]


def draw_diamond(x: float, y: float, *, open: bool = False) -> str:
    """Return the sign of sensitive information, 8 by 9; open where it is still to be judged."""
    path = f"M{show_number(x + 4)} {show_number(y)}l4 4.5l-4 4.5l-4 -4.5z"
    return draw_path(path, fill="#FFFFFF" if open else TEXT, stroke=TEXT if open else "none")


def draw_triangle(x: float, y: float) -> str:
    """Return the sign of information of children, 9 by 9."""
    return draw_path(f"M{show_number(x + 4)} {show_number(y)}l4.5 9h-9z", fill=CHILDREN)


def draw_cross(x: float, y: float) -> str:
    """Return the sign of a flow that no working safeguard protects, a ring of 9 with a cross."""
    cx, cy = show_number(x + 4.5), show_number(y + 4.5)
    ring = f'<circle cx="{cx}" cy="{cy}" r="4.5" fill="#FFFFFF" stroke="{TEXT}"/>'
    start = f"M{show_number(x + 1.8)} {show_number(y + 1.8)}"
    return ring + draw_path(f"{start}l5.4 5.4m0 -5.4l-5.4 5.4", stroke=TEXT, width=1.3)


def draw_flag(x: float, y: float) -> str:
    """Return the sign of a place abroad, a flag of 9 by 10."""
    start = f"M{show_number(x + 0.8)} {show_number(y)}"
    return draw_path(f"{start}v10", stroke=ABROAD, width=1.4) + draw_path(
        f"{start}h8l-2.2 2.8l2.2 2.8h-8z", fill=ABROAD
    )


def show_number(value: float) -> str:
    """Return a number as SVG holds it, two digits at most.

    >>> show_number(3.0), show_number(2.345)
    ('3', '2.35')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _split_words(text: str, joints: str) -> list[str]:
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
            if character in joints:
                words.append(word)
                word = ""
    return [*words, word] if word else words


def _count_fitting(word: str, size: float, width: float) -> int:
    return next((n for n in range(len(word), 0, -1) if measure_text(word[:n], size) <= width), 0)
