"""Magnitudes: moments, grids and draws say the same."""

from __future__ import annotations

import math

import numpy as np
import pytest

from piaskit.loss.magnitude import (
    Constant,
    Lognormal,
    Magnitude,
    Pert,
    pool_magnitudes,
    read_lognormal,
)
from piaskit.loss.money import Costs
from piaskit.loss.normal import NORMAL

SIZES: dict[str, Magnitude] = {
    "constant": Constant(7.3),
    "lognormal": Lognormal(2.0, 0.8),
    "lognormal between limits": Lognormal(8.0, 4.0, 1.0, 50_000.0),
    "pert": Pert(0.0, 10.0, 100.0),
    "pert with a cap": Pert(0.0, 0.0, 50.0, 30.0),
    "pooled": pool_magnitudes([Constant(1.0), Pert(1.0, 2.0, 3.0)], [2.0, 3.0]),
    "money": Costs(Pert(1.0, 3.0, 20.0), Constant(500.0), Pert(10.0, 20.0, 90.0), 0.3).per_event(
        Lognormal(3.0, 2.0, 1.0, 400.0)
    ),
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_grid_keeps_the_mean(size: Magnitude) -> None:
    step = (size.mean + 60 * math.sqrt(size.square)) / 2**15
    masses = size.spread(step, 2**15)
    values = step * np.arange(len(masses))

    assert masses.min() >= 0
    assert masses.sum() == pytest.approx(1.0, abs=1e-6)
    assert (values * masses).sum() == pytest.approx(size.mean, rel=2e-5)
    assert (values**2 * masses).sum() == pytest.approx(size.square, rel=3e-3)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_what_is_drawn_has_the_moments_that_are_stated(size: Magnitude) -> None:
    drawn = size.draw(np.random.default_rng(2), 400_000)

    error = math.sqrt(max(0.0, size.square - size.mean**2) / len(drawn))
    assert abs(drawn.mean() - size.mean) <= 4 * error + 1e-9
    assert (drawn**2).mean() == pytest.approx(size.square, rel=0.05)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_quantile_parts_what_is_drawn(size: Magnitude) -> None:
    drawn = size.draw(np.random.default_rng(3), 100_000)

    for p in (0.2, 0.5, 0.9):
        at = size.find_quantile(p)
        slack = 0.01
        assert (drawn < at * (1 - 1e-3)).mean() <= p + slack
        assert (drawn <= at * (1 + 1e-3)).mean() >= p - slack


def test_a_lognormal_keeps_to_its_limits() -> None:
    drawn = Lognormal(8.0, 4.0, 1.0, 50_000.0).draw(np.random.default_rng(4), 50_000)

    assert drawn.min() == 1
    assert drawn.max() == 50_000


def test_the_limited_expected_value_is_the_textbook_one() -> None:
    mu, sigma, a = 2.0, 1.5, 20.0
    z = (math.log(a) - mu) / sigma
    expected = math.exp(mu + sigma**2 / 2) * NORMAL.cdf(z - sigma) + a * (1 - NORMAL.cdf(z))

    found = float(Lognormal(mu, sigma).limit(np.array([a]))[0])
    assert found == pytest.approx(expected, rel=1e-12)


def test_an_interval_of_90_percent_comes_back() -> None:
    size = read_lognormal(100.0, 10_000.0)

    assert size.find_quantile(0.05) == pytest.approx(100.0)
    assert size.find_quantile(0.95) == pytest.approx(10_000.0)


@pytest.mark.parametrize("end", [30.0, 400.0, 3_000.0, 60_000.0])
@pytest.mark.parametrize(
    "size",
    [
        *SIZES.values(),
        Costs(Pert(1.0, 3.0, 20.0), Lognormal(6.0, 1.0)).per_event(Lognormal(3.0, 2.0, 1.0, 400.0)),
    ],
)
def test_no_event_is_rarer_beyond_a_grid_than_its_tail_says(size: Magnitude, end: float) -> None:
    points = 2**12
    beyond = 1 - size.spread(end / (points - 1), points).sum()

    assert size.find_tail(end * (1 + 2 / points)) <= beyond + 1e-12
