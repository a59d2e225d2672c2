"""A table as a source shows it: its columns, and a sample of values that stays in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from piaskit.discovery.columns import Column

Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Table:
    """Columns and, by column, the texts of the sampled rows in their order, '' where blank.

    ``rows`` is the size of the table where the source tells it, ``sampled`` the rows looked at.
    """

    name: str
    columns: tuple[Column, ...]
    values: Values = field(default_factory=dict, repr=False)
    rows: int | None = None
    sampled: int = 0

    def list_texts(self, column: str) -> list[str]:
        """Return the sampled texts of a column that are not blank."""
        return [text for text in self.values.get(column, ()) if text.strip()]


@dataclass(frozen=True)
class Source:
    """What was looked at, named without user, password and folder; ``kind`` is its form.

    ``notices`` say what could not be looked at, as label ids with their fields.
    """

    name: str
    kind: str
    tables: tuple[Table, ...]
    notices: tuple[tuple[str, Mapping[str, object]], ...] = ()
