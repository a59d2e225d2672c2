"""Tables as their files hold them, before their cells mean anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from piaskit.case.archive import name_column
from piaskit.case.tables import Table
from piaskit.errors import Issue, Place


@dataclass(slots=True)
class RawColumn:
    """The cells of one column: ``texts`` once each, and per row its index there (-1: blank)."""

    codes: np.ndarray[Any, np.dtype[np.int64]]
    texts: list[str]


@dataclass(slots=True)
class Sheet:
    """One table as its file holds it. ``rows`` are the row numbers the reader's tool shows."""

    table: Table
    file: str
    sheet: str | None
    header_row: int = 1
    headers: list[str] = field(default_factory=list)
    columns: list[RawColumn] = field(default_factory=list)
    rows: np.ndarray[Any, np.dtype[np.int64]] = field(default_factory=lambda: np.zeros(0, np.int64))
    broken: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)

    def place(self, row: int | None, position: int | None, column: str | None) -> Place:
        """Return the place of a cell of this table."""
        letter = None
        if self.sheet is not None and position is not None:
            letter = name_column(position)
        return Place(self.file, self.sheet, None if row is None else int(row), column, letter)


@dataclass(slots=True)
class Inventory:
    """All tables found, what was wrong with their files, and the digests of the files read."""

    sheets: dict[str, Sheet] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    notices: list[Issue] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)  # tables that are there but could not be read
