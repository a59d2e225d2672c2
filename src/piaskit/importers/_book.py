"""A register as a workbook: an introduction, then a sheet per list; text is never a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.workbook import FONTS, TEXT_ONLY, count_lines, measure_text

if TYPE_CHECKING:
    from piaskit.case import Case

_WIDEST, _MOST_LINES, _LINE = 36, 26, 15.0  # characters, lines, points
_LONG = 250  # characters from which a text gets a column of twice the width
_PAGE = 190  # characters across a printed page; wider lists take several
_MOST_CHARACTERS = 32_767


@dataclass(frozen=True)
class List:
    """One sheet: its title, its headings and its rows; a heading's note says which clause asks."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    notes: Sequence[str] = ()


def write_lists(
    case: Case,
    path: Path,
    lang: str,
    title: str,
    about: Sequence[str],
    lists: Sequence[List],
) -> None:
    """Write lists as a workbook to print and to hand over; equal lists give equal bytes.

    The first sheet says what this is: ``title``, who, as of when, and the lines ``about``. A text
    longer than a cell is cut, with a sign that says so.
    """
    import xlsxwriter

    say = case.knowledge.labels
    with xlsxwriter.Workbook(str(path), TEXT_ONLY) as book:
        book.set_properties({"title": title, "created": datetime.combine(case.as_of, time())})
        font = {"font_name": FONTS[lang], "font_size": 11, "valign": "top"}
        plain = book.add_format({**font, "text_wrap": True, "num_format": "@"})
        head = book.add_format(
            {**font, "bold": True, "text_wrap": True, "bg_color": "#E6ECEF", "bottom": 2}
        )
        large = book.add_format({**font, "bold": True, "font_size": 16})
        first = book.add_worksheet(say("export.about", lang))
        first.hide_gridlines(2)
        first.set_column(0, 0, 100)
        first.write_string(0, 0, title, large)
        who = case.say(case.id, "name", lang)
        lines = [say("export.who", lang, name=who, day=case.as_of.isoformat()), *about]
        for row, line in enumerate(lines, 2):
            first.write_string(row, 0, line, plain)
        _set_page(first)
        for each in lists:
            _write_list(book.add_worksheet(each.title), each, head, plain, FONTS[lang])


def _write_list(sheet: Any, told: List, head: Any, plain: Any, font: str) -> None:
    lines = [1] * len(told.rows)
    tall, across = 1, 0
    for position, heading in enumerate(told.heads):
        texts = [_fit(row[position]) for row in told.rows]
        longest = max(map(measure_text, (heading, *map(str, texts)))) + 3
        widest = _WIDEST if longest < _LONG else 2 * _WIDEST
        wide = max(10, min(widest, longest))
        across += wide
        sheet.set_column(position, position, wide)
        sheet.write_string(0, position, heading, head)
        tall = max(tall, count_lines(heading, wide - 3))
        if position < len(told.notes) and told.notes[position]:
            look = {"author": "", "font_name": font, "font_size": 9, "width": 260}
            sheet.write_comment(0, position, told.notes[position], look)
        for row, text in enumerate(texts, 1):
            if isinstance(text, int):
                sheet.write_number(row, position, text, plain)
            elif text:
                sheet.write_string(row, position, text, plain)
                lines[row - 1] = max(lines[row - 1], count_lines(text, wide - 3))
    sheet.set_row(0, tall * _LINE + 3)
    for row, count in enumerate(lines, 1):
        if count > 1:
            sheet.set_row(row, min(count, _MOST_LINES) * _LINE + 3)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(told.rows), 1), len(told.heads) - 1)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    _set_page(sheet, -(-across // _PAGE))


def _fit(cell: str | int) -> str | int:
    if isinstance(cell, int) or len(cell) <= _MOST_CHARACTERS:
        return cell
    return cell[: _MOST_CHARACTERS - 2] + " …"


def _set_page(sheet: Any, pages: int = 1) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(pages, 0)
    sheet.set_margins(0.4, 0.4, 0.7, 0.6)
    sheet.set_header("&L&A")
    sheet.set_footer("&R&P / &N")
