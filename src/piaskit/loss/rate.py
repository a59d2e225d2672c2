"""How often: events a year, with the uncertainty of the rate kept.

Given its rate the number of events of a year is Poisson; the rate itself is fixed, or drawn anew
for every year from a gamma, lognormal or PERT distribution, or from several people's estimates.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

from piaskit.loss.normal import NORMAL, Z90, Floats, find_gamma_quantile, fit_gamma

Complexes = NDArray[np.complex128]
NODES = 32  # points of a quadrature over the rate
MOST_TERMS = 256  # numbers of events that are listed one by one
REST = 1e-9  # the chance of more events than are listed


class Rate(ABC):
    """A distribution of the number of events a year."""

    mean: float
    """The expected number of events."""
    variance: float
    """The variance of the rate itself; that of the number of events is larger by ``mean``."""

    @abstractmethod
    def list_nodes(self, points: int = NODES) -> tuple[Floats, Floats]:
        """Return rates and their weights, a quadrature of the distribution of the rate."""

    @abstractmethod
    def scale(self, factor: float) -> Rate:
        """Return the rate times a factor."""

    @abstractmethod
    def draw(self, chance: np.random.Generator, years: int) -> Floats:
        """Draw the rates of years."""

    @abstractmethod
    def find_quantile(self, p: float) -> float:
        """Return a quantile of the rate."""

    def count_events(self) -> Floats | None:
        """Return the chances of 0, 1, 2 ... events in a year; None when the list would be long.

        The last one stands for all that are more, whose chance is below 1e-9.

        >>> FixedRate(1.0).count_events()[:2].round(6).tolist()
        [0.367879, 0.367879]
        """
        rates, weights = self.list_nodes()
        n = np.arange(MOST_TERMS)
        with np.errstate(divide="ignore"):
            logs = np.log(rates)[:, None] * n - rates[:, None] - _factorials(MOST_TERMS)
        logs[rates == 0] = np.where(n == 0, 0.0, -np.inf)
        return _cut_off((weights[:, None] * np.exp(logs)).sum(axis=0))

    def transform(self, part: Complexes) -> Complexes:
        """Return the generating function of the number of events at complex points.

        Points lie inside the unit circle, as the transform of one event's magnitude does.
        """
        listed = _list_chances(self)
        if listed is not None:
            value = np.full(part.shape, listed[-1], dtype=np.complex128)
            for chance in listed[-2::-1]:
                value *= part
                value += chance
            return value
        rates, weights = self.list_nodes()
        whole = np.zeros(part.shape, dtype=np.complex128)
        for rate, weight in zip(rates, weights, strict=True):
            whole += weight * np.exp(rate * (part - 1))
        return whole


@lru_cache(maxsize=1024)
def _list_chances(rate: Rate) -> Floats | None:
    """Return ``rate.count_events()``; many risks have the same rate, and many magnitudes a risk."""
    return rate.count_events()


@dataclass(frozen=True, slots=True)
class FixedRate(Rate):
    """A rate known for sure."""

    rate: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        return self.rate

    @property
    def variance(self) -> float:  # type: ignore[override]
        return 0.0

    def list_nodes(self, points: int = NODES) -> tuple[Floats, Floats]:
        return np.array([self.rate]), np.ones(1)

    def transform(self, part: Complexes) -> Complexes:
        whole: Complexes = np.exp(self.rate * (part - 1))
        return whole

    def scale(self, factor: float) -> Rate:
        return FixedRate(self.rate * factor)

    def draw(self, chance: np.random.Generator, years: int) -> Floats:
        return np.full(years, self.rate)

    def find_quantile(self, p: float) -> float:
        return self.rate


@dataclass(frozen=True, slots=True)
class GammaRate(Rate):
    """A gamma rate: the number of events is negative binomial.

    ``observe_rate`` gives the one that follows from events seen in some years.
    """

    shape: float
    inverse: float  # years: the mean is shape / inverse

    @property
    def mean(self) -> float:  # type: ignore[override]
        return self.shape / self.inverse

    @property
    def variance(self) -> float:  # type: ignore[override]
        return self.shape / self.inverse**2

    def list_nodes(self, points: int = NODES) -> tuple[Floats, Floats]:
        nodes, weights = _laguerre(self.shape, points)
        return nodes / self.inverse, weights

    def count_events(self) -> Floats | None:
        n = np.arange(1, MOST_TERMS)
        start = self.shape * math.log(self.inverse / (1 + self.inverse))
        steps = np.log((self.shape + n - 1) / n) - math.log1p(self.inverse)
        chances = np.exp(np.concatenate([[start], start + np.cumsum(steps)]))
        return _cut_off(chances)

    def transform(self, part: Complexes) -> Complexes:
        whole: Complexes = (1 + (1 - part) / self.inverse) ** -self.shape
        return whole

    def scale(self, factor: float) -> Rate:
        return GammaRate(self.shape, self.inverse / factor) if factor > 0 else FixedRate(0.0)

    def draw(self, chance: np.random.Generator, years: int) -> Floats:
        drawn: Floats = chance.standard_gamma(self.shape, years)
        drawn /= self.inverse
        return drawn

    def find_quantile(self, p: float) -> float:
        return find_gamma_quantile(self.shape, p) / self.inverse


@dataclass(frozen=True, slots=True)
class LognormalRate(Rate):
    """A lognormal rate, by mean and standard deviation of its logarithm."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def variance(self) -> float:  # type: ignore[override]
        return self.mean**2 * math.expm1(self.sigma**2)

    def list_nodes(self, points: int = NODES) -> tuple[Floats, Floats]:
        z, weights = _hermite(points)
        return np.exp(self.mu + self.sigma * z), weights

    def scale(self, factor: float) -> Rate:
        if factor <= 0:
            return FixedRate(0.0)
        return LognormalRate(self.mu + math.log(factor), self.sigma)

    def draw(self, chance: np.random.Generator, years: int) -> Floats:
        z = chance.standard_normal(years)
        z *= self.sigma
        z += self.mu
        drawn: Floats = np.exp(z, out=z)
        return drawn

    def find_quantile(self, p: float) -> float:
        return math.exp(self.mu + self.sigma * NORMAL.inv_cdf(p))


