"""What loses: a risk in numbers, its events a year and what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from piaskit.loss.curve import POINTS, Curve, compound_events
from piaskit.loss.magnitude import Magnitude
from piaskit.loss.money import Costs
from piaskit.loss.rate import Rate

if TYPE_CHECKING:
    from piaskit.knowledge.calibration import Magnitude as Calibrated

PERSONS = "persons"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A risk in numbers.

    ``subjects`` caps persons, of an event and of a year. ``costs`` are given per currency.
    ``activities`` are positions in the list of activities. Of the events the part ``shared`` comes
    from ``cause``, which hits the other sources that name it as well; the distribution of each
    source alone does not depend on that.
    """

    id: str
    rate: Rate
    persons: Magnitude
    subjects: float
    costs: Mapping[str, Costs] = field(default_factory=dict)
    activities: tuple[int, ...] = ()
    cause: str | None = None
    shared: float = 0.0

    @property
    def units(self) -> tuple[str, ...]:
        """What is counted: persons, and each currency in which costs are known."""
        return (PERSONS, *self.costs)

    def compute(self, unit: str = PERSONS, points: int = POINTS) -> Curve:
        """Compute the distribution of a year's loss in one unit."""
        if unit == PERSONS:
            return compound_events(self.rate, self.persons, most=self.subjects, points=points)
        return compound_events(self.rate, self.costs[unit].per_event(self.persons), points=points)

    def apply(self, prevents: float = 0.0, limits: float = 0.0) -> Source:
        """Return the source with a safeguard: events prevented, persons of the others spared.

        Each event is prevented with chance ``prevents``, so the rate falls by that factor.
        """
        persons = self.persons if limits == 0 else self.persons.scale(1 - limits)
        return self.settle(rate=self.rate.scale(1 - prevents), persons=persons)

    def settle(self, *, rate: Rate | None = None, persons: Magnitude | None = None) -> Source:
        """Return the source with another rate or other persons per event."""
        return replace(self, rate=rate or self.rate, persons=persons or self.persons)


@dataclass(frozen=True, slots=True, eq=False)
class Quantified:
    """A risk in numbers: its source, its row in the register, and what the numbers rest on.

    ``rests_on`` names for frequency and magnitude ``estimates`` or a calibration pack; ``data`` is
    the magnitude of the pack.
    """

    source: Source
    risk: dict[str, Any]
    rests_on: dict[str, str]
    data: Calibrated | None = None
