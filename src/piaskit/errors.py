"""What can be wrong with an input, and where: one issue per problem, none lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

QUOTED = 200  # longest part of a foreign value that a message repeats


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem stands, named as the reader's own tool names it.

    >>> str(Place("inventory.xlsx", "flows", 14, "target", "F"))
    'inventory.xlsx flows!F14'
    >>> str(Place("flows.csv", None, 14, "target"))
    'flows.csv row 14, target'
    >>> str(Place("case.yaml", None, 3, "regimes"))
    'case.yaml row 3, regimes'
    """

    file: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    letter: str | None = None

    def __str__(self) -> str:
        if self.sheet is not None:
            if self.letter and self.row:
                return f"{self.file} {self.sheet}!{self.letter}{self.row}"
            where = f"{self.file} {self.sheet}"
        else:
            where = self.file
        if self.row:
            where += f" row {self.row}"
        if self.column:
            where += f", {self.column}"
        return where


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: a stable slug (a heading of docs/errors.md), its place, value and a way out."""

    slug: str
    place: Place
    message: str
    value: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {self.message}{hint}"

    def to_dict(self) -> dict[str, Any]:
        """Return the issue in the shape of the contract's ``check`` JSON."""
        return {
            "slug": self.slug,
            "file": self.place.file,
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": self.place.column,
            "value": self.value,
            "message": str(self.place) + ": " + self.message,
            "hint": self.hint,
        }


def quote(value: object) -> str:
    """Repeat a foreign value safely: at most 200 characters, control characters made visible.

    >>> quote("a" * 300) == "a" * 199 + "…"
    True
    """
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value)[: QUOTED + 1])
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


class InvalidData(Exception):
    """Input that cannot be used; carries every problem found, in reading order."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    def __reduce__(self) -> tuple[type[InvalidData], tuple[tuple[Issue, ...]]]:
        """Travel between processes with the issues, which the words alone do not give back."""
        return type(self), (self.issues,)

    def _render_traceback_(self) -> list[str]:
        """Show the messages alone in IPython and JupyterLab."""
        return [str(issue) for issue in self.issues]
