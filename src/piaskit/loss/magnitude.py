"""How much: what one event costs, in persons or money.

A magnitude is put on a grid so that its mean stays what it is: a value between two points is shared
between them in proportion (local moment matching of first order: Gerber 1982; Klugman, Panjer and
Willmot, Loss Models, 9.6.5). In terms of limited expected values L(j) = E[min(X, j h)] the mass at
point j is (2 L(j) - L(j-1) - L(j+1)) / h.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss

from piaskit.loss.normal import NORMAL, Z90, Floats, find_cdf
from piaskit.loss.rate import find_pert_quantile, shape_pert

PANELS = 2048  # of the quadrature of a PERT, four points each


class Magnitude(ABC):
    """A distribution of the size of one event, 0 or more."""

    mean: float
    square: float
    """The expected square."""

    @abstractmethod
    def spread(self, step: float, size: int) -> Floats:
        """Return masses at 0, step, 2 step ...; what lies beyond ``size`` points is left out."""

    @abstractmethod
    def draw(self, chance: np.random.Generator, events: int) -> Floats:
        """Draw the sizes of events."""

    @abstractmethod
    def scale(self, factor: float) -> Magnitude:
        """Return the size times a factor; a cap does not move."""

    @abstractmethod
    def find_quantile(self, p: float) -> float:
        """Return a quantile of the size of one event."""

    def find_tail(self, at: float) -> float:
        """Return a chance that an event is surely larger with: what is known without a grid."""
        return 0.0

    @property
    def sure(self) -> bool:
        """Whether the size is the same for every event."""
        return math.isclose(self.square, self.mean**2, rel_tol=1e-12)


@dataclass(frozen=True, slots=True)
class Constant(Magnitude):
    """Always the same size."""

    value: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        return self.value

    @property
    def square(self) -> float:  # type: ignore[override]
        return self.value**2

    def spread(self, step: float, size: int) -> Floats:
        return spread_atoms(np.array([self.value]), np.ones(1), step, size)

    def draw(self, chance: np.random.Generator, events: int) -> Floats:
        return np.full(events, self.value)

    def scale(self, factor: float) -> Magnitude:
        return Constant(self.value * factor)

    def find_quantile(self, p: float) -> float:
        return self.value


@dataclass(frozen=True, slots=True)
class Lognormal(Magnitude):
    """A lognormal held between ``least`` and ``most``: what lies outside counts as the limit."""

    mu: float
    sigma: float
    least: float = 0.0
    most: float = math.inf

    @property
    def mean(self) -> float:  # type: ignore[override]
        return _find_mean(self)

    @property
    def square(self) -> float:  # type: ignore[override]
        return _find_square(self)

    def limit(self, at: Floats) -> Floats:
        """Return the limited expected values E[min(X, a)], a at or above ``least``."""
        mu, sigma = self.mu, self.sigma
        a = np.minimum(at, self.most)
        with np.errstate(divide="ignore"):
            z = (np.log(a) - mu) / sigma
        below = find_cdf(np.append(z - sigma, 0.0))[:-1]
        value = math.exp(mu + sigma**2 / 2) * below
        tail = find_cdf(-z)
        if math.isfinite(self.most) or np.isfinite(a).all():
            value += a * tail
        else:
            finite = np.isfinite(a)
            value[finite] += a[finite] * tail[finite]
        if self.least > 0:
            low = (math.log(self.least) - mu) / sigma
            floor, partial = find_cdf(np.array([low, low - sigma])).tolist()
            value += self.least * floor - math.exp(mu + sigma**2 / 2) * partial
        return value

    def spread(self, step: float, size: int) -> Floats:
        points = step * np.arange(size + 1)
        limited = np.where(points < self.least, points, self.limit(np.maximum(points, self.least)))
        slopes = np.diff(limited, prepend=-step) / step  # 1 below 0, falling to 0
        masses: Floats = np.maximum(slopes[:-1] - slopes[1:], 0)
        return masses

    def draw(self, chance: np.random.Generator, events: int) -> Floats:
        drawn = chance.standard_normal(events)
        drawn *= self.sigma
        drawn += self.mu
        np.exp(drawn, out=drawn)
        if self.least > 0 or self.most < math.inf:
            np.clip(drawn, self.least, self.most, out=drawn)
        return drawn

    def scale(self, factor: float) -> Magnitude:
        if factor <= 0:
            return Constant(0.0)
        return Lognormal(self.mu + math.log(factor), self.sigma, self.least, self.most)

    def find_quantile(self, p: float) -> float:
        z = self.mu + self.sigma * NORMAL.inv_cdf(p)
        return min(max(math.exp(min(z, 700)), self.least), self.most)

    def find_tail(self, at: float) -> float:
        if at <= 0 or at >= self.most:
            return 0.0
        return 1.0 if at < self.least else NORMAL.cdf((self.mu - math.log(at)) / self.sigma)


# A magnitude is asked for its moments again and again, with other rates.


@lru_cache(maxsize=1024)
def _find_mean(size: Lognormal) -> float:
    return float(size.limit(np.array([math.inf]))[0])


@lru_cache(maxsize=1024)
def _find_square(size: Lognormal) -> float:
    mu, sigma = size.mu, size.sigma
    a = (math.log(size.least) - mu) / sigma if size.least > 0 else -math.inf
    b = (math.log(size.most) - mu) / sigma if size.most < math.inf else math.inf
    ends = np.array([a - 2 * sigma, b - 2 * sigma, a, -b])
    below, above, floor, cap = find_cdf(np.clip(ends, -1e3, 1e3)).tolist()
    factor = 2 * mu + 4 * sigma**2 / 2
    middle = math.exp(factor) * (above - below) if factor < 700 else math.inf
    if size.most < math.inf and not math.isfinite(middle):
        raise OverflowError("a lognormal this wide has no moments a float holds")
    top = size.most**2 * cap if cap > 0 else 0.0
    return float(size.least**2 * floor + (middle + top))


@dataclass(frozen=True, slots=True)
class Pert(Magnitude):
    """A PERT between low and high, counted as ``most`` above it."""

    low: float
    best: float
    high: float
    most: float = math.inf

    def _list_atoms(self) -> tuple[Floats, Floats]:
        """Return points and weights of a Gauss-Legendre quadrature, values above ``most`` at it."""
        a, b = shape_pert(self.low, self.best, self.high)
        nodes, weights = leggauss(4)
        edges = np.linspace(0, 1, PANELS + 1)
        half = 0.5 / PANELS
        x = (edges[:-1, None] + half * (1 + nodes)).ravel()
        mass = np.tile(weights, PANELS) * x ** (a - 1) * (1 - x) ** (b - 1)
        return np.minimum(self.low + (self.high - self.low) * x, self.most), mass / mass.sum()

    @property
    def mean(self) -> float:  # type: ignore[override]
        if self.most >= self.high:
            return (self.low + 4 * self.best + self.high) / 6
        points, masses = self._list_atoms()
        return float((points * masses).sum())

    @property
    def square(self) -> float:  # type: ignore[override]
        if self.most >= self.high:
            return (self.mean - self.low) * (self.high - self.mean) / 7 + self.mean**2
        points, masses = self._list_atoms()
        return float((points**2 * masses).sum())

    def spread(self, step: float, size: int) -> Floats:
        return spread_atoms(*self._list_atoms(), step, size)

    def draw(self, chance: np.random.Generator, events: int) -> Floats:
        drawn = chance.beta(*shape_pert(self.low, self.best, self.high), events)
        drawn *= self.high - self.low
        drawn += self.low
        return np.minimum(drawn, self.most, out=drawn)

    def scale(self, factor: float) -> Magnitude:
        return Pert(self.low * factor, self.best * factor, self.high * factor, self.most)

    def find_quantile(self, p: float) -> float:
        return min(find_pert_quantile(self.low, self.best, self.high, p), self.most)


@dataclass(frozen=True, slots=True)
class Pooled(Magnitude):
    """Several distributions with their weights: each event follows one of them."""

    parts: tuple[Magnitude, ...]
    weights: tuple[float, ...]

    @property
    def mean(self) -> float:  # type: ignore[override]
        return sum(w * part.mean for w, part in zip(self.weights, self.parts, strict=True))

    @property
    def square(self) -> float:  # type: ignore[override]
        return sum(w * part.square for w, part in zip(self.weights, self.parts, strict=True))

    def spread(self, step: float, size: int) -> Floats:
        found = np.zeros(size)
        for weight, part in zip(self.weights, self.parts, strict=True):
            found += weight * part.spread(step, size)
        return found

    def draw(self, chance: np.random.Generator, events: int) -> Floats:
        whose = chance.choice(len(self.parts), events, p=self.weights)
        drawn: Floats = np.choose(whose, [part.draw(chance, events) for part in self.parts])
        return drawn

    def scale(self, factor: float) -> Magnitude:
        return Pooled(tuple(part.scale(factor) for part in self.parts), self.weights)

    def find_quantile(self, p: float) -> float:
        step, sums = _sum_masses(self)
        return step * float(np.searchsorted(sums, p))


@lru_cache(maxsize=256)
def _sum_masses(pooled: Pooled) -> tuple[float, Floats]:
    """Return the step of a grid over all parts, and the chance at or below each of its points."""
    ends = [part.find_quantile(q) for part in pooled.parts for q in (1e-6, 1 - 1e-6)]
    step = max(max(ends) / 2**14, 1e-12)
    return step, np.cumsum(pooled.spread(step, 2**14 + 2))


def read_lognormal(low: float, high: float, **limits: float) -> Lognormal:
    """Return the lognormal whose 90 % interval is low to high; needs 0 < low < high.

    >>> round(read_lognormal(100, 10_000).find_quantile(0.05), 9)
    100.0
    """
    if not 0 < low < high:
        raise ValueError("a lognormal interval needs 0 < low < high")
    centre = (math.log(low) + math.log(high)) / 2
    return Lognormal(centre, (math.log(high) - math.log(low)) / (2 * Z90), **limits)


def pool_magnitudes(parts: list[Magnitude], weights: list[float]) -> Magnitude:
    """Pool estimates of one size; weights are brought to a sum of 1."""
    if len(parts) == 1:
        return parts[0]
    whole = sum(weights)
    return Pooled(tuple(parts), tuple(w / whole for w in weights))


def spread_atoms(values: Floats, masses: Floats, step: float, size: int) -> Floats:
    """Share atoms between the two grid points beside each; those beyond the grid are left out.

    >>> spread_atoms(np.array([0.25, 9.0]), np.array([0.5, 0.5]), 1.0, 3).tolist()
    [0.375, 0.125, 0.0]
    """
    place = values / step
    at = np.minimum(place, size).astype(np.intp)
    place -= at
    place *= masses
    right = np.bincount(at, place, size + 1)
    left = np.subtract(masses, place, out=place)
    found: Floats = np.bincount(at, left, size + 1).astype(float, copy=False)
    found[1:] += right[:-1]
    return found[:size]
