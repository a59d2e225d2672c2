"""The record of a method of assessment: its scales, dimensions, criteria and matrix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import (
    Confidence,
    Event,
    Header,
    Id,
    Level,
    Likelihood,
    Record,
    Text,
    Words,
)

Score = Annotated[int, Field(ge=1, le=10)]


class ScaleStep(Record):
    """One step of a scale: its name and the criterion that decides it."""

    title: Text
    criterion: Text
    examples: tuple[Text, ...] = ()
    confidence: Confidence


class Scales(Record):
    """The three scales of a method, each from low to high, with two to seven steps."""

    impact: Annotated[dict[Id, ScaleStep], Field(min_length=2, max_length=7)]
    likelihood: Annotated[dict[Id, ScaleStep], Field(min_length=2, max_length=7)]
    risk: Annotated[dict[Id, Text], Field(min_length=2, max_length=7)]


class Point(Text):
    """A point to look at; a factor that rules name by ``id``.

    ``ask`` is the question to a person where no fact of a case can show it.
    """

    id: Id | None = None
    ask: Text | None = None


class Dimension(Record):
    """A dimension of rights or of risk sources, with the points to look at.

    In a method that reads another, ``takes`` names the dimensions of the other from which this one
    has its impact; without any the method proposes the impact itself, and the modifiers of
    ``unmoved_by`` do not shift it.
    """

    title: Text
    clause: str = ""
    confidence: Confidence
    points: tuple[Point, ...] = ()
    takes: tuple[Id, ...] = ()
    unmoved_by: tuple[Id, ...] = ()

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


class Reads(Record):
    """How a method reads the criteria of another: the step of its own scales for each of theirs.

    ``drops`` says which modifiers of the other it leaves out, and why; ``confidence`` is that of
    the reading, which is piaskit's or the organisation's own.
    """

    method: Id = "gbt39335"
    impact: dict[Level, Id]
    likelihood: dict[Likelihood, Id]
    drops: dict[Id, Text] = Field(default_factory=dict)
    confidence: Confidence
    note: Text


class EventKind(Record):
    """A kind of event that a method rates: which events of rules are of it, what they touch."""

    title: Text
    events: tuple[Event | Literal["none"], ...]
    touches: tuple[Id, ...]
    confidence: Confidence


class Change(Record):
    """A change of a method: who made it, when and why, and what the matrix was made of then.

    ``matrix`` is the mark of the matrix that the change led to, as ``Method.mark_matrix`` gives it.
    """

    on: date
    by: Words
    what: Text
    matrix: Words


class Applies(Record):
    """Whom a method is for: organisations on one side of a number of the law."""

    number: str
    clause: str
    note: Text


class Costs(Record):
    """One kind of cost to the organisation, scored 1 to 10 per step of the impact scale."""

    title: Text
    scores: dict[Id, Score]


class Scores(Record):
    """Numbers of a method that multiplies: likelihood by the sum of the costs.

    ``from_score`` is the lowest product of each level of the risk scale.
    """

    likelihood: dict[Id, Score]
    costs: Annotated[dict[Id, Costs], Field(min_length=1)]
    from_score: dict[Id, int]
    confidence: Confidence
    note: Text

    def sum_costs(self, step: str) -> int:
        """Return the impact of a step: the sum of its costs."""
        return sum(cost.scores[step] for cost in self.costs.values())

    def place(self, impact: str, likelihood: str) -> str:
        """Return the level of a product: the last whose lowest product it reaches."""
        product = self.sum_costs(impact) * self.likelihood[likelihood]
        return max(
            (level for level, start in self.from_score.items() if start <= product),
            key=lambda level: self.from_score[level],
        )


class Method(Header):
    """A method of assessment: scales, dimensions, criteria, modifiers and the matrix.

    ``short`` is its name inside a sentence, else its title. A method with ``reads`` takes the facts
    as another method rated them and places them on its own scales; what it leaves out (dimensions,
    modifiers) is the other's. ``means`` says which of the four common words each of its levels is
    read as, to compare methods; where it is left out, the other method's matrix gives the word.
    ``acceptance_line`` is the highest level that the organisation accepts, in the method's words;
    without one it is that of the other method.
    """

    short: Text | None = None
    regime: str = ""
    reads: Reads | None = None
    applies: Applies | None = None
    situations: str = ""
    scales: Scales
    rights: dict[Id, Dimension] = Field(default_factory=dict)
    sources: dict[Id, Dimension] = Field(default_factory=dict)
    events: dict[Id, EventKind] = Field(default_factory=dict)
    not_rated: Text | None = None
    criteria: dict[Id, dict[Id, Judged]] = Field(default_factory=dict)
    modifiers: dict[Id, Modifier] = Field(default_factory=dict)
    matrix: dict[Id, dict[Id, Id]] = Field(default_factory=dict)
    scores: Scores | None = None
    matrix_clause: str = ""
    matrix_confidence: Confidence
    means: dict[Id, Level] | None = None
    means_note: Text | None = None
    acceptance_line: Id | None = None
    history: tuple[Change, ...] = ()
    treatments: dict[Id, Text] = Field(default_factory=dict)
    tables: dict[Id, TableForm] = Field(default_factory=dict)
    lists: dict[Id, Listed] = Field(default_factory=dict)
    impact_note: Text | None = None
    impact_by_category: dict[Id, dict[Id, Proposal]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _choose_cells(self) -> Method:
        if bool(self.matrix) == (self.scores is not None):
            raise ValueError("give either a matrix or scores")
        return self

    @property
    def name(self) -> Text:
        """What the method is called inside a sentence."""
        return self.short or self.title

    def find_cell(self, impact: str, likelihood: str) -> str:
        """Return the level of a step of impact and a step of likelihood, in the method's words."""
        return (
            self.scores.place(impact, likelihood)
            if self.scores
            else self.matrix[impact][likelihood]
        )

    def read_step(self, word: str, of: Literal["impact", "likelihood"]) -> str:
        """Return the method's own step for a common word of impact or likelihood."""
        steps: Mapping[str, str] = getattr(self.reads, of) if self.reads else {}
        return steps.get(word, word)

    def mark_matrix(self) -> str:
        """Return a mark of all that turns facts into levels, for ``history``.

        That is the cells, the line of acceptance and how other words are read. It stays as long as
        none of it changes: the first 12 hex digits of a SHA-256.
        """
        cells = [
            [impact, likelihood, self.find_cell(impact, likelihood)]
            for impact in self.scales.impact
            for likelihood in self.scales.likelihood
        ]
        read = [self.reads.impact, self.reads.likelihood] if self.reads else []
        levels = list(self.scales.risk)
        told = json.dumps([cells, levels, self.acceptance_line, read, self.means], sort_keys=True)
        return sha256(told.encode()).hexdigest()[:12]

    def list_falls(self) -> list[tuple[str, str, str]]:
        """Return the cells that stand below a cell of less impact or less likelihood.

        Each is ``(impact, likelihood, the word of what lies below it)``.
        """
        rank = list(self.scales.risk).index
        found = []
        impacts, likelihoods = list(self.scales.impact), list(self.scales.likelihood)
        for less, more in pairwise(impacts):
            for j in likelihoods:
                if rank(self.find_cell(more, j)) < rank(self.find_cell(less, j)):
                    found.append((more, j, less))
        for less, more in pairwise(likelihoods):
            for i in impacts:
                if rank(self.find_cell(i, more)) < rank(self.find_cell(i, less)):
                    found.append((i, more, less))
        return found

    def propose_impact(self, category: str) -> Mapping[str, Proposal]:
        """Return the proposals of the longest prefix that holds the category, by dimension."""
        name = category
        while name:
            if name in self.impact_by_category:
                return self.impact_by_category[name]
            name = name.rpartition(".")[0]
        return {}
