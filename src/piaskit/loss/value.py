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
from piaskit.loss.sample import CHUNK, QUIET, Numbers
from piaskit.loss.sources import PERSONS
from piaskit.loss.tally import Tally, count_part
from piaskit.response import open_stream

YEARS = 100_000
"""Years of a comparison."""
FEW = 20
"""Years beyond the cap that an interval of their mean needs."""
KEPT = 2_000_000
"""Years of single risks that a comparison keeps, 24 bytes each; others are drawn again."""


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
    sums = curve.sums
    drawn: Floats = curve.step * np.minimum(np.searchsorted(sums, uniform), len(sums) - 1)
    return drawn


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


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The years of a chunk whose uniform number for a risk is above ``floor``: others lose nothing.

    ``losses`` are those with things as they are.
    """

    floor: float
    years: Numbers
    uniform: Floats
    losses: Floats


class Comparison:
    """Years as they are, kept, and what a change takes off them."""

    def __init__(
        self, curves: Mapping[str, Curve], most: float | None, unit: str, seed: int, years: int
    ) -> None:
        self.unit, self.most, self.seed = unit, most, seed
        self.sizes = [min(CHUNK, years - start) for start in range(0, years, CHUNK)]
        self.kept: dict[tuple[str, int], _Drawn] = {}
        self.room = KEPT
        self.base = []
        for chunk, size in enumerate(self.sizes):
            whole = np.zeros(size)
            for id, curve in curves.items():
                drawn = self._draw(id, curve, float(curve.masses[0]), chunk)
                whole[drawn.years] += drawn.losses
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
                floor = float(min(change.before.masses[0], change.after.masses[0]))
                drawn = self._draw(change.id, change.before, floor, chunk)
                losses = draw_common(change.after, drawn.uniform)
                after[drawn.years] = after[drawn.years] - drawn.losses + losses
                touched[drawn.years] = True
            before, after = base[touched], after[touched]
            less = sign * (self._cap(before) - self._cap(after))
            found.plain.add(count_part(np.maximum(less, 0.0), size, bins=False))
            beyond = sign * (self._exceed(before) - self._exceed(after))
            found.beyond.add(count_part(np.maximum(beyond, 0.0), size, bins=False))
        return found

    def _draw(self, id: str, curve: Curve, floor: float, chunk: int) -> _Drawn:
        """Draw the years of a risk that may lose something; where few do, they are kept."""
        drawn = self.kept.get((id, chunk))
        if drawn is None or drawn.floor > floor:
            uniform = open_years(id, self.unit, self.seed, chunk, self.sizes[chunk])
            years = np.flatnonzero(uniform > floor)
            uniform = uniform[years]
            drawn = _Drawn(floor, years, uniform, draw_common(curve, uniform))
            if floor >= QUIET and len(years) <= self.room:
                self.kept[id, chunk] = drawn
                self.room -= len(years)
        return drawn

    def _cap(self, losses: Floats) -> Floats:
        return losses if self.most is None else np.minimum(losses, self.most)

    def _exceed(self, losses: Floats) -> Floats:
        if self.most is None:
            return np.zeros(len(losses))
        return np.maximum(losses - self.most, 0.0)


def cap_of(unit: str, subjects: float) -> float | None:
    """Return the cap of a year over all risks in a unit."""
    return subjects if unit == PERSONS else None
