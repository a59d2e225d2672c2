"""The compiled kernel of the sampling tier; importing it needs numba."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from piaskit.loss.magnitude import Lognormal
from piaskit.loss.normal import Floats


@njit(cache=True, nogil=True)
def _fill(
    stream: Any, mu: float, sigma: float, least: float, most: float, places: Any, years: Any
) -> None:
    for n in range(places.size):
        size = math.exp(mu + sigma * stream.standard_normal())
        years[places[n]] += min(max(size, least), most)


def fill_years(stream: np.random.Generator, magnitude: Lognormal, places: Any, size: int) -> Floats:
    """Draw the events' sizes and add each to its year; one pass, no array of events."""
    years = np.zeros(size)
    _fill(stream, magnitude.mu, magnitude.sigma, magnitude.least, magnitude.most, places, years)
    return years
