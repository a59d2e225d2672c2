"""The record of a method of assessment: its scales, dimensions, criteria and matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from piaskit.knowledge.records import (
    Confidence,
    Header,
    Id,
    Level,
    Likelihood,
    Record,
    Text,
)


class ScaleStep(Record):
    """One step of a scale: its name and the criterion that decides it."""

    title: Text
    criterion: Text
    examples: tuple[Text, ...] = ()
    confidence: Confidence


class Scales(Record):
    """The three scales of a method, each from low to high."""

    impact: dict[Level, ScaleStep]
    likelihood: dict[Likelihood, ScaleStep]
    risk: dict[Level, Text]


class Point(Text):
    """A point to look at; a factor that rules name by ``id``.

    ``ask`` is the question to a person where no fact of a case can show it.
    """

    id: Id | None = None
    ask: Text | None = None


class Dimension(Record):
    """A dimension of rights or of risk sources, with the points to look at."""

    title: Text
    clause: str
    confidence: Confidence
    points: tuple[Point, ...]

    @property
    def factors(self) -> dict[str, Point]:
        """The points that rules can name."""
        return {point.id: point for point in self.points if point.id}


class Judged(Text):
    """The criterion of one level in one dimension."""

    confidence: Confidence


class Modifier(Record):
    """A reason to shift a level by one step; the reason has to be recorded."""

    of: Literal["impact", "likelihood"]
    shift: Literal["+1", "-1"]
    when: Text
    clause: str
    confidence: Confidence


class Proposal(Record):
    """The impact proposed for a category in one rights dimension, and why."""

    level: Level
    because: Text


class TableForm(Record):
    """A table of the method: its title and the heads of its columns."""

    title: Text
    columns: dict[Id, Text]
    confidence: Confidence


class Listed(Record):
    """A list the method gives, such as what a report contains."""

    title: Text
    clause: str
    confidence: Confidence
    entries: dict[Id, Text]


class Method(Header):
    """A method of assessment: scales, dimensions, criteria, modifiers and the matrix."""

    regime: str
    scales: Scales
    rights: dict[Id, Dimension]
    sources: dict[Id, Dimension]
    criteria: dict[Id, dict[Id, Judged]]
    modifiers: dict[Id, Modifier]
    matrix: dict[Level, dict[Likelihood, Level]]
    matrix_clause: str
    matrix_confidence: Confidence
    acceptance_line: Level = "medium"
    treatments: dict[Id, Text]
    tables: dict[Id, TableForm]
    lists: dict[Id, Listed]
    impact_note: Text
    impact_by_category: dict[Id, dict[Id, Proposal]]

    def propose_impact(self, category: str) -> Mapping[str, Proposal]:
        """Return the proposals of the longest prefix that holds the category, by dimension."""
        name = category
        while name:
            if name in self.impact_by_category:
                return self.impact_by_category[name]
            name = name.rpartition(".")[0]
        return {}
