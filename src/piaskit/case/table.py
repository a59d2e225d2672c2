"""What a table of a case is: its columns, what their cells hold and which words they may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "id",  # short slug, unique in its table
    "text",  # free text, may have companions in other languages
    "count",  # whole number, 0 or more
    "number",  # number, 0 or more, decimals allowed
    "some",  # number of subjects, or yes when the number is not known
    "grade",  # protection level 1 to 5
    "choice",  # one of `values`
    "choices",  # several of `values`
    "yes-no",
    "date",
    "period",  # retention: a length of time or `until <event>`
    "country",
    "bases",  # legal bases, `regime.basis`
    "reference",  # id of a row of one of `to`
    "references",
    "scope",  # `all`, `table/id`, `category:prefix`
    "sha256",
    "path",  # a file below evidence/
]
Pack = Literal["categories", "controls", "areas"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what its cells hold and which words they may use."""

    name: str
    kind: Kind = "text"
    values: tuple[str, ...] = ()
    to: tuple[str, ...] = ()  # tables a reference may point into
    pack: Pack | None = None  # values are the ids of these packs
    required: bool = False
    open: bool = False  # other words than `values` are kept
    also: tuple[tuple[str, str], ...] = ()  # further word -> value

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column after loading.

        >>> Column("persons", "count").dtype, Column("items", "references").dtype
        ('Int64', 'str')
        """
        if self.kind in ("count", "grade"):
            return "Int64"
        if self.kind == "number":
            return "Float64"
        return "datetime64[s]" if self.kind == "date" else "str"

    @property
    def many(self) -> bool:
        """Whether a cell holds a list."""
        return self.kind in ("choices", "references", "bases", "scope")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, and whether a case needs it."""

    name: str
    columns: tuple[Column, ...]
    needed: bool = False

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


NONE = (("no", "none"), ("nothing", "none"), ("无", "none"), ("没有", "none"), ("否", "none"))
ID = Column("id", "id", required=True)
RIGHTS_ASKED = (
    "access", "copy", "correct", "delete", "withdraw", "portability", "explain", "close-account",
)  # fmt: skip
