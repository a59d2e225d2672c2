"""The stage of notification: who is reached when, channel after channel, vectorised over trials.

A channel works through two queues: first those no channel had an address for so far, then those an
earlier channel failed to reach. An attempt at n persons takes n / capacity open hours and its
successes come evenly over that time; who is not reached is tried again and then goes on to the next
channel. The number of successes of each attempt is binomial, the chance of a success and the number
of persons vary from trial to trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from piaskit.response.channel import Channel, Hours
from piaskit.response.streams import open_stream

Counts = NDArray[np.int64]
_SPREAD = 4.0  # the shape of PERT


@dataclass(frozen=True, slots=True)
class Persons:
    """How many persons are to be told: the least, most likely and greatest number."""

    low: int
    best: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.best <= self.high:
            raise ValueError("persons must lie in order, none below 0")


@dataclass(frozen=True, slots=True)
class Wave:
    """One attempt of a channel: from which open hour to which, and how many it reached."""

    channel: int
    begins: Hours  # (trials,) open hours of the channel
    ends: Hours
    reached: Counts


@dataclass(frozen=True, slots=True)
class Notification:
    """What a simulation gives; every array has one row per trial."""

    channels: tuple[Channel, ...]
    begins: Hours  # (trials,) clock hours
    persons: Counts  # (trials,)
    unreached: Counts  # (trials,)
    without_address: Counts  # (trials,)
    attempts: Counts  # (trials, channels)
    reached: Counts  # (trials, channels)
    ends: Hours  # (trials, channels) clock hours at which a channel is done
    waves: tuple[Wave, ...]

    @property
    def cost(self) -> Hours:
        """The cost of all attempts of each trial."""
        cost: Hours = self.attempts @ np.array([channel.cost for channel in self.channels])
        return cost

    def count_reached(self, hours: float) -> Hours:
        """Return how many persons know, some hours after the beginning, per trial."""
        known = np.zeros(len(self.begins))
        for wave in self.waves:
            channel = self.channels[wave.channel]
            opened = channel.count_open(self.begins + hours - channel.delay)
            length = wave.ends - wave.begins
            share = np.where(
                length > 0,
                np.clip((opened - wave.begins) / np.where(length > 0, length, 1), 0, 1),
                opened >= wave.begins,
            )
            known += wave.reached * share
        return known

    def find_hours(self, shares: Sequence[float], grid: NDArray[np.float64]) -> Hours:
        """Return after how many hours each share of the persons knows (trials, shares).

        A share that is not known by the end of the rising grid of hours gives infinity. Between two
        points of the grid the number is taken as growing evenly.
        """
        wanted = np.outer(self.persons, shares)
        hours = np.where(wanted == 0, 0.0, np.inf)
        before, last = np.zeros((len(self.begins), 1)), 0.0
        for point in grid:
            known = self.count_reached(float(point))[:, None]
            new = (known >= wanted - 1e-9) & np.isinf(hours)
            gain = np.where(known > before, known - before, 1)
            between = last + (point - last) * np.clip((wanted - before) / gain, 0, 1)
            hours[new] = between[new]
            before, last = known, float(point)
        return hours


def simulate_notification(
    persons: Persons,
    channels: Sequence[Channel],
    *,
    begins: float | Hours = 0.0,
    trials: int = 2000,
    seed: int = 1,
) -> Notification:
    """Tell persons over channels in their order, in many trials at once.

    ``begins`` is the clock hour (0: midnight of the first day) at which sending may begin, one for
    all or one per trial, so that an earlier stage can hand its times over. Whether somebody has an
    address on one channel is taken as independent of the others. The same seed gives the same
    arrays, and a further channel leaves the draws of the others alone.

    >>> done = simulate_notification(
    ...     Persons(100, 100, 100), [Channel("mail", 1, (1, 1, 1), capacity=50)], trials=2)
    >>> done.count_reached(1.0).tolist(), done.unreached.tolist()
    ([50.0, 50.0], [0, 0])
    """
    start = np.broadcast_to(np.asarray(begins, dtype=float), (trials,)).copy()
    total = np.rint(
        _draw_pert(open_stream(seed, "persons"), persons.low, persons.best, persons.high, trials)
    ).astype(np.int64)
    fresh, failed = total.copy(), np.zeros(trials, np.int64)
    ready = start.copy()  # from when the failed of earlier channels can be tried
    attempts = np.zeros((trials, len(channels)), np.int64)
    reached = np.zeros_like(attempts)
    ends = np.zeros((trials, len(channels)))
    waves: list[Wave] = []
    for number, channel in enumerate(channels):
        chance = open_stream(seed, "notification", channel.id)
        odds = _draw_pert(chance, *channel.reach, trials)
        free = channel.count_open(start)
        given_up = np.zeros(trials, np.int64)
        last = start.copy()
        for queue, at in ((fresh, start), (failed, ready)):
            with_address = chance.binomial(queue, channel.coverage)
            left, soonest = with_address, channel.count_open(at)
            for _ in range(channel.retries + 1):
                begun = np.where(left > 0, np.maximum(free, soonest), free)
                length = left / channel.capacity if channel.capacity else np.zeros(trials)
                free = begun + length
                hit = chance.binomial(left, odds)
                waves.append(Wave(number, begun, free, hit))
                attempts[:, number] += left
                reached[:, number] += hit
                over = np.where(left > 0, channel.find_clock(free), last)
                last = np.maximum(last, over)
                left = left - hit
                soonest = channel.count_open(last + channel.retry_after)
            queue -= with_address
            given_up += left
        failed += given_up
        ends[:, number] = last + channel.delay
        ready = np.maximum(ready, last + channel.delay)
    return Notification(
        tuple(channels), start, total, fresh + failed, fresh, attempts, reached, ends, tuple(waves)
    )


def _draw_pert(
    chance: np.random.Generator, low: float, best: float, high: float, trials: int
) -> NDArray[np.float64]:
    """Draw from PERT: a beta between low and high whose mode is best and whose weight is 4."""
    if low == high:
        return np.full(trials, float(low))
    span = high - low
    a, b = 1 + _SPREAD * (best - low) / span, 1 + _SPREAD * (high - best) / span
    return low + span * chance.beta(a, b, trials)
