"""Who may do what: a matrix of kinds of information against roles, from the access rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from piaskit.case.governance_tables import PERMISSIONS
from piaskit.report.document import Cell, Figure
from piaskit.report.svg import (
    LINE,
    PALE,
    RULE,
    SIZE,
    TEXT,
    TURNED,
    UPRIGHT,
    Say,
    draw_box,
    draw_diamond,
    draw_path,
    measure_text,
    open_svg,
    wrap_text,
    write,
)
from piaskit.report.svg import show_number as _n
from piaskit.report.traffic import judge_category
from piaskit.safeguards.access import draw_up_matrix

if TYPE_CHECKING:
    from piaskit.report.rows import Rows

MOST_ROLES, MOST_KINDS = 20, 46
_ROW, _SLOT, _HEAD, _LINES = 14.0, 7.6, 130.0, 2  # a row, a letter's place, turned titles
_STRONG = ("export", "delete", "admin")


@dataclass(frozen=True, slots=True)
class Matrix:
    """Roles and kinds with their titles, and the permissions of each pair that has some.

    ``sensitive`` says of each kind ``yes``, ``judge`` or ``no``; ``left_out`` is how many roles
    beyond the first ones, by number of pairs, have no column.
    """

    roles: Mapping[str, str]
    kinds: Mapping[str, str]
    sensitive: Mapping[str, str]
    cells: Mapping[tuple[str, str], tuple[str, ...]]
    left_out: int = 0


def trace_matrix(rows: Rows) -> Matrix:
    """Read the matrix of a case; roles with the most rights first, kinds in the pack's order."""
    case, voice = rows.case, rows.voice
    table = draw_up_matrix(case)
    table = table.loc[(table != "").sum(axis=1).sort_values(ascending=False, kind="stable").index]
    shown = table.iloc[:MOST_ROLES]
    order = {id: n for n, id in enumerate(case.knowledge.categories)}
    held = shown.to_dict("index")
    found = {str(name) for told in held.values() for name, words in told.items() if words}
    kinds = sorted(found, key=lambda name: (order.get(name, len(order)), name))[:MOST_KINDS]
    known = case.knowledge.categories
    companions = _find_companions(case.frames["access"], voice.lang)
    return Matrix(
        roles={
            role: companions.get(role, role) or voice.say("access.no-role") for role in shown.index
        },
        kinds={
            name: known[name].title[voice.lang] if name in known else voice.say("access.any")
            for name in kinds
        },
        sensitive={name: judge_category(case, name) if name else "no" for name in kinds},
        cells={
            (str(role), name): tuple(str(told[name]).split(";"))
            for role, told in held.items()
            for name in kinds
            if told[name]
        },
        left_out=len(table) - len(shown),
    )


def show_access(rows: Rows) -> Figure | None:
    """Return the picture with its twin table; None for a case without access rights."""
    voice, matrix = rows.voice, trace_matrix(rows)
    if not matrix.cells:
        return None
    wide = len(matrix.roles) > 12
    words = {word: voice.say(f"access.may.{word}") for word in PERMISSIONS}
    cells: list[tuple[Cell, ...]] = [
        (
            title,
            str(
                voice.stack(
                    [
                        voice.say(
                            "access.pair",
                            kind=matrix.kinds[name],
                            words=voice.join([words[p] for p in permissions]),
                        )
                        for (of, name), permissions in matrix.cells.items()
                        if of == role
                    ]
                )
            ),
        )
        for role, title in matrix.roles.items()
    ]
    strong = sum(bool(set(held) & set(_STRONG)) for held in matrix.cells.values())
    alt = voice.say(
        "object.access-alt",
        roles=len(matrix.roles),
        kinds=len(matrix.kinds),
        pairs=len(matrix.cells),
        strong=strong,
    )
    columns = voice.columns(("access-role", 1.4), ("access-rights", 5))
    twin = voice.table("access", voice.say("object.access-twin"), columns, cells, landscape=wide)
    svg = draw_access(matrix, voice.say, TURNED if wide else UPRIGHT)
    return Figure("figure-access", voice.say("object.access"), alt, svg, twin, voice.visibility)


