"""Nouns that several rooms share."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who answers for the case. Numbers count natural persons; None means not stated.

    Fields are also found by name, companions in other languages included.

    >>> shop = Organisation("Shop", persons_total=1200, texts={"name": "Shop", "name_zh": "商店"})
    >>> shop["persons_total"], shop.get("name_zh"), shop.get("sector")
    (1200, '商店', None)
    """

    name: str
    persons_total: int | None = None
    employees: int | None = None
    operator: str | None = None  # other | cii | central-organ
    province: str | None = None
    sector: str | None = None
    texts: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        if name in {f.name for f in fields(self)} - {"texts"}:
            return getattr(self, name)
        return self.texts[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field or companion by name."""
        try:
            value = self[name]
        except KeyError:
            return default
        return default if value is None else value
