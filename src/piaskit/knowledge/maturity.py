"""The record of a maturity model: process areas, dimensions, levels, and what each area asks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Record, Text

Dimension = Literal["organisation", "process", "technology", "people"]
Grade = Literal["1", "2", "3", "4", "5"]


class AskedDimension(Record):
    """One dimension of capability, and the question that an area puts in it (``{area}``)."""

    title: Text
    question: Text


class MaturityLevel(Record):
    """One level of maturity and what it means."""

    title: Text
    means: Text


class Area(Record):
    """A process area: its clause, and the controls that answer it from the register.

    ``cells`` names per dimension the levels at which the model has a requirement; a dimension that
    is left out has one at ``required_level`` of its model and may have one at any other level.
    """

    title: Text
    group: Id
    clause: str
    confidence: Confidence
    controls: dict[Dimension, tuple[Id, ...]] = Field(default_factory=dict)
    cells: dict[Dimension, tuple[Grade, ...]] = Field(default_factory=dict)


class MaturityModel(Header):
    """A file of ``maturity/``."""

    dimensions: dict[Dimension, AskedDimension]
    levels: dict[Grade, MaturityLevel]
    required_level: Grade
    cells_confidence: Confidence
    cells_note: Text
    aggregation: Text
    groups: dict[Id, Text]
    areas: dict[Id, Area]

    @model_validator(mode="after")
    def _know_groups(self) -> MaturityModel:
        for id, area in self.areas.items():
            if area.group not in self.groups:
                raise ValueError(f"the area {id} stands in no group called {area.group}")
        return self

    def list_asked(self, area: str, dimension: Dimension) -> tuple[int, ...]:
        """Return the levels, low to high, at which an area may be asked in a dimension.

        Empty where the model has no requirement at all. Raises KeyError for an unknown area.
        """
        cells = self.areas[area].cells.get(dimension)
        return tuple(sorted(int(level) for level in (self.levels if cells is None else cells)))
