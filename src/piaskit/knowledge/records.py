"""The records of the knowledge packs: what a file of each kind may say, typed and frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$")]
Words = Annotated[str, StringConstraints(min_length=1)]
Confidence = Literal["high", "medium-high", "medium", "low", "good-practice"]
Answer = Literal["yes", "no", "judge"]
Level = Literal["low", "medium", "high", "severe"]
Likelihood = Literal["low", "medium", "high", "very-high"]
Event = Literal["access", "disclosure", "use", "modification", "damage", "loss"]
Linddun = Literal[
    "linking",
    "identifying",
    "non-repudiation",
    "detecting",
    "data-disclosure",
    "unawareness",
    "non-compliance",
]
Stage = Literal["collect", "store", "use", "process", "transmit", "provide", "disclose", "delete"]
Extent = Literal["none", "incomplete", "some", "effective"]


class MissingLabel(LookupError):
    """A text of the product that no label pack holds, or not in this language."""


class Record(BaseModel):
    """A frozen piece of a pack; keys it does not know are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        defer_build=True,  # packs that were kept are not validated again; no default does either
    )


class Text(Record):
    """One text in both languages.

    >>> Text(en="Storage", zh="存储")["zh"]
    '存储'
    """

    en: Words
    zh: Words

    def __getitem__(self, lang: str) -> str:
        if lang not in ("en", "zh"):
            raise MissingLabel(f"no text in language {lang!r}")
        return self.en if lang == "en" else self.zh


def list_texts(record: object, path: str = "") -> Iterator[tuple[str, Text]]:
    """Yield every text inside a record, with the names that lead to it."""
    if isinstance(record, Text):
        yield path, record
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(record, Record):
        inner = record
    elif isinstance(record, Mapping):
        inner = record.items()
    elif isinstance(record, tuple):
        inner = enumerate(record)
    for name, value in inner:
        yield from list_texts(value, f"{path}.{name}" if path else str(name))


class Header(Record):
    """What every pack file starts with."""

    id: Id
    title: Text
    version: Words
    source: Words
    as_of: date
    confidence: Confidence
    replaces: tuple[str, ...] = ()


class Pack(Header):
    """A pack as it was read: its header, where it stands and how much it holds."""

    kind: str
    file: str
    sha256: str
    entries: int


class Category(Record):
    """A kind of personal information, and whether each regime calls it sensitive."""

    id: Id
    title: Text
    sensitive: dict[str, Answer]
    because: Text
    clauses: tuple[str, ...] = ()
    confidence: Confidence


class Article(Record):
    """One clause of an instrument; ``cite`` replaces the instrument's usual clause form."""

    title: Text
    duty: Text
    confidence: Confidence
    cite: Text | None = None


class Basis(Text):
    """A legal basis and the clause that gives it."""

    clause: str


class Number(Record):
    """A number of the law, with what lies on which side of it."""

    value: int
    unit: Text
    bound: Literal["at-least", "more-than", "below", "at-most"]
    clause: str
    confidence: Confidence
    note: Text


_TAIL = re.compile(r"\s?\(([^()\s]+)\)|\s?([a-z])\)")


class Countries(Record):
    """A list of countries that an instrument treats alike, by ISO 3166-1 alpha-2 code."""

    codes: tuple[str, ...]
    clause: str
    confidence: Confidence
    note: Text


class Residual(Record):
    """What an instrument wants where the risk stays above the line after treatment."""

    decision: Literal["consult", "reduce"]
    clause: str
    confidence: Confidence
    note: Text


class Regulation(Header):
    """A law, measure or standard: its clauses, bases, numbers, countries."""

    regime: str
    short: Text
    clause_form: Text
    lone_number: Literal["item", "paragraph"] = "item"
    residual: Residual | None = None
    articles: dict[str, Article]
    bases: dict[Id, Basis] = Field(default_factory=dict)
    numbers: dict[Id, Number] = Field(default_factory=dict)
    countries: dict[Id, Countries] = Field(default_factory=dict)

    def find_article(self, clause: str) -> str:
        """Return the listed article that holds a clause: itself or its nearest ancestor.

        Raises KeyError when the instrument lists none.
        """
        name = clause
        while name:
            if name in self.articles:
                return name
            tail = list(_TAIL.finditer(name))
            if tail and tail[-1].end() == len(name):
                name = name[: tail[-1].start()]
            else:
                name = name.rpartition(".")[0]
        raise KeyError(f"{self.id} {clause}")

    def cite(self, clause: str, lang: str) -> str:
        """Write a clause out in one language; raises KeyError for a clause not listed."""
        name = self.find_article(clause)
        own = self.articles[name].cite
        if lang == "en":
            return (
                own.en + clause[len(name) :] if own else self.clause_form.en.replace("{n}", clause)
            )
        first = _TAIL.search(clause)
        trunk = clause[: first.start()] if first else clause
        tail = [a or b for a, b in _TAIL.findall(clause[len(trunk) :])]
        if own:
            written = own[lang] + trunk[len(name) :]
            tail = tail[len(_TAIL.findall(name)) :]
        else:
            written = self.clause_form[lang].replace("{n}", trunk)
        return written + self._write_tail(tail)

    def _write_tail(self, tail: list[str]) -> str:
        items = [f"第{part}项" if part.isdigit() else f"{part}项" for part in tail]
        if items and (len(items) > 1 or (tail[0].isdigit() and self.lone_number == "paragraph")):
            items[0] = f"第{tail[0]}款"
        return "".join(items)


class Examples(Record):
    """Rows on which a rule fires and rows on which it stays silent: its test."""

    fires: tuple[dict[str, Any], ...] = ()
    silent: tuple[dict[str, Any], ...] = ()


