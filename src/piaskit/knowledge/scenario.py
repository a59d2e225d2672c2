"""The record of a scenario: a tabletop exercise, complete, without a number of the law."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from piaskit.knowledge.records import Header, Id, Record, Text

Channel = Literal[
    "call", "chat", "mail", "log", "post", "press", "letter", "visit", "meeting",
]  # fmt: skip
Way = Literal[
    "portal", "hotline", "phone", "mail", "letter", "sms", "push", "in-person", "public-notice",
    "press", "chat",
]  # fmt: skip


Element = Literal["planning", "organisation", "equipment", "training", "exercise"]
"""What an action mends, after the capability elements of HSEEP."""


class Sooner(Record):
    """A verified safeguard of the case brings an inject forward to this minute."""

    control: Id
    at_min: int = Field(ge=0)


class Branch(Record):
    """A condition on what was decided: one of ``when`` (if any is named), none of ``unless``.

    Both name choices as ``decision.option``.
    """

    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class Inject(Branch):
    """Something that reaches the team at a minute; it may reveal facts."""

    at_min: int = Field(ge=0)
    channel: Channel
    to: Id
    text: Text
    reveals: dict[str, Any] = Field(default_factory=dict)
    sooner: Sooner | None = None


class Notice(Record):
    """One message that an option sends, and the duties it is meant to discharge.

    ``elements`` are ids of the duties' notice contents; blank stands for all of them.
    """

    duties: tuple[Id, ...] = Field(min_length=1)
    way: Way
    elements: tuple[Id, ...] = ()


class Effects(Record):
    """What an option changes: facts, how far persons stay exposed (a factor), the evidence."""

    facts: dict[str, Any] = Field(default_factory=dict)
    exposure: float = Field(default=1.0, ge=0, le=2)
    evidence: Literal["kept", "lost"] | None = None


class Option(Record):
    """A way to decide; 3 is the right one, ``critical_fail`` names what must never be done."""

    title: Text
    score: int = Field(ge=0, le=3)
    why: Text
    clauses: tuple[str, ...] = ()
    critical_fail: Text | None = None
    effects: Effects = Field(default_factory=Effects)
    notices: tuple[Notice, ...] = ()
    delay_min: int = Field(default=0, ge=0)  # from the decision to the notices

    @model_validator(mode="after")
    def _fail_without_credit(self) -> Option:
        if self.critical_fail and self.score:
            raise ValueError("a critical fail scores 0")
        return self


class Decision(Record):
    """A question to the team; ``tells`` names the duties on telling somebody that it is about.

    It opens with the first of the injects in ``opens``. ``due_min`` is the pace the exercise asks
    for, counted from there: an aim of the scenario, never a number of the law. ``action`` is what
    to improve when it fell short, ``element`` what that mends.
    """

    title: Text
    question: Text
    role: Id
    objective: Id
    opens: tuple[Id, ...] = Field(min_length=1)
    due_min: int = Field(gt=0)
    tells: tuple[Id, ...] = ()
    options: dict[Id, Option] = Field(min_length=2)
    action: Text
    element: Element = "planning"


class Role(Text):
    """Who sits at the table, and the word for that office in a case's roles."""

    office: str


class Due(Record):
    """The ways in which a notice that falls due may properly go."""

    ways: tuple[Way, ...] = Field(min_length=1)


class Ending(Branch):
    """How it turned out; the first whose condition holds is told."""

    title: Text
    text: Text


class Scenario(Header):
    """A file of ``scenarios/``: one exercise, from the first call to how it ended.

    ``truth`` and ``known`` are shaped as incident facts; ``known`` is what stands at minute 0. A
    time written ``now`` is the minute at which it is revealed. ``safeguards`` are the controls that
    help the team when they are verified. ``exposed`` counts the persons whose
    information is open to misuse, from minute 0 for ``lasts_min`` minutes.
    """

    summary: Text
    starts_at: datetime
    lasts_min: int = Field(gt=0)
    exposed: int = Field(gt=0)
    objectives: dict[Id, Text] = Field(min_length=1, max_length=4)
    roles: dict[Id, Role]
    truth: dict[str, Any]
    known: dict[str, Any]
    injects: dict[Id, Inject] = Field(min_length=6, max_length=9)
    decisions: dict[Id, Decision] = Field(min_length=5, max_length=7)
    due: dict[Id, Due]
    safeguards: tuple[Id, ...] = ()
    endings: dict[Id, Ending] = Field(min_length=1)

    @model_validator(mode="after")
    def _start_at_a_place(self) -> Scenario:
        if self.starts_at.tzinfo is None:
            raise ValueError("starts_at needs an offset, such as 2026-03-03T09:10+08:00")
        return self
