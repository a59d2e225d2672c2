"""The record of a pack of duties: who must be told after an incident, when, by when, of what."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import Confidence, Header, Id, Record, Text, Words

Recipient = Literal[
    "authority", "individuals", "guardians", "police", "controller", "partners", "public"
]
Start = Literal["discovery", "aware", "handling-ended"]
Condition = Literal[
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
]
"""A question to the facts of an incident; ``incident/grounds`` answers each."""

Measure = Literal["persons", "direct-loss", "outage-whole", "outage-main", "public-threat"]
LevelOfIncident = Literal["general", "larger", "major", "especially-major"]


class Clock(Record):
    """A number of hours or of days from an event; exactly one of the two."""

    hours: int | None = None
    days: int | None = None
    kind: Literal["hours", "calendar"]
    start: Start

    @model_validator(mode="after")
    def _count_once(self) -> Clock:
        if (self.hours is None) == (self.days is None):
            raise ValueError("give either hours or days")
        if (self.kind == "hours") != (self.hours is not None):
            raise ValueError("hours are of kind hours, days of kind calendar")
        return self


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
    the law says so. ``at_most: judge`` marks what an authority may, but need not, demand.
    """

    title: Text
    recipient: Recipient
    body: Text
    clause: str
    in_force: date
    confidence: Confidence
    wording: Text
    clock: Clock | None = None
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
    """A file of ``duties/``: the duties of one instrument, and its levels if it grades."""

    regime: Id
    duties: dict[Id, Duty]
    notices: dict[Id, Notice] = Field(default_factory=dict)
    levels: dict[LevelOfIncident, Grade] = Field(default_factory=dict)
    reportable_from: LevelOfIncident | None = None
