"""Shares and differences: known values, and as much coverage as the intervals promise."""

from __future__ import annotations

import numpy as np
import pytest

from piaskit.response import bound_share, compare_medians, compare_shares


def test_a_share_of_nothing_or_all_keeps_a_width() -> None:
    assert bound_share(0, 100) == (pytest.approx(0.0), pytest.approx(0.0370, abs=1e-4))
    assert bound_share(100, 100) == (pytest.approx(0.9630, abs=1e-4), pytest.approx(1.0))


def test_where_no_trial_changes_the_difference_is_none_and_its_interval_is_narrow() -> None:
    same = np.arange(1000) < 300
    found = compare_shares(same, same)

    assert found.value == 0
    assert found.low == pytest.approx(-found.high) and 0 < found.high < 0.003


def test_intervals_of_differences_hold_the_truth_in_about_95_of_100_runs() -> None:
    rng = np.random.default_rng(8)
    share = median = 0
    for _ in range(400):
        x = rng.lognormal(0, 1, 600)
        found = compare_shares(x > 1, 0.8 * x > 1)
        truth = 0.41172 - 0.5  # P(N > ln 1.25) - P(N > 0)
        share += found.low <= truth <= found.high
        moved = compare_medians(x, 0.8 * x)
        median += moved.low <= -0.2 <= moved.high

    assert share / 400 > 0.92
    assert median / 400 > 0.9


def test_an_infinite_median_has_no_difference() -> None:
    never, ever = np.full(40, np.inf), np.ones(40)

    assert compare_medians(never, ever).to_dict() == {"value": None, "ci": [None, None]}
    assert compare_medians(ever, ever + 1).to_dict() == {"value": 1.0, "ci": [1.0, 1.0]}
    assert compare_medians(ever[:5], ever[:5]).to_dict() == {"value": 0.0, "ci": [None, None]}
