"""Charts of a workbook: they draw its own cells, in words that everybody can read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from piaskit.case import Case
from piaskit.knowledge import load_knowledge
from piaskit.report.chart import Chart
from piaskit.report.document import Column, Document, Level, Row, Section, Table
from piaskit.report.exporters import export_document
from piaskit.report.exporters.json import load_document
from piaskit.report.result_charts import show_time_left
from piaskit.report.rows import Rows
from piaskit.report.style import LOOKS, read_words
from piaskit.report.voice import Voice

COLUMNS = (Column("what", "What"), Column("a", "A", "number"), Column("b", "B: <high>", "number"))


def make_table(*charts: Chart) -> Table:
    rows = (Row((Level("severe", "Severe"), 1, 2.5)), Row((Level("low", "Low"), 30, 4)))
    return Table("t", "It's", COLUMNS, rows, charts=charts)


def make_document(*charts: Chart, lang: Any = "en") -> Document:
    day = date(2026, 1, 1)
    table = make_table(*charts)
    return Document("T", "", lang, "internal", day, "O", (), (Section("s", "S", (table,)),))


STACK = Chart("stack", "Two & more", "told <b>", ("State", "Risks"), ("a", "b"), across=True)
TALL = Chart("stack", "Columns", "told", ("What", "Risks"), ("a", "b"), ("severe", "high"))
BAR = Chart("bar", "Days", "told", ("What", "Days"), ("a",), most=1)
CURVE = Chart("curve", "Curve", "told", ("Amount", "Chance"), ("a", "b"))


def read_parts(path: Path, pattern: str) -> list[str]:
    with zipfile.ZipFile(path) as parts:
        names = sorted(name for name in parts.namelist() if re.fullmatch(pattern, name))
        return [parts.read(name).decode() for name in names]


def list_references(chart: str) -> list[str]:
    return re.findall(r"<c:f>(.*?)</c:f>", chart)


def test_charts_stand_on_the_second_sheet_and_draw_cells_of_the_workbook(tmp_path: Path) -> None:
    export_document(make_document(STACK, TALL, BAR, CURVE), tmp_path / "a.xlsx")

    sheet = "&apos;It&apos;&apos;s&apos;".replace("&apos;", "'")
    charts = read_parts(tmp_path / "a.xlsx", r"xl/charts/chart\d+\.xml")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["Overview", "Charts", "It's"]
    assert [list_references(chart) for chart in charts] == [
        [
            f"{sheet}!$A$2", f"{sheet}!$B$1:$C$1", f"{sheet}!$B$2:$C$2",
            f"{sheet}!$A$3", f"{sheet}!$B$1:$C$1", f"{sheet}!$B$3:$C$3",
        ],
        [
            f"{sheet}!$B$1", f"{sheet}!$A$2:$A$3", f"{sheet}!$B$2:$B$3",
            f"{sheet}!$C$1", f"{sheet}!$A$2:$A$3", f"{sheet}!$C$2:$C$3",
        ],
        [f"{sheet}!$B$1", f"{sheet}!$A$2", f"{sheet}!$B$2"],
        [f"{sheet}!$C$1", f"{sheet}!$B$2:$B$3", f"{sheet}!$C$2:$C$3"],
    ]  # fmt: skip


def test_what_a_chart_keeps_of_its_cells_is_what_they_hold(tmp_path: Path) -> None:
    export_document(make_document(STACK), tmp_path / "a.xlsx")

    [chart] = read_parts(tmp_path / "a.xlsx", r"xl/charts/chart\d+\.xml")
    kept = [
        re.findall(r"<c:v>(.*?)</c:v>", part) for part in re.findall("<c:ser>.*?</c:ser>", chart)
    ]
    assert kept == [["Severe", "A", "B: &lt;high&gt;", "1", "2.5"],
                    ["Low", "A", "B: &lt;high&gt;", "30", "4"]]  # fmt: skip


def test_a_series_has_the_colour_of_its_level_its_word_and_its_numbers(tmp_path: Path) -> None:
    export_document(make_document(STACK, TALL), tmp_path / "a.xlsx")

    rows, columns = read_parts(tmp_path / "a.xlsx", r"xl/charts/chart\d+\.xml")
    fills = r"<c:ser>.*?<a:solidFill><a:srgbClr val=\"(\w+)\"/>"
    assert re.findall(fills, rows) == [LOOKS["severe"].fill[1:], LOOKS["low"].fill[1:]]
    assert re.findall(fills, columns) == [LOOKS["severe"].fill[1:], LOOKS["high"].fill[1:]]
    assert rows.count('<c:showVal val="1"/>') == 2
    assert "<c:legend>" in rows


def test_what_stands_for_no_level_has_the_colour_of_the_house(tmp_path: Path) -> None:
    document = replace(make_document(BAR, CURVE), accent="#7a1f2b")
    export_document(document, tmp_path / "a.xlsx")

    bar, curve = read_parts(tmp_path / "a.xlsx", r"xl/charts/chart\d+\.xml")
    assert '<a:srgbClr val="7A1F2B"/>' in bar
    assert curve.count('<a:srgbClr val="7A1F2B"/>') == 3
    assert curve.count('formatCode="[&gt;=1]#,##0;General"') == 2


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_chart_has_its_title_axes_and_words_for_those_who_do_not_see_it(
    tmp_path: Path, lang: str
) -> None:
    document = make_document(STACK, BAR, lang=lang)
    for name in ("a", "b"):
        export_document(document, tmp_path / f"{name}.xlsx")

    stack, bar = read_parts(tmp_path / "a.xlsx", r"xl/charts/chart\d+\.xml")
    [drawing] = read_parts(tmp_path / "a.xlsx", r"xl/drawings/drawing1\.xml")
    assert re.findall("<a:t>(.*?)</a:t>", stack) == ["Two &amp; more", "State", "Risks"]
    assert re.findall("<a:t>(.*?)</a:t>", bar) == ["Days", "What", "Days"]
    assert re.findall('descr="(.*?)"', drawing) == ["told &lt;b&gt;", "told"]
    assert ("Microsoft YaHei" in stack) == (lang == "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    export_document(document, tmp_path / "a.json")
    assert load_document(tmp_path / "a.json") == document


def test_the_sheet_of_charts_leads_to_the_tables_and_prints_on_one_page_across(
    tmp_path: Path,
) -> None:
    export_document(make_document(STACK, BAR, CURVE), tmp_path / "a.xlsx")

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["Charts"]
    links = {cell.coordinate: cell.hyperlink.location for row in sheet for cell in row
             if cell.hyperlink}  # fmt: skip
    assert links == dict.fromkeys(("A3", "C3", "A6"), "'It''s'!A1")
    assert sheet["A3"].value == "Drawn from: It's"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    overview = book.worksheets[0]
    assert "'Charts'!A1" in {c.hyperlink.location for row in overview for c in row if c.hyperlink}


def test_a_table_that_is_called_charts_gets_another_name(tmp_path: Path) -> None:
    document = make_document(STACK)
    [section] = document.sections
    table = replace(make_table(STACK), title=read_words("en")["charts"])
    document = replace(document, sections=(replace(section, blocks=(table,)),))
    export_document(document, tmp_path / "a.xlsx")

    names = openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    assert names == ["Overview", "Charts", "Charts (2)"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alt": " "}, "title, alternative text and axes need words"),
        ({"kind": "pie"}, "kind must be one of stack, bar, curve"),
        ({"kind": "bar"}, "a bar cannot draw"),
        ({"columns": ("a", "x")}, "no column of numbers x"),
        ({"columns": ("what",)}, "no column of numbers what"),
    ],
)
def test_a_chart_that_nobody_could_read_or_draw_is_refused(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        make_table(replace(STACK, across=False, **change))


def test_a_column_with_a_gap_has_no_chart_since_a_gap_would_be_drawn_as_zero() -> None:
    rows = (Row(("x", 1, "fewer than 10")),)
    with pytest.raises(ValueError, match="no column of numbers b"):
        Table("t", "T", COLUMNS, rows, charts=(TALL,))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_public_edition_charts_public_tables_alone(
    report: Callable[..., Document], lang: str
) -> None:
    internal, public = report("internal", lang), report("public", lang)
    charted = {table.id for table in internal.tables() if table.charts}

    assert charted == {"table-counts", "table-rights", "table-due"}
    assert {t.id for t in public.tables() if t.charts} == {"table-counts", "table-rights"}
    counts = next(t for t in public.tables() if t.id == "table-counts")
    level = read_text_of(counts, 0)
    assert all(f"{level} {n}" in counts.charts[0].alt for n in counts.rows[0].cells[1:])


def read_text_of(table: Table, row: int) -> str:
    cell = table.rows[row].cells[0]
    assert isinstance(cell, Level)
    return cell.label


def test_days_left_count_down_below_zero_and_finished_actions_have_none(
    shop: Case, change: Callable[..., Case]
) -> None:
    late = change(shop, "actions", 0, "due_on", pd.Timestamp("2026-09-20"))
    late = change(late, "actions", 0, "status", "open")
    rows = Rows(late, Voice(load_knowledge().labels, "en", "internal"))
    [table] = show_time_left(rows)

    left = [row.cells[3] for row in table.rows]
    assert left[0] == -10
    assert left == sorted(left)  # type: ignore[type-var]
    assert len(left) == sum(
        row["status"] in (None, "open") and row["due_on"] is not None
        for row in rows.tables["actions"]
    )
    assert "overdue: 1." in table.charts[0].alt
