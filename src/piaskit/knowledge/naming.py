"""The records of a pack of names: words by which columns and texts name personal information."""

from __future__ import annotations

from pydantic import Field

from piaskit.knowledge.records import Header, Id, Record


class Words(Record):
    """Words of one meaning; ``short`` are customary abbreviations and initials of pinyin."""

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


class Naming(Words):
    """Words that name a category of personal information.

    ``within`` names the roles and themes without which they do not count (blank: anywhere),
    ``firm`` ones cannot be of a thing or an organisation, ``text`` ones are held as text only,
    ``keyed`` ones keep their meaning as a code or key, ``numbered`` ones count only as a number,
    ``secret`` ones open something.
    """

    category: str
    within: tuple[str, ...] = ()
    firm: bool = False
    text: bool = False
    keyed: bool = False
    numbered: bool = False
    secret: bool = False


class NamePack(Header):
    """A file of ``names/``: whom or what words stand for, and what a word says a column holds."""

    roles: dict[Id, Words] = Field(default_factory=dict)
    heads: dict[Id, Words] = Field(default_factory=dict)
    themes: dict[Id, Words] = Field(default_factory=dict)
    names: dict[Id, Naming] = Field(default_factory=dict)
