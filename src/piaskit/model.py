"""Nouns that several rooms share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_FIELDS = (
    "name", "persons_total", "million_persons_on", "employees", "operator",
    "public_institution", "province", "sector",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Organisation(Mapping[str, Any]):
    """Who answers for the case. Numbers count natural persons; None means not stated.

    Fields are also found by name, companions in other languages included.

    >>> shop = Organisation("Shop", persons_total=1200, texts={"name": "Shop", "name_zh": "商店"})
    >>> shop.persons_total, shop["name_zh"], shop.get("sector")
    (1200, '商店', None)
    """

    name: str
    persons_total: int | None = None
    million_persons_on: str | None = None  # ISO date on which the number reached one million
    employees: int | None = None
    operator: str | None = None  # other | cii | central-organ
    public_institution: str | None = None  # yes | no
    province: str | None = None
    sector: str | None = None
    texts: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name) if name in _FIELDS else self.texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*_FIELDS, *self.texts)))

    def __len__(self) -> int:
        return len(dict.fromkeys((*_FIELDS, *self.texts)))