@dataclass(frozen=True, slots=True)
class PertRate(Rate):
    """A PERT rate: a beta from low to high, its mode best, its mean (low + 4 best + high) / 6."""

    low: float
    best: float
    high: float

    @property
    def beta(self) -> tuple[float, float]:
        """The two exponents of the beta distribution, each at least 1."""
        return shape_pert(self.low, self.best, self.high)

    @property
    def mean(self) -> float:  # type: ignore[override]
        return (self.low + 4 * self.best + self.high) / 6

    @property
    def variance(self) -> float:  # type: ignore[override]
        return (self.mean - self.low) * (self.high - self.mean) / 7

    def list_nodes(self, points: int = NODES) -> tuple[Floats, Floats]:
        nodes, weights = _jacobi(*self.beta, points)
        return self.low + (self.high - self.low) * nodes, weights

    def scale(self, factor: float) -> Rate:
        return PertRate(self.low * factor, self.best * factor, self.high * factor)

    def draw(self, chance: np.random.Generator, years: int) -> Floats:
        drawn: Floats = chance.beta(*self.beta, years)
        return self.low + (self.high - self.low) * drawn

    def find_quantile(self, p: float) -> float:
        return find_pert_quantile(self.low, self.best, self.high, p)


@dataclass(frozen=True, slots=True)
class PooledRate(Rate):
    """Several people's estimates, each with its weight: each year follows one of them."""

    parts: tuple[Rate, ...]
    weights: tuple[float, ...]

    @property
    def mean(self) -> float:  # type: ignore[override]
        return sum(w * part.mean for w, part in zip(self.weights, self.parts, strict=True))

    @property
    def variance(self) -> float:  # type: ignore[override]
        squares = sum(
            w * (part.variance + part.mean**2)
            for w, part in zip(self.weights, self.parts, strict=True)
        )
        return squares - self.mean**2

    def list_nodes(self, points: int = NODES) -> tuple[Floats, Floats]:
        found = [part.list_nodes(points) for part in self.parts]
        weights = [w * nodes[1] for w, nodes in zip(self.weights, found, strict=True)]
        return np.concatenate([nodes[0] for nodes in found]), np.concatenate(weights)

    def transform(self, part: Complexes) -> Complexes:
        whole = np.zeros(part.shape, dtype=np.complex128)
        for weight, one in zip(self.weights, self.parts, strict=True):
            whole += weight * one.transform(part)
        return whole

    def scale(self, factor: float) -> Rate:
        return PooledRate(tuple(part.scale(factor) for part in self.parts), self.weights)

    def draw(self, chance: np.random.Generator, years: int) -> Floats:
        whose = chance.choice(len(self.parts), years, p=self.weights)
        drawn: Floats = np.choose(whose, [part.draw(chance, years) for part in self.parts])
        return drawn

    def find_quantile(self, p: float) -> float:
        rates, weights = self.list_nodes()
        order = np.argsort(rates)
        return float(np.interp(p, np.cumsum(weights[order]), rates[order]))


