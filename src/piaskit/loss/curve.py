"""The exact tier: the distribution of a year's loss, computed and not drawn.

The transform of a sum of N independent events is the generating function of N at the transform of
one event; the sum's masses come back by the inverse transform. Values beyond the grid would wrap
around into it: all masses are tilted by exp(-t j) first and back afterwards, which makes what wraps
smaller by exp(-16) (Grubel and Hermesmeier, ASTIN Bulletin 29, 1999). A year's loss may be capped:
then the masses beyond stand at the cap. Nothing is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from piaskit.loss.magnitude import Magnitude, spread_atoms
from piaskit.loss.normal import Floats
from piaskit.loss.rate import Complexes, Rate

POINTS = 2**14  # of the grid of one risk
TOGETHER = 2**16  # of the grid of several
TILT = 16.0
LOST = 1e-7  # mass beyond the grid for which it is made wider
FINE = 50.0
"""Expected square of an event over that of a step, below which the grid is made finer."""
REACH = 8.0  # standard deviations that a grid without a cap reaches at least
_WIDENED = 8
_ROWS = 4  # curves that are transformed together, which is faster


@dataclass(frozen=True, eq=False)
class Curve:
    """The distribution of a year's loss: masses at 0, step, 2 step ...

    ``capped`` says that the last point stands for all that would be more; else ``lost`` is the mass
    that lies beyond the grid, and mean and standard deviation speak of what lies on it.
    """

    step: float
    masses: Floats
    capped: bool
    lost: float = 0.0

    @property
    def values(self) -> Floats:
        """The losses at which the masses stand."""
        values: Floats = self.step * np.arange(len(self.masses), dtype=float)
        return values

    # Sums of products, not dot products: those of a library may depend on its number of threads.

    @cached_property
    def mean(self) -> float:
        """The expected loss of a year."""
        return float((self.values * self.masses).sum())

    @cached_property
    def sd(self) -> float:
        """The standard deviation of a year's loss."""
        return math.sqrt(float(((self.values - self.mean) ** 2 * self.masses).sum()))

    @cached_property
    def sums(self) -> Floats:
        """The chance of a loss at or below each point."""
        return np.cumsum(self.masses)

    @property
    def at_cap(self) -> float:
        """The chance of a year in which the cap is reached."""
        return float(self.masses[-1]) if self.capped else 0.0

    def find_quantile(self, q: float) -> float:
        """Return the loss that a year stays below with chance q.

        Between grid points the mass is taken as spread evenly around its point, which is right to
        the second order of the step; nothing (0) and the cap are values of their own.
        """
        sums = self.sums
        at = int(np.searchsorted(sums, q))
        if at == 0 or self.masses[0] >= q:
            return 0.0
        last = len(sums) - 1
        if at >= last and self.capped:
            return self.step * last
        at = min(at, last)
        before, mass = sums[at - 1], self.masses[at]
        inside = (q - before) / mass if mass > 0 else 0.5
        return float(self.step * (at - 0.5 + min(max(inside, 0.0), 1.0)))

    def find_chance(self, amounts: Floats) -> Floats:
        """Return the chance that a year's loss reaches each amount."""
        sums = np.concatenate([[0.0], self.sums])
        place = np.asarray(amounts, dtype=float) / self.step + 0.5
        at = np.clip(np.floor(place), 0, len(self.masses)).astype(np.intp)
        inside = np.where(at < len(self.masses), place - at, 0.0)
        masses = np.append(self.masses, 0.0)[at]
        below = sums[at] + np.where(at > 0, inside, 0.0) * masses
        if self.capped:
            last = len(self.masses) - 1
            below = np.where(place - 0.5 <= last * (1 + 1e-12), np.minimum(below, sums[last]), 1.0)
        chance: Floats = np.where(np.asarray(amounts) <= 0, 1.0, np.clip(1 - below, 0, 1))
        return chance


