"""What each safeguard is worth: the years with it beside the same years without it.

Both sides of a comparison draw the same uniform number per year and risk and read it off the exact
distributions with and without the safeguard (inverse transform, comonotone), and the exact
difference of the single risks serves as control variate. The mean difference then varies far less
than that of two independent runs; the difference of single years is not something anybody will see,
so none is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from piaskit.loss.curve import Curve
from piaskit.loss.exceedance import round_number
from piaskit.loss.normal import Floats, find_gamma_quantile
from piaskit.loss.sample import CHUNK, Numbers
from piaskit.loss.sources import PERSONS
from piaskit.loss.tally import Tally, count_part
from piaskit.response import open_stream

YEARS = 100_000
"""Years of a comparison."""
FEW = 20
"""Years beyond the cap that an interval of their mean needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A risk's distributions in one unit with things as they are and after the change."""

    id: str
    before: Curve
    after: Curve


def draw_common(curve: Curve, uniform: Floats) -> Floats:
    """Read uniform numbers off a distribution: the smallest loss whose chance reaches each.

    >>> curve = Curve(10.0, np.array([0.5, 0.5]), capped=False)
    >>> draw_common(curve, np.array([0.2, 0.7])).tolist()
    [0.0, 10.0]
    """
    drawn = np.zeros(len(uniform))
    years, losses = _draw_some(curve, uniform)
    drawn[years] = losses
    return drawn


def _draw_some(curve: Curve, uniform: Floats) -> tuple[Numbers, Floats]:
    """Return the years that lose something, and what: few of them do."""
    sums = curve.sums
    years = np.flatnonzero(uniform > sums[0])
    at = np.minimum(np.searchsorted(sums, uniform[years]), len(sums) - 1)
    return years, curve.step * at


def open_years(id: str, unit: str, seed: int, chunk: int, size: int) -> Floats:
    """Return the uniform numbers of a risk for a chunk of years, the same for every comparison."""
    return open_stream(seed, "loss-common", id, unit, str(chunk)).random(size)


@dataclass(frozen=True, slots=True)
class Saving:
    """What a change takes off the mean of a year, and how sure.

    Without the cap of the portfolio the difference is the ``exact`` sum over the risks; the cap
    takes from it what lies ``beyond`` the cap before the change and not after. So the exact sum
    serves as control variate and only that part is noise. ``plain`` tallies the differences
    themselves. ``sign`` is 1 where the loss falls.
    """

    sign: float
    exact: float
    capped: bool
    beyond: Tally
    plain: Tally

    @property
    def variance(self) -> float:
        """The variance of one year's part of the mean difference."""
        return self.beyond.variance

    def find_mean(self) -> tuple[float, tuple[float, float] | None]:
        """Return the mean difference and its 90 % interval.

        What lies beyond the cap is nothing in most years and much in a few, so its mean gets the
        interval of a gamma distribution with its mean and standard error. With fewer than 20 such
        years the plain differences are taken, and no interval where these cannot carry one either.
        """
        if not self.capped:
            return self.exact, (self.exact, self.exact)
        mean = self.exact - self.beyond.mean
        if self.beyond.size - self.beyond.zeros >= FEW:
            shape = (self.beyond.mean / self.beyond.error) ** 2
            low, high = (
                self.beyond.mean * find_gamma_quantile(shape, p) / shape for p in (0.05, 0.95)
            )
            return mean, (self.exact - high, self.exact - low)
        plain = self.plain.find_mean_interval()
        return (mean, None) if plain is None else (self.plain.mean, plain)

    def to_dict(self, turn: float = 1.0) -> dict[str, Any]:
        """Return exact sum, mean and interval, all times ``turn`` and the sign."""
        factor = turn * self.sign
        mean, interval = self.find_mean()
        ends = sorted(factor * end for end in interval or ())
        return {
            "exact": round_number(factor * self.exact),
            "mean": round_number(factor * mean),
            "mean_ci": [round_number(end) for end in ends],
        }


class Comparison:
    """Years as they are, kept, and what a change takes off them."""

    def __init__(
        self, curves: Mapping[str, Curve], most: float | None, unit: str, seed: int, years: int
    ) -> None:
        self.unit, self.most, self.seed = unit, most, seed
        self.sizes = [min(CHUNK, years - start) for start in range(0, years, CHUNK)]
        self.base = []
        for chunk, size in enumerate(self.sizes):
            whole = np.zeros(size)
            for id, curve in curves.items():
                some, losses = _draw_some(curve, open_years(id, unit, seed, chunk, size))
                whole[some] += losses
            self.base.append(whole)

    def measure(self, changes: Sequence[Change]) -> Saving:
        """Measure what a change takes off a year.

        Every risk the change touches becomes smaller, or every one larger.
        """
        exact = sum(change.before.mean - change.after.mean for change in changes)
        sign = -1.0 if exact < 0 else 1.0
        found = Saving(sign, abs(exact), self.most is not None, Tally(), Tally())
        for chunk, (size, base) in enumerate(zip(self.sizes, self.base, strict=True)):
            after = base.copy()
            touched = np.zeros(size, dtype=bool)  # in few years: all others stay as they are
            for change in changes:
                uniform = open_years(change.id, self.unit, self.seed, chunk, size)
                for curve, add in ((change.before, np.subtract), (change.after, np.add)):
                    some, losses = _draw_some(curve, uniform)
                    after[some] = add(after[some], losses)
                    touched[some] = True
            before, after = base[touched], after[touched]
            less = sign * (self._cap(before) - self._cap(after))
            found.plain.add(count_part(np.maximum(less, 0.0), size, bins=False))
            beyond = sign * (self._exceed(before) - self._exceed(after))
            found.beyond.add(count_part(np.maximum(beyond, 0.0), size, bins=False))
        return found

    def _cap(self, losses: Floats) -> Floats:
        return losses if self.most is None else np.minimum(losses, self.most)

    def _exceed(self, losses: Floats) -> Floats:
        if self.most is None:
            return np.zeros(len(losses))
        return np.maximum(losses - self.most, 0.0)


def cap_of(unit: str, subjects: float) -> float | None:
    """Return the cap of a year over all risks in a unit."""
    return subjects if unit == PERSONS else None
