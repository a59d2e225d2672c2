"""The records of a pack of patterns: by what a value shows itself to be personal information."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from piaskit.knowledge.records import Header, Id, Record, Text

Sure = Literal["high", "medium", "low"]
Check = Literal[
    "none",
    "resident-id",
    "card",
    "luhn",
    "imei",
    "imsi",
    "mac",
    "iban",
    "ssn",
    "uscc",
    "mobile",
    "landline",
    "telephone",
    "ip",
    "coordinates",
]


class Pattern(Record):
    """The form of a whole value, and the check that it must pass besides.

    ``share`` is the part of the distinct values of a column that must fit. ``search`` is the form
    inside a running text (blank: not looked for there); ``core``, for a slow form, is a piece that
    every find holds: a text without it is not looked through. Values in a row, such as 1001, 1002,
    are never taken for a ``serial: no`` pattern.
    """

    category: str
    title: Text
    pattern: str
    check: Check = "none"
    sure: Sure
    share: float = Field(default=0.8, gt=0, le=1)
    serial: bool = True
    kind: Literal["personal", "secret", "organisation"] = "personal"
    search: str = ""
    core: str = ""

    @field_validator("pattern", "search", "core")
    @classmethod
    def _compile(cls, text: str) -> str:
        re.compile(text)
        return text


class ValueSet(Record):
    """Words that fill a column of one kind; ``needs`` lists sets of which one each must be there.

    ``inside`` words are looked for within longer values too. Where ``text`` is set, a running text
    that holds one is told.
    """

    category: str
    title: Text
    values: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    sure: Sure
    share: float = Field(default=0.8, gt=0, le=1)
    most: int = Field(default=0, ge=0)
    inside: bool = False
    text: bool = False


class Cue(Record):
    """Words in a running text after or before which something personal stands, named ``held``.

    ``{surname}`` and ``{given}`` in the pattern stand for the lists of names.
    """

    category: str
    title: Text
    pattern: str
    sure: Sure
    kind: Literal["personal", "secret", "organisation"] = "personal"

    @field_validator("pattern")
    @classmethod
    def _compile(cls, text: str) -> str:
        form = re.compile(text.replace("{surname}", "x").replace("{given}", "x"))
        if "held" not in form.groupindex:
            raise ValueError("names no group called held")
        return text


class PatternPack(Header):
    """A file of ``patterns/``: forms, sets of values, cues of texts, and lists of words."""

    patterns: dict[Id, Pattern] = Field(default_factory=dict)
    sets: dict[Id, ValueSet] = Field(default_factory=dict)
    cues: dict[Id, Cue] = Field(default_factory=dict)
    lists: dict[Id, tuple[str, ...]] = Field(default_factory=dict)
