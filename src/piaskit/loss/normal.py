"""The normal distribution over arrays, and two functions of single numbers that go with it."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

NORMAL = NormalDist()
Z90 = NORMAL.inv_cdf(0.95)
"""A 90 % interval of the normal distribution goes this far to both sides."""

_STEPS = 128  # knots per unit; between knots a cubic is right to some 1e-13
_FAR = 37.0  # beyond it the tail is no number a float holds


@cache
def _tabulate() -> tuple[Floats, ...]:
    """Return ln of the lower tail at -x as cubics between the knots of x, lowest power first."""
    x = np.arange(int(_FAR * _STEPS) + 2) / _STEPS
    tail = np.array([math.erfc(v / math.sqrt(2)) / 2 for v in x.tolist()])
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    level, slope = np.log(tail), -density / tail / _STEPS
    step, rise, end = np.diff(level), slope[:-1], slope[1:]
    return level[:-1], rise, 3 * step - 2 * rise - end, rise + end - 2 * step


def find_cdf(z: Floats) -> Floats:
    """Return the normal distribution function, small tails with full relative precision.

    The logarithm of the tail is interpolated by cubics between knots; the relative error is below
    1e-12.

    >>> find_cdf(np.array([-40.0, -1.0, 0.0, 1.6448536269514722])).round(12).tolist()
    [0.0, 0.158655253931, 0.5, 0.95]
    """
    far = np.abs(z)
    x = np.minimum(far, _FAR)
    x *= _STEPS
    at = x.astype(np.intp)
    x -= at
    *lower, highest = _tabulate()
    tail = highest[at]
    for coefficient in reversed(lower):
        tail *= x
        tail += coefficient[at]
    np.exp(tail, out=tail)
    tail[far > _FAR] = 0.0
    found: Floats = np.where(z > 0, 1 - tail, tail)
    return found


def find_gamma_cdf(shape: float, x: float) -> float:
    """Return the distribution function of the gamma distribution with rate 1 at one point.

    By the power series left of the bulk and by the continued fraction (Lentz) right of it.

    >>> round(find_gamma_cdf(1.0, 2.0) - (1 - math.exp(-2.0)), 14)
    0.0
    """
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        for n in range(1, 10_000):
            term *= x / (shape + n)
            total += term
            if term < total * 1e-16:
                break
        return min(1.0, front * total)
    b = x + 1 - shape
    c, d = 1e300, 1 / b
    value = d
    for n in range(1, 10_000):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b or 1e-300)
        c = b + a / c or 1e-300
        value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return max(0.0, 1 - front * value)


@lru_cache(maxsize=1024)
def find_gamma_quantile(shape: float, p: float) -> float:
    """Return the quantile of the gamma distribution with rate 1, by bisection of its logarithm.

    >>> abs(find_gamma_quantile(1.0, 0.5) - math.log(2)) < 1e-12
    True
    """
    low, high = -700.0 / min(shape, 1.0), math.log(shape + 40 * math.sqrt(shape) + 60)
    for _ in range(200):
        middle = (low + high) / 2
        if find_gamma_cdf(shape, math.exp(middle)) < p:
            low = middle
        else:
            high = middle
        if high - low < 1e-14 * max(1.0, abs(low)):
            break
    return math.exp((low + high) / 2)


@cache
def fit_gamma(low: float, high: float) -> tuple[float, float]:
    """Return shape and rate of the gamma distribution whose 90 % interval is low to high.

    The ratio of the two quantiles falls with the shape, so the shape is bisected. Raises
    ValueError unless 0 < low < high.

    >>> shape, rate = fit_gamma(0.1, 0.5)
    >>> round(find_gamma_cdf(shape, 0.1 * rate), 9), round(find_gamma_cdf(shape, 0.5 * rate), 9)
    (0.05, 0.95)
    """
    if not 0 < low < high:
        raise ValueError("a gamma interval needs 0 < low < high")
    least, most = math.log(0.02), math.log(1e6)
    for _ in range(60):
        shape = math.exp((least + most) / 2)
        ratio = find_gamma_quantile(shape, 0.95) / find_gamma_quantile(shape, 0.05)
        if ratio > high / low:
            least = math.log(shape)
        else:
            most = math.log(shape)
    return shape, find_gamma_quantile(shape, 0.95) / high
