"""The exact tier against closed forms and an integer recursion; errors are stated here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.loss.curve import (
    LOST,
    POINTS,
    Curve,
    add_curves,
    compound_events,
    compound_on_grid,
    find_lost,
)
from piaskit.loss.magnitude import Constant, Lognormal, Magnitude, Pert
from piaskit.loss.money import Costs
from piaskit.loss.rate import FixedRate, GammaRate, Rate, read_interval

CASES: dict[str, tuple[Rate, Magnitude]] = {
    "fixed": (FixedRate(2.0), Lognormal(2.0, 0.7)),
    "rare": (FixedRate(0.05), Lognormal(2.0, 0.7)),
    "often": (FixedRate(300.0), Pert(1.0, 2.0, 9.0)),
    "gamma": (GammaRate(2.5, 1.2), Pert(0.0, 10.0, 100.0)),
    "lognormal": (read_interval(0.05, 0.9), Pert(0.0, 10.0, 100.0)),
}


@pytest.mark.parametrize(("rate", "size"), CASES.values(), ids=CASES)
def test_mean_variance_and_chance_of_nothing_are_those_of_the_closed_form(
    rate: Rate, size: Magnitude
) -> None:
    curve = compound_events(rate, size)
    rates, weights = rate.list_nodes()

    mean = rate.mean * size.mean
    variance = rate.mean * size.square + rate.variance * size.mean**2
    nothing = float((weights * np.exp(-rates)).sum())
    assert curve.mean == pytest.approx(mean, rel=1e-4)
    assert curve.sd**2 == pytest.approx(variance, rel=2e-3)
    assert float(curve.masses[0]) == pytest.approx(nothing, abs=2e-3)
    assert curve.lost < 1e-7


def _recur(rate: float, chances: list[float], size: int) -> list[float]:
    """Panjer's recursion for a Poisson number of integer losses (ASTIN Bulletin 12, 1981)."""
    found = [math.exp(rate * (chances[0] - 1))]
    for s in range(1, size):
        most = min(s, len(chances) - 1)
        found.append(rate / s * sum(j * chances[j] * found[s - j] for j in range(1, most + 1)))
    return found


class Dice(Magnitude):
    """Integer losses with given chances."""

    def __init__(self, chances: list[float]) -> None:
        self.chances = np.array(chances)
        values = np.arange(len(chances))
        self.mean = float((values * self.chances).sum())
        self.square = float((values**2 * self.chances).sum())

    def spread(self, step: float, size: int) -> np.ndarray:
        assert step == 1
        return np.pad(self.chances, (0, size - len(self.chances)))

    draw = scale = find_quantile = None  # type: ignore[assignment]


@settings(max_examples=15, deadline=None)
@given(
    rate=st.floats(0.01, 30),
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda w: sum(w) > 0.1),
)
def test_on_integers_the_transform_is_the_recursion(rate: float, weights: list[float]) -> None:
    chances = [0.0, *(w / sum(weights) for w in weights)]

    curve = compound_on_grid(FixedRate(rate), Dice(chances), 1.0, 1024, capped=True)

    expected = _recur(rate, chances, 1023)
    assert np.abs(curve.masses[:-1] - expected).max() < 1e-9


def test_a_cap_holds_the_mass_that_would_lie_beyond() -> None:
    rate, size = FixedRate(1.0), Constant(60.0)

    curve = compound_events(rate, size, most=100.0, points=1001)

    assert curve.capped

    once, never = math.exp(-1), math.exp(-1)
    assert curve.at_cap == pytest.approx(1 - never - once, abs=1e-7)
    assert curve.mean == pytest.approx(60 * once + 100 * (1 - never - once), abs=1e-4)
    assert curve.find_quantile(0.99) == 100.0
    assert curve.find_quantile(0.3) == 0.0
    assert curve.find_chance(np.array([0.0, 100.0, 101.0])).tolist() == pytest.approx(
        [1.0, curve.at_cap, 0.0], abs=1e-9
    )


def test_quantiles_are_those_of_the_normal_where_events_are_many() -> None:
    curve = compound_events(FixedRate(5_000.0), Constant(1.0))

    assert curve.find_quantile(0.95) == pytest.approx(5000 + 1.6449 * 5000**0.5, rel=2e-4)


def test_the_sum_of_independent_years_adds_means_and_variances() -> None:
    curves = [compound_events(rate, size) for rate, size in CASES.values()]

    whole = add_curves(curves)

    assert whole.mean == pytest.approx(sum(curve.mean for curve in curves), rel=1e-5)
    assert whole.sd**2 == pytest.approx(sum(curve.sd**2 for curve in curves), rel=1e-4)


def test_the_sum_may_be_capped_once_more() -> None:
    curves = [compound_events(FixedRate(1.0), Constant(80.0), most=80.0)] * 3

    whole = add_curves(curves, most=100.0)

    p = math.exp(-1)
    assert whole.find_quantile(0.9999) == 100.0
    assert whole.at_cap == pytest.approx(1 - p**3 - 3 * p**2 * (1 - p), abs=1e-6)


def test_a_cap_that_is_never_reached_costs_no_precision() -> None:
    rate, size = FixedRate(1.0), Pert(1.0, 5.0, 12.0)

    curve = compound_events(rate, size, most=1e6)

    assert not curve.capped
    assert curve.sd**2 == pytest.approx(rate.mean * size.square, rel=1e-4)


def test_nothing_at_all_is_a_curve_too() -> None:
    assert add_curves([], most=10.0).mean == 0
    assert add_curves([]).mean == 0
    assert compound_events(FixedRate(0.0), Constant(5.0)).mean == 0


def test_a_cap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a cap must be positive"):
        compound_events(FixedRate(1.0), Constant(1.0), most=0.0)


def test_the_chance_to_reach_an_amount_is_the_quantile_read_the_other_way() -> None:
    curve: Curve = compound_events(FixedRate(3.0), Lognormal(2.0, 0.7))

    for q in (0.3, 0.9, 0.99):
        chance = float(curve.find_chance(np.array([curve.find_quantile(q)]))[0])
        assert chance == pytest.approx(1 - q, abs=1e-9)


def test_a_grid_is_passed_over_only_if_its_curve_would_lose_too_much() -> None:
    size = Costs(fixed=Lognormal(12.5, 1.03)).per_event(Constant(1.0))
    passed = 0
    for rate in (read_interval(0.001, 0.03), GammaRate(1.5, 52.0), FixedRate(3.0)):
        for end in np.geomspace(1e6, 1e9, 13).tolist():
            if find_lost(rate, size, end, POINTS) > LOST:
                passed += 1
                curve = compound_on_grid(rate, size, end / (POINTS - 1), POINTS, capped=False)
                assert curve.lost > LOST

    assert passed > 10
