"""The neutral report: what it says and who may read it, without a word on how it looks.

Everything here is frozen and compares by value, so equal documents export to equal bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias, get_args

from piaskit.report.chart import Chart

Visibility: TypeAlias = Literal["internal", "public"]
Edition: TypeAlias = Literal["internal", "public"]
Lang: TypeAlias = Literal["en", "zh"]
LevelId: TypeAlias = Literal["low", "medium", "high", "severe", "very-high"]
ColumnKind: TypeAlias = Literal["text", "number", "date", "level", "ref"]
Style: TypeAlias = Literal["normal", "lead", "note", "warning", "quote"]

_ANCHOR = re.compile(r"[^\s\"'<>&#%\\]+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a row, table, figure or section of the same document."""

    text: str
    anchor: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(f"the link to {self.anchor!r} has no text")


@dataclass(frozen=True, slots=True)
class Level:
    """A step of a scale: its id decides colour and symbol, its label is what is read."""

    id: LevelId
    label: str

    def __post_init__(self) -> None:
        _check_choice("level", self.id, LevelId)


Text: TypeAlias = str | Link | tuple[str | Link, ...]
Cell: TypeAlias = Text | int | float | date | Level | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a line break in it stays a line break."""

    text: Text
    style: Style = "normal"
    visibility: Visibility = "internal"

    def __post_init__(self) -> None:
        _check_choice("style", self.style, Style)


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: tuple[Text, ...]
    ordered: bool = False
    visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; ``width`` is its share relative to the other columns."""

    id: str
    title: str
    kind: ColumnKind = "text"
    width: float = 1.0
    visibility: Visibility = "internal"

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, ColumnKind)
        if not (math.isfinite(self.width) and self.width > 0):
            raise ValueError(f"column {self.id!r}: width must be above 0, not {self.width}")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the id under which a ``Link`` finds it."""

    cells: tuple[Cell, ...]
    anchor: str | None = None
    visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; the exporters of workbooks make one sheet of it, and draw its charts.

    Raises ValueError when a row is not as long as the columns or a number is not finite, and
    TypeError when a cell is no ``Cell``.

    >>> Table("t", "T", (Column("a", "A"),), (Row((1, 2)),))
    Traceback (most recent call last):
        ...
    ValueError: table 't', row 1: 2 cells for 1 columns
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Text = ""
    landscape: bool = False
    visibility: Visibility = "internal"
    charts: tuple[Chart, ...] = ()

    def __post_init__(self) -> None:
        where = f"table {self.id!r}"
        if not self.columns:
            raise ValueError(f"{where}: no columns")
        if not self.title.strip():
            raise ValueError(f"{where}: no title")
        ids = [column.id for column in self.columns]
        if len(set(ids)) < len(ids):
            raise ValueError(f"{where}: column ids are not unique: {', '.join(ids)}")
        for number, row in enumerate(self.rows, 1):
            if len(row.cells) != len(ids):
                raise ValueError(
                    f"{where}, row {number}: {len(row.cells)} cells for {len(ids)} columns"
                )
            for column, cell in zip(ids, row.cells, strict=True):
                if not isinstance(cell, str):  # as most are
                    _check_cell(f"{where}, row {number}, column {column!r}", cell)
        for chart in self.charts:
            chart.check_columns(self._list_numbers())

    def _list_numbers(self) -> list[str]:
        """Return the ids of the columns that hold a number in every row."""
        return [
            column.id
            for place, column in enumerate(self.columns)
            if column.kind == "number"
            and all(isinstance(row.cells[place], int | float) for row in self.rows)
        ]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as SVG text, words for those who cannot see it, and the table it was drawn from."""

    id: str
    title: str
    alt: str
    svg: str
    twin: Table | None = None
    visibility: Visibility = "internal"

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"figure {self.id!r}: no alternative text")
        if not self.title.strip():
            raise ValueError(f"figure {self.id!r}: no title")
        if "<svg" not in self.svg:
            raise ValueError(f"figure {self.id!r}: not an SVG")

    @property
    def landscape(self) -> bool:
        """A figure turns with its table."""
        return self.twin is not None and self.twin.landscape


