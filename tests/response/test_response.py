"""The response as a whole: the oracle, the same bytes whatever the workers, laws of more people."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from accept.responses import PERSONS, build_basic, build_full, measure_gap

from piaskit.response import Persons, Response, Shift, response, simulate_response


@pytest.fixture(scope="module")
def done() -> Response:
    plan, channels = build_full()
    return simulate_response(plan, PERSONS, channels, trials=2000, seed=3)


@pytest.mark.parametrize("build", [build_basic, build_full])
def test_the_oracle_agrees_on_the_same_draws(build: object) -> None:
    plan, channels = build()  # type: ignore[operator]

    assert measure_gap(simulate_response(plan, PERSONS, channels, trials=60, seed=11)) < 1e-9


def test_few_persons_and_none_agree_with_the_oracle_too() -> None:
    plan, channels = build_full()

    assert measure_gap(simulate_response(plan, Persons(1, 2, 9), channels, trials=40)) < 1e-9


def test_workers_and_the_number_of_trials_change_no_number(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Executor
) -> None:
    monkeypatch.setattr(response, "BLOCK", 300)
    plan, channels = build_full()
    alone = simulate_response(plan, PERSONS, channels, trials=1000, seed=5)
    more = simulate_response(plan, PERSONS, channels, trials=1300, seed=5)
    with ThreadPoolExecutor(3) as pool:
        shared = simulate_response(plan, PERSONS, channels, trials=1000, seed=5, executor=pool)
    sent = simulate_response(plan, PERSONS, channels, trials=1000, seed=5, executor=elsewhere)

    for ask in (
        lambda one: one.find_sent(),
        lambda one: one.count_known(48.0),
        lambda one: one.find_end("filing"),
        lambda one: one.hidden,
    ):
        assert ask(alone).tobytes() == ask(shared).tobytes() == ask(sent).tobytes()
        assert ask(alone)[:900].tobytes() == ask(more)[:900].tobytes()


def test_another_seed_gives_other_numbers(done: Response) -> None:
    plan, channels = build_full()
    other = simulate_response(plan, PERSONS, channels, trials=2000, seed=4)

    assert not np.array_equal(done.work, other.work)


def test_persons_who_know_never_grow_fewer_and_shares_meet_the_curve(done: Response) -> None:
    curve = np.array([done.count_known(hours) for hours in (0.0, 24.0, 96.0, 400.0, 2000.0)])
    half = done.find_told(0.5)
    at_half = np.array([done.count_known(float(np.quantile(half, 0.5)))])

    assert (np.diff(curve, axis=0) >= -1e-6).all()
    assert (at_half >= 0.5 * done.count_persons()).mean() == pytest.approx(0.5, abs=0.03)
    assert (done.find_told(0.9) >= half).all()


def test_a_second_person_brings_the_report_forward_and_a_fourth_changes_nothing(
    done: Response,
) -> None:
    day = done.plan.shifts[0]

    def report(people: int) -> float:
        plan = replace(done.plan, shifts=(replace(day, people=people),))
        return float(np.median(simulate_response(plan, trials=2000, seed=3).find_end("filing")))

    assert report(2) < report(1)
    assert report(4) == report(2)  # no more than two steps ever wait at once


def test_with_one_more_line_nobody_knows_later(done: Response) -> None:
    call = next(channel for channel in done.channels if channel.id == "call")
    wider = replace(call, capacity=240 * 21 / 20)
    channels = tuple(wider if one is call else one for one in done.channels)
    more = simulate_response(done.plan, PERSONS, channels, trials=2000, seed=3)

    for hours in (100.0, 300.0, 900.0):
        assert (more.count_known(hours) >= done.count_known(hours) - 1e-6).all()
    assert (more.find_sent() <= done.find_sent() + 1e-9).all()
    assert more.find_sent().mean() < done.find_sent().mean()


def test_an_incident_found_at_night_waits_for_the_morning() -> None:
    plan, _ = build_full()
    night = replace(plan, shifts=(Shift("day", 2, plan.shifts[0].opening),))
    done = simulate_response(night, found_at=24 + 22.0, trials=50)

    assert (done.begins[0] == 48 + 9).all()


def test_with_nobody_on_shift_nobody_is_ever_told() -> None:
    plan, channels = build_basic()
    done = simulate_response(replace(plan, shifts=()), PERSONS, channels, trials=30)

    assert np.isinf(done.find_end("triage")).all()
    assert np.isinf(done.find_told(0.5)).all() and np.isinf(done.find_sent()).all()
    assert not done.count_known(1e6).any()
