"""How answers show themselves in JupyterLab: escaped, compact, levels in word, sign and colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from markupsafe import Markup, escape

MOST = 200  # rows of a grid that are drawn; JSON and frames hold all


class Look(NamedTuple):
    """How a level is shown; the symbol tells it to those who see no colour."""

    fill: str
    ink: str
    symbol: str


LOOKS: dict[str, Look] = {
    "low": Look("#FFF7BC", "#111111", "○"),
    "medium": Look("#FEC44F", "#111111", "◐"),
    "high": Look("#D95F0E", "#000000", "●"),
    "severe": Look("#662506", "#FFFFFF", "▲"),
    "very-high": Look("#662506", "#FFFFFF", "▲"),
}


class Mark(NamedTuple):
    """A level of risk, impact or likelihood as a cell: its id and its word.

    >>> str(Mark("severe", "Severe"))
    '▲ Severe'
    """

    level: str
    word: str

    def __str__(self) -> str:
        return f"{LOOKS[self.level].symbol} {self.word}" if self.level in LOOKS else self.word


Part: TypeAlias = str | int | float | Mark | None
Content: TypeAlias = Part | list[Part]


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """A title and a few facts, each a word and its value."""

    title: str
    facts: tuple[tuple[str, Content], ...]
    lang: str

    def __repr__(self) -> str:
        return "\n".join([self.title, *(f"{name}: {_tell(value)}" for name, value in self.facts)])

    def _repr_html_(self) -> str:
        facts = Markup("").join(
            Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, _draw(value))
            for name, value in self.facts
        )
        body = Markup("<p><strong>{}</strong></p><dl>{}</dl>").format(self.title, facts)
        return frame_display(self.lang, body)


@dataclass(frozen=True, slots=True, repr=False)
class Grid:
    """A titled table; its first column names the row. A folded one opens at a click.

    >>> Grid("Risks", ("Activity", "Now"), [("Shop", Mark("high", "High"))], "en")
    Risks
    Activity | Now
    Shop | ● High
    """

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Content]]
    lang: str
    folded: bool = False

    def __repr__(self) -> str:
        lines = [" | ".join(map(_tell, row)) for row in (self.heads, *self.rows[:MOST])]
        return "\n".join([*filter(None, [self.title]), *lines, *filter(None, [self._count_rest()])])

    def _repr_html_(self) -> str:
        heads = Markup("").join(Markup('<th scope="col">{}</th>').format(h) for h in self.heads)
        body = Markup("").join(map(_draw_row, self.rows[:MOST]))
        title = Markup("<caption>{}</caption>").format(self.title) if self.title else ""
        table = Markup("<table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}").format(
            "" if self.folded else title, heads, body, self._count_rest()
        )
        if self.folded:
            pattern = Markup("<details><summary>{} ({:,})</summary>{}</details>")
            table = pattern.format(self.title, len(self.rows), table)
        return frame_display(self.lang, table)

    def _count_rest(self) -> str:
        rest = len(self.rows) - MOST
        return f"… +{rest:,}" if rest > 0 else ""


def frame_display(lang: str, body: Markup) -> str:
    """Wrap what a display shows with its language and its looks."""
    return str(
        Markup('<div class="piaskit" lang="{}"><style>{}</style>{}</div>').format(
            lang,
            Markup(STYLE),  # noqa: S704  # the constant below
            body,
        )
    )


def _draw_row(row: Sequence[Content]) -> Markup:
    cells = Markup("").join(
        Markup('<td class="{}">{}</td>').format("n" * isinstance(cell, int | float), _draw(cell))
        for cell in row[1:]
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(_draw(row[0]), cells)


def _draw(cell: Content) -> Markup:
    if isinstance(cell, list):
        return Markup("<br>").join(map(_draw, cell))
    if isinstance(cell, Mark) and cell.level in LOOKS:
        look = LOOKS[cell.level]
        style = f"background:{look.fill};color:{look.ink}"
        return Markup('<span class="level" style="{}">{}</span>').format(style, str(cell))
    return escape(_tell(cell))


def _tell(cell: Content) -> str:
    if isinstance(cell, list):
        return "; ".join(map(_tell, cell))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{cell:,}"
    return "" if cell is None else str(cell)


STYLE = (
    ".piaskit.piaskit table{border-collapse:collapse;table-layout:auto;margin:.2em 0 1em;"
    "font-size:13px}"
    ".piaskit.piaskit caption,.piaskit.piaskit summary{text-align:left;font-weight:600;"
    "font-size:14px;"
    "padding:.4em 0;white-space:nowrap}"
    ".piaskit.piaskit summary{cursor:pointer}"
    ".piaskit.piaskit th,.piaskit.piaskit td{text-align:left;vertical-align:baseline;"
    "padding:.3em .7em;"
    "max-width:34em;white-space:normal}"
    ".piaskit.piaskit tbody th{font-weight:500}"
    ".piaskit.piaskit td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".piaskit.piaskit .level{padding:.1em .6em;"
    "border-radius:.7em;white-space:nowrap;font-weight:600}"
    ".piaskit.piaskit p{margin:.3em 0;font-size:15px}"
    ".piaskit.piaskit dl{display:flex;flex-wrap:wrap;gap:.5em;margin:.3em 0 .8em}"
    ".piaskit.piaskit dl div{border:1px solid #8888;border-radius:.4em;padding:.35em .8em}"
    ".piaskit.piaskit dt,.piaskit.piaskit dd{display:block;"
    "float:none;width:auto;margin:0;padding:0}"
    ".piaskit.piaskit dt{font-size:12px;font-weight:400}"
    ".piaskit.piaskit dd{font-size:15px;font-weight:600;max-width:34em}"
)
