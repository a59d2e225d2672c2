"""What rules found: one table of subjects per rule, told one by one only where somebody asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from piaskit.case.columns import Positions
from piaskit.knowledge.records import Labels, Rule
from piaskit.rules.touched import Touched

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Found:
    """The subjects one rule fired on, sorted by id.

    ``facts`` holds what the rule's message names, one row per subject. ``own`` holds the
    ``activities`` and ``flows`` the rule itself names; where it names none, ``touched`` knows them.
    """

    rule: Rule
    table: str
    ids: list[str]
    facts: pa.Table
    own: dict[str, pa.Array]
    touched: Touched = field(repr=False)

    def list_activities(self, at: int) -> tuple[str, ...]:
        """Return the activities that the subject of one row touches, sorted."""
        if "activities" in self.own:
            return tuple(self._lists["activities"][at])
        if self._home is not None:
            return (self._home[at],)
        return self.touched.list_activities(self.table, self.ids[at])

    def list_flows(self, at: int) -> tuple[str, ...]:
        """Return the flows that the subject of one row touches in the rule's stages, sorted."""
        if "flows" in self.own:
            return tuple(self._lists["flows"][at])
        return self.touched.list_flows(self.table, self.ids[at], self.rule.stages)

    def take(self, rows: list[int]) -> Found:
        """Return only some of the subjects, by row number."""
        if len(rows) == len(self.ids):
            return self
        chosen = pa.array(rows, type=pa.int64())
        return Found(
            self.rule,
            self.table,
            [self.ids[n] for n in rows],
            self.facts.take(chosen),
            {name: column.take(chosen) for name, column in self.own.items()},
            self.touched,
        )

    def link_activities(self) -> tuple[Positions, Positions]:
        """Return pairs of a row, rising, and an activity that its subject touches, as numbers."""
        if "activities" in self.own:
            lists = self.own["activities"]
            row = np.repeat(np.arange(len(lists)), pc.list_value_length(lists).to_numpy())
            activity = self.touched.find_activities(lists.flatten())
        elif self._home is not None:
            row = np.arange(len(self.ids))
            activity = self.touched.find_activities(pa.array(self._home, type=pa.large_string()))
        else:
            row, activity = self.touched.link_activities(self.table, self.rows)
        return row[activity >= 0], activity[activity >= 0]

    @cached_property
    def rows(self) -> Positions:
        """The row of each subject in its table of the case; -1 where the case has no such table.

        The organisation is row 0 of its own.
        """
        if self.table == "organisation":
            return np.zeros(len(self.ids), dtype=np.intp)
        return self.touched.locate(self.table, self.ids)

    @cached_property
    def _home(self) -> list[str] | None:
        """The activity of each subject that belongs to one."""
        if self.table == "activities":
            return self.ids
        if self.table not in ("flows", "items"):
            return None
        homes: list[str] = self.touched.read_activities(self.table)[self.rows].tolist()
        return homes

    @cached_property
    def _lists(self) -> dict[str, list[list[str]]]:
        return {name: column.to_pylist() for name, column in self.own.items()}

    @cached_property
    def names(self) -> pa.Array:
        """The ids as an Arrow array."""
        return pa.array(self.ids, type=pa.large_string())

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """The facts the message names, as columns of plain values; blanks are None."""
        columns: dict[str, list[Any]] = self.facts.to_pydict()
        return columns

    def tell(self, lang: str, labels: Labels) -> list[str]:
        """Write the messages of all rows in one language, their facts as plain text.

        A field has a companion in the language (`title_zh`), else its plain value is taken.
        """
        if lang not in self._told:
            pieces = _FIELD.split(self.rule.message[lang])
            parts = [
                self._fill(piece, lang, labels) if n % 2 else repeat(piece, len(self.ids))
                for n, piece in enumerate(pieces)
            ]
            self._told[lang] = ["".join(row) for row in zip(*parts, strict=True)]
        return self._told[lang]

    def _fill(self, name: str, lang: str, labels: Labels) -> list[str]:
        """Return a field of the message row by row."""
        none, blank = [None] * len(self.ids), labels("ledger.not-stated", lang)
        own = self.values.get(f"{name}_{lang}", none)
        plain = _name_words(self.values.get(name, none), name, lang, labels)
        filled = (a if a is not None else b for a, b in zip(own, plain, strict=True))
        return [blank if value is None else str(value) for value in filled]

    @cached_property
    def _told(self) -> dict[str, list[str]]:
        return {}


