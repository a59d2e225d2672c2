"""What a foreign register says in piaskit's words, and what it could not say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, str]


def make_slug(*parts: str) -> str:
    """Make a case id out of foreign names.

    >>> make_slug("Cookie House", "essential.service")
    'cookie-house-essential-service'
    """
    text = "-".join(part for part in parts if part)
    return re.sub(r"[^\w]+|_+", "-", text, flags=re.UNICODE).strip("-").lower()


@dataclass
class Register:
    """Rows per table of the case format, all cells text, and the honesty report beside them.

    ``kept_as_text`` holds what the case format has no cell for, ``missing`` what the source does
    not state, ``contradictions`` what it says twice or points at in vain. Nothing is dropped in
    silence.
    """

    format: str
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    case: dict[str, Any] = field(default_factory=dict)
    kept_as_text: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    _given: Counter[tuple[str, str]] = field(default_factory=Counter, compare=False, repr=False)

    def add(self, table: str, row: Row) -> str:
        """Add a row under a free id of its table; blank cells are left out. Returns the id."""
        rows = self.tables.setdefault(table, {})
        wanted = identifier = row["id"] or table
        while identifier in rows:
            self._given[table, wanted] += 1
            identifier = f"{wanted}-{self._given[table, wanted] + 1}"
        rows[identifier] = {k: v for k, v in row.items() if v} | {"id": identifier}
        return identifier

    def keep(self, where: str, what: str, value: object) -> None:
        """Keep a statement that has no cell in the case format."""
        if value not in (None, "", [], {}):
            self.kept_as_text.append(f"{where}: {what} = {_flatten(value)}")

    def lack(self, where: str, what: str) -> None:
        """Name something the case needs and the source does not state."""
        self.missing.append(f"{where}: {what}")

    def contradict(self, text: str) -> None:
        """Name a statement of the source that another one denies, repeats or leaves dangling."""
        self.contradictions.append(text)


def _flatten(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{k}: {_flatten(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "; ".join(_flatten(v) for v in value)
    return " ".join(str(value).split())
