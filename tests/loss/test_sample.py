"""The sampling tier: reproducible to the bit, untouched by others, true to the exact tier."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from piaskit.loss.curve import add_curves
from piaskit.loss.magnitude import Constant, Lognormal, Pert
from piaskit.loss.money import Costs
from piaskit.loss.normal import find_cdf
from piaskit.loss.rate import FixedRate, GammaRate, read_interval
from piaskit.loss.sample import CHUNK, Model, Series, sample_years
from piaskit.loss.sources import PERSONS, Source
from piaskit.loss.tally import Tally, count_part

COSTS = {"CNY": Costs(Pert(1.0, 3.0, 20.0), Constant(1e4), Lognormal(11.0, 0.5), 0.3)}
SOURCES = (
    Source("a", FixedRate(0.4), Lognormal(6.0, 2.0, 1.0, 40_000.0), 40_000.0, COSTS, (0,)),
    Source("b", read_interval(0.05, 0.9), Pert(0.0, 900.0, 20_000.0), 40_000.0, COSTS, (0, 1)),
    Source("c", GammaRate(1.5, 2.0), Constant(700.0), 5_000.0, {}, (1,)),
)
MODEL = Model(SOURCES, 50_000.0, (40_000.0, 45_000.0))
YEARS = 2 * CHUNK + 777


@pytest.fixture(scope="module")
def sampled() -> dict[str, Series]:
    return sample_years(MODEL, seed=1, years=YEARS)


def read(series: Series) -> list[object]:
    tallies = [series.portfolio, *series.activities, *series.risks.values()]
    return [tally.to_dict((0.5, 0.9, 0.99)) for tally in tallies]


@pytest.mark.parametrize("workers", [2, 3, 5])
def test_any_number_of_workers_gives_the_same_to_the_last_bit(
    sampled: dict[str, Series], workers: int
) -> None:
    with ThreadPoolExecutor(workers) as pool:
        again = sample_years(MODEL, seed=1, years=YEARS, executor=pool)

    assert {unit: read(s) for unit, s in sampled.items()} == {
        unit: read(s) for unit, s in again.items()
    }


def test_another_risk_or_other_costs_leave_the_draws_alone(sampled: dict[str, Series]) -> None:
    free = tuple(replace(source, costs={}) for source in SOURCES)
    more = (Source("0", FixedRate(3.0), Constant(1.0), 9.0), *free)

    again = sample_years(Model(more, 50_000.0, MODEL.limits), seed=1, years=YEARS)

    for id in "abc":
        before, after = (found[PERSONS].risks[id] for found in (sampled, again))
        assert before.to_dict((0.9,)) == after.to_dict((0.9,))


def test_another_seed_draws_other_years(sampled: dict[str, Series]) -> None:
    again = sample_years(MODEL, seed=2, years=YEARS)

    assert sampled[PERSONS].portfolio.mean != again[PERSONS].portfolio.mean


def test_what_is_sampled_agrees_with_what_is_computed(sampled: dict[str, Series]) -> None:
    for unit, series in sampled.items():
        curves = {s.id: s.compute(unit) for s in SOURCES if unit in s.units}
        for id, curve in curves.items():
            tally = series.risks[id]
            assert abs(tally.mean - curve.mean) < 4 * tally.error, (unit, id)
        whole = add_curves([*curves.values()], most=50_000.0 if unit == PERSONS else None)
        assert abs(series.portfolio.mean - whole.mean) < 4 * series.portfolio.error
        assert math.sqrt(series.portfolio.variance) == pytest.approx(whole.sd, rel=0.02)


def test_no_year_harms_more_persons_than_there_are(sampled: dict[str, Series]) -> None:
    series = sampled[PERSONS]

    assert series.portfolio.top <= 50_000
    assert [
        tally.top <= limit for tally, limit in zip(series.activities, MODEL.limits, strict=True)
    ] == [True] * 2
    for source in SOURCES:
        assert series.risks[source.id].top <= source.subjects


def test_a_shared_cause_leaves_each_risk_as_it_is_and_ties_them_together() -> None:
    pair = [
        Source(id, GammaRate(2.0, 8.0), Constant(1.0), 1e6, {}, (), "vendor", 0.8) for id in "xy"
    ]

    tied = sample_years(Model(tuple(pair), 1e9), seed=3, years=CHUNK)[PERSONS]
    loose = [replace(source, cause=None) for source in pair]
    free = sample_years(Model(tuple(loose), 1e9), seed=3, years=CHUNK)[PERSONS]

    for source in pair:
        tally, curve = tied.risks[source.id], source.compute()
        assert abs(tally.mean - curve.mean) < 4 * tally.error
        assert math.sqrt(tally.variance) == pytest.approx(curve.sd, rel=0.03)
    assert tied.portfolio.variance > 1.3 * free.portfolio.variance


def test_a_cause_with_one_risk_alone_changes_nothing() -> None:
    alone = replace(SOURCES[0], cause="vendor", shared=0.5, activities=())
    plain = replace(SOURCES[0], activities=())

    found = [
        sample_years(Model((source,), 5e4), seed=1, years=5000)[PERSONS].portfolio.mean
        for source in (alone, plain)
    ]
    assert found[0] == found[1]


def test_no_years_are_refused() -> None:
    with pytest.raises(ValueError, match="one year or more"):
        sample_years(MODEL, seed=1, years=0)


def test_the_compiled_kernel_agrees_with_what_is_computed_where_it_is_installed() -> None:
    pytest.importorskip("numba")
    from piaskit.loss.kernel import draw_normals

    drawn = np.sort(draw_normals(1, 200_000))
    for z in (-3.8, -1.0, 0.3, 2.5, 3.7):
        p = float(find_cdf(np.array([z]))[0])
        assert abs(np.searchsorted(drawn, z) - 200_000 * p) < 4.5 * (200_000 * p * (1 - p)) ** 0.5
    for rate in (FixedRate(0.4), read_interval(0.1, 0.9)):
        source = Source("a", rate, Lognormal(6.0, 2.0, 1.0, 40_000.0), 40_000.0)
        tally, again = (
            sample_years(Model((source,), 5e4), seed=1, years=CHUNK, fast=True)[PERSONS].portfolio
            for _ in "ab"
        )
        assert abs(tally.mean - source.compute().mean) < 4 * tally.error
        assert tally.mean == again.mean


def test_without_numba_the_kernel_is_refused_at_once() -> None:
    try:
        import numba  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError):
            sample_years(MODEL, seed=1, years=10, fast=True)


def tally_of(values: np.ndarray) -> Tally:
    tally = Tally()
    tally.add(count_part(values))
    return tally


def test_quantiles_are_order_statistics_within_a_bin() -> None:
    values = np.random.default_rng(1).lognormal(8, 2, 20_000)

    told = tally_of(values).find_quantile(0.9)

    assert told is not None
    ordered = np.sort(values)
    assert told[0] == pytest.approx(ordered[18_000 - 1], rel=1e-3)
    assert told[1] < ordered[18_000 - 1] < told[2]


def test_a_quantile_that_few_draws_lie_beyond_is_refused() -> None:
    tally = tally_of(np.ones(99_999))

    assert tally.find_quantile(0.999) is None
    told = tally.to_dict((0.999,))["quantiles"]["0.999"]
    assert told["value"] is None
    assert told["refused"] == "fewer than 100 years lie beyond it"
    assert tally_of(np.ones(100_000)).find_quantile(0.999) is not None


def test_a_heavy_mean_gets_no_normal_interval() -> None:
    heavy = np.random.default_rng(1).lognormal(0, 4, 10_000)

    told = tally_of(heavy).to_dict(())

    assert told["mean_ci"] == []
    assert told["mean_refused_zh"] == "个别年份的损失远超其余各年"


def test_tallies_of_chunks_are_those_of_the_whole() -> None:
    values = np.random.default_rng(1).lognormal(3, 1, 10_000)
    tally = Tally()
    for part in np.array_split(values, 7):
        tally.add(count_part(part))

    whole = tally_of(values)
    assert tally.find_quantile(0.9) == whole.find_quantile(0.9)
    assert tally.mean == pytest.approx(values.mean(), rel=1e-14)
    assert tally.variance == pytest.approx(values.var(ddof=1), rel=1e-10)
    assert tally.skew == pytest.approx(whole.skew, rel=1e-9)
