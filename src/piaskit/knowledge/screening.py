"""The record of a pack of screening: the criteria of one regime, and when they make it due."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Record, Text, Words

Met = Literal["yes", "no", "unknown"]


class Reply(Record):
    """One possible answer to a criterion; the first whose conditions hold is the answer.

    ``where`` is a condition on the activity; one of ``items``, ``flows`` and ``judgements`` asks
    for rows of the activity that fulfil it, and these are the rows that decide (docs/facts.md lists
    the columns). ``places`` adds the targets of the flows and names them. ``missing`` names the
    blank facts that would decide.
    """

    met: Met
    where: Words | None = None
    items: Words | None = None
    flows: Words | None = None
    judgements: Words | None = None
    places: Literal["yes", "no"] = "no"
    reason: Text
    missing: tuple[Words, ...] = ()
    confidence: Confidence | None = None

    @property
    def is_bound(self) -> bool:
        """Whether the answer depends on any fact."""
        return any((self.where, self.items, self.flows, self.judgements))

    @model_validator(mode="after")
    def _choose(self) -> Reply:
        if sum(part is not None for part in (self.items, self.flows, self.judgements)) > 1:
            raise ValueError("give one of items, flows and judgements")
        if (self.met == "unknown") != bool(self.missing):
            raise ValueError("an unknown answer names what is missing, and no other does")
        return self


class Criterion(Record):
    """One ground on which an assessment may be due: its clause, its question, its answers.

    ``like`` takes question and answers from another pack, ``<pack> <criterion>``.
    """

    title: Text
    clause: str
    confidence: Confidence
    question: Text | None = None
    answers: tuple[Reply, ...] = ()
    like: Words | None = None

    @model_validator(mode="after")
    def _end(self) -> Criterion:
        if (self.like is None) != bool(self.answers and self.question):
            raise ValueError("give either like, or question and answers")
        if self.answers and any(reply.is_bound != (reply is not self.answers[-1])
                                for reply in self.answers):  # fmt: skip
            raise ValueError("the last answer, and no other, holds whatever the facts are")
        return self


class Count(Record):
    """So many of these criteria are met."""

    of: tuple[Id, ...]
    at_least: int = 1


class Note(Record):
    """What is said beside a decision when all of ``when`` and none of ``unless`` hold."""

    decision: Literal["required", "not-required"]
    when: tuple[Count, ...] = ()
    unless: tuple[Count, ...] = ()
    text: Text


class ScreeningPack(Header):
    """A file of ``screenings/``: when one regime wants an assessment.

    It is due when all counts of one alternative of ``due`` hold. ``numbers`` gives numbers of the
    law names by which reasons quote them.
    """

    regime: str
    criteria: dict[Id, Criterion]
    due: tuple[tuple[Count, ...], ...]
    notes: tuple[Note, ...] = ()
    numbers: dict[Id, Words] = Field(default_factory=dict)

    def list_named(self) -> Iterable[str]:
        """Return every criterion that the decision or a note counts."""
        counts = [count for alternative in self.due for count in alternative]
        counts += [count for note in self.notes for count in (*note.when, *note.unless)]
        return dict.fromkeys(id for count in counts for id in count.of)
