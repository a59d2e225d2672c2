"""A chart as a table asks for it: which of its numbers, how drawn, and in whose words.

Only programs that draw charts of their own, such as those of workbooks, follow it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

ChartKind: TypeAlias = Literal["stack", "bar", "curve"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of the columns of numbers named in ``columns``.

    A ``stack`` piles up its series: a column each, or, ``across``, a row each, named by its first
    cell. A ``bar`` draws a lying bar per row of one column, and a ``curve`` one column over
    another, both axes logarithmic. ``levels`` are those that the columns stand for, ``axes`` the
    names of the axis of categories or amounts and of the one of numbers; ``most`` is the number of
    rows drawn, 0 for all. Raises ValueError when the words are missing or the columns too many.
    """

    kind: ChartKind
    title: str
    alt: str
    axes: tuple[str, str]
    columns: tuple[str, ...]
    levels: tuple[str, ...] = ()
    across: bool = False
    most: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(ChartKind):
            raise ValueError(f"kind must be one of {', '.join(get_args(ChartKind))}")
        if not (self.title.strip() and self.alt.strip() and all(map(str.strip, self.axes))):
            raise ValueError(f"chart {self.title!r}: title, alternative text and axes need words")
        wanted = {"bar": 1, "curve": 2}.get(self.kind)
        if wanted not in (None, len(self.columns)) or (self.across and self.kind != "stack"):
            raise ValueError(f"chart {self.title!r}: a {self.kind} cannot draw {self.columns}")

    def check_columns(self, numbers: Collection[str]) -> None:
        """Refuse columns of which not every cell is a number (ValueError): 0 stands for no gap."""
        unknown = [column for column in self.columns if column not in numbers]
        if unknown or not self.columns:
            raise ValueError(f"chart {self.title!r}: no column of numbers {', '.join(unknown)}")
