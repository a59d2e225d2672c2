"""What an event costs in money: a part per person, a fixed part, and a fine that may come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from piaskit.loss.magnitude import Constant, Lognormal, Magnitude, Pert, spread_atoms
from piaskit.loss.normal import Floats
from piaskit.loss.rate import LognormalRate, PertRate

_POINTS = 2**14  # of the grid of a quantile
_ATOMS = 4096  # persons of one event, as masses, before they are multiplied
_SLICES = 25  # of a cost per person that several people estimated


@dataclass(frozen=True, slots=True)
class Costs:
    """The parts of the cost of one event; a fine comes with a chance."""

    per_person: Magnitude = field(default_factory=lambda: Constant(0.0))
    fixed: Magnitude = field(default_factory=lambda: Constant(0.0))
    fine: Magnitude = field(default_factory=lambda: Constant(0.0))
    fine_chance: float = 1.0

    def per_event(self, persons: Magnitude) -> EventCost:
        """Return the distribution of the cost of one event that hits so many persons."""
        return EventCost(self, persons)

    def draw(self, chance: np.random.Generator, persons: Floats) -> Floats:
        """Draw the cost of events whose numbers of persons are drawn already."""
        events = len(persons)
        drawn = self.per_person.draw(chance, events) * persons
        drawn += self.fixed.draw(chance, events)
        fines = self.fine.draw(chance, events)
        if self.fine_chance < 1:
            fines *= chance.random(events) < self.fine_chance
        drawn += fines
        return drawn


@dataclass(frozen=True, slots=True)
class EventCost(Magnitude):
    """The cost of one event: persons times the cost of one, the fixed part, the fine."""

    costs: Costs
    persons: Magnitude

    @property
    def mean(self) -> float:  # type: ignore[override]
        costs = self.costs
        fine = costs.fine_chance * costs.fine.mean
        return costs.per_person.mean * self.persons.mean + costs.fixed.mean + fine

    @property
    def square(self) -> float:  # type: ignore[override]
        costs = self.costs
        a = (
            costs.per_person.mean * self.persons.mean,
            costs.per_person.square * self.persons.square,
        )
        b = (costs.fixed.mean, costs.fixed.square)
        c = (costs.fine_chance * costs.fine.mean, costs.fine_chance * costs.fine.square)
        cross = a[0] * b[0] + a[0] * c[0] + b[0] * c[0]
        return a[1] + b[1] + c[1] + 2 * cross

    def spread(self, step: float, size: int) -> Floats:
        parts = [self._spread_persons(step, size), self.costs.fixed.spread(step, size)]
        fine = self.costs.fine_chance * self.costs.fine.spread(step, size)
        fine[0] += 1 - self.costs.fine_chance
        return _convolve([*parts, fine], size)

    def _spread_persons(self, step: float, size: int) -> Floats:
        """Put persons times the cost of one on the grid, an uncertain cost by quadrature."""
        each = self.costs.per_person
        if each.mean == 0:
            return Constant(0.0).spread(step, size)
        costs, weights = _list_costs(each)
        sizes, held = _list_persons(self.persons)
        values, masses = np.outer(costs, sizes).ravel(), np.outer(weights, held).ravel()
        return spread_atoms(values, masses, step, size)

    def draw(self, chance: np.random.Generator, events: int) -> Floats:
        return self.costs.draw(chance, self.persons.draw(chance, events))

    def scale(self, factor: float) -> Magnitude:
        return EventCost(self.costs, self.persons.scale(factor))

    def find_quantile(self, p: float) -> float:
        step = _find_reach(self) / _POINTS
        if self.find_tail(step * (_POINTS + 2)) > 1 - p:  # beyond the grid, as its end says
            return step * (_POINTS + 1)
        return step * float(np.searchsorted(_sum_masses(self, step), p))

    def find_tail(self, at: float) -> float:
        return self.costs.fixed.find_tail(at)


# An event is looked at again and again, with other rates: these do not depend on them.


def _find_reach(cost: EventCost) -> float:
    """Return the end of a grid that holds almost all of a cost."""
    return cost.mean + 20 * math.sqrt(max(0.0, cost.square - cost.mean**2)) + 1e-12


@lru_cache(maxsize=256)
def _sum_masses(cost: EventCost, step: float) -> Floats:
    """Return the chance of a cost at or below each point of a grid."""
    return np.cumsum(cost.spread(step, _POINTS + 1))


@lru_cache(maxsize=256)
def _list_persons(persons: Magnitude) -> tuple[Floats, Floats]:
    """Return numbers of persons of one event and their masses."""
    step = max(persons.find_quantile(1 - 1e-12), 1e-9) / (_ATOMS - 2)
    sizes: Floats = step * np.arange(_ATOMS, dtype=float)
    return sizes, persons.spread(step, _ATOMS)


def _list_costs(each: Magnitude) -> tuple[Floats, Floats]:
    """Return costs of one person and their weights.

    Gauss nodes of a PERT or lognormal; of another distribution the middles of equal slices,
    brought to the true mean.
    """
    if each.sure:
        return np.array([each.mean]), np.ones(1)
    if isinstance(each, Pert) and each.most >= each.high:
        return PertRate(each.low, each.best, each.high).list_nodes(12)
    if isinstance(each, Lognormal) and each.least == 0 and each.most == math.inf:
        return LognormalRate(each.mu, each.sigma).list_nodes(12)
    shares = (np.arange(_SLICES) + 0.5) / _SLICES
    costs = np.array([each.find_quantile(p) for p in shares.tolist()])
    return costs * (each.mean / costs.mean()), np.full(_SLICES, 1 / _SLICES)


def _convolve(parts: Sequence[Floats], size: int) -> Floats:
    """Return the masses of a sum of independent parts on the same grid."""
    whole: Floats | None = None
    for part in parts:
        if part[0] >= 1:
            continue
        if whole is None:
            whole = part
        else:
            length = 2 * size
            one, other = np.fft.rfft([whole, part], length)
            whole = np.maximum(np.fft.irfft(one * other, length)[:size], 0)
    if whole is None:
        whole = np.zeros(size)
        whole[0] = 1.0
    return whole
