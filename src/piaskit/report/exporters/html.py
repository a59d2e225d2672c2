"""The report as one HTML page that needs no network and no script, and reads well aloud."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import count
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from markupsafe import Markup

from piaskit.report.document import (
    Cell,
    Document,
    Figure,
    Level,
    Link,
    Table,
    read_text,
    reveal_controls,
)
from piaskit.report.drawing import draw_inline
from piaskit.report.layout import measure_line
from piaskit.report.style import LOOKS, list_facts, open_templates, read_words, split_opening

if TYPE_CHECKING:
    from jinja2 import Template


def export(document: Document, path: Path) -> None:
    """Write ``document`` to ``path`` as one page of UTF-8 HTML."""
    tables, figures = count(1), count(1)
    page = load_template().render(
        document=document,
        words=read_words(document.lang),
        facts=list_facts(document),
        looks=LOOKS,
        number_table=lambda: next(tables),
        number_figure=lambda: next(figures),
    )
    path.write_bytes(page.encode())


@cache
def load_template() -> Template:
    """Return the page, compiled."""
    environment = open_templates(Path(__file__).parent, keep_trailing_newline=True)
    environment.filters["show"] = _show
    environment.filters["rows"] = _list_rows
    environment.filters["widths"] = _choose_widths
    environment.filters["draw"] = _draw
    environment.filters["split_opening"] = split_opening
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment.get_template("report.html")


def _show(content: Cell) -> Markup:
    return Markup(_write(content))  # noqa: S704  # escaped piece by piece


def _write(content: Cell) -> str:
    """Return a text or cell as HTML."""
    if isinstance(content, str):  # as most are
        return escape(reveal_controls(content)[0])
    if isinstance(content, tuple):
        return "".join([_write(part) for part in content])
    if isinstance(content, Link):
        return f'<a href="#{escape(content.anchor)}">{_write(content.text)}</a>'
    if isinstance(content, Level):
        sign = f'<span aria-hidden="true">{LOOKS[content.id].symbol}</span>'
        return f'<span class="level {content.id}">{sign} {_write(content.label)}</span>'
    if isinstance(content, date):
        return f"<time>{content.isoformat()}</time>"
    return escape(reveal_controls(read_text(content))[0])


def _list_rows(table: Table) -> Markup:
    """Return the rows of a table: thousands of cells, too many to go through the template."""
    first, *others = (column.kind for column in table.columns)
    heads = [f'<th scope="row" class="is-{first}" dir="auto">']
    heads += [f'<td class="is-{kind}" dir="auto">' for kind in others]
    ends = ["</th>", *["</td>"] * len(others)]
    parts = []
    for row in table.rows:
        parts.append("<tr>" if row.anchor is None else f'<tr id="{escape(row.anchor)}">')
        for head, cell, end in zip(heads, row.cells, ends, strict=True):
            parts += ("\n", head, _write(cell), end)
        parts.append("</tr>\n")
    return Markup("".join(parts))  # noqa: S704  # escaped piece by piece


def _draw(figure: Figure) -> Markup:
    return Markup(draw_inline(figure))  # noqa: S704  # serialised from a tree of checked elements


def _choose_widths(table: Table) -> list[float]:
    """Return the least width of each column in rem: long texts need room, though not in full."""
    longest = (
        max((measure_line(read_text(row.cells[place])) for row in table.rows), default=0.0)
        for place in range(len(table.columns))
    )
    return [round(min(max(2.2 * sqrt(length), 3.0), 24.0), 1) for length in longest]
