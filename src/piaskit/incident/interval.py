"""A number that is known between bounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Interval:
    """Low, best and high of a number not below zero; a missing high has no bound.

    >>> Interval(Decimal(5), None, None).meets(Decimal(5))
    'yes'
    >>> Interval(None, None, Decimal(4)).meets(Decimal(5))
    'no'
    """

    low: Decimal | None = None
    best: Decimal | None = None
    high: Decimal | None = None

    @property
    def floor(self) -> Decimal:
        """The least it can be."""
        return self.low if self.low is not None else Decimal(0)

    def meets(self, number: Decimal | int) -> Literal["yes", "no", "unknown"]:
        """Say whether it is at least ``number``: yes, no or unknown."""
        if self.floor >= number:
            return "yes"
        return "no" if self.high is not None and self.high < number else "unknown"

    def narrow(self, low: Decimal | None, high: Decimal | None) -> Interval:
        """Return the part that also lies between two further bounds, where given."""
        lows = [bound for bound in (self.low, low) if bound is not None]
        highs = [bound for bound in (self.high, high) if bound is not None]
        return Interval(max(lows, default=None), self.best, min(highs, default=None))

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"low", "best", "high"}`` as plain numbers, None where not stated."""
        return {
            name: None if value is None else int(value) if value == int(value) else float(value)
            for name, value in (("low", self.low), ("best", self.best), ("high", self.high))
        }