def compound_events(
    rate: Rate, magnitude: Magnitude, *, most: float | None = None, points: int = POINTS
) -> Curve:
    """Compute the distribution of the sum of a year's events.

    ``most`` caps the year: a person is harmed once, however often. The grid reaches the mean and
    8 standard deviations, or one event that hardly ever comes, or further as long as more than 1e-7
    of the mass lies beyond; or to the cap where that is nearer. It has ``points``, up to eight
    times as many where single events are small beside a step: sharing them between grid points
    would add to the variance. Raises ValueError for a cap that is not positive, or for a variance
    no float holds.
    """
    if most is not None and not most > 0:
        raise ValueError("a cap must be positive")
    mean = rate.mean * magnitude.mean
    variance = rate.mean * magnitude.square + rate.variance * magnitude.mean**2
    if mean == 0:
        return Curve(1.0, np.ones(1), capped=False)
    if not math.isfinite(variance):
        raise ValueError("a magnitude whose variance no float holds needs a cap")
    reach = mean + REACH * math.sqrt(variance)
    if most is None or reach < most:
        # A year is far out by many events or by a large one.
        large = magnitude.find_quantile(1 - min(0.5, LOST / 3 / rate.mean))
        reach = max(reach, mean + 1.5 * large)
    fine = math.sqrt(magnitude.square / FINE)
    for left in reversed(range(_WIDENED)):
        capped = most is not None and reach >= most
        end = most if most is not None and capped else reach
        if left and not capped and find_lost(rate, magnitude, end, points) > LOST:
            reach *= 2  # as the curve itself would say
            continue
        size = points
        while size < 8 * points and end / size > fine:
            size *= 2
        curve = compound_on_grid(rate, magnitude, end / (size - 1), size, capped=capped)
        if capped or curve.lost < LOST:
            break
        reach *= 2
    return curve


def find_lost(rate: Rate, magnitude: Magnitude, end: float, points: int) -> float:
    """Return a chance of a year beyond a grid that is no larger than a curve on it would lose.

    It is that of one event beyond the grid, by Bonferroni's inequality, less 1 % for rounding.
    """
    tail = magnitude.find_tail(end * (1 + 2 / points))
    return 0.99 * (rate.mean * tail - (rate.variance + rate.mean**2) * tail**2 / 2)


def compound_on_grid(
    rate: Rate, magnitude: Magnitude, step: float, points: int, *, capped: bool
) -> Curve:
    """Compute the distribution of a year on a given grid; ``capped``: its end holds all beyond."""
    event = _transform_event(magnitude, step, points)
    masses = np.fft.irfft(rate.transform(event), points)
    return _settle(step, masses / _tilt(points), capped)


@lru_cache(maxsize=256)
def _transform_event(magnitude: Magnitude, step: float, points: int) -> Complexes:
    """Return the transform of one event; with another rate, a cap keeps the grid it stands on."""
    event: Complexes = np.fft.rfft(magnitude.spread(step, points) * _tilt(points))
    event.setflags(write=False)
    return event


@lru_cache(maxsize=8)
def _tilt(points: int) -> Floats:
    tilt: Floats = np.exp(-TILT / points * np.arange(points))
    tilt.setflags(write=False)
    return tilt


def _settle(step: float, masses: Floats, capped: bool) -> Curve:
    """Set right what rounding leaves, and put what lies beyond the grid at the cap."""
    masses = np.maximum(masses, 0)
    if capped:
        masses[-1] = 0
        beyond = 1 - masses.sum()
        if beyond < 0:
            masses /= masses.sum()
            beyond = 0.0
        masses[-1] = beyond
        return Curve(step, masses, capped=True)
    whole = float(masses.sum())
    if whole > 1:
        masses /= whole
    return Curve(step, masses, capped=False, lost=max(0.0, 1 - whole))


def add_curves(
    curves: Sequence[Curve], *, most: float | None = None, points: int = TOGETHER
) -> Curve:
    """Compute the distribution of the sum of independent years' losses, capped once more.

    The grid is found as for one risk, from the mean and the standard deviation of the sum.
    """
    curves = [curve for curve in curves if len(curve.masses) > 1]
    if not curves:
        return Curve(1.0, np.ones(1), capped=False)
    mean = sum(curve.mean for curve in curves)
    # Alone, a curve's own grid ends where it hardly ever comes.
    ends = [curve.step * (len(curve.masses) - 1) for curve in curves]
    reach = mean + max([REACH * math.sqrt(sum(curve.sd**2 for curve in curves)), *ends])
    for _ in range(_WIDENED):
        capped = most is not None and reach >= most
        end = most if most is not None and capped else reach
        found = _add(curves, end / (points - 1), points, capped=capped)
        if capped or found.lost < LOST + sum(curve.lost for curve in curves):
            break
        reach *= 2
    return found


def _add(curves: Sequence[Curve], step: float, points: int, capped: bool) -> Curve:
    tilt = _tilt(points)
    whole = np.ones(points // 2 + 1, dtype=np.complex128)
    rows, parts = np.empty((_ROWS, points)), np.empty((_ROWS, len(whole)), dtype=np.complex128)
    for start in range(0, len(curves), _ROWS):
        some = curves[start : start + _ROWS]
        for row, curve in zip(rows, some, strict=False):
            np.multiply(spread_atoms(curve.values, curve.masses, step, points), tilt, out=row)
        for part in np.fft.rfft(rows[: len(some)], out=parts[: len(some)]):
            whole *= part
    return _settle(step, np.fft.irfft(whole, points) / tilt, capped)
