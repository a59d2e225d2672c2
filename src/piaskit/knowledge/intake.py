"""The record of a pack of intake: what is done first when somebody reports a leak."""

from __future__ import annotations

from pydantic import Field

from piaskit.knowledge.records import Header, Id, Record, Text, Words


class FirstMeasure(Record):
    """A measure, due when the report has one of the words listed for each field.

    A field may be ``stated`` or ``blank`` besides its own words. ``control`` is the safeguard that
    the measure uses.
    """

    title: Text
    when: dict[Id, tuple[Words, ...]] = Field(default_factory=dict)
    control: Id | None = None
    clause: str


class IntakePack(Header):
    """A file of ``intake/``: first measures, and by regime the number that dates the answer.

    A period is named ``<regulation> <number>``, such as ``gbt35273 request-reply``.
    """

    measures: dict[Id, FirstMeasure]
    periods: dict[Id, Words] = Field(default_factory=dict)
