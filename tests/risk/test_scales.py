"""The scales of GB/T 39335-2020 as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from piaskit.knowledge import load_knowledge
from piaskit.risk.scales import (
    EXTENTS,
    LEVELS,
    LIKELIHOODS,
    find_level,
    measure_extent,
    parse_level,
    read_matrix,
    read_meets,
)

# Table D.5, copied cell by cell by hand: (impact, likelihood, level).
D5 = [
    ("severe", "low", "medium"),
    ("severe", "medium", "high"),
    ("severe", "high", "severe"),
    ("severe", "very-high", "severe"),
    ("high", "low", "medium"),
    ("high", "medium", "medium"),
    ("high", "high", "high"),
    ("high", "very-high", "severe"),
    ("medium", "low", "low"),
    ("medium", "medium", "medium"),
    ("medium", "high", "medium"),
    ("medium", "very-high", "high"),
    ("low", "low", "low"),
    ("low", "medium", "low"),
    ("low", "high", "medium"),
    ("low", "very-high", "medium"),
]


@pytest.mark.parametrize(("impact", "likelihood", "level"), D5)
def test_every_cell_of_table_d5_is_as_the_standard_has_it(
    impact: str, likelihood: str, level: str
) -> None:
    matrix = read_matrix(load_knowledge().methods["gbt39335"])

    assert LEVELS[matrix[LEVELS.index(impact), LIKELIHOODS.index(likelihood)]] == level


def test_the_matrix_never_falls_when_impact_or_likelihood_rises() -> None:
    matrix = read_matrix(load_knowledge().methods["gbt39335"])

    assert (np.diff(matrix, axis=0) >= 0).all()
    assert (np.diff(matrix, axis=1) >= 0).all()


def test_no_impact_gives_no_level() -> None:
    matrix = read_matrix(load_knowledge().methods["gbt39335"])
    impact, likelihood = np.array([-1, 0, 3], dtype=np.int8), np.array([3, 3, 3], dtype=np.int8)

    assert find_level(matrix, impact, likelihood).tolist() == [-1, 1, 3]


@pytest.mark.parametrize(
    ("wanted", "working", "extent"),
    [
        (1, 0, "none"),
        (1, 1, "effective"),
        (2, 1, "some"),
        (3, 1, "incomplete"),
        (3, 2, "some"),
        (4, 1, "incomplete"),
        (4, 2, "some"),
        (4, 3, "some"),
        (4, 4, "effective"),
        (0, 0, "none"),
    ],
)
def test_the_share_of_working_controls_decides_the_extent(
    wanted: int, working: int, extent: str
) -> None:
    assert EXTENTS[measure_extent(np.array([wanted]), np.array([working]))[0]] == extent


def test_a_rule_whose_criteria_rise_with_its_remedy_is_read_as_not_rising() -> None:
    odd = {"none": "medium", "incomplete": "high", "some": "very-high", "effective": "high"}

    assert read_meets(odd).tolist() == [1, 1, 1, 1]


def test_words_of_both_scales_are_understood_and_others_are_not() -> None:
    assert [parse_level(word) for word in ("low", "medium", "high", "severe", "very-high")] == [
        0,
        1,
        2,
        3,
        3,
    ]
    assert [parse_level(word) for word in ("yes", None, float("nan"), "")] == [-1, -1, -1, -1]
