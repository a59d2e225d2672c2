"""What discovery found: personal information by column, containers, links, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from piaskit.discovery.drift import Drift
    from piaskit.knowledge import Knowledge

Confidence = Literal["high", "medium", "low"]
Because = tuple[tuple[str, Mapping[str, object]], ...]
"""Reasons as label ids with their fields, in the order in which they are told."""

CONFIDENCES: tuple[Confidence, ...] = ("high", "medium", "low")


@dataclass(frozen=True)
class Sighting:
    """A kind that the values of a column show; ``checked`` when check digits prove it."""

    category: str
    sure: Confidence
    because: Because
    matched: int
    kind: str = "personal"
    checked: bool = False
    children: int | None = None
    example: str = ""


@dataclass(frozen=True)
class Finding:
    """A column, or a key inside one, that holds personal information or a secret.

    ``kind`` is personal, secret or organisation (a number of an organisation, which is personal
    where the trader is a person). ``example`` is masked.
    """

    table: str
    column: str
    category: str
    confidence: Confidence
    because: Because
    kind: str = "personal"
    path: str = ""
    found_by: tuple[str, ...] = ()
    sampled: int = 0
    matched: int = 0
    children: int | None = None
    example: str = ""
    whose: str = ""
    line: int | None = None

    @property
    def place(self) -> str:
        """The column, with the key inside it where there is one."""
        return f"{self.column}{self.path}"


@dataclass(frozen=True)
class Container:
    """A column that can hold anything: a JSON blob, the values of an EAV table, free text."""

    table: str
    column: str
    kind: str
    because: Because


@dataclass(frozen=True)
class Link:
    """A key to a person's row, which is not itself reported as personal information."""

    table: str
    column: str
    to: str
    because: Because
    of: str = "person"


@dataclass(frozen=True)
class PersonTable:
    """A table whose rows are records of persons, with the columns that are not told by themselves.

    ``category`` is what such a record is as a whole.
    """

    table: str
    category: str
    columns: tuple[str, ...]
    because: Because


@dataclass(frozen=True)
class Discovery:
    """What was found in a source, what was drafted of it, and what is new since the last look."""

    source: str
    kind: str
    as_of: date
    knowledge: Knowledge = field(repr=False)
    findings: tuple[Finding, ...] = ()
    containers: tuple[Container, ...] = ()
    links: tuple[Link, ...] = ()
    person_tables: tuple[PersonTable, ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    notices: Because = ()
    drift: Drift | None = None
    case: str = ""
    drafted: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``piaskit discover``."""
        from piaskit import __version__

        return {
            "piaskit": __version__,
            "schema": 1,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "kind": self.kind,
            "findings": [self._describe(finding) for finding in self.findings],
            "containers": [
                {"table": c.table, "column": c.column, "kind": c.kind, **self._tell(c.because)}
                for c in self.containers
            ],
            "links": [
                {"table": k.table, "column": k.column, "to": k.to, **self._tell(k.because)}
                for k in self.links
            ],
            "person_tables": [
                {
                    "table": t.table,
                    "category": t.category,
                    "columns": list(t.columns),
                    **self._tell(t.because),
                }
                for t in self.person_tables
            ],
            "tables": [
                {
                    "table": t["table"],
                    "columns": len(t["names"]),
                    "rows": t["rows"],
                    "sampled": t["sampled"],
                }
                for t in self.tables
            ],
            "notices": [self._say(*notice, "en") for notice in self.notices],
            "notices_zh": [self._say(*notice, "zh") for notice in self.notices],
            "case": self.case or None,
            "drafted": dict(self.drafted),
            "drift": self.drift.to_dict() if self.drift else None,
        }

    def _describe(self, finding: Finding) -> dict[str, Any]:
        category = self.knowledge.categories[finding.category]
        return {
            "table": finding.table,
            "column": finding.column,
            "category": finding.category,
            "sensitive": dict(category.sensitive),
            "confidence": finding.confidence,
            **self._tell(finding.because),
            "kind": finding.kind,
            "path": finding.path,
            "title": category.title.en,
            "title_zh": category.title.zh,
            "found_by": list(finding.found_by),
            "sampled": finding.sampled,
            "matched": finding.matched,
            "children": finding.children,
            "example": finding.example,
            "whose": finding.whose or None,
            "line": finding.line,
        }

    def _tell(self, because: Because) -> dict[str, str]:
        return {
            "because": "; ".join(self._say(*reason, "en") for reason in because),
            "because_zh": "；".join(self._say(*reason, "zh") for reason in because),
        }

    def _say(self, label: str, fields: Mapping[str, object], lang: str) -> str:
        return self.knowledge.labels(label, lang, **fields)

    def count_kinds(self) -> Counter[str]:
        """Count the findings by kind."""
        return Counter(finding.kind for finding in self.findings)

    def _repr_html_(self) -> str:
        from piaskit.discovery.views import show_discovery

        return "".join(part._repr_html_() for part in show_discovery(self, "en"))
