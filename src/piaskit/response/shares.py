"""Shares of trials, and differences between two runs on the same draws, with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from piaskit.response.quantiles import Z

SECTIONS = 20
_T = 2.0930240544083096  # 97.5 % of Student's t with 19 degrees of freedom


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference and its 95 % interval; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, object]:
        """Return ``{"value", "ci"}`` as plain numbers."""
        rounded = [None if x is None else round(x, 4) for x in (self.value, self.low, self.high)]
        return {"value": rounded[0], "ci": rounded[1:]}


def bound_share(count: int, of: int) -> tuple[float, float]:
    """Return the Wilson interval of 95 % for a share.

    >>> [round(bound, 4) for bound in bound_share(5, 10)]
    [0.2366, 0.7634]
    """
    p = count / of
    middle = (p + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * math.sqrt(p * (1 - p) / of + Z * Z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def compare_shares(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Difference:
    """Return by how much a share changes between two runs on the same draws.

    The interval is that of Agresti and Min (2005) for matched pairs: Wald's after half a pair is
    added to each of the four cells, so that it has a width even where no trial changes.

    >>> before, after = np.arange(10) < 8, np.arange(10) < 5
    >>> compare_shares(before, after).to_dict()
    {'value': -0.3, 'ci': [-0.5444, 0.0444]}
    """
    n, gone, come = len(before), int((before & ~after).sum()), int((after & ~before).sum())
    size, less, more = n + 2, gone + 0.5, come + 0.5
    middle = (more - less) / size
    half = Z * math.sqrt(less + more - (more - less) ** 2 / size) / size
    return Difference((come - gone) / n, max(-1.0, middle - half), min(1.0, middle + half))


def compare_medians(before: NDArray[np.float64], after: NDArray[np.float64]) -> Difference:
    """Return by how much the median changes between two runs on the same draws.

    The interval is Student's over 20 sections of the trials, each of which gives one difference;
    so the draws that both runs share cancel out. Samples may hold infinity; where a median is
    infinite there is no difference, and with fewer than 20 trials no interval.
    """
    value = float(_find_middle(after)) - float(_find_middle(before))
    if not math.isfinite(value):
        return Difference(None, None, None)
    if len(before) < SECTIONS:
        return Difference(value, None, None)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        found = _find_middles(after) - _find_middles(before)
    if not np.isfinite(found).all():
        return Difference(value, None, None)
    half = _T * float(np.std(found, ddof=1)) / math.sqrt(SECTIONS)
    return Difference(value, value - half, value + half)


def _find_middles(sample: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the medians of all sections, of which the first ones may be longer by one."""
    size, longer = divmod(len(sample), SECTIONS)
    at = longer * (size + 1)
    parts = sample[:at].reshape(longer, size + 1), sample[at:].reshape(-1, size)
    return np.concatenate([_find_middle(part) for part in parts])


def _find_middle(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lower median of each sample along the last axis."""
    middle = (samples.shape[-1] - 1) // 2
    found: NDArray[np.float64] = np.partition(samples, middle, axis=-1)[..., middle]
    return found
