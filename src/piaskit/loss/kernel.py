"""The compiled kernel of the sampling tier; importing it needs numba.

It draws with a generator of its own, SFC64 (Doty-Humphrey, PractRand) started from numbers of the
risk's stream, and normals by the ziggurat (Marsaglia and Tsang, J. Stat. Softw. 5, 2000, in the
form of Doornik 2005, 256 layers), so its draws are others than numpy's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from piaskit.loss import tally
from piaskit.loss.magnitude import Lognormal
from piaskit.loss.normal import Floats
from piaskit.loss.tally import Part

Words = NDArray[np.uint64]
_LAYERS = 256
_BATCH = 16_384  # events at a time, so that they stay in a near cache
_EDGE = 3.6541528853610088  # where the tail begins, so that all layers have one area
_UNIT = 1.0 / 2**53
_SHIFT, _FIRST = tally.SHIFT, tally.FIRST


def _lay_out() -> tuple[Floats, Floats]:
    """Return the right ends of the layers, and the part of each that lies wholly below the bell."""
    height = math.exp(-_EDGE * _EDGE / 2)
    area = _EDGE * height + math.sqrt(math.pi / 2) * math.erfc(_EDGE / math.sqrt(2))
    ends = [area / height, _EDGE]
    while len(ends) < _LAYERS:
        height = math.exp(-ends[-1] * ends[-1] / 2)
        ends.append(math.sqrt(-2 * math.log(area / ends[-1] + height)))
    ends.append(0.0)
    right = np.array(ends)
    return right, right[1:] / right[:-1]


_RIGHT, _PART = _lay_out()


@njit(cache=True, nogil=True, inline="always")
def _step(state: Words) -> Any:
    out = state[0] + state[1] + state[3]
    state[3] += uint64(1)
    state[0] = state[1] ^ (state[1] >> uint64(11))
    state[1] = state[2] + (state[2] << uint64(3))
    state[2] = ((state[2] << uint64(24)) | (state[2] >> uint64(40))) + out
    return out


@njit(cache=True, nogil=True)
def _finish_normal(state: Words, word: Any, right: Floats, part: Floats) -> Any:
    """Return a normal that begins with a word, whether it lies wholly below the bell or not."""
    while True:
        at = word & uint64(_LAYERS - 1)
        u = 2.0 * (float(word >> uint64(11)) * _UNIT) - 1.0
        if abs(u) < part[at]:
            return u * right[at]
        if at == 0:
            while True:
                x = -math.log(1.0 - float(_step(state) >> uint64(11)) * _UNIT) / _EDGE
                y = -math.log(1.0 - float(_step(state) >> uint64(11)) * _UNIT)
                if y + y >= x * x:
                    return _EDGE + x if u > 0 else -_EDGE - x
        x = u * right[at]
        outer = math.exp(-0.5 * (right[at] * right[at] - x * x))
        inner = math.exp(-0.5 * (right[at + 1] * right[at + 1] - x * x))
        if inner + float(_step(state) >> uint64(11)) * _UNIT * (outer - inner) < 1.0:
            return x
        word = _step(state)


@njit(cache=True, nogil=True)
def _draw_normals(state: Words, right: Floats, part: Floats, drawn: Floats) -> None:
    # The state lives in locals but where a layer's edge is met, some 1 in 80 draws.
    a, b, c, d = state[0], state[1], state[2], state[3]
    for n in range(drawn.size):
        word = a + b + d
        d += uint64(1)
        a = b ^ (b >> uint64(11))
        b = c + (c << uint64(3))
        c = ((c << uint64(24)) | (c >> uint64(40))) + word
        at = word & uint64(_LAYERS - 1)
        u = 2.0 * (float(word >> uint64(11)) * _UNIT) - 1.0
        if abs(u) < part[at]:
            drawn[n] = u * right[at]
        else:
            state[0], state[1], state[2], state[3] = a, b, c, d
            drawn[n] = _finish_normal(state, word, right, part)
            a, b, c, d = state[0], state[1], state[2], state[3]
    state[0], state[1], state[2], state[3] = a, b, c, d


@njit(cache=True, nogil=True)
def _draw_years(state: Words, size: int, drawn: NDArray[np.int64]) -> None:
    """Draw years: the upper half of a product of 32 bits each, any alike to 1 in 2**32."""
    a, b, c, d = state[0], state[1], state[2], state[3]
    for n in range(drawn.size):
        word = a + b + d
        d += uint64(1)
        a = b ^ (b >> uint64(11))
        b = c + (c << uint64(3))
        c = ((c << uint64(24)) | (c >> uint64(40))) + word
        drawn[n] = np.int64(((word >> uint64(32)) * uint64(size)) >> uint64(32))
    state[0], state[1], state[2], state[3] = a, b, c, d


@njit(cache=True, nogil=True)
def _add_up(places: NDArray[np.int64], sizes: Floats, years: Floats) -> None:
    for n in range(places.size):
        years[places[n]] += sizes[n]


def fill_years(
    stream: np.random.Generator,
    magnitude: Lognormal,
    size: int,
    *,
    events: int = 0,
    places: NDArray[np.int64] | None = None,
) -> Floats:
    """Draw events' sizes and add each to its year, some at a time: no array of all events.

    The years of the events are ``places``, or any of ``size`` years alike for ``events`` of them.
    The exponential is numpy's, which takes several numbers at once.
    """
    state = stream.integers(0, 2**64, 4, dtype=np.uint64)
    state[3] = 1
    _mix(state)
    years = np.zeros(size)
    total = events if places is None else len(places)
    sizes, chosen = np.empty(_BATCH), np.empty(_BATCH, dtype=np.int64)
    for start in range(0, total, _BATCH):
        end = min(start + _BATCH, total)
        held, where = sizes[: end - start], chosen[: end - start]
        _draw_normals(state, _RIGHT, _PART, held)
        held *= magnitude.sigma
        held += magnitude.mu
        np.exp(held, out=held)
        np.clip(held, magnitude.least, magnitude.most, out=held)
        if places is None:
            _draw_years(state, size, where)
        else:
            where = places[start:end]
        _add_up(where, held, years)
    return years


@njit(cache=True, nogil=True)
def _mix(state: Words) -> None:
    for _ in range(12):
        _step(state)


def count_part(values: Floats, size: int = 0, *, bins: bool = True) -> Part:
    """Summarise a chunk of years as ``tally.count_part`` does, in one pass."""
    counts = np.zeros(tally.BINS if bins else 0, dtype=np.int64)
    sums = np.zeros(4)
    size = size or len(values)
    zeros = int(_count(values, values.view(np.int64), counts, sums)) + size - len(values)
    found = np.flatnonzero(counts)
    powers = (float(sums[0]), float(sums[1]), float(sums[2]))
    return Part(size, float(sums[3]), powers, zeros, found, counts[found])


@njit(cache=True, nogil=True)
def _count(values: Floats, bits: NDArray[np.int64], counts: NDArray[np.int64], sums: Floats) -> int:
    zeros, one, two, three, top = 0, 0.0, 0.0, 0.0, 0.0
    for n in range(values.size):
        value = values[n]
        if value <= 0:
            zeros += 1
            continue
        one += value
        two += value * value
        three += value * value * value
        top = max(top, value)
        if counts.size:
            at = (bits[n] >> _SHIFT) - _FIRST
            counts[min(max(at, 0), counts.size - 1)] += 1
    sums[0], sums[1], sums[2], sums[3] = one, two, three, top
    return zeros


def draw_normals(seed: int, number: int) -> Floats:
    """Draw normals with the kernel's own generator, for those who want to check it."""
    state = np.random.default_rng(seed).integers(0, 2**64, 4, dtype=np.uint64)
    drawn = np.zeros(number)
    _draw_normals(state, _RIGHT, _PART, drawn)
    return drawn
