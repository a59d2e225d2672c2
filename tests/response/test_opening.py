"""Opening hours: what is counted, found and added agrees with a walk through the windows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.response import Opening
from piaskit.workdays import list_workdays

SPRING = np.array(list_workdays(date(2026, 2, 9), 21))  # Festival from the 15th to the 23rd
DAY = Opening(9, 8, SPRING)
NIGHT = Opening(20, 10, SPRING)


def test_nobody_is_there_during_the_spring_festival_but_on_the_worked_saturday() -> None:
    saturday, festival = 5 * 24 + 9.0, 6 * 24 + 9.0

    assert DAY.find_open(np.array([saturday])).item() == saturday
    assert DAY.find_open(np.array([festival])).item() == 15 * 24 + 9  # Tuesday the 24th


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = 4 * 24 + 20
    opened = NIGHT.count_open(np.array([friday_night + 0.0, friday_night + 9.0]))

    assert opened[1] - opened[0] == 9
    assert NIGHT.find_open(np.array([friday_night + 9.0])).item() == friday_night + 9


def test_after_the_last_worked_day_it_never_opens_again() -> None:
    late = np.array([21 * 24.0, 1e9, np.inf])

    assert DAY.find_open(late).tolist() == [np.inf] * 3
    assert DAY.find_clock(np.array([1e6])).item() == np.inf


def test_work_that_ends_with_a_window_needs_no_next_one() -> None:
    opening = Opening(9, 8)

    assert opening.find_clock(np.array([16 * (1 + 1e-15)])).item() == pytest.approx(41)
    assert opening.add_hours(np.array([9.0]), np.array([8.0])).item() == 17


@pytest.mark.parametrize(("opens_at", "hours"), [(24, 8), (9, 0), (9, 25), (-1, 8)])
def test_a_window_that_cannot_be_is_refused(opens_at: float, hours: float) -> None:
    with pytest.raises(ValueError, match="0 to 24 hours from 0 to 24"):
        Opening(opens_at, hours)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([DAY, NIGHT, Opening(22, 7), Opening(), Opening(0, 24, SPRING)]),
    st.floats(24, 250),
    st.floats(0, 40),
)
def test_as_many_hours_pass_as_are_added(opening: Opening, clock: float, hours: float) -> None:
    begin = opening.find_open(np.array([clock]))
    end = opening.add_hours(begin, np.array([hours]))

    assert begin.item() >= clock and end.item() >= begin.item()
    passed = opening.count_open(end) - opening.count_open(begin)
    assert passed.item() == pytest.approx(hours, abs=1e-6)
