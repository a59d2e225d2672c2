"""A table as a source shows it: its columns, and a sample of values that stays in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from piaskit.discovery.columns import Column

if TYPE_CHECKING:
    from piaskit.case import Case

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


_PUBLIC = {
    "activities": ("title", "purpose", "necessity", "subjects"),
    "items": ("title",),
    "safeguards": ("title",),
}


def list_public_texts(case: Case) -> dict[str, str]:
    """Return the texts of a case that its public edition repeats, by row and column.

    Companions in other languages count; of equal texts the first stands for all.
    """
    texts = {"case.yaml title": case.title}
    for table, columns in _PUBLIC.items():
        frame = case.frames[table]
        for column in (
            c for c in frame.columns if str(c).removesuffix("_en").removesuffix("_zh") in columns
        ):
            first: dict[str, str] = {}
            for id, text in zip(frame["id"].tolist(), frame[column].tolist(), strict=True):
                if isinstance(text, str):
                    first.setdefault(text, id)
            texts |= {f"{table}/{id} {column}": text for text, id in first.items()}
    return texts