COMMAS = {"en": ", ", "zh": "、"}  # a label would lose the space


def _name_words(plain: list[Any], column: str, lang: str, labels: Labels) -> list[Any]:
    """Write fixed words of the case format (``access;copy``) by their labels; others stay."""
    if not labels.has_below(f"value.{column}"):
        return plain
    names: dict[Any, Any] = {}
    for value in dict.fromkeys(plain):
        ids = [f"value.{column}.{word}" for word in str(value).split(";")]
        known = all(id in labels for id in ids)
        names[value] = COMMAS[lang].join(labels(id, lang) for id in ids) if known else value
    return [names[value] for value in plain]


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """One subject a rule fired on: row ``at`` of what the rule found."""

    found: Found
    at: int

    @property
    def rule(self) -> Rule:
        """The rule that fired."""
        return self.found.rule

    @property
    def table(self) -> str:
        """The table of the subject."""
        return self.found.table

    @property
    def id(self) -> str:
        """The id of the subject."""
        return self.found.ids[self.at]

    @property
    def risk(self) -> str:
        """The id under which decisions about this hit survive a new run."""
        return f"{self.found.rule.id}@{self.found.table}/{self.id}"

    @property
    def activities(self) -> tuple[str, ...]:
        """The ids of the activities it touches, sorted."""
        return self.found.list_activities(self.at)

    @property
    def flows(self) -> tuple[str, ...]:
        """The ids of the flows it touches, sorted."""
        return self.found.list_flows(self.at)

    @property
    def values(self) -> dict[str, Any]:
        """The facts its message names."""
        return {name: column[self.at] for name, column in self.found.values.items()}

    def tell(self, lang: str, labels: Labels) -> str:
        """Write the rule's message in one language, with the facts of this subject as plain text.

        A field has a companion in the language (`title_zh`), else its plain value is taken; fixed
        words of the case format are told by their labels.
        """
        return self.found.tell(lang, labels)[self.at]


class Hits(Sequence[Hit]):
    """The hits of several rules, sorted by rule, table and id; each is made when asked for."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.found = tuple(part for part in found if part.ids)
        self._ends = np.cumsum([len(part.ids) for part in self.found], dtype=np.int64)

    @property
    def starts(self) -> list[int]:
        """Where the hits of each rule begin."""
        return [int(end) - len(part.ids) for end, part in zip(self._ends, self.found, strict=True)]

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> list[Hit]: ...
    def __getitem__(self, at: int | slice) -> Hit | list[Hit]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(at)
        part = int(np.searchsorted(self._ends, place, side="right"))
        return Hit(self.found[part], place - int(self._ends[part]) + len(self.found[part].ids))

    def __iter__(self) -> Iterator[Hit]:
        for part in self.found:
            for at in range(len(part.ids)):
                yield Hit(part, at)

    def __repr__(self) -> str:
        return f"<{len(self)} hits of {len(self.found)} rules>"

    def select(self, keep: Callable[[Hit], bool]) -> Hits:
        """Return the hits for which a question is answered with yes."""
        return Hits(
            [
                part.take([n for n in range(len(part.ids)) if keep(Hit(part, n))])
                for part in self.found
            ]
        )


def find_fields(template: str) -> tuple[str, ...]:
    """Name the fields of a message, each once, in order.

    >>> find_fields("“{title}” sends to {target_title}; {title} ...")
    ('title', 'target_title')
    """
    return tuple(dict.fromkeys(_FIELD.findall(template)))