def read_interval(low: float, high: float) -> LognormalRate:
    """Return the lognormal rate whose 90 % interval is low to high; needs 0 < low < high.

    >>> round(read_interval(0.1, 1.0).find_quantile(0.95), 12)
    1.0
    """
    if not 0 < low < high:
        raise ValueError("a lognormal interval needs 0 < low < high")
    centre = (math.log(low) + math.log(high)) / 2
    return LognormalRate(centre, (math.log(high) - math.log(low)) / (2 * Z90))


def read_gamma(low: float, high: float) -> GammaRate:
    """Return the gamma rate whose 90 % interval is low to high; needs 0 < low < high."""
    return GammaRate(*fit_gamma(low, high))


def observe_rate(events: float, years: float) -> GammaRate:
    """Return what a count tells of a rate: gamma, after Jeffreys' prior (shape 1/2, no years).

    >>> observe_rate(2, 4).mean
    0.625
    """
    return GammaRate(events + 0.5, years)


def shape_pert(low: float, best: float, high: float) -> tuple[float, float]:
    """Return the exponents of the beta distribution of a PERT; needs low <= best <= high."""
    if not low <= best <= high:
        raise ValueError("PERT needs low, best and high in order")
    span = high - low
    if span == 0:
        return 1.0, 1.0
    return 1 + 4 * (best - low) / span, 1 + 4 * (high - best) / span


@lru_cache(maxsize=1024)
def find_pert_quantile(low: float, best: float, high: float, p: float) -> float:
    """Return a quantile of a PERT, from its density at 20,001 points."""
    a, b = shape_pert(low, best, high)
    x = np.linspace(0, 1, 20_001)
    density = x ** (a - 1) * (1 - x) ** (b - 1)
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return low + (high - low) * float(np.interp(p, mass / mass[-1], x))


def pool_rates(parts: Sequence[Rate], weights: Sequence[float]) -> Rate:
    """Pool estimates of one rate; weights are brought to a sum of 1."""
    if len(parts) == 1:
        return parts[0]
    whole = sum(weights)
    return PooledRate(tuple(parts), tuple(w / whole for w in weights))


def _cut_off(chances: Floats) -> Floats | None:
    """Leave out numbers of events too many to matter; None when the list ends too soon."""
    beyond = 1 - np.cumsum(chances)
    enough = np.flatnonzero(beyond < REST)
    if not len(enough):
        return None
    kept = chances[: enough[0] + 1].copy()
    kept[-1] += 1 - kept.sum()
    return kept


@cache
def _factorials(size: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size)))])


@cache
def _hermite(points: int) -> tuple[Floats, Floats]:
    z, weights = hermegauss(points)
    return z, weights / weights.sum()


@cache
def _jacobi(a: float, b: float, points: int) -> tuple[Floats, Floats]:
    """Return nodes and weights for a beta distribution (Golub and Welsch 1969)."""
    p, q = b - 1, a - 1  # the exponents of (1 - x) and (1 + x)
    n = np.arange(points, dtype=float)
    both = 2 * n + p + q
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = np.where(both == 0, (q - p) / 2, (q * q - p * p) / (both * (both + 2)))
    diagonal[0] = (q - p) / (p + q + 2)
    k = np.arange(1, points, dtype=float)
    both = 2 * k + p + q
    square = 4 * k * (k + p) * (k + q) * (k + p + q) / (both**2 * (both + 1) * (both - 1))
    return _diagonalise(diagonal, square, lambda x: (x + 1) / 2)


@cache
def _laguerre(shape: float, points: int) -> tuple[Floats, Floats]:
    """Return nodes and weights for a gamma distribution of rate 1 (Golub and Welsch 1969)."""
    n = np.arange(points, dtype=float)
    k = n[1:]
    return _diagonalise(2 * n + shape, k * (k + shape - 1), lambda x: x)


def _diagonalise(
    diagonal: Floats, square: Floats, place: Callable[[Floats], Floats]
) -> tuple[Floats, Floats]:
    beside = np.sqrt(square)
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    weights = vectors[0] ** 2
    return place(nodes), weights / weights.sum()
