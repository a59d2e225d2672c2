"""What a report says, in one language: labels, pairs of texts, and blocks of one visibility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from piaskit.knowledge import Labels
from piaskit.report.chart import Chart
from piaskit.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    ColumnKind,
    Lang,
    Level,
    LevelId,
    Link,
    Paragraph,
    Row,
    Section,
    Style,
    Table,
    Text,
    Visibility,
)

LEVELS: tuple[LevelId, ...] = ("low", "medium", "high", "severe")
LIKELIHOODS: tuple[LevelId, ...] = ("low", "medium", "high", "very-high")
GRAVE: tuple[LevelId, ...] = ("severe", "high")  # levels that page one counts
STATES = ("inherent", "current", "planned")
DIMENSIONS = ("autonomy", "discrimination", "reputation-stress", "person-property")
SOURCES = ("network-tech", "process", "people-third-parties", "business-scale")
STAGES = ("collect", "store", "use", "process", "transmit", "provide", "disclose", "delete")

ColumnSpec = tuple[str, float] | tuple[str, float, ColumnKind]


@dataclass(frozen=True, slots=True)
class Voice:
    """The voice of one report: its labels, language and the visibility of all it says."""

    labels: Labels
    lang: Lang
    visibility: Visibility

    def say(self, id: str, **fields: object) -> str:
        """Return the label ``report.<id>``; whole numbers get separators. Raises MissingLabel."""
        shown = {k: f"{v:,}" if isinstance(v, int) else v for k, v in fields.items()}
        return self.labels(f"report.{id}", self.lang, **shown)

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.lang == "zh" else " "

    def name(self, kind: str, id: str | None) -> str:
        """Return the word for an id of a vocabulary, or the id where packs brought a new one."""
        if not id:
            return self.say("word.blank")
        return self.say(f"{kind}.{id}") if f"report.{kind}.{id}" in self.labels else id

    def office(self, role: str) -> str:
        """Return the name of an office such as ``dpo``, or the words given for it."""
        id = f"value.role.{role}"
        return self.labels(id, self.lang) if id in self.labels else role

    def pick(self, record: Mapping[str, Any], key: str) -> str:
        """Return a text of a result or row: its companion in this language, else the plain one."""
        text = record.get(f"{key}_{self.lang}") or record.get(key)
        return "" if text is None else str(text)

    def level(self, id: str | None) -> Level | str:
        """Return a level of risk or impact as a cell."""
        known = next((step for step in LEVELS if step == id), None)
        return Level(known, self.say(f"level.{known}")) if known else self.say("level.none")

    def likelihood(self, id: str | None) -> Level | str:
        """Return a level of likelihood as a cell."""
        known = next((step for step in LIKELIHOODS if step == id), None)
        return Level(known, self.say(f"likelihood.{known}")) if known else self.say("level.none")

    def join(self, parts: Iterable[Text], *, sentences: bool = False) -> Text:
        """Join texts as an enumeration (or, as ``sentences``, with semicolons), without blanks."""
        mark = {"en": ", ", "zh": "、"} if not sentences else {"en": "; ", "zh": "；"}
        out: list[str | Link] = []
        for part in parts:
            if part == "" or part == ():
                continue
            if out:
                out.append(mark[self.lang])
            out += part if isinstance(part, tuple) else (part,)
        if all(isinstance(part, str) for part in out):
            return "".join(str(part) for part in out)
        return tuple(out)

    def stack(self, parts: Iterable[Text]) -> Text:
        """Join texts as lines, each with a bullet when there are several, without blanks."""
        shown = [part for part in parts if part not in ("", ())]
        mark = "• " if len(shown) > 1 else ""
        out: list[str | Link] = []
        for part in shown:
            out.append(f"\n{mark}" if out else mark)
            out += part if isinstance(part, tuple) else (part,)
        if all(isinstance(part, str) for part in out):
            return "".join(str(part) for part in out)
        return tuple(out)

    def enclose(self, text: str, inner: Text) -> Text:
        """Return a text with another one behind it in square brackets."""
        parts = inner if isinstance(inner, tuple) else (inner,)
        return (f"{text} [", *parts, "]")

    def list_some(self, names: Sequence[str], limit: int = 3, *, sentences: bool = False) -> str:
        """Join names as ``join`` does; beyond ``limit`` say how many more there are."""
        shown = [*names[:limit]]
        if len(names) > limit:
            shown.append(self.say("word.more", n=len(names) - limit))
        return str(self.join(shown, sentences=sentences))

    def list_dimensions(self, kind: str, ids: Iterable[str]) -> str:
        """Join the names of dimensions (``dimension`` or ``source``); all four in one word."""
        known = DIMENSIONS if kind == "dimension" else SOURCES
        found = set(ids)
        if found >= set(known):
            return self.say("word.all-four")
        return str(self.join(self.name(kind, id) for id in known if id in found))

    def paragraph(self, text: Text, style: Style = "normal") -> Paragraph:
        """Return a paragraph of this edition."""
        return Paragraph(text, style, self.visibility)

    def bullets(self, items: Iterable[Text]) -> Bullets:
        """Return a list of this edition."""
        return Bullets(tuple(items), False, self.visibility)

    def columns(self, *specs: ColumnSpec) -> tuple[Column, ...]:
        """Return columns from ``(id, width)`` or ``(id, width, kind)``, headed by their label."""
        return tuple(
            self.column(
                spec[0],
                self.say(f"column.{spec[0]}"),
                spec[1],
                spec[2] if len(spec) == 3 else "text",
            )
            for spec in specs
        )

    def column(self, id: str, title: str, width: float, kind: ColumnKind = "text") -> Column:
        """Return a column of this edition with a heading of its own."""
        return Column(id, title, kind, width, self.visibility)

    def table(
        self,
        id: str,
        title: str,
        columns: tuple[Column, ...],
        rows: Iterable[Sequence[Cell] | Row],
        *,
        note: Text = "",
        landscape: bool = False,
        charts: tuple[Chart, ...] = (),
    ) -> Table:
        """Return a table of this edition; plain sequences become its rows, without an anchor."""
        made = tuple(
            row if isinstance(row, Row) else Row(tuple(row), visibility=self.visibility)
            for row in rows
        )
        return Table(f"table-{id}", title, columns, made, note, landscape, self.visibility, charts)

    def section(
        self, id: str, blocks: Iterable[Block], level: Literal[1, 2, 3] = 1, title: str = ""
    ) -> Section:
        """Return a section of this edition, headed by ``report.heading.<id>`` or ``title``."""
        heading = title or self.say(f"heading.{id}")
        return Section(id, heading, tuple(blocks), level, self.visibility)

    def pair(self, id: str, risk: Mapping[str, object], mitigation: Mapping[str, object]) -> Block:
        """Return the pair of sentences that ends a main section: the risk and what meets it."""
        first = self.say("pair.risk", text=self.say(f"{id}.risk", **risk))
        second = self.say("pair.mitigation", text=self.say(f"{id}.mitigation", **mitigation))
        return self.paragraph(f"{first}\n{second}", "note")