class Rule(Record):
    """A question to the facts of a case.

    What it finds is a *gap* or an *exposure*, which are risks; a *need* of protection, which the
    controls of `remedy` answer, one of them being enough; or a *proof* that lacks.

    ``factors`` are those of the risk source that it looks at, by their ids in the method (GB/T
    39335 5.4); ``linddun`` the privacy threats it is a case of.
    """

    id: Id
    title: Text | None = None
    kind: Literal["gap", "exposure", "need", "proof"]
    about: Literal[
        "flow",
        "item",
        "activity",
        "party",
        "system",
        "organisation",
        "safeguard",
        "access",
        "account",
        "service",
        "database",
    ]
    regimes: tuple[str, ...]
    event: Event | Literal["none"]
    threat: Text
    source: str
    factors: tuple[Id, ...] = ()
    linddun: tuple[Linddun, ...] = ()
    stages: tuple[Stage, ...] = ()
    where: Words | None = None
    query: Words | None = None
    meets: dict[Extent, Likelihood] = Field(default_factory=dict)
    modifiers: tuple[str, ...] = ()  # of the method, which may move the likelihood
    message: Text
    clauses: tuple[str, ...]
    why: Text
    remedy: tuple[str, ...] = ()
    not_when: Text | None = None
    examples: Examples = Field(default_factory=Examples)

    @model_validator(mode="after")
    def _ask_once(self) -> Rule:
        if (self.where is None) == (self.query is None):
            raise ValueError("give either where or query")
        return self

    @model_validator(mode="after")
    def _rate_risks(self) -> Rule:
        if (self.kind in ("gap", "exposure")) != bool(self.meets):
            raise ValueError("a gap or an exposure has meets, a need or a proof has none")
        return self


class When(Record):
    """The rows of a control that a period applies to: all conditions that are given hold."""

    level: int | None = None
    persons_above: int | None = None
    minors: bool = False
    automated: bool = False
    privileged: bool = False
    named: tuple[Words, ...] = ()


class Period(Record):
    """How often a control is repeated, how long it keeps something, or in what time it acts.

    ``value`` is None where the basis gives no number; none is invented.
    """

    id: Id
    control: str
    use: Literal["repeat", "keep", "within"]
    value: int | None = None
    unit: Literal["day", "working-day", "month", "year"] | None = None
    kind: Literal["law", "standard", "contract", "good-practice"]
    clause: str
    confidence: Confidence
    when: When = Field(default_factory=When)
    note: Text

    @model_validator(mode="after")
    def _pair(self) -> Period:
        if (self.value is None) != (self.unit is None):
            raise ValueError("value and unit go together")
        return self


class Control(Record):
    """A safeguard one can have: what counts as having it, and against which events it acts."""

    id: Id
    kind: Literal["technical", "organisational", "physical"]
    title: Text
    means: Text
    standard: str | None = None
    events: tuple[Event, ...]


class ColumnNote(Record):
    """What a column of the case is for, who wants it, and which of its values stand out."""

    note: Text
    clauses: tuple[str, ...] = ()
    alarm: tuple[str, ...] = ()
    caution: tuple[str, ...] = ()


class Label(Text):
    """A word of the product; ``also`` holds further spellings that registers use for it."""

    also: tuple[Words, ...] = ()


_FIELD = re.compile(r"\{(\w+)\}")


class Labels:
    """The words of the product, by id.

    >>> labels = Labels({"column.persons": Label(en="{n} persons", zh="{n} 人", also=["heads"])})
    >>> labels("column.persons", "zh", n=3)
    '3 人'
    >>> labels.words("column")
    {'persons': 'persons', '{n} persons': 'persons', '{n} 人': 'persons', 'heads': 'persons'}
    """

    def __init__(self, entries: Mapping[str, Label]) -> None:
        self._entries = dict(entries)
        self._below: dict[str, list[tuple[str, Label]]] = {}
        for id, entry in self._entries.items():
            end = id.find(".")
            while end >= 0:
                self._below.setdefault(id[:end], []).append((id[end + 1 :], entry))
                end = id.find(".", end + 1)

    def __call__(self, id: str, lang: str, /, **fields: object) -> str:
        """Return a label with its ``{fields}`` filled in; raises MissingLabel."""
        entry = self[id]
        if lang not in ("en", "zh"):
            raise MissingLabel(f"label {id!r} has no language {lang!r}")

        def fill(match: re.Match[str]) -> str:
            if match[1] not in fields:
                raise MissingLabel(f"label {id!r} needs a value for {match[1]!r}")
            return str(fields[match[1]])

        text = entry[lang]
        return _FIELD.sub(fill, text) if "{" in text else text

    def __getitem__(self, id: str) -> Label:
        """Return the entry itself, fields unfilled; raises MissingLabel."""
        if id not in self._entries:
            raise MissingLabel(f"no label {id!r}")
        return self._entries[id]

    def words(self, prefix: str, only: Iterable[str] | None = None) -> dict[str, str]:
        """Return every accepted word below ``prefix`` and the id it stands for.

        The id comes without the prefix and is itself an accepted word. Columns of different tables
        may share a word: ``only`` limits the ids to those of one table. The first id keeps a word.
        """
        wanted = None if only is None else set(only)
        found: dict[str, str] = {}
        for short, entry in self._below.get(prefix, ()):
            if wanted is None or short in wanted:
                for word in (short, entry.en, entry.zh, *entry.also):
                    found.setdefault(word, short)
        return found

    def has_below(self, prefix: str) -> bool:
        """Tell whether any id stands below ``prefix``."""
        return prefix in self._below

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, id: object) -> bool:
        return id in self._entries
