"""Quantiles of a sample with the interval that the sample leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054  # 97.5 % of the normal distribution: intervals hold 95 %


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile and its 95 % interval by order statistics."""

    q: float
    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, object]:
        """Return ``{"value", "ci"}`` as plain numbers, None where it is without bound."""
        numbers = [
            round(float(x), 4) if np.isfinite(x) else None
            for x in (self.value, self.low, self.high)
        ]
        return {"value": numbers[0], "ci": numbers[1:]}


def estimate_quantiles(sample: NDArray[np.float64], wanted: Sequence[float]) -> list[Quantile]:
    """Return quantiles of a sample (trials,) that may hold infinity, each with its interval.

    The interval goes from one order statistic to another: the rank of a quantile q among n draws is
    binomial, so its ends are the ranks ``n q -+ 1.96 sqrt(n q (1 - q))``. A rank beyond the sample
    is its end.

    >>> estimate_quantiles(np.arange(1, 101, dtype=float), [0.5])[0]
    Quantile(q=0.5, value=50.0, low=40.0, high=61.0)
    """
    ordered = np.sort(sample)
    n = len(ordered)
    found = []
    for q in wanted:
        spread = Z * (n * q * (1 - q)) ** 0.5
        ranks = (np.ceil(n * q), np.floor(n * q - spread), np.ceil(n * q + spread) + 1)
        value, low, high = (float(ordered[int(np.clip(r, 1, n)) - 1]) for r in ranks)
        found.append(Quantile(q, value, low, high))
    return found