def draw_access(matrix: Matrix, say: Say, room: tuple[float, float] = UPRIGHT) -> str:
    """Draw the matrix. Each permission has its letter and its place in a cell.

    What goes beyond reading and writing stands in a framed cell: no meaning rests on colour.
    """
    named = max((measure_text(title, SIZE) for title in matrix.kinds.values()), default=0.0) + 20
    step = _SLOT * len(PERMISSIONS) + 4
    label = min(named, room[0] - step * len(matrix.roles))
    titles = [wrap_text(t, SIZE, _HEAD - 4, _LINES) for t in matrix.roles.values()]
    top = max([30.0, *(measure_text(line, SIZE) + 10 for lines in titles for line in lines)])
    bottom = top + _ROW * len(matrix.kinds)
    width = label + step * len(matrix.roles)
    out = [open_svg(max(width, 330.0), bottom + 24)]
    for number, lines in enumerate(titles):
        middle = label + (number + 0.5) * step
        shift = 3.5 - 5.0 * (len(lines) - 1)
        for n, line in enumerate(lines):
            out.append(write(line, middle + shift + 10 * n, top - 4, turn=-90))
    for number, (name, title) in enumerate(matrix.kinds.items()):
        y = top + _ROW * number
        if number % 2:
            out.append(draw_box(0, y, width, _ROW, PALE))
        if matrix.sensitive[name] != "no":
            out.append(draw_diamond(2, y + 2.5, open=matrix.sensitive[name] == "judge"))
        out.append(write(wrap_text(title, SIZE, label - 18, 1)[0], 14, y + 10.5))
        for place, role in enumerate(matrix.roles):
            held = matrix.cells.get((role, name), ())
            out += _draw_cell(held, label + place * step, y, step, say)
    for number in range(len(matrix.roles) + 1):
        x = label + number * step
        out.append(draw_path(f"M{_n(x)} {_n(top)}V{_n(bottom)}", stroke=RULE, width=0.8))
    for y in (top, bottom):
        out.append(draw_path(f"M0 {_n(y)}H{_n(width)}", stroke=LINE, width=0.8))
    return "".join([*out, *_draw_legend(bottom + 12, say), "</svg>\n"])


def _draw_cell(held: tuple[str, ...], x: float, y: float, step: float, say: Say) -> list[str]:
    out = []
    if set(held) & set(_STRONG):
        out.append(draw_box(x + 1, y + 1, step - 2, _ROW - 2, "#FFFFFF", stroke=TEXT))
    for place, word in enumerate(PERMISSIONS):
        if word in held:
            middle = x + 2 + _SLOT * (place + 0.5)
            out.append(
                write(
                    say(f"access.letter.{word}"),
                    middle,
                    y + 10,
                    SIZE - 2.5,
                    anchor="middle",
                    bold=word in _STRONG,
                )
            )
    return out


def _draw_legend(y: float, say: Say) -> list[str]:
    out, x = [], 2.0
    for word in PERMISSIONS:
        text = f"{say(f'access.letter.{word}')} {say(f'access.may.{word}')}"
        out.append(write(text, x, y + 8, SIZE - 1))
        x += measure_text(text, SIZE - 1) + 14
    out.append(draw_diamond(x, y))
    text = say("access.sensitive")
    out.append(write(text, x + 12, y + 8, SIZE - 1))
    return out


def _find_companions(frame: pd.DataFrame, lang: str) -> dict[str, str]:
    """Return the title of each role in a language, where the register gives one."""
    column = f"role_{lang}"
    if column not in frame.columns:
        return {}
    told = frame.dropna(subset=["role", column]).drop_duplicates("role")
    return dict(zip(told["role"], told[column], strict=True))
