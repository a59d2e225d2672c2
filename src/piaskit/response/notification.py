"""The stage of notification: who is reached when, channel after channel, vectorised over trials.

A channel works through two queues: first those no channel had an address for so far, then those an
earlier channel failed to reach. An attempt at n persons takes n / capacity open hours and its
successes come evenly over that time; who is not reached is tried again and then goes on to the next
channel. The number of successes of each attempt is binomial, the chance of a success and the number
of persons vary from trial to trial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from piaskit.response.channel import Channel
from piaskit.response.opening import Hours
from piaskit.response.streams import open_stream

Counts = NDArray[np.int64]
_SPREAD = 4.0  # the shape of PERT
NEAR = 1e-2  # hours to which a time is found


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
    """One attempt of a channel at one queue: from which open hour on, how fast, whom it reached."""

    channel: int
    queue: int  # 0: no channel before had their address; 1: channels before did not reach them
    at: Hours  # (trials,) clock hours at which a channel without limit sends
    begins: Hours  # open hours of the channel
    pace: Hours  # the share of the attempt that is done in an open hour
    tried: Counts
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

    def count_reached(self, hours: float | Hours) -> Hours:
        """Return how many persons know, some hours after the beginning, per trial."""
        known = np.zeros(len(self.begins))
        for number, channel in enumerate(self.channels):
            clock = self.begins + hours - channel.delay
            opened = channel.opening.count_open(clock) if channel.capacity else clock
            for wave in self.waves:
                if wave.channel != number:
                    continue
                if channel.capacity is None:
                    known += wave.reached * (clock >= wave.at)
                    continue
                share = (opened - wave.begins) * wave.pace
                known += wave.reached * np.clip(share, 0, 1, out=share)
        return known

    def find_hours(self, shares: Sequence[float], horizon: float) -> Hours:
        """Return after how many hours each share of the persons knows (trials, shares).

        A share that is not known at the horizon gives infinity. Times are found by halving, to
        ``NEAR`` hours: at the time that is given the share is known.
        """
        halvings = max(0, math.ceil(math.log2(horizon / NEAR)))
        found = np.full((len(self.begins), len(shares)), np.inf)
        most = self.count_reached(horizon)
        for number, share in enumerate(shares):
            wanted = share * self.persons - 1e-9
            low, high = np.zeros(len(wanted)), np.full(len(wanted), horizon)
            for _ in range(halvings):
                middle = (low + high) / 2
                enough = self.count_reached(middle) >= wanted
                low, high = np.where(enough, low, middle), np.where(enough, middle, high)
            found[:, number] = np.where(most >= wanted, high, np.inf)
            found[wanted <= 0, number] = 0.0
        return found


def simulate_notification(
    persons: Persons,
    channels: Sequence[Channel],
    *,
    begins: float | Hours = 0.0,
    trials: int = 2000,
    seed: int = 1,
    block: tuple[str, ...] = (),
) -> Notification:
    """Tell persons over channels in their order, in many trials at once.

    ``begins`` is the clock hour (0: midnight of the first day) at which sending may begin, one for
    all or one per trial, so that an earlier stage can hand its times over. Whether somebody has an
    address on one channel is taken as independent of the others. The same seed gives the same
    arrays, and a further channel leaves the draws of the others alone; ``block`` names further
    trials of the same seed.

    >>> done = simulate_notification(
    ...     Persons(100, 100, 100), [Channel("mail", 1, (1, 1, 1), capacity=50)], trials=2)
    >>> done.count_reached(1.0).tolist(), done.unreached.tolist()
    ([50.0, 50.0], [0, 0])
    """
    start = np.broadcast_to(np.asarray(begins, dtype=float), (trials,)).copy()
    total = np.rint(
        _draw_pert(
            open_stream(seed, "persons", *block), persons.low, persons.best, persons.high, trials
        )
    ).astype(np.int64)
    fresh, failed = total.copy(), np.zeros(trials, np.int64)
    ready = start.copy()  # from when the failed of earlier channels can be tried
    attempts = np.zeros((len(channels), trials), np.int64)
    reached = np.zeros_like(attempts)
    ends = np.zeros((len(channels), trials))
    waves: list[Wave] = []
    for number, channel in enumerate(channels):
        chance = open_stream(seed, "notification", channel.id, *block)
        odds = _draw_pert(chance, *channel.reach, trials)
        opening, capacity = channel.opening, channel.capacity
        free = opening.count_open(start)
        given_up = np.zeros(trials, np.int64)
        last = start.copy()
        for line, (queue, at) in enumerate(((fresh, start), (failed, ready))):
            if not queue.any():
                continue
            with_address = chance.binomial(queue, channel.coverage)
            left = with_address
            for _ in range(channel.retries + 1):
                begun, moment, pace = free, at, free
                if capacity:
                    pace = capacity / np.maximum(left, 1)
                    begun = np.where(left > 0, np.maximum(free, opening.count_open(at)), free)
                    free = begun + left / capacity
                    over = opening.find_clock(free)
                else:
                    over = moment = opening.find_open(at)
                hit = chance.binomial(left, odds)
                waves.append(Wave(number, line, moment, begun, pace, left, hit))
                attempts[number] += left
                reached[number] += hit
                last = np.where(left > 0, np.maximum(last, over), last)
                left = left - hit
                at = last + channel.retry_after
            queue -= with_address
            given_up += left
        failed += given_up
        ends[number] = np.where(attempts[number] > 0, last + channel.delay, start)
        ready = np.maximum(ready, ends[number])
    return Notification(
        tuple(channels), start, total, fresh + failed, fresh, attempts.T, reached.T, ends.T,
        tuple(waves),
    )  # fmt: skip


def _draw_pert(
    chance: np.random.Generator, low: float, best: float, high: float, trials: int
) -> NDArray[np.float64]:
    """Draw from PERT: a beta between low and high whose mode is best and whose weight is 4."""
    if low == high:
        return np.full(trials, float(low))
    span = high - low
    a, b = 1 + _SPREAD * (best - low) / span, 1 + _SPREAD * (high - best) / span
    return low + span * chance.beta(a, b, trials)
