"""The record of a pack of duties: who must be told after an incident, when, by when, of what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Record, Text, Words

Recipient = Literal[
    "authority", "individuals", "guardians", "police", "controller", "partners", "public"
]
Start = Literal[
    "discovery", "aware", "handling-ended", "determined", "assessed", "individuals-told",
    "authority-told", "ransom-paid", "year-end",
]  # fmt: skip
"""The event from which a clock runs; ``clocks.py`` names the times that stand for each."""

Standing = Literal["law", "guideline", "voluntary", "proposal"]
"""What a duty or its number rests on: only law is owed; a guideline may still give the number."""

Named = Literal[
    "controller",
    "processor",
    "personal-data-breach",
    "leak-alteration-loss",
    "security-event",
    "level-reached",
    "operator-cii",
    "operator-central-organ",
    "operator-other",
    "minors",
    "children",
    "serious-for-children",
    "parties-harmed",
    "harm-avoided",
    "crime-suspected",
    "audit-size",
    "risk-unlikely",
    "high-risk",
    "acquired",
    "protected",
    "returned",
]
"""A question to the facts of an incident that code answers (``incident/conditions.py``)."""

Measure = Literal[
    "persons", "sensitive-persons", "direct-loss", "outage-whole", "outage-main",
    "outage-telecom", "public-threat",
]  # fmt: skip
LevelOfIncident = Literal["general", "larger", "major", "especially-major"]


class Condition(Record):
    """One question to the facts: a word that code answers, or exactly one test on the facts.

    A plain word stands for ``named``. ``fact`` is met when its value is one of ``one_of``,
    ``persons`` when at least so many are concerned in the regime, ``kinds`` when a category at or
    below a listed one is among the data or a ``special`` fact of these is yes, ``question`` when
    ``answers`` in the facts say yes to this question of the pack, ``criterion`` when the condition
    of that name of the pack is, ``since`` when the incident was
    found on that day or later.
    """

    named: Named | None = None
    fact: Words | None = None
    one_of: tuple[Words, ...] = ()
    persons: int | None = None
    kinds: tuple[Words, ...] = ()
    special: tuple[Literal["health", "financial", "credentials", "location"], ...] = ()
    question: Id | None = None
    criterion: Id | None = None
    since: date | None = None
    any_of: tuple[Condition, ...] = ()
    all_of: tuple[Condition, ...] = ()
    says: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_a_word(cls, value: object) -> object:
        return {"named": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _ask_one_thing(self) -> Condition:
        tests = (
            self.named, self.fact, self.persons, self.kinds or None, self.question,
            self.criterion, self.since, self.any_of or None, self.all_of or None,
        )  # fmt: skip
        if sum(test is not None for test in tests) != 1:
            raise ValueError("a condition asks exactly one thing")
        if (self.fact is None) != (not self.one_of):
            raise ValueError("fact and one_of go together")
        if (self.fact or self.kinds) and self.says is None:
            raise ValueError("a condition on facts or kinds says in words what it asks")
        return self

    def walk(self) -> Iterator[Condition]:
        """Yield the condition and those inside it."""
        yield self
        for inner in (*self.any_of, *self.all_of):
            yield from inner.walk()


class Clock(Record):
    """A number of hours or of days from an event; exactly one of the two.

    Business days are those of ``country`` (ISO 3166-1 alpha-2).
    """

    hours: int | None = None
    days: int | None = None
    kind: Literal["hours", "calendar", "business"]
    start: Start
    country: str | None = None
    standing: Standing = "law"

    @model_validator(mode="after")
    def _count_once(self) -> Clock:
        if (self.hours is None) == (self.days is None):
            raise ValueError("give either hours or days")
        if (self.kind == "hours") != (self.hours is not None):
            raise ValueError("hours are of kind hours, days of kind calendar or business")
        if (self.kind == "business") != (self.country is not None):
            raise ValueError("business days, and only they, need a country")
        return self

    @property
    def length(self) -> int:
        """The number of hours, days counting 24; good for comparing clocks of one start."""
        return self.hours if self.hours is not None else 24 * (self.days or 0)


class OtherClock(Record):
    """A clock that takes the place of the usual one when a condition holds."""

    when: Condition
    clock: Clock


class Element(Record):
    """One thing a notice has to say, and the facts that fill it."""

    title: Text
    clause: str
    facts: tuple[Words, ...] = ()


class Notice(Record):
    """What a notice has to contain, and the ways it may go."""

    elements: dict[Id, Element]
    channels: tuple[Text, ...] = ()


class Duty(Record):
    """One duty towards one recipient: due when all of ``requires`` hold and none of ``unless``.

    An exception in ``unless`` counts only when the facts show it.

    ``clock`` is None where the law gives no number; ``start`` then says from when time runs, if
    the law says so. The first of ``clocks`` whose condition holds takes its place. ``assess`` is
    the time the law leaves for finding out, no time for telling. ``at_most: judge`` marks what an
    authority may, but need not, demand. What is no law (``standing``) is never required.
    """

    title: Text
    recipient: Recipient
    body: Text
    clause: str
    in_force: date | None = None  # None where our sources give no date
    standing: Standing = "law"
    confidence: Confidence
    wording: Text
    clock: Clock | None = None
    clocks: tuple[OtherClock, ...] = ()
    assess: Clock | None = None
    start: Start | None = None
    requires: tuple[Condition, ...]
    unless: tuple[Condition, ...] = ()
    at_most: Literal["required", "judge"] = "required"
    notice: Id | None = None
    note: Text | None = None


class Threshold(Record):
    """A criterion of a level; ``at_least`` includes the number, None where it is not known.

    Persons count heads, direct loss CNY, outages minutes. Criteria of ``public-threat`` are beyond
    the facts of one organisation: the fact of that name answers for them.
    """

    measure: Measure
    at_least: int | None = None
    confidence: Confidence | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _explain_the_unknown(self) -> Threshold:
        wanted = self.note if self.at_least is None else self.confidence
        if wanted is None:
            raise ValueError("a number needs a confidence, a missing number a note")
        return self


class Grade(Record):
    """One level of an incident and the criteria of which one is enough."""

    title: Text
    clause: str
    criteria: dict[Id, Threshold] = Field(default_factory=dict)


class DutyPack(Header):
    """A file of ``duties/``: the duties of one instrument, and its levels if it grades.

    ``regime`` and the names in ``also`` are the words by which facts ask for it.
    ``sectors`` limit its levels to organisations of these sectors. ``criteria`` are conditions
    that several duties share. ``questions`` are what only this law asks; facts answer them by id
    under ``answers``.
    """

    regime: Id
    also: tuple[Id, ...] = ()
    questions: dict[Id, Text] = Field(default_factory=dict)
    criteria: dict[Id, Condition] = Field(default_factory=dict)
    duties: dict[Id, Duty]
    notices: dict[Id, Notice] = Field(default_factory=dict)
    levels: dict[LevelOfIncident, Grade] = Field(default_factory=dict)
    reportable_from: LevelOfIncident | None = None
    sectors: tuple[Words, ...] = ()
