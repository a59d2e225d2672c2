"""The workbook of a case: what an analyst fills in, and what the reader reads back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.archive import name_column
from piaskit.case.cells import LONGEST, parse_date
from piaskit.case.gloss import OTHER, explain_column, explain_kind
from piaskit.case.table import Column, Table
from piaskit.case.tables import TABLES
from piaskit.case.wording import Wording
from piaskit.case.words import Words
from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.knowledge import Knowledge

HEADERS = 3  # rows above the records: one language, the other, ids
_SPARE = 500  # blank rows that still have drop-downs
_MOST_ROWS = 1_048_576
_MADE = datetime.fromisoformat("2026-01-01")  # a workbook's bytes follow from its content alone
_WIDE = {"id": 16, "text": 20, "date": 14, "count": 11, "number": 11, "yes-no": 10, "period": 16}
_WIDEST, _MOST_LINES, _LINE = 48, 8, 15.0  # characters, lines, points
_PAGE = 200  # characters across a printed page; wider tables take several
_NOTE = 340  # pixels across the note of a header
FONTS = {"zh": "Microsoft YaHei", "en": "Calibri"}
_NUMBERS = ("date", "count", "number", "grade")  # kinds whose cells hold no text
_STRICT = ("choice", "yes-no")  # kinds whose cells take no other word than the listed ones
TEXT_ONLY = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
"""How a workbook is opened for writing so that text stays text, whatever it begins with."""


def write_workbook(
    frames: Mapping[str, pd.DataFrame],
    path: Path | str,
    *,
    knowledge: Knowledge | None = None,
    lang: str = "zh",
) -> None:
    """Write tables as a workbook that reads back to the same frames.

    Every table of ``TABLES`` gets a sheet, also one that ``frames`` lacks. Sheet names and fixed
    words are in ``lang``; row 1 heads the columns in it, row 2 in the other language, row 3 by id.
    Text stays text, whatever it begins with. Equal content gives equal bytes. Raises InvalidData
    for a text that no cell holds or a table longer than a sheet.
    """
    import xlsxwriter

    if knowledge is None:
        from piaskit.knowledge import load_knowledge

        knowledge = load_knowledge()
    for name, frame in frames.items():
        if len(frame) > _MOST_ROWS - HEADERS:
            message = f"holds {len(frame):,} rows, a sheet at most {_MOST_ROWS - HEADERS:,}"
            hint = "keep a register of this size as Parquet or CSV"
            raise InvalidData([Issue("file-too-large", Place(quote(name)), message, None, hint)])
    with xlsxwriter.Workbook(str(path), TEXT_ONLY) as book:
        book.set_properties({"created": _MADE})
        _Writer(book, Words(knowledge), lang).write(frames)


class _Writer:
    def __init__(self, book: Any, words: Words, lang: str) -> None:
        self.book, self.words, self.lang = book, words, lang
        self.knowledge, self.labels = words.knowledge, words.knowledge.labels
        self.wording = Wording(words, lang)
        head = {"bg_color": "#E6ECEF", "text_wrap": True}
        self.head = self._add_format(bold=True, **head)
        self.second = self._add_format(font_color="#404040", **head)
        self.key = self._add_format(
            font_color="#595959", bg_color="#F2F2F2", bottom=2, bottom_color="#17495C"
        )
        self.text = self._add_format(text_wrap=True, num_format="@")
        self.day = self._add_format(num_format="yyyy-mm-dd", align="left")
        self.number = self._add_format(num_format="0", indent=1, align="right")
        self.plain = self._add_format(text_wrap=True)
        self.title = self._add_format(bold=True, font_size=18)
        self.link = self._add_format(font_color="#17495C", underline=1)
        # Weight and slant tell the two apart on a black-and-white printer too.
        self.looks = {
            "alarm": book.add_format(
                {"bold": True, "font_color": "#8A1C1C", "bg_color": "#F6D5D5"}
            ),
            "caution": book.add_format(
                {"italic": True, "font_color": "#6B4A00", "bg_color": "#FBEBC8"}
            ),
        }
        self.sheets = {t: self.labels(f"table.{t}", lang) for t in TABLES}

    def write(self, frames: Mapping[str, pd.DataFrame]) -> None:
        guide = self.book.add_worksheet(self._say("guide"))
        pages = {name: self.book.add_worksheet(title) for name, title in self.sheets.items()}
        dictionary = self.book.add_worksheet(self._say("dictionary"))
        lists = self._write_dictionary(dictionary)
        self._write_guide(guide)
        for table in TABLES.values():
            self._write_table(pages[table.name], table, frames.get(table.name), lists)
        for sheet in (guide, dictionary):
            self._set_page(sheet, 1)

    def _add_format(self, **looks: Any) -> Any:
        font = {"font_name": FONTS.get(self.lang, "Calibri"), "font_size": 11, "valign": "top"}
        return self.book.add_format({**font, **looks})

    def _set_page(self, sheet: Any, pages: int) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(pages, 0)
        sheet.set_margins(0.4, 0.4, 0.7, 0.6)
        sheet.set_header("&L&A")
        sheet.set_footer("&R&P / &N")

    def _say(self, label: str, **fields: object) -> str:
        return self.labels(f"workbook.{label}", self.lang, **fields)

    def _write_guide(self, sheet: Any) -> None:
        """Write how to fill the workbook, both languages side by side, and lead to the sheets."""
        sheet.set_column(0, 1, 70)
        sheet.hide_gridlines(2)
        langs = (self.lang, OTHER[self.lang])
        parts = (
            "what", "rows", "ids", "lists", "dates", "needed", "dictionary", "notes", "looks",
            "check",
        )  # fmt: skip
        sheet.set_row(0, 2 * _LINE)
        for position, lang in enumerate(langs):
            sheet.write_string(0, position, self.labels("workbook.guide", lang), self.title)
        for row, part in enumerate(parts, 2):
            texts = [f"{row - 1}. " + self.labels(f"workbook.guide.{part}", lang) for lang in langs]
            sheet.set_row(row, max(count_lines(text, 66) for text in texts) * _LINE + 3)
            for position, text in enumerate(texts):
                sheet.write_string(row, position, text, self.plain)
        links = [
            *((self.sheets[t], self.labels(f"table.{t}", langs[1])) for t in TABLES),
            (self._say("dictionary"), self.labels("workbook.dictionary", langs[1])),
        ]
        for row, (name, other) in enumerate(links, len(parts) + 3):
            sheet.write_url(row, 0, f"internal:{quote_sheet(name)}!A1", self.link, name)
            sheet.write_string(row, 1, other, self.plain)

    def _write_dictionary(self, sheet: Any) -> dict[tuple[str, str], str]:
        """List the words of every column with fixed words; return the range name of each."""
        for position, part in enumerate(("table", "column", "word", "id", "other")):
            sheet.write_string(0, position, self._say(part), self.head)
        sheet.set_column(0, 4, 28)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        row, lists = 1, {}
        countries = ""
        title = quote_sheet(self._say("dictionary"))
        for table in TABLES.values():
            for column in table.columns:
                if column.kind in ("text", "some"):
                    continue
                if column.kind == "country" and countries:
                    lists[table.name, column.name] = countries
                    continue
                first = row
                for id, word in self.wording.list_words(column).items():
                    name = self.labels(f"column.{column.name}", self.lang)
                    other = self.wording.name(column, id, OTHER[self.lang]) or id
                    cells = (self.sheets[table.name], name, word, id, other)
                    for position, text in enumerate(cells):
                        sheet.write_string(row, position, text, self.plain)
                    row += 1
                if row > first:
                    name = f"words_{table.name}_{column.name}"
                    self.book.define_name(name, f"={title}!$C${first + 1}:$C${row}")
                    lists[table.name, column.name] = name
                    countries = name if column.kind == "country" else countries
        sheet.autofilter(0, 0, max(row - 1, 1), 4)
        return lists

    def _write_table(
        self,
        sheet: Any,
        table: Table,
        frame: pd.DataFrame | None,
        lists: dict[tuple[str, str], str],
    ) -> None:
        names = list(table.names)
        if frame is not None:
            names += [str(name) for name in frame.columns if name not in names]
        size = 0 if frame is None else len(frame)
        last = min(HEADERS + size + _SPARE, _MOST_ROWS - 1)
        widths, lines, tall = [], [1] * size, 1
        for position, name in enumerate(names):
            column = table[name] if name in table.names else Column(name)
            declared = name in table.names
            heads = [
                self.labels(f"column.{name}", lang) if declared else name
                for lang in (self.lang, OTHER[self.lang])
            ]
            texts = self._list_texts(column, frame, name)
            longest = max(map(measure_text, (heads[0], name, *texts))) + 3
            wide = max(_WIDE.get(column.kind, 12), min(longest, _WIDEST))
            widths.append(wide)
            tall = max(tall, *(count_lines(head, wide - 3) for head in heads))
            told = zip(lines, texts, strict=True) if texts else ()
            lines = [max(n, count_lines(text, wide - 3)) for n, text in told] or lines
            sheet.set_column(position, position, wide, self._format(column))
            for row, (head, form) in enumerate(zip(heads, (self.head, self.second), strict=True)):
                self._put(sheet, row, position, head, form)
            self._put(sheet, 2, position, name, self.key)
            if declared:
                self._note(sheet, position, table, column)
                self._validate(sheet, position, last, column, lists.get((table.name, name)))
                self._highlight(sheet, position, last, table, column)
            if size and frame is not None and name in frame.columns:
                self._write_cells(sheet, position, column, frame[name])
        title = quote_sheet(self.sheets[table.name])
        self.book.define_name(f"ids_{table.name}", f"={title}!$A${HEADERS + 1}:$A${last + 1}")
        self._frame_table(sheet, table, names, size)
        sheet.freeze_panes(HEADERS, 2)
        sheet.repeat_rows(0, HEADERS - 1)
        sheet.repeat_columns(0, 1)
        for row in (0, 1):
            sheet.set_row(row, tall * _LINE + 3)
        # Not every program makes room for wrapped text by itself.
        for row, count in enumerate(lines, HEADERS):
            if count > 1:
                sheet.set_row(row, min(count, _MOST_LINES) * _LINE + 3)
        self._set_page(sheet, -(-sum(widths) // _PAGE))

    def _frame_table(self, sheet: Any, table: Table, names: list[str], size: int) -> None:
        """Make the records a table of Excel, headed by the ids; a plain filter where it cannot be.

        Excel wants headings that differ in more than case and hold no line break.
        """
        head, end = HEADERS - 1, max(HEADERS + size - 1, HEADERS)
        fit = len({name.casefold() for name in names}) == len(names)
        if fit and all(len(name) <= 255 and name.isprintable() for name in names):
            heads = [{"header": name, "header_format": self.key} for name in names]
            about = {"name": table.name, "columns": heads, "style": "Table Style Light 1"}
            sheet.add_table(head, 0, end, len(names) - 1, about)
        else:
            sheet.autofilter(head, 0, end, len(names) - 1)

    def _note(self, sheet: Any, position: int, table: Table, column: Column) -> None:
        text = explain_column(self.knowledge, table.name, column, self.lang)
        lines = count_lines(text, _NOTE // 7)
        font = {"font_name": FONTS.get(self.lang, "Calibri"), "font_size": 9}
        shape = {"author": "", "width": _NOTE, "height": lines * 17 + 12, **font}
        sheet.write_comment(0, position, text, shape)

    def _write_cells(self, sheet: Any, position: int, column: Column, cells: Any) -> None:
        form = self._format(column)
        for row, value in enumerate(cells.astype(object).tolist(), HEADERS):
            if type(value).__name__ in ("NoneType", "NAType", "NaTType") or value != value:
                continue
            if column.kind == "date" and isinstance(value, str):
                value = parse_date(value)[0] or value
            if isinstance(value, date):
                moment = datetime.combine(value, time())
                sheet.write_datetime(row, position, moment, self.day)
            elif column.kind in ("count", "grade", "some") and str(value).isdecimal():
                sheet.write_number(row, position, int(value), self.number)
            elif column.kind == "number" and isinstance(value, float):
                sheet.write_number(row, position, value, self.plain)
            else:
                self._put(sheet, row, position, self.wording.say(column, str(value)), form)

    def _list_texts(self, column: Column, frame: pd.DataFrame | None, name: str) -> list[str]:
        """Return the texts of a column as they are shown; none for dates and numbers."""
        if frame is None or not len(frame) or name not in frame or column.kind in _NUMBERS:
            return []
        shown = frame[name].notna().tolist()
        cells = zip(frame[name].tolist(), shown, strict=True)
        return [self.wording.say(column, str(cell)) if stated else "" for cell, stated in cells]

    def _put(self, sheet: Any, row: int, position: int, text: str, form: Any) -> None:
        if text and sheet.write_string(row, position, text, form) < 0:
            place = Place("inventory.xlsx", sheet.get_name(), row + 1, None, name_column(position))
            message = f"holds {len(text):,} characters, a cell at most {LONGEST:,}"
            raise InvalidData([Issue("cell-too-long", place, message, quote(text))])

    def _format(self, column: Column) -> Any:
        return {"date": self.day, "count": self.number, "grade": self.number}.get(
            column.kind, self.plain if column.kind in ("some", "number") else self.text
        )

    def _validate(
        self, sheet: Any, position: int, last: int, column: Column, words: str | None
    ) -> None:
        """Offer the words of a column, and refuse what its cells cannot hold."""
        rule: dict[str, Any] = {
            "error_title": self._say("wrong"),
            "error_message": explain_kind(self.labels, column, self.lang)[:255],
        }
        if words and (column.kind in _STRICT or column.kind == "country"):
            rule |= {"validate": "list", "source": f"={words}"}
            rule["error_message"] = self._say("choose")
            if column.open or column.kind == "country":  # other words are read as well
                rule["show_error"] = False
        elif column.kind == "reference" and len(column.to) == 1:
            rule |= {"validate": "list", "source": f"=ids_{column.to[0]}"}
        elif column.kind == "count":
            rule |= {"validate": "integer", "criteria": ">=", "value": 0}
        elif column.kind == "number":
            rule |= {"validate": "decimal", "criteria": ">=", "value": 0}
        elif column.kind == "grade":
            rule |= {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 5}
        elif column.kind == "date":
            rule |= {"validate": "date", "criteria": ">=", "value": date(1900, 1, 1)}
        else:
            return
        sheet.data_validation(HEADERS, position, last, position, rule)

    def _highlight(
        self, sheet: Any, position: int, last: int, table: Table, column: Column
    ) -> None:
        """Make the values that a pack calls alarming or doubtful stand out, in any spelling."""
        told = self.knowledge.columns.get(f"{table.name}.{column.name}")
        cell = f"{name_column(position)}{HEADERS + 1}"
        for look, values in (("alarm", told.alarm), ("caution", told.caution)) if told else ():
            spelt = {v: None for value in values for v in self._spell(column, value)}
            asked = ",".join('{}="{}"'.format(cell, word.replace('"', '""')) for word in spelt)
            if asked:
                rule = {"type": "formula", "criteria": f"=OR({asked})", "format": self.looks[look]}
                sheet.conditional_format(HEADERS, position, last, position, rule)

    def _spell(self, column: Column, value: str) -> list[str]:
        labels = (self.wording.name(column, value, lang) for lang in ("zh", "en"))
        return [value, *filter(None, labels)]


def measure_text(text: str) -> int:
    """Return the width of a text in characters; a Chinese one is as wide as two others.

    >>> measure_text("name"), measure_text("名称")
    (4, 4)
    """
    return len(text) if text.isascii() else len(text) + sum(c > "\u2e7f" for c in text)


def count_lines(text: str, wide: int) -> int:
    """Return how many lines of ``wide`` characters a text takes.

    >>> count_lines("", 8), count_lines("twelve signs", 8), count_lines("a\\nb", 8)
    (1, 2, 2)
    """
    if len(text) * 2 <= wide and "\n" not in text:
        return 1
    return sum(max(1, -(-measure_text(part) // wide)) for part in text.split("\n"))


def quote_sheet(name: str) -> str:
    """Write a sheet's name as formulas need it.

    >>> quote_sheet("it's")
    "'it''s'"
    """
    return "'" + name.replace("'", "''") + "'"
