"""What a sample says, and how sure: sums and counts that add up in any order, and intervals.

Quantiles come from a histogram whose bins are the leading bits of a number, 1,024 to a doubling:
counts are integers, so chunks of a sample may be added in any order. Intervals hold 90 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from piaskit.loss.normal import Z90, Floats

SHIFT = 42  # of the 52 bits behind the leading one 10 are kept
LEAST = 2.0**-10
FIRST = int(np.float64(LEAST).view(np.int64) >> SHIFT)
BINS = int(np.float64(2.0**50).view(np.int64) >> SHIFT) - FIRST
"""Bins of the histogram, from a thousandth to a thousand million million."""
SPREAD = 0.05
"""Squared skewness over the size of a sample above which no normal interval is given."""
TAIL = 100
"""Draws beyond a quantile that a statement about it needs."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """What one chunk of years says of one series: sums of powers, zeros, largest, bins."""

    size: int
    top: float
    powers: tuple[float, float, float]
    zeros: int
    bins: Counts
    counts: Counts


def count_part(values: Floats, size: int = 0, *, bins: bool = True) -> Part:
    """Summarise the losses of a chunk of years; of ``size`` years those not given lost nothing."""
    some = values[values > 0]
    square = some * some
    powers = (float(some.sum()), float(square.sum()), float((square * some).sum()))
    top = float(some.max(initial=0.0))
    size = size or len(values)
    if not bins:
        none = np.zeros(0, dtype=np.int64)
        return Part(size, top, powers, size - len(some), none, none)
    codes = (np.maximum(some, LEAST).view(np.int64) >> SHIFT) - FIRST
    np.minimum(codes, BINS - 1, out=codes)
    least = codes.min(initial=BINS)
    counts = np.bincount(codes - least)
    found = np.flatnonzero(counts)
    return Part(size, top, powers, size - len(some), found + least, counts[found])


@dataclass(slots=True)
class Tally:
    """The parts of a series added up; sums are exact, so the order of chunks does not matter."""

    size: int = 0
    top: float = 0.0
    zeros: int = 0
    sums: list[list[float]] = field(default_factory=lambda: [[], [], []])
    bins: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    counts: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, part: Part) -> None:
        """Add a chunk."""
        self.size += part.size
        self.top = max(self.top, part.top)
        self.zeros += part.zeros
        for power, held in zip(part.powers, self.sums, strict=True):
            held.append(power)
        if not len(self.bins):
            self.bins, self.counts = part.bins, part.counts
            return
        both = np.append(self.bins, part.bins)
        self.bins, at = np.unique(both, return_inverse=True)
        counts = np.zeros(len(self.bins), dtype=np.int64)
        np.add.at(counts, at, np.append(self.counts, part.counts))
        self.counts = counts

    @property
    def mean(self) -> float:
        """The mean of the sample."""
        return math.fsum(self.sums[0]) / self.size if self.size else 0.0

    @property
    def variance(self) -> float:
        """The variance of the sample."""
        if self.size < 2:
            return 0.0
        square = math.fsum(self.sums[1]) / self.size
        return max(0.0, square - self.mean**2) * self.size / (self.size - 1)

    @property
    def skew(self) -> float:
        """The skewness of the sample."""
        variance, mean = self.variance, self.mean
        if variance <= 0:
            return 0.0
        second, third = (math.fsum(held) / self.size for held in self.sums[1:])
        return float((third - 3 * mean * second + 2 * mean**3) / variance**1.5)

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return math.sqrt(self.variance / self.size) if self.size else math.inf

    def find_mean_interval(self) -> tuple[float, float] | None:
        """Return the normal 90 % interval of the mean, None where the sample cannot carry it.

        The error of a normal interval grows with the squared skewness over the size (Hall, The
        Bootstrap and Edgeworth Expansion, 1992, 2.4); one year that outweighs all others brings
        that ratio near 1. Above 0.05 the interval is refused.

        >>> tally = Tally()
        >>> tally.add(count_part(np.append(np.ones(999), 1e6)))
        >>> tally.find_mean_interval() is None
        True
        """
        if self.size < 2 or self.skew**2 / self.size > SPREAD:
            return None
        reach = Z90 * self.error
        return max(0.0, self.mean - reach), self.mean + reach

    def find_quantile(self, q: float) -> tuple[float, float, float] | None:
        """Return a quantile and its 90 % interval by order statistics; None where refused.

        The rank of the quantile among n draws is binomial: the interval goes from the rank
        n q - 1.645 sqrt(n q (1 - q)) to that on the other side, each widened to the edge of its
        bin (0.1 %). With fewer than 100 draws beyond the quantile nothing is said.
        """
        n = self.size
        if n * (1 - q) < TAIL - 1e-9 or n * q < TAIL - 1e-9:
            return None
        reach = Z90 * math.sqrt(n * q * (1 - q))
        ranks = (math.ceil(n * q), math.floor(n * q - reach), math.ceil(n * q + reach) + 1)
        middle, low, high = (self._read(min(max(rank, 1), n)) for rank in ranks)
        return middle[1], low[0], high[2]

    def _read(self, rank: int) -> tuple[float, float, float]:
        """Return edge, middle and other edge of the bin that holds the draw of a rank (from 1).

        The highest bin ends at the largest draw, which stands for it.
        """
        if rank <= self.zeros or not len(self.bins):
            return 0.0, 0.0, 0.0
        at = int(np.searchsorted(np.cumsum(self.counts), rank - self.zeros))
        code = int(self.bins[at])
        edges = (np.array([code, code + 1], dtype=np.int64) + FIRST) << SHIFT
        low, high = edges.view(np.float64).tolist()
        if high > self.top:
            return low, self.top, self.top
        return low, (low + high) / 2, high

    def to_dict(self, quantiles: Iterable[float]) -> dict[str, Any]:
        """Return mean and quantiles with their intervals, or why there is none."""
        interval = self.find_mean_interval()
        found: dict[str, Any] = {
            "mean": self.mean,
            "mean_ci": list(interval) if interval else [],
            "sd": math.sqrt(self.variance),
            "quantiles": {},
        }
        if interval is None:
            found["mean_refused"] = "a few years outweigh all others"
            found["mean_refused_zh"] = "个别年份的损失远超其余各年"
        for q in quantiles:
            told = self.find_quantile(q)
            if told is None:
                found["quantiles"][str(q)] = {
                    "value": None,
                    "ci": [],
                    "refused": f"fewer than {TAIL} years lie beyond it",
                    "refused_zh": f"超出该分位数的年份不足 {TAIL} 个",
                }
            else:
                found["quantiles"][str(q)] = {"value": told[0], "ci": [told[1], told[2]]}
        return found
