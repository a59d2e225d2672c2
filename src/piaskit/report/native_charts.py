"""The charts of a workbook: drawn by the program that opens it, from cells of its sheets.

No meaning rests on colour alone: a series is named in words, and each bar tells its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from piaskit.report.chart import Chart
from piaskit.report.document import ACCENT, Level, Table
from piaskit.report.style import LOOKS

if TYPE_CHECKING:
    from xlsxwriter import Workbook

WIDTH, HEIGHT = 620, 330  # pixels
TITLE, TEXT = 12, 9  # points
INK, RULE = "#1A1F24", "#D5DADE"
AMOUNT = "[>=1]#,##0;General"  # no lone point behind a whole number
COUNT, DAYS = "#,##0;-#,##0;;", "#,##0"  # a pile has no place for a 0, a day has
TYPES = {
    "stack": {"type": "column", "subtype": "stacked"},
    "bar": {"type": "bar"},
    "curve": {"type": "scatter", "subtype": "smooth_with_markers"},
}


def draw_chart(
    book: Workbook, chart: Chart, table: Table, sheet: str, *, accent: str = ACCENT, font: str = ""
) -> Any:
    """Return a chart of ``book`` that refers to the cells of ``table``, whose sheet is ``sheet``.

    The table stands from cell A1, headings first. ``accent`` is the colour of what stands for
    no level, ``font`` a font's name, blank for the program's own.
    """
    drawn: Any = book.add_chart(TYPES[chart.kind])
    series = _stack_rows if chart.across else _list_columns
    for looks in series(chart, table, sheet):
        drawn.add_series(_dress(looks, accent, font))

    def write(size: float, *, bold: bool = False) -> dict[str, Any]:
        named = {"name": font} if font else {}
        return {"size": size, "bold": bold, "color": INK, **named}

    def name_axis(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "name_font": write(TEXT),
            "num_font": write(TEXT),
            "line": {"color": INK},
            "major_gridlines": {"visible": False},
        }

    first, second = map(name_axis, chart.axes)
    second["major_gridlines"] = {"visible": True, "line": {"color": RULE}}
    if chart.kind == "curve":
        first |= {"log_base": 10, "num_format": AMOUNT, "crossing": "min"}
        second |= {"log_base": 10, "num_format": AMOUNT, "crossing": "min"}
        first["major_gridlines"] = second["major_gridlines"]
    elif chart.kind == "bar":
        first |= {"reverse": True, "label_position": "low", "crossing": "max"}
        first, second = second, first  # its categories stand upright
    else:
        second |= {"num_format": "#,##0", "min": 0}
    drawn.set_title({"name": chart.title, "name_font": write(TITLE, bold=True)})
    drawn.set_x_axis(first)
    drawn.set_y_axis(second)
    drawn.set_legend(
        {"position": "bottom", "font": write(TEXT)} if chart.kind == "stack" else {"none": True}
    )
    drawn.set_size({"width": WIDTH, "height": HEIGHT})
    return drawn


def _stack_rows(chart: Chart, table: Table, sheet: str) -> Iterator[dict[str, Any]]:
    first, *_, last = _find_columns(chart, table) * 2
    for number, row in enumerate(table.rows, 1):
        head = row.cells[0]
        yield {
            "name": [sheet, number, 0],
            "categories": [sheet, 0, first, 0, last],
            "values": [sheet, number, first, number, last],
            "level": head.id if isinstance(head, Level) else None,
        }


def _list_columns(chart: Chart, table: Table, sheet: str) -> Iterator[dict[str, Any]]:
    places = _find_columns(chart, table)
    last = min(len(table.rows), chart.most or len(table.rows))
    across = places.pop(0) if chart.kind == "curve" else 0
    for number, place in enumerate(places):
        yield {
            "name": [sheet, 0, place],
            "categories": [sheet, 1, across, last, across],
            "values": [sheet, 1, place, last, place],
            "level": chart.levels[number] if chart.levels else None,
            "kind": chart.kind,
        }


def _find_columns(chart: Chart, table: Table) -> list[int]:
    ids = [column.id for column in table.columns]
    return [ids.index(column) for column in chart.columns]


def _dress(series: dict[str, Any], accent: str, font: str) -> dict[str, Any]:
    """Give a series the colours of its level, and its bars their numbers."""
    level, kind = series.pop("level"), series.pop("kind", "stack")
    if kind == "curve":
        spot = {"type": "circle", "size": 6, "fill": {"color": accent}, "border": {"color": accent}}
        return {**series, "line": {"color": accent, "width": 2}, "marker": spot}
    look = LOOKS[level] if level else None
    label = {"size": TEXT, "color": look.ink if look else INK, **({"name": font} if font else {})}
    return {
        **series,
        "fill": {"color": look.fill if look else accent},
        "border": {"color": INK, "width": 0.5},
        "gap": 60,
        "data_labels": {
            "value": True,
            "font": label,
            "num_format": COUNT if kind == "stack" else DAYS,
        },
        **(
            {}
            if look
            else {"invert_if_negative": True, "invert_if_negative_color": LOOKS["severe"].fill}
        ),
    }