@dataclass(frozen=True, slots=True)
class Card:
    """One number or word that management looks for first."""

    label: str
    value: Text
    note: Text = ""
    level: Level | None = None

    @property
    def is_level(self) -> bool:
        """Say whether the value is the level itself, which is then shown once."""
        return self.level is not None and self.level.label == self.value


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards in a grid."""

    items: tuple[Card, ...]
    visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class Signature:
    """Where a paper is signed: (label, text) lines, blank text to be written, a seal's place."""

    fields: tuple[tuple[str, str], ...]
    seal: str = ""
    visibility: Visibility = "internal"


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows starts on a new page, where there are pages."""

    visibility: Visibility = "internal"


Block: TypeAlias = Paragraph | Bullets | Table | Figure | Cards | Signature | PageBreak


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of level 1 to 3 and what stands under it, up to the next heading."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    level: Literal[1, 2, 3] = 1
    visibility: Visibility = "internal"

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3):
            raise ValueError(f"section {self.id!r}: level must be 1, 2 or 3, not {self.level}")
        if not self.title.strip():
            raise ValueError(f"section {self.id!r}: no title")


ACCENT = "#17495c"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file in base64, and words for those who do not see it."""

    png: str
    alt: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report in one language and one edition.

    ``accent`` is the colour of headings and lines, ``#`` and six digits.
    ``properties`` are (label, text) lines shown under the title, in their order. Raises ValueError
    when headings skip a level, an id occurs twice, a link leads nowhere, or a public document
    holds a section, block, column or row that is not public.

    >>> Document("T", "", "en", "public", date(2026, 1, 1), "Org", (), (Section("s", "S"),))
    Traceback (most recent call last):
        ...
    ValueError: a public document cannot hold the internal section 's'
    """

    title: str
    subtitle: str
    lang: Lang
    edition: Edition
    as_of: date
    organisation: str
    properties: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    accent: str = ACCENT
    logo: Picture | None = None

    def __post_init__(self) -> None:
        _check_choice("lang", self.lang, Lang)
        _check_choice("edition", self.edition, Edition)
        if not self.title.strip():
            raise ValueError("the document has no title")
        previous = 0
        for section in self.sections:
            if section.level > previous + 1:
                raise ValueError(
                    f"section {section.id!r}: a heading of level {section.level} "
                    f"cannot follow one of level {previous}"
                )
            previous = section.level
        self._check_anchors()
        if self.edition == "public":
            self._check_public()

    def tables(self) -> Iterator[Table]:
        """Yield every table in reading order, the twins of figures among them."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    yield block
                elif isinstance(block, Figure) and block.twin is not None:
                    yield block.twin

    def links(self) -> Iterator[Link]:
        """Yield every link, those of running text before those of tables."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    yield from find_links(block.text)
                elif isinstance(block, Bullets):
                    for item in block.items:
                        yield from find_links(item)
                elif isinstance(block, Cards):
                    for card in block.items:
                        yield from find_links(card.value)
                        yield from find_links(card.note)
        for table in self.tables():
            yield from find_links(table.note)
            for row in table.rows:
                for cell in row.cells:
                    yield from find_links(cell)

    def _check_anchors(self) -> None:
        seen: set[str] = set()
        for anchor in self._anchors():
            if not _ANCHOR.fullmatch(anchor):
                raise ValueError(f"the id {anchor!r} is blank or holds a space, quote or markup")
            if anchor in seen:
                raise ValueError(f"the id {anchor!r} occurs twice")
            seen.add(anchor)
        for link in self.links():
            if link.anchor not in seen:
                raise ValueError(
                    f"the link {link.text!r} leads to {link.anchor!r}, which is absent"
                )

    def _anchors(self) -> Iterator[str]:
        for section in self.sections:
            yield section.id
            for block in section.blocks:
                if isinstance(block, Figure):
                    yield block.id
        for table in self.tables():
            yield table.id
            for row in table.rows:
                if row.anchor is not None:
                    yield row.anchor

    def _check_public(self) -> None:
        for section in self.sections:
            where = f"section {section.id!r}"
            if section.visibility != "public":
                raise ValueError(f"a public document cannot hold the internal {where}")
            for number, block in enumerate(section.blocks, 1):
                name = f"block {number} ({type(block).__name__}) of {where}"
                if block.visibility != "public":
                    raise ValueError(f"a public document cannot hold the internal {name}")
        for table in self.tables():
            where = f"table {table.id!r}"
            refusal = "a public document cannot hold the internal"
            if table.visibility != "public":
                raise ValueError(f"{refusal} {where}")
            for column in table.columns:
                if column.visibility != "public":
                    raise ValueError(f"{refusal} column {column.id!r} of {where}")
            for number, row in enumerate(table.rows, 1):
                if row.visibility != "public":
                    raise ValueError(f"{refusal} row {number} of {where}")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sections of a report that are shown alone; their links may lead to what is left out."""

    lang: Lang
    sections: tuple[Section, ...]


def find_links(content: Cell) -> tuple[Link, ...]:
    """Return the links of a text or cell.

    >>> find_links(("see ", Link("risk 1", "r-1")))
    (Link(text='risk 1', anchor='r-1'),)
    """
    if isinstance(content, tuple):
        return tuple([part for part in content if isinstance(part, Link)])
    return (content,) if isinstance(content, Link) else ()


def read_text(content: Cell) -> str:
    """Return a text or cell as plain words: dates in ISO form, numbers with separators.

    >>> read_text(("see ", Link("risk 1", "r-1"))), read_text(1234567), read_text(None)
    ('see risk 1', '1,234,567', '')
    """
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, tuple):
        return "".join([part if isinstance(part, str) else part.text for part in content])
    if isinstance(content, Link):
        return content.text
    if isinstance(content, Level):
        return content.label
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, int):
        return f"{content:,}"
    return f"{content:,.6g}"


def name_code(character: str) -> str:
    """Return a stand-in that says which character stood here.

    >>> name_code("\\x07")
    '[U+0007]'
    """
    return f"[U+{ord(character):04X}]"


def reveal_controls(text: str) -> tuple[str, int]:
    """Replace what no reader sees or what turns the order of writing around; count it, too.

    >>> reveal_controls("a\\x07b")
    ('a[U+0007]b', 1)
    """
    if text.isprintable():  # nearly always, and said fast
        return text, 0
    return _INVISIBLE.subn(lambda found: name_code(found[0]), text)


def _check_cell(where: str, cell: object) -> None:
    if isinstance(cell, bool | datetime) or not isinstance(
        cell, str | int | float | date | Level | Link | tuple | None
    ):
        raise TypeError(f"{where}: a {type(cell).__name__} cannot be shown")
    if isinstance(cell, float) and not math.isfinite(cell):
        raise ValueError(f"{where}: {cell} cannot be shown")
    if isinstance(cell, tuple) and not all(isinstance(part, str | Link) for part in cell):
        raise ValueError(f"{where}: only text and links can be joined")


def _check_choice(name: str, value: object, choices: object) -> None:
    allowed = get_args(choices)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
