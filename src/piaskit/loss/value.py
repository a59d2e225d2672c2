"""What each safeguard is worth: the years with it beside the same years without it.

Both sides of a comparison draw the same uniform number per year and risk and read it off the exact
distributions with and without the safeguard (inverse transform, comonotone). The mean difference
then varies far less than that of two independent runs; the difference of single years is not
something anybody will see, so none is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from piaskit.loss.curve import Curve
from piaskit.loss.normal import Floats
from piaskit.loss.sample import CHUNK
from piaskit.loss.sources import PERSONS
from piaskit.loss.tally import Tally, count_part
from piaskit.response import open_stream

YEARS = 100_000
"""Years of a comparison."""


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
    drawn = np.zeros(len(uniform))
    some = np.flatnonzero(uniform > sums[0])
    at = np.minimum(np.searchsorted(sums, uniform[some]), len(sums) - 1)
    drawn[some] = curve.step * at
    return drawn


def open_years(id: str, unit: str, seed: int, chunk: int, size: int) -> Floats:
    """Return the uniform numbers of a risk for a chunk of years, the same for every comparison."""
    return open_stream(seed, "loss-common", id, unit, str(chunk)).random(size)


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
                whole += draw_common(curve, open_years(id, unit, seed, chunk, size))
            self.base.append(whole)

    def measure(self, changes: Sequence[Change]) -> tuple[Tally, float]:
        """Return the tally of what a change takes off a year (signed), and its sign.

        A change makes every risk it touches smaller, or every one larger; the tally holds the
        sizes, the sign is 1 where the loss falls.
        """
        fall = sum(change.before.mean - change.after.mean for change in changes)
        sign = -1.0 if fall < 0 else 1.0
        tally = Tally()
        for change in self._list_differences(changes):
            tally.add(count_part(np.maximum(sign * change, 0.0), bins=False))
        return tally, sign

    def _list_differences(self, changes: Sequence[Change]) -> Iterator[Floats]:
        for chunk, (size, before) in enumerate(zip(self.sizes, self.base, strict=True)):
            after = before.copy()
            for change in changes:
                uniform = open_years(change.id, self.unit, self.seed, chunk, size)
                after -= draw_common(change.before, uniform)
                after += draw_common(change.after, uniform)
            yield self._cap(before) - self._cap(after)

    def _cap(self, losses: Floats) -> Floats:
        return losses if self.most is None else np.minimum(losses, self.most)


def tell_difference(tally: Tally, sign: float, exact: float) -> dict[str, Any]:
    """Describe what is saved: exactly over the single risks, and sampled over the portfolio."""
    interval = tally.find_mean_interval()
    ends = [] if interval is None else sorted(sign * end for end in interval)
    return {"exact": exact, "mean": sign * tally.mean, "mean_ci": ends}


def cap_of(unit: str, subjects: float) -> float | None:
    """Return the cap of a year over all risks in a unit."""
    return subjects if unit == PERSONS else None
