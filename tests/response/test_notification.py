"""Notification in time: closed forms, a person-by-person oracle, laws, and the same bytes twice."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piaskit.response import Channel, Persons, estimate_quantiles, simulate_notification
from piaskit.response.notification import NEAR

MAIL = Channel("mail", 0.7, (0.3, 0.4, 0.5), 300, retries=1, retry_after=24, delay=2, cost=0.01)
CALL = Channel("call", 0.9, (0.5, 0.6, 0.7), 20, 9, 12, retries=2, retry_after=4, cost=2.5)
POST = Channel("post", 0.6, (0.8, 0.9, 0.95), 40, 8, 8, delay=72, cost=9)


def find_close(channel: Channel, clock: float, work: float) -> float:
    """Walk minute by minute until so many open hours are done: the plain way to tell time."""
    step = 1 / 60
    while work > 1e-9:
        if (clock - channel.opens_at) % 24 < channel.open_hours - 1e-9:
            work -= step
        clock += step
    return clock


def test_a_channel_without_limit_reaches_all_at_once() -> None:
    done = simulate_notification(Persons(50, 50, 50), [Channel("push", 1, (1, 1, 1))], trials=3)

    assert done.count_reached(0).tolist() == [50, 50, 50]
    assert done.find_hours([0.5], 1.0).ravel().max() <= NEAR


def test_without_channels_nobody_is_told_at_no_cost() -> None:
    done = simulate_notification(Persons(5, 5, 5), [], trials=3)

    assert (3, 0) == done.attempts.shape == done.reached.shape == done.ends.shape
    assert done.cost.tolist() == [0.0, 0.0, 0.0]
    assert [[math.inf]] * 3 == done.find_hours([0.5], 24).tolist()


def test_what_never_begins_is_not_told_before_it() -> None:
    channels = [Channel("sms", coverage=1.0, reach=(1, 1, 1), capacity=5)]
    done = simulate_notification(Persons(5, 5, 5), channels, begins=math.inf, trials=2)

    with np.errstate(invalid="ignore"):
        assert (done.find_hours([0.5], 24) > 0).all()


def test_capacity_and_hours_of_work_decide_the_time() -> None:
    phone = Channel("phone", 1, (1, 1, 1), capacity=10, opens_at=9, open_hours=12)
    done = simulate_notification(Persons(200, 200, 200), [phone], begins=20.0, trials=1)

    # One hour on the first evening, twelve on the second day, seven on the third.
    assert done.ends.item() == pytest.approx(2 * 24 + 16)
    assert done.count_reached(1).item() == pytest.approx(10)
    assert done.count_reached(13).item() == pytest.approx(10)  # 9 o'clock of the next day
    assert done.count_reached(25).item() == pytest.approx(130)
    assert done.find_hours([1.0], 100.0).item() == pytest.approx(44, abs=NEAR)


@pytest.mark.parametrize("begins", [0.0, 7.5, 13.25, 22.0])
@pytest.mark.parametrize(("opens", "length"), [(9, 12), (20, 8), (0, 24)])
def test_open_hours_agree_with_a_walk_minute_by_minute(
    begins: float, opens: float, length: float
) -> None:
    channel = Channel("x", 1, (1, 1, 1), 6, opens, length)
    done = simulate_notification(Persons(75, 75, 75), [channel], begins=begins, trials=1)

    assert done.ends.item() == pytest.approx(find_close(channel, begins, 75 / 6), abs=0.05)


def test_the_expected_rest_is_the_product_of_what_each_channel_leaves() -> None:
    persons, trials = 20_000, 4000
    channels = [MAIL, CALL, POST]
    done = simulate_notification(Persons(persons, persons, persons), channels, trials=trials)

    left, nowhere = 1.0, 1.0
    for channel in channels:
        low, best, high = channel.reach
        mean, a = (low + 4 * best + high) / 6, 1 + 4 * (best - low) / (high - low)
        b = 6 - a
        # E[(1 - p)^n] of a beta on [low, high], by quadrature.
        x = (np.arange(4000) + 0.5) / 4000
        weight = x ** (a - 1) * (1 - x) ** (b - 1)
        missed = np.average((1 - low - (high - low) * x) ** (channel.retries + 1), weights=weight)
        assert mean == pytest.approx(np.average(low + (high - low) * x, weights=weight), abs=1e-4)
        left *= 1 - channel.coverage * (1 - missed)
        nowhere *= 1 - channel.coverage
    error = 4 * done.unreached.std() / trials**0.5
    assert done.unreached.mean() == pytest.approx(persons * left, abs=error)
    assert done.without_address.mean() == pytest.approx(persons * nowhere, abs=1.5)


def walk_persons(persons: int, channels: list[Channel], seed: int) -> list[float]:
    """Tell persons one by one in a plain loop; return the hours at which each of them knows."""
    chance = np.random.default_rng(seed)

    def opened(channel: Channel, clock: float) -> float:
        return float(channel.opening.count_open(np.array(clock)))

    def closed(channel: Channel, work: float) -> float:
        return float(channel.opening.find_clock(np.array(work)))

    fresh, failed, ready, known = persons, 0, 0.0, []
    for channel in channels:
        low, best, high = channel.reach
        a = 1 + 4 * (best - low) / (high - low)
        odds = low + (high - low) * chance.beta(a, 6 - a)
        work, last, given_up, rest = opened(channel, 0.0), 0.0, 0, []
        for queue, since in ((fresh, 0.0), (failed, ready)):
            left = sum(chance.random() < channel.coverage for _ in range(queue))
            rest.append(queue - left)
            soonest = opened(channel, since)
            for _ in range(channel.retries + 1):
                missed = 0
                work = max(work, soonest) if left else work
                for _ in range(left):
                    work += 1 / channel.capacity
                    if chance.random() < odds:
                        known.append(closed(channel, work) + channel.delay)
                    else:
                        missed += 1
                last = max(last, closed(channel, work)) if left else last
                left, soonest = missed, opened(channel, last + channel.retry_after)
            given_up += left
        fresh, failed = rest[0], rest[1] + given_up
        ready = max(ready, last + channel.delay)
    return known


def test_a_loop_over_persons_agrees_with_the_trials() -> None:
    channels = [MAIL, CALL, POST]
    done = simulate_notification(Persons(400, 400, 400), channels, trials=4000)
    walks = [walk_persons(400, channels, seed) for seed in range(80)]

    for hours in (1, 6, 24, 60, 120, 400):
        counts = np.array([sum(time <= hours for time in walk) for walk in walks])
        error = 4 * (counts.std() + 1) / len(walks) ** 0.5
        assert counts.mean() == pytest.approx(done.count_reached(hours).mean(), abs=error), hours


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    first, second, other = (
        simulate_notification(Persons(900, 1000, 1500), [MAIL, CALL], trials=50, seed=seed)
        for seed in (7, 7, 8)
    )

    assert first.reached.tobytes() == second.reached.tobytes()
    assert first.ends.tobytes() == second.ends.tobytes()
    assert first.reached.tobytes() != other.reached.tobytes()


def test_a_further_channel_leaves_the_draws_of_the_first_alone() -> None:
    one = simulate_notification(Persons(500, 500, 500), [MAIL], trials=20)
    two = simulate_notification(Persons(500, 500, 500), [MAIL, POST], trials=20)

    assert one.reached[:, 0].tolist() == two.reached[:, 0].tolist()


def test_an_earlier_stage_hands_its_times_over() -> None:
    begins = np.array([0.0, 30.0])
    push = Channel("push", 1, (1, 1, 1), 100)
    done = simulate_notification(Persons(100, 100, 100), [push], begins=begins, trials=2)

    assert (done.ends[:, 0] - begins).tolist() == [1.0, 1.0]


def test_a_share_is_known_at_its_time_and_not_sooner() -> None:
    done = simulate_notification(Persons(900, 1000, 1200), [MAIL, CALL, POST], trials=40)
    shares, horizon = [0.3, 0.8], 24 * 365.0

    for share, hours in zip(shares, done.find_hours(shares, horizon).T, strict=True):
        found, wanted = np.isfinite(hours), share * done.persons - 1e-9
        at, before = (np.where(found, hours - less, 0.0) for less in (0.0, NEAR))
        assert (done.count_reached(at) >= wanted)[found].all()
        assert (done.count_reached(before) < wanted)[found].all()
        assert (done.count_reached(horizon) < wanted)[~found].all()


def test_times_of_a_share_that_is_never_reached_are_infinite() -> None:
    half = Channel("half", 0.5, (1, 1, 1))
    done = simulate_notification(Persons(1000, 1000, 1000), [half], trials=20)

    assert np.isinf(done.find_hours([0.9], 50.0)).all()


@settings(max_examples=40, deadline=None)
@given(
    persons=st.integers(0, 3000),
    coverage=st.floats(0, 1),
    odds=st.floats(0, 1),
    capacity=st.floats(0.5, 500),
    retries=st.integers(0, 3),
    seed=st.integers(0, 10**6),
)
def test_nobody_is_lost_and_nobody_is_told_twice(
    persons: int, coverage: float, odds: float, capacity: float, retries: int, seed: int
) -> None:
    first = Channel("a", coverage, (odds, odds, odds), capacity, 9, 12, retries, 3, 1)
    done = simulate_notification(
        Persons(persons, persons, persons), [first, POST], trials=8, seed=seed
    )

    assert (done.reached.sum(axis=1) + done.unreached == done.persons).all()
    assert (done.without_address <= done.unreached).all()
    assert (done.attempts[:, 0] <= persons * (retries + 1)).all()
    known = [done.count_reached(hours) for hours in (0, 5, 50, 500, 10**7)]
    for early, late in pairwise(known):
        assert (early <= late + 1e-9).all()
    assert known[-1] == pytest.approx(done.reached.sum(axis=1))


def test_the_interval_of_a_quantile_holds_it_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        (found,) = estimate_quantiles(chance.exponential(size=500), [0.9])
        held += found.low <= -np.log(0.1) <= found.high

    assert 0.92 <= held / 400 <= 0.99


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"coverage": 1.2}, "channel x: shares must lie in order between 0 and 1"),
        ({"reach": (0.5, 0.4, 0.6)}, "channel x: shares must lie in order between 0 and 1"),
        ({"open_hours": 0}, "channel x: it is open for 0 to 24 hours from 0 to 24"),
        ({"capacity": 0}, "channel x: the capacity must be above 0"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Channel(**{"id": "x", "coverage": 1.0, "reach": (0.1, 0.2, 0.3), **given})
