"""Experts: intervals scored by what came of them, several opinions pooled by record."""

from __future__ import annotations

import math
from typing import Any

import pytest

from piaskit.case import TABLES
from piaskit.loss.estimates import Estimates
from piaskit.loss.experts import read_ends, score_experts

BLANK = dict.fromkeys(column.name for column in TABLES["estimates"].columns)


def row(**said: Any) -> dict[str, Any]:
    return {**BLANK, **said}


def past(expert: str, low: float, high: float, actual: float) -> dict[str, Any]:
    return row(expert=expert, quantity="persons", low=low, high=high, actual=actual)


def test_an_interval_that_holds_costs_its_width_and_one_that_misses_twenty_times_the_gap() -> None:
    scored = score_experts([past("a", 10, 100, 50), past("b", 10, 100, 200)])

    width = math.log(10)
    assert scored["a"].score == pytest.approx(width)
    assert scored["b"].score == pytest.approx(width + 20 * math.log(2))
    assert (scored["a"].held, scored["b"].held) == (1, 0)
    assert scored["a"].weight > scored["b"].weight
    assert scored["a"].weight + scored["b"].weight == pytest.approx(2)


def test_who_has_no_record_weighs_as_the_mean_of_the_others() -> None:
    scored = score_experts([past("a", 10, 100, 50), row(expert="new", quantity="persons", best=3)])

    assert scored["new"].weight == scored["a"].weight == 1
    assert scored["new"].score is None


def test_intervals_that_miss_too_often_are_called_too_narrow() -> None:
    sharp = [past("a", 10, 11, 50)] * 2
    fair = [past("b", 10, 100, 50)] * 9 + [past("b", 10, 100, 200)]

    scored = score_experts(sharp + fair)
    assert scored["a"].to_dict()["too_narrow"] is True
    assert scored["a"].chance == pytest.approx(0.01)
    assert scored["b"].narrow is False


def test_an_outcome_of_nothing_counts_as_a_hundredth_of_the_lower_end() -> None:
    assert score_experts([past("a", 10, 100, 0)])["a"].score == pytest.approx(
        math.log(10) + 20 * math.log(100)
    )


def test_the_ends_of_a_pert_are_its_90_percent_interval() -> None:
    ends = read_ends(row(quantity="persons", low=0.0, best=50.0, high=100.0))

    assert ends == pytest.approx((18.93, 81.07), abs=0.01)
    assert read_ends(row(quantity="persons", best=3.0)) is None


def test_a_risk_comes_before_its_rule_and_the_rule_before_all() -> None:
    rows = [
        row(id="1", quantity="cost", best=1.0, unit="CNY"),
        row(id="2", quantity="cost", risk="r", best=2.0, unit="CNY"),
        row(id="3", quantity="cost", risk="r@systems/s", best=3.0, unit="CNY"),
    ]
    estimates = Estimates(tuple(rows))

    found = [
        estimates.read_costs(id)["CNY"].fixed.mean for id in ("r@systems/s", "r@flows/f", "q@x")
    ]
    assert found == [3.0, 2.0, 1.0]


def test_of_one_person_the_last_estimate_counts_and_several_are_pooled_by_weight() -> None:
    rows = [
        past("a", 10, 100, 50),
        past("b", 10, 100, 200),
        row(
            id="1", quantity="frequency", risk="r", best=9.0, expert="a", estimated_on="2025-01-01"
        ),
        row(
            id="2", quantity="frequency", risk="r", best=1.0, expert="a", estimated_on="2026-01-01"
        ),
        row(
            id="3", quantity="frequency", risk="r", best=2.0, expert="b", estimated_on="2026-01-01"
        ),
    ]
    estimates = Estimates(tuple(rows))

    a, b = (estimates.experts[name].weight for name in "ab")
    rate = estimates.read_rate("r@systems/s")
    assert rate is not None
    assert rate.mean == pytest.approx((a * 1.0 + b * 2.0) / (a + b))
    assert 1.0 < rate.mean < 1.2


def test_persons_are_capped_at_the_subjects_however_they_are_estimated() -> None:
    for said in (
        {"quantity": "persons", "best": 900.0},
        {"quantity": "persons", "low": 10.0, "high": 9000.0},
        {"quantity": "persons", "low": 10.0, "best": 50.0, "high": 900.0},
        {"quantity": "share", "best": 1.0},
    ):
        persons = Estimates((row(id="1", risk="r", **said),)).read_persons("r@systems/s", 100.0)
        assert persons is not None
        assert persons.find_quantile(0.9999) <= 100.0
        assert persons.mean <= 100.0


def test_a_share_is_a_part_of_the_subjects() -> None:
    estimates = Estimates((row(id="1", risk="r", quantity="share", low=0.1, high=0.3),))

    persons = estimates.read_persons("r@systems/s", 1000.0)
    assert persons is not None
    assert persons.mean == pytest.approx(200.0)


def test_estimates_of_risks_that_are_not_in_the_register_are_told() -> None:
    rows = (
        row(id="1", risk="gone@systems/s", quantity="frequency", best=1.0),
        row(id="2", risk="there", quantity="frequency", best=1.0),
    )

    assert [r["id"] for r in Estimates(rows).list_unknown(["there@systems/s"])] == ["1"]
