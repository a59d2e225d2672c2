"""The workbook of a case: what an analyst fills in, and what the reader reads back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.case.archive import name_column
from piaskit.case.cells import LONGEST, parse_date
from piaskit.case.tables import TABLES, Column, Table
from piaskit.case.words import Words, fold
from piaskit.errors import InvalidData, Issue, Place, quote

if TYPE_CHECKING:
    import pandas as pd

    from piaskit.knowledge import Knowledge

_FIRST = 2  # index of the first row of records: below the header and the row of ids
_SPARE = 500  # blank rows that still have drop-downs
_MADE = datetime.fromisoformat("2026-01-01")  # a workbook's bytes follow from its content alone
_WIDE = {"id": 16, "text": 20, "date": 14, "count": 11, "yes-no": 10, "period": 16}
_WIDEST, _MOST_LINES, _LINE = 48, 8, 15.0  # characters, lines, points
_PAGE = 200  # characters across a printed page; wider tables take several
_FONTS = {"zh": "Microsoft YaHei", "en": "Calibri"}


def write_workbook(
    frames: Mapping[str, pd.DataFrame],
    path: Path | str,
    *,
    knowledge: Knowledge | None = None,
    lang: str = "zh",
) -> None:
    """Write tables as a workbook that reads back to the same frames.

    Every table of ``TABLES`` gets a sheet, also one that ``frames`` lacks. Sheet names, headers
    and fixed words are in ``lang``; row 2 repeats the headers as ids. Text stays text, whatever it
    begins with. Equal content gives equal bytes. Raises InvalidData for a text that no cell holds.
    """
    import xlsxwriter

    if knowledge is None:
        from piaskit.knowledge import load_knowledge

        knowledge = load_knowledge()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE})
        _Writer(book, Words(knowledge), lang).write(frames)


class _Writer:
    def __init__(self, book: Any, words: Words, lang: str) -> None:
        self.book, self.words, self.lang = book, words, lang
        self.labels = words.knowledge.labels
        head = {"bold": True, "bg_color": "#E6ECEF", "bottom": 2, "bottom_color": "#17495C"}
        self.head = self._add_format(text_wrap=True, **head)
        self.key = self._add_format(font_color="#595959", bg_color="#F2F2F2")
        self.text = self._add_format(text_wrap=True, num_format="@")
        self.day = self._add_format(num_format="yyyy-mm-dd", align="left")
        self.number = self._add_format(num_format="0", indent=1, align="right")
        self.plain = self._add_format(text_wrap=True)
        self.title = self._add_format(bold=True, font_size=18)
        self.link = self._add_format(font_color="#17495C", underline=1)
        self.sheets = {t: self.labels(f"table.{t}", lang) for t in TABLES}
        self.shown: dict[tuple[str, ...], dict[str, str]] = {}

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
        font = {"font_name": _FONTS.get(self.lang, "Calibri"), "font_size": 11, "valign": "top"}
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
        sheet.set_column(0, 0, 110)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, self._say("guide"), self.title)
        parts = ("what", "rows", "ids", "lists", "dates", "needed", "dictionary")
        for row, part in enumerate(parts, 2):
            sheet.write_string(row, 0, f"{row - 1}. " + self._say(f"guide.{part}"), self.plain)
        links = (*self.sheets.values(), self._say("dictionary"))
        for row, name in enumerate(links, len(parts) + 3):
            sheet.write_url(row, 0, f"internal:{quote_sheet(name)}!A1", self.link, name)

    def _write_dictionary(self, sheet: Any) -> dict[tuple[str, str], str]:
        """List the words of every column with fixed words; return the range name of each."""
        for position, part in enumerate(("table", "column", "word", "id", "other")):
            sheet.write_string(0, position, self._say(part), self.head)
        sheet.set_column(0, 4, 28)
        sheet.freeze_panes(1, 0)
        row, lists = 1, {}
        title = quote_sheet(self._say("dictionary"))
        for table in TABLES.values():
            for column in table.columns:
                first = row
                for id, word in self._show_values(column).items():
                    name = self.labels(f"column.{column.name}", self.lang)
                    other = self._label(column, id, "en" if self.lang == "zh" else "zh") or id
                    cells = (self.sheets[table.name], name, word, id, other)
                    for position, text in enumerate(cells):
                        sheet.write_string(row, position, text, self.plain)
                    row += 1
                if row > first:
                    name = f"words_{table.name}_{column.name}"
                    self.book.define_name(name, f"={title}!$C${first + 1}:$C${row}")
                    lists[table.name, column.name] = name
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
        last = _FIRST + size + _SPARE
        widths, lines = [], [1] * size
        for position, name in enumerate(names):
            column = table[name] if name in table.names else Column(name)
            declared = name in table.names
            title = self.labels(f"column.{name}", self.lang) if declared else name
            self._put(sheet, 0, position, title, self.head)
            self._put(sheet, 1, position, name, self.key)
            texts = self._list_texts(column, frame, name)
            longest = max(map(measure_text, (title, *texts))) + 3
            wide = max(_WIDE.get(column.kind, 12), min(longest, _WIDEST))
            widths.append(wide)
            told = zip(lines, texts, strict=True) if texts else ()
            lines = [max(n, count_lines(text, wide - 3)) for n, text in told] or lines
            sheet.set_column(position, position, wide, self._format(column))
            if declared:
                sheet.write_comment(0, position, self._explain(column), {"author": ""})
                self._validate(sheet, position, last, table, column, lists)
            if frame is not None and name in frame.columns:
                self._write_cells(sheet, position, column, frame[name])
        title = quote_sheet(self.sheets[table.name])
        self.book.define_name(f"ids_{table.name}", f"={title}!$A${_FIRST + 1}:$A${last + 1}")
        sheet.freeze_panes(_FIRST, 2)
        sheet.autofilter(1, 0, max(_FIRST + size - 1, _FIRST), len(names) - 1)
        sheet.repeat_rows(0, 1)
        sheet.repeat_columns(0, 1)
        sheet.set_row(0, 1.5 * _LINE)
        # Not every program makes room for wrapped text by itself.
        for row, count in enumerate(lines, _FIRST):
            if count > 1:
                sheet.set_row(row, min(count, _MOST_LINES) * _LINE + 3)
        self._set_page(sheet, -(-sum(widths) // _PAGE))

    def _write_cells(self, sheet: Any, position: int, column: Column, cells: Any) -> None:
        form = self._format(column)
        for row, value in enumerate(cells.astype(object).tolist(), _FIRST):
            if type(value).__name__ in ("NoneType", "NAType", "NaTType") or value != value:
                continue
            if column.kind == "date" and isinstance(value, str):
                value = parse_date(value)[0] or value
            if isinstance(value, date):
                moment = datetime.combine(value, time())
                sheet.write_datetime(row, position, moment, self.day)
            elif column.kind in ("count", "grade", "some") and str(value).isdecimal():
                sheet.write_number(row, position, int(value), self.number)
            else:
                self._put(sheet, row, position, self._show(column, str(value)), form)

    def _list_texts(self, column: Column, frame: pd.DataFrame | None, name: str) -> list[str]:
        """Return the texts of a column as they are shown; none for dates and numbers."""
        if frame is None or name not in frame.columns or column.kind in ("date", "count", "grade"):
            return []
        cells = frame[name].astype(object)
        return [self._show(column, str(cell)) for cell in cells.where(cells.notna(), "")]

    def _put(self, sheet: Any, row: int, position: int, text: str, form: Any) -> None:
        if text and sheet.write_string(row, position, text, form) < 0:
            place = Place("inventory.xlsx", sheet.get_name(), row + 1, None, name_column(position))
            message = f"holds {len(text):,} characters, a cell at most {LONGEST:,}"
            raise InvalidData([Issue("cell-too-long", place, message, quote(text))])

    def _format(self, column: Column) -> Any:
        return {"date": self.day, "count": self.number, "grade": self.number}.get(
            column.kind, self.plain if column.kind == "some" else self.text
        )

    def _explain(self, column: Column) -> str:
        tables = ", ".join(self.sheets[t] for t in column.to)
        text = self._say(f"kind.{column.kind}", tables=tables)
        return f"{self._say('required')} {text}" if column.required else text

    def _validate(
        self,
        sheet: Any,
        position: int,
        last: int,
        table: Table,
        column: Column,
        lists: dict[tuple[str, str], str],
    ) -> None:
        rule: dict[str, Any] = {
            "error_title": self._say("wrong"),
            "error_message": self._explain(column),
        }
        name = lists.get((table.name, column.name))
        if name and column.kind in ("choice", "yes-no") and not column.open:
            rule |= {"validate": "list", "source": f"={name}"}
            rule["error_message"] = self._say("choose")
        elif column.kind == "reference" and len(column.to) == 1:
            rule |= {"validate": "list", "source": f"=ids_{column.to[0]}"}
        elif column.kind == "count":
            rule |= {"validate": "integer", "criteria": ">=", "value": 0}
        elif column.kind == "grade":
            rule |= {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 5}
        elif column.kind == "date":
            rule |= {"validate": "date", "criteria": ">=", "value": date(1900, 1, 1)}
        else:
            return
        sheet.data_validation(_FIRST, position, last, position, rule)

    def _show(self, column: Column, value: str) -> str:
        """Write a value in the words of the workbook."""
        if column.kind in ("choice", "yes-no"):
            return self._show_values(column).get(value, value)
        if column.kind == "choices":
            shown = self._show_values(column)
            return ";".join(shown.get(part, part) for part in value.split(";"))
        return value

    def _show_values(self, column: Column) -> dict[str, str]:
        """Return the word shown for each value: its label, where that reads back as the value."""
        key = (column.name, column.kind, *column.values)
        if key not in self.shown:
            index = self.words.index_values(column)
            found: dict[str, str] = {}
            if column.kind in ("choice", "choices", "yes-no"):
                for id in self.words.list_values(column):
                    label = self._label(column, id, self.lang)
                    sound = label and ";" not in label and index.get(fold(label)) == id
                    found[id] = label if label and sound else id
            self.shown[key] = found
        return self.shown[key]

    def _label(self, column: Column, id: str, lang: str) -> str | None:
        if column.pack:
            title: Mapping[str, str] = getattr(self.words.knowledge, column.pack)[id].title
            return title[lang]
        for name in (f"value.{column.name}.{id}", f"value.{id}"):
            if name in self.labels:
                return self.labels(name, lang)
        return None


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
