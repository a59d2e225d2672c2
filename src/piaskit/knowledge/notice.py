"""The record of a pack of notices: whom it is for, what it says and how it says it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from piaskit.knowledge.duty import Recipient
from piaskit.knowledge.records import Header, Id, Record, Text, Words

Addressee = Recipient | Literal["children", "staff"]
Way = Literal["e-mail", "letter", "telephone", "push", "announcement", "form"]
FIELD = re.compile(r"\{([a-z][a-z0-9-]*)\}")


class Saying(Text):
    """A text that is said when the facts have one of the words listed, path by path.

    Besides its own words a path may be ``stated`` or ``blank``, a count ``some`` or ``none``, and
    ``decided.<duty>`` has the decision of a duty, ``individuals`` those of every duty to them;
    ``same-day`` is whether it was noticed on the day it happened.
    """

    when: dict[Words, tuple[Words, ...]] = Field(default_factory=dict)


class Passage(Record):
    """A part of a notice: its heading, the elements of the law that it gives, its text.

    A line that is nothing but one field becomes a list when the field holds several texts.
    """

    title: Text | None = None
    elements: tuple[Id, ...] = ()
    text: Text


class Form(Record):
    """How a notice goes one way: its subject and passages in order, or short texts to choose from.

    Of ``short`` the first that is no longer than ``most`` characters is sent.
    """

    subject: Text | None = None
    passages: tuple[Id, ...] = ()
    short: tuple[Text, ...] = ()
    most: int | None = None

    @model_validator(mode="after")
    def _say_something(self) -> Form:
        if bool(self.passages) == bool(self.short):
            raise ValueError("give either passages or short texts")
        if bool(self.short) != (self.most is not None):
            raise ValueError("short texts and the most characters go together")
        return self


class NoticePack(Header):
    """A file of ``notices/``: the notice to one recipient, and phrases that all notices share.

    ``duties`` are the ids it serves, else every duty to its recipient under its regimes (any when
    blank); a pack without ways holds phrases and passages that others use. ``contacts`` are roles
    by regime or for ``any``: the first that the case names is given. ``outside`` notices name no
    systems.
    """

    recipient: Addressee | None = None
    regimes: tuple[Id, ...] = ()
    duties: tuple[Id, ...] = ()
    outside: bool = True
    contacts: dict[Id, tuple[Id, ...]] = Field(default_factory=dict)
    ways: dict[Way, Form] = Field(default_factory=dict)
    passages: dict[Id, Passage] = Field(default_factory=dict)
    phrases: dict[Id, tuple[Saying, ...]] = Field(default_factory=dict)
