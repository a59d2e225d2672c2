"""What the after-action report says of an exercise: its words in one language, its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from piaskit.case import Case
from piaskit.report.document import Cell, Column, Lang, Row, Table
from piaskit.tabletop.minutes import Minutes
from piaskit.tabletop.review import write_minute
from piaskit.tabletop.scenario import find_duty

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExerciseVoice:
    """The answer of an exercise and the minutes after it, told in one language of its case."""

    answer: Result
    case: Case
    lang: Lang
    minutes: Minutes

    def say(self, id: str, **fields: object) -> str:
        """Return the label ``after.<id>``."""
        return self.case.knowledge.labels(f"after.{id}", self.lang, **fields)

    def pick(self, record: Result, key: str) -> Any:
        """Return a text, or a list of texts, of a result in this language."""
        return record[f"{key}_zh" if self.lang == "zh" else key]

    def word(self, id: str) -> str:
        """Return a label of any room."""
        return self.case.knowledge.labels(id, self.lang)

    def join(self, parts: Iterable[str], *, listed: bool = False) -> str:
        """Join texts with semicolons or, as ``listed``, with commas; each is told once."""
        mark = ({"en": ", ", "zh": "、"} if listed else {"en": "; ", "zh": "；"})[self.lang]
        return mark.join(dict.fromkeys(parts))

    def cite(self, lines: Iterable[int]) -> str:
        """Name lines of the log; nothing when there are none."""
        told = [str(line) for line in lines]
        id = ("no-line", "line-no", "lines-no")[min(len(told), 2)]
        return self.say(id, n=self.join(told, listed=True))

    def span(self, minutes: int | None) -> str:
        """Write minutes as hours and minutes; a dash for none."""
        if minutes is None:
            return "-"
        return write_minute(minutes) if minutes >= 0 else f"-{write_minute(-minutes)}"

    def score(self, value: float) -> str:
        """Write a score as so much of one."""
        return self.say("of-one", value=write_score(value))

    def tell_missed(self, ids: Iterable[str]) -> str:
        """Say of notices that were never sent what they are and who was not told."""
        found = list(ids)
        bodies = (find_duty(self.case.knowledge, id).body[self.lang] for id in found)
        told = self.name_notices(found)
        return self.say("seen.missed", notices=told, bodies=self.join(bodies, listed=True))

    def name_notices(self, ids: Iterable[str]) -> str:
        """Name notices by title, those of one title with all their clauses."""
        named: dict[str, list[str]] = {}
        for clock in self.answer["clocks"]:
            if clock["id"] in set(ids):
                named.setdefault(self.pick(clock, "title"), []).append(self.pick(clock, "clause"))
        return self.join(
            self.say("notice-of", title=title, clause=self.join(clauses))
            for title, clauses in named.items()
        )

    def table(
        self,
        id: str,
        heads: str,
        rows: Sequence[Sequence[Cell]],
        widths: Sequence[float] = (),
        title: str = "",
    ) -> Table:
        """Return a table whose columns are labels of these ids."""
        names = heads.split()
        columns = tuple(
            Column(name, self.say(name), width=width)
            for name, width in zip(names, widths or [1.0] * len(names), strict=True)
        )
        shown = tuple(Row(tuple(row)) for row in rows)
        return Table(f"table-{id}", title or self.say(id), columns, shown)


def write_score(value: float) -> str:
    """Write a score with two decimals, with more where two would make it full.

    >>> write_score(0.7652), write_score(1.0), write_score(0.9959)
    ('0.77', '1.00', '0.996')
    """
    digits = next((n for n in (2, 3) if value == 1 or round(value, n) < 1), 4)
    return f"{value:.{digits}f}"
