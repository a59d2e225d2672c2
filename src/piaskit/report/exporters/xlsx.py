"""The report's tables as a workbook: an overview, charts, then a sheet per table.

Text is never a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piaskit.report.arrange import decode_picture
from piaskit.report.document import (
    Cards,
    Cell,
    Document,
    Figure,
    Level,
    LevelId,
    Picture,
    Table,
    find_links,
    read_text,
    reveal_controls,
)
from piaskit.report.layout import LOGO, POINT, count_lines, measure_line
from piaskit.report.style import LOOKS, list_facts, read_words

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_CHARACTERS = 32_767
MOST_LINKS = 65_530
COLUMN = 2.0  # Excel's unit of width, in em of the text
LINKED = 28.0  # em; a longer text with a link is plain
OVERVIEW = (58.0, 34.0, 64.0)
ACROSS, NARROWEST = 140.0, 18.0  # em: of all columns, and what a long text gets at least
PAGE = 250.0  # units of width across a printed page; wider tables take several
LINE, TALLEST = 15.0, 409.0  # points
DPI = 96.0  # of a picture that claims none
EXACT = 10**15  # Excel keeps 15 digits
_FIRST_DATE = date(1900, 3, 1)  # Excel counts a 29 February 1900
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]+")
_REFERENCE = re.compile(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*|[Rr]|[Cc]")


def export(document: Document, path: Path) -> None:
    """Write the cards and tables of ``document`` to ``path``, linked and ready to print."""
    _Workbook(document, path).write()


def name_sheets(titles: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a legal, unique sheet name of at most 31 characters for each title.

    >>> name_sheets(["Risks: all", "Risks/all", "History"])
    ['Risks all', 'Risks all (2)', 'History_']
    """
    names, used = [], {name.casefold() for name in taken}
    for title in titles:
        plain = " ".join(_FORBIDDEN.sub(" ", reveal_controls(title)[0]).replace("[", "").split())
        plain = plain.strip("' ") or "_"
        plain = f"{plain}_" if plain.casefold() == "history" else plain
        names.append(_make_unique(plain, used, 31))
    return names


def name_tables(ids: Iterable[str]) -> list[str]:
    """Return a legal, unique defined name for each table id.

    >>> name_tables(["risk-register", "risk.register", "R1", "2026"])
    ['risk_register', 'risk_register_2', '_R1', '_2026']
    """
    names: list[str] = []
    used: set[str] = set()
    for id_ in ids:
        name = re.sub(r"\W", "_", id_)
        if not re.match(r"[^\W\d]", name) or _REFERENCE.fullmatch(name):
            name = f"_{name}"
        names.append(_make_unique(name, used, 250, "_{}"))
    return names


def _make_unique(name: str, used: set[str], most: int, pattern: str = " ({})") -> str:
    number, unique = 1, _cut(name, most)
    while unique.casefold() in used:
        number += 1
        ending = pattern.format(number)
        unique = _cut(name, most - len(ending)) + ending
    used.add(unique.casefold())
    return unique


def _cut(text: str, most: int) -> str:
    units = text.encode("utf-16-le")[: 2 * most]
    return units.decode("utf-16-le", "ignore").rstrip("' ")


