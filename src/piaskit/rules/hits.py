"""What rules found: one table of subjects per rule, told one by one only where somebody asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

import numpy as np
import pyarrow as pa

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
    own: dict[str, list[Any]]
    touched: Touched = field(repr=False)

    def list_activities(self, at: int) -> tuple[str, ...]:
        """Return the activities that the subject of one row touches, sorted."""
        if "activities" in self.own:
            return tuple(self.own["activities"][at])
        return self.touched.list_activities(self.table, self.ids[at])

    def list_flows(self, at: int) -> tuple[str, ...]:
        """Return the flows that the subject of one row touches in the rule's stages, sorted."""
        if "flows" in self.own:
            return tuple(self.own["flows"][at])
        return self.touched.list_flows(self.table, self.ids[at], self.rule.stages)

    def take(self, rows: list[int]) -> Found:
        """Return only some of the subjects, by row number."""
        if len(rows) == len(self.ids):
            return self
        return Found(
            self.rule,
            self.table,
            [self.ids[n] for n in rows],
            self.facts.take(pa.array(rows, type=pa.int64())),
            {name: [column[n] for n in rows] for name, column in self.own.items()},
            self.touched,
        )

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """The facts the message names, as columns of plain values; blanks are None."""
        columns: dict[str, list[Any]] = self.facts.to_pydict()
        return columns

    def tell(self, at: int, lang: str, labels: Labels) -> str:
        """Write the message of one row in one language, its facts as plain text."""
        return "".join(
            [part if isinstance(part, str) else part(at) for part in self._parts(lang, labels)]
        )

    def _parts(self, lang: str, labels: Labels) -> list[str | Callable[[int], str]]:
        """Split the message once into its words and the columns its fields are filled from."""
        known = self._told
        if lang not in known:
            blank = labels("ledger.not-stated", lang)
            pieces = _FIELD.split(self.rule.message[lang])
            known[lang] = [
                _fill(
                    self.values.get(f"{piece}_{lang}"),
                    _name_words(self.values.get(piece), piece, lang, labels),
                    blank,
                )
                if n % 2
                else piece
                for n, piece in enumerate(pieces)
            ]
        return known[lang]

    @cached_property
    def _told(self) -> dict[str, list[str | Callable[[int], str]]]:
        return {}


def _name_words(
    plain: list[Any] | None, column: str, lang: str, labels: Labels
) -> list[Any] | None:
    """Write fixed words of the case format (``access;copy``) by their labels; others stay."""
    if plain is None or not any(id.startswith(f"value.{column}.") for id in labels):
        return plain
    names: dict[Any, Any] = {}
    for value in dict.fromkeys(plain):
        ids = [f"value.{column}.{word}" for word in str(value).split(";")]
        known = all(id in labels for id in ids)
        names[value] = (
            labels("ledger.comma", lang).join(labels(id, lang) for id in ids) if known else value
        )
    return [names[value] for value in plain]


def _fill(companion: list[Any] | None, plain: list[Any] | None, blank: str) -> Callable[[int], str]:
    """Return what writes a field: its companion in the language, else its plain value."""

    def write(at: int) -> str:
        value = companion[at] if companion is not None else None
        if value is None and plain is not None:
            value = plain[at]
        return blank if value is None else str(value)

    return write


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
        return self.found.tell(self.at, lang, labels)


class Hits(Sequence[Hit]):
    """The hits of several rules, sorted by rule, table and id; each is made when asked for."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.found = tuple(part for part in found if part.ids)
        self._ends = np.cumsum([len(part.ids) for part in self.found], dtype=np.int64)

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
