"""The record of a pack of severity: how bad a breach is for the persons, by kind of data."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Record, Text, Words

DataClass = Literal["simple", "behavioural", "financial", "sensitive"]
ContextWord = Literal[
    "much", "health-field", "finance-field", "vulnerable", "vulnerable-placed", "payable",
    "status", "sensitive", "safety", "fraud", "hints", "public-before", "none", "general",
    "partial",
]  # fmt: skip
"""What the facts, or the words of ``enisa`` in them, say of the context of the data."""


class ClassOfData(Record):
    """A class of data with its base score and the kinds of information that belong to it."""

    title: Text
    base: int
    kinds: tuple[Words, ...]


class ContextStep(Record):
    """A step up or down from the base of a class when the context says a word."""

    classes: tuple[DataClass, ...]
    word: ContextWord
    step: int
    because: Text
    clause: str
    confidence: Confidence


class Identification(Record):
    """How easily the persons are identified when the data hold one of each listed group."""

    has: tuple[Id, ...]
    ei: float
    because: Text
    confidence: Confidence

    @model_validator(mode="after")
    def _stay_on_the_scale(self) -> Identification:
        if self.ei not in (0.25, 0.5, 0.75, 1.0):
            raise ValueError("ei is 0.25, 0.5, 0.75 or 1.0")
        return self


class Band(Record):
    """A band of the score and the number from which it begins, the number included."""

    title: Text
    at_least: float
    means: Text


class Harm(Record):
    """Kinds that weigh in the risk to persons beyond those that a law calls sensitive."""

    telling: tuple[Id, ...]
    not_itemised: tuple[Id, ...]
    reach: tuple[Id, ...]
    placing: tuple[Id, ...]
    payable: tuple[Id, ...]
    credentials: tuple[Id, ...]
    many: int


class SeverityPack(Header):
    """A file of ``severities/``: DPC, EI and bands of the score, and the kinds that weigh."""

    classes: dict[DataClass, ClassOfData]
    steps: tuple[ContextStep, ...]
    identifiers: dict[Id, tuple[Words, ...]]
    identification: tuple[Identification, ...]
    bands: dict[Literal["low", "medium", "high", "very-high"], Band]
    harm: Harm

    def classify(self, category: str) -> DataClass | None:
        """Return the class of a category: that of its longest listed prefix."""
        fits: list[tuple[int, DataClass]] = [
            (len(kind), name)
            for name, found in self.classes.items()
            for kind in found.kinds
            if category == kind or category.startswith(kind + ".")
        ]
        return max(fits)[1] if fits else None