class _Workbook:
    def __init__(self, document: Document, path: Path) -> None:
        from xlsxwriter import Workbook

        self.document = document
        self.words = read_words(document.lang)
        self.tables = list(document.tables())
        self.overview = self.words["overview"]
        self.font = "Microsoft YaHei" if document.lang == "zh" else ""
        self.charted = [table for table in self.tables if table.charts and table.rows]
        taken = [self.overview, *([self.words["charts"]] if self.charted else [])]
        self.sheets = name_sheets((t.title for t in self.tables), taken)
        self.places = dict(self._find_places())
        self.book = Workbook(
            path,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        midnight = datetime.combine(document.as_of, time())
        self.book.set_properties({"title": self._clean(document.title), "created": midnight})
        self.formats: dict[tuple[Any, ...], Format] = {}

    def _find_places(self) -> Iterable[tuple[str, str]]:
        for section in self.document.sections:
            yield section.id, f"internal:'{self.overview}'!A1"
            for block in section.blocks:
                if isinstance(block, Figure):
                    at = self.tables.index(block.twin) if block.twin is not None else None
                    sheet = self.overview if at is None else self.sheets[at]
                    yield block.id, f"internal:'{_escape(sheet)}'!A1"
        for sheet, table in zip(self.sheets, self.tables, strict=True):
            yield table.id, f"internal:'{_escape(sheet)}'!A1"
            for number, row in enumerate(table.rows, 2):
                if row.anchor is not None:
                    yield row.anchor, f"internal:'{_escape(sheet)}'!A{number}"

    def write(self) -> None:
        overview = self.book.add_worksheet(self.overview)
        charts = self.book.add_worksheet(self.words["charts"]) if self.charted else None
        names = name_tables(table.id for table in self.tables)
        for table, sheet, name in zip(self.tables, self.sheets, names, strict=True):
            self._write_table(table, self.book.add_worksheet(sheet), name)
        if charts is not None:
            self._write_charts(charts)
        self._write_overview(overview)
        self.book.close()

    def _format(self, **looks: Any) -> Format:
        key = tuple(looks.items())
        if key not in self.formats:
            font = {"font_name": self.font} if self.font else {}
            self.formats[key] = self.book.add_format(
                {"valign": "top", "text_wrap": True, **looks, **font}
            )
        return self.formats[key]

    def _clean(self, text: str) -> str:
        shown = reveal_controls(text)[0]
        # A character takes at most two of Excel's.
        if 2 * len(shown) <= MOST_CHARACTERS:
            return shown
        if len(shown.encode("utf-16-le")) // 2 <= MOST_CHARACTERS:
            return shown
        return _cut(shown, MOST_CHARACTERS - len(self.words["cut"])) + self.words["cut"]

    def _write_cell(
        self, sheet: Worksheet, row: int, column: int, cell: Cell, **looks: Any
    ) -> None:
        if isinstance(cell, date) and cell >= _FIRST_DATE:
            shown = self._format(num_format="yyyy-mm-dd", align="left", **looks)
            sheet.write_datetime(row, column, datetime.combine(cell, time()), shown)
        elif isinstance(cell, int | float) and abs(cell) < EXACT:
            pattern = "#,##0" if isinstance(cell, int) else "General"
            looks = {"align": "right", "indent": 1, "num_format": pattern, **looks}
            sheet.write_number(row, column, cell, self._format(**looks))
        elif isinstance(cell, int):
            sheet.write_string(row, column, str(cell), self._format(**looks))
        else:
            text, links = self._clean(read_text(cell)), find_links(cell)
            if isinstance(cell, Level):
                looks = {"num_format": f'"{LOOKS[cell.id].symbol} "@', **looks}
            # A cell has one link, and some programs do not wrap its text.
            lone = len(links) == 1 and measure_line(text) <= LINKED
            if lone and sheet.hlink_count < MOST_LINKS:
                looks = {"font_color": self.document.accent, "underline": 1, **looks}
                target = self.places[links[0].anchor]
                sheet.write_url(row, column, target, self._format(**looks), text)
            elif text:
                sheet.write_string(row, column, text, self._format(**looks))
            else:
                sheet.write_blank(row, column, None, self._format(**looks))

    def _write_table(self, table: Table, sheet: Worksheet, name: str) -> None:
        headers: list[str] = []
        used: set[str] = set()
        for column in table.columns:
            title = " ".join(self._clean(column.title).split()) or column.id
            headers.append(_make_unique(title, used, 255))
        last = max(len(table.rows), 1)
        sheet.add_table(
            0,
            0,
            last,
            len(headers) - 1,
            {
                "name": name,
                "style": "Table Style Light 1",
                "columns": [{"header": h, "header_format": self._header()} for h in headers],
            },
        )
        widths = []
        widest = min(max(ACROSS / len(headers), NARROWEST), 30.0)
        shown = [[read_text(cell) for cell in row.cells] for row in table.rows]
        for place, column in enumerate(table.columns):
            cells = [row.cells[place] for row in table.rows]
            different = {texts[place] for texts in shown}
            widths.append(_choose_width(headers[place], different, widest))
            sheet.set_column(place, place, widths[-1])
            if any(isinstance(cell, Level) for cell in cells) or column.kind == "level":
                self._mark_levels(sheet, place, last, cells)
        self._set_height(sheet, 0, headers, widths)
        looks = {"bottom": 1, "bottom_color": "#D5DADE"}
        plain = self._format(**looks)
        for number, (row, texts) in enumerate(zip(table.rows, shown, strict=True), 1):
            for place, cell in enumerate(row.cells):
                if isinstance(cell, str) and cell:  # as most are
                    sheet.write_string(number, place, self._clean(cell), plain)
                else:
                    self._write_cell(sheet, number, place, cell, **looks)
            self._set_height(sheet, number, texts, widths)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        self._set_page(sheet, table.title, ceil(sum(widths) / PAGE))

    def _set_height(
        self, sheet: Worksheet, row: int, texts: Sequence[str], widths: Sequence[float]
    ) -> None:
        """Make room for wrapped text, which not every program does by itself."""
        ems = [width / COLUMN for width in widths]
        lines = max(map(count_lines, texts, ems))
        if lines > 1:
            sheet.set_row(row, min(lines * LINE + 3, TALLEST))

    def _header(self) -> Format:
        return self._format(
            bold=True, bg_color="#E6ECEF", bottom=2, bottom_color=self.document.accent
        )

    def _mark_levels(self, sheet: Worksheet, column: int, last: int, cells: Iterable[Cell]) -> None:
        looks: dict[str, LevelId] = {}
        for cell in cells:
            if isinstance(cell, Level):
                looks.setdefault(self._clean(cell.label), cell.id)
        for label, level in sorted(looks.items()):
            quoted = label.replace('"', '""')
            sheet.conditional_format(
                1,
                column,
                last,
                column,
                {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{quoted}"',
                    "format": self._level_format(level),
                },
            )

    def _level_format(self, level: LevelId) -> Format:
        look = LOOKS[level]
        return self.book.add_format({"bg_color": look.fill, "font_color": look.ink, "bold": True})

    def _write_overview(self, sheet: Worksheet) -> None:
        document, write = self.document, self._write_cell
        for place, width in enumerate(OVERVIEW):
            sheet.set_column(place, place, width)
        sheet.hide_gridlines(2)
        sheet.set_tab_color(document.accent)
        row = 0
        if document.logo is not None:
            self._place_logo(sheet, document.logo)
            row = 1
        sheet.set_row(row, 2 * LINE)
        big = {"bold": True, "font_size": 18, "font_color": document.accent, "text_wrap": False}
        write(sheet, row, 0, document.title, **big)
        write(sheet, row + 1, 0, document.subtitle, font_color="#4A545E", text_wrap=False)
        row += 3
        for label, text in list_facts(document):
            write(sheet, row, 0, label, font_color="#4A545E")
            write(sheet, row, 1, text, bold=True)
            self._set_height(sheet, row, (label, text), OVERVIEW)
            row += 1
        for section in document.sections:
            for block in section.blocks:
                if isinstance(block, Cards):
                    row = self._write_cards(sheet, row + 1, section.title, block)
        row += 1
        for place, word in enumerate(("sheets", "rows", "note")):
            sheet.write_string(row, place, self.words[word], self._header())
        if self.charted:
            row += 1
            self._write_link(
                sheet, row, 0, self.words["charts"], f"internal:'{self.words['charts']}'!A1"
            )
        for table in self.tables:
            row += 1
            self._write_link(sheet, row, 0, table.title, self.places[table.id])
            write(sheet, row, 1, len(table.rows), align="left")
            note = read_text(table.note)
            write(sheet, row, 2, note)
            self._set_height(sheet, row, (table.title, "", note), OVERVIEW)
        self._set_page(sheet, document.title)

    def _place_logo(self, sheet: Worksheet, logo: Picture) -> None:
        from PIL import Image

        data = decode_picture(logo)
        with Image.open(BytesIO(data)) as picture:
            # Both count in the dots per inch that the file claims.
            inches = picture.height / picture.info.get("dpi", (DPI, DPI))[1]
        scale = LOGO / 25.4 / inches
        sheet.set_row(0, LOGO / POINT + LINE / 2)
        sheet.insert_image(
            0,
            0,
            "logo.png",
            {
                "image_data": BytesIO(data),
                "x_scale": scale,
                "y_scale": scale,
                "description": self._clean(logo.alt),
                "object_position": 2,
            },
        )

    def _write_link(self, sheet: Worksheet, row: int, column: int, text: str, place: str) -> None:
        looks = self._format(font_color=self.document.accent, underline=1)
        sheet.write_url(row, column, place, looks, self._clean(text))

    def _write_charts(self, sheet: Worksheet) -> None:
        """Place the charts two by two, each above a link to the table whose cells it draws."""
        from piaskit.report.native_charts import HEIGHT, WIDTH, draw_chart

        sheet.hide_gridlines(2)
        sheet.set_column_pixels(0, 2, WIDTH)
        sheet.set_column_pixels(1, 1, LINE)
        sheet.set_row(0, 2 * LINE)
        big = {"bold": True, "font_size": 18, "font_color": self.document.accent}
        self._write_cell(sheet, 0, 0, self.words["charts"], text_wrap=False, **big)
        names = dict(zip((table.id for table in self.tables), self.sheets, strict=True))
        shown = [(table, chart) for table in self.charted for chart in table.charts]
        for number, (table, chart) in enumerate(shown):
            row, column = 1 + 3 * (number // 2), 2 * (number % 2)
            looks = {"accent": self.document.accent, "font": self.font}
            drawn = draw_chart(self.book, chart, table, names[table.id], **looks)
            sheet.set_row_pixels(row, HEIGHT)
            sheet.insert_chart(
                row,
                column,
                drawn,
                {"description": self._clean(chart.alt), "object_position": 2},
            )
            text = self.words["drawn_from"].format(table=table.title)
            self._write_link(sheet, row + 1, column, text, self.places[table.id])
        self._set_page(sheet, self.words["charts"])

    def _write_cards(self, sheet: Worksheet, row: int, title: str, cards: Cards) -> int:
        sheet.write_string(row, 0, self._clean(title), self._header())
        sheet.write_blank(row, 1, None, self._header())
        sheet.write_blank(row, 2, None, self._header())
        for card in cards.items:
            row += 1
            look = LOOKS[card.level.id] if card.level is not None else None
            fill = {"bg_color": look.fill, "font_color": look.ink} if look else {}
            told = [card.level.label] if card.level is not None and not card.is_level else []
            cells = (
                card.label,
                card.value,
                " · ".join(filter(None, [*told, read_text(card.note)])),
            )
            self._write_cell(sheet, row, 0, cells[0], **fill)
            self._write_cell(sheet, row, 1, cells[1], bold=True)
            self._write_cell(sheet, row, 2, cells[2])
            self._set_height(sheet, row, [*map(read_text, cells)], OVERVIEW)
        return row + 1

    def _set_page(self, sheet: Worksheet, title: str, across: int = 1) -> None:
        document = self.document
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(across, 0)
        sheet.set_margins(0.5, 0.5, 0.75, 0.75)
        shown = _cut(self._clean(title).replace("\n", " "), 90).replace("&", "&&")
        sheet.set_header(f"&L{shown}&R{self.words[document.edition]} · {document.as_of}")
        sheet.set_footer("&R&P / &N")


def _escape(sheet: str) -> str:
    return sheet.replace("'", "''")


def _choose_width(header: str, texts: Iterable[str], widest: float) -> float:
    longest = max(map(measure_line, texts), default=0.0)
    word = max(map(measure_line, header.split()), default=0.0) + 2  # the button of the filter
    return min(max(longest + 1.5, word, 5.0), widest) * COLUMN
