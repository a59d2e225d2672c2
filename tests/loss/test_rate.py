"""Rates: moments, quadratures and counts agree with what is known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from piaskit.loss.normal import find_gamma_cdf, fit_gamma
from piaskit.loss.rate import (
    FixedRate,
    GammaRate,
    LognormalRate,
    PertRate,
    Rate,
    observe_rate,
    pool_rates,
    read_gamma,
    read_interval,
)

RATES: dict[str, Rate] = {
    "fixed": FixedRate(2.0),
    "gamma": GammaRate(1.5, 3.0),
    "lognormal": LognormalRate(-2.0, 1.03),
    "pert": PertRate(0.1, 0.5, 3.0),
    "pert at its low end": PertRate(0.0, 0.0, 1.0),
    "pooled": pool_rates([FixedRate(1.0), GammaRate(2.0, 4.0)], [3.0, 7.0]),
}


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_the_nodes_of_a_rate_have_its_mean_and_variance(rate: Rate) -> None:
    rates, weights = rate.list_nodes()

    mean = float((rates * weights).sum())
    assert rate.mean == pytest.approx(mean, rel=1e-10)
    assert rate.variance == pytest.approx(float((rates**2 * weights).sum()) - mean**2, abs=1e-10)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_the_number_of_events_has_the_mean_and_the_variance_of_a_mixture(rate: Rate) -> None:
    chances = rate.count_events()
    assert chances is not None
    n = np.arange(len(chances))

    mean = float((n * chances).sum())
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    assert mean == pytest.approx(rate.mean, rel=1e-6)
    spread = float((n**2 * chances).sum()) - mean**2
    assert spread == pytest.approx(rate.mean + rate.variance, rel=1e-4)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_what_is_drawn_has_the_mean_of_the_rate(rate: Rate) -> None:
    drawn = rate.draw(np.random.default_rng(1), 200_000)

    error = math.sqrt(rate.variance / len(drawn))
    assert abs(drawn.mean() - rate.mean) <= 4 * error + 1e-12


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_a_rate_times_a_factor_has_its_mean_times_the_factor(rate: Rate) -> None:
    assert rate.scale(0.8).mean == pytest.approx(0.8 * rate.mean)
    assert rate.scale(0.8).variance == pytest.approx(0.64 * rate.variance)
    assert rate.scale(0.0).mean == 0


def test_the_table_of_counts_and_the_generating_function_agree() -> None:
    at = 0.7 * np.exp(1j * np.linspace(0, 3, 7))

    for name, rate in RATES.items():
        rates, weights = rate.list_nodes()
        expected = (weights[:, None] * np.exp(rates[:, None] * (at - 1))).sum(axis=0)
        assert np.abs(rate.transform(at) - expected).max() < 1e-8, name


def test_gamma_mixing_is_the_negative_binomial() -> None:
    chances = GammaRate(2.0, 0.5).count_events()
    assert chances is not None

    p = 0.5 / 1.5
    expected = [(k + 1) * p**2 * (1 - p) ** k for k in range(6)]
    assert chances[:6].tolist() == pytest.approx(expected, rel=1e-12)


def test_a_rate_too_high_to_list_is_told_by_its_transform_alone() -> None:
    rate = FixedRate(400.0)

    assert rate.count_events() is None
    assert complex(rate.transform(np.array([1.0 + 0j]))[0]) == 1


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.5), (0.001, 2.0), (9.0, 11.0)])
def test_a_90_percent_interval_comes_back_from_what_was_fitted(low: float, high: float) -> None:
    for rate in (read_gamma(low, high), read_interval(low, high)):
        assert rate.find_quantile(0.05) == pytest.approx(low, rel=1e-6)
        assert rate.find_quantile(0.95) == pytest.approx(high, rel=1e-6)


def test_intervals_that_do_not_rise_are_refused() -> None:
    for read in (read_gamma, read_interval, fit_gamma):
        with pytest.raises(ValueError, match="0 < low < high"):
            read(2.0, 1.0)


def test_the_gamma_distribution_of_shape_a_half_is_that_of_a_squared_normal() -> None:
    for x in (0.01, 0.5, 3.0, 20.0):
        assert find_gamma_cdf(0.5, x) == pytest.approx(math.erf(math.sqrt(x)), rel=1e-12)


def test_seen_events_give_the_rate_of_jeffreys_prior() -> None:
    assert observe_rate(0, 2).mean == 0.25
    assert observe_rate(10, 5).mean == 2.1
