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
from functools import lru_cache
from typing import NamedTuple

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
        return _Progress(self).count(hours)

    def find_hours(self, shares: Sequence[float], horizon: float) -> Hours:
        """Return after how many hours each share of the persons knows (trials, shares).

        A share that is not known at the horizon gives infinity. Times are found by halving, to
        ``NEAR`` hours: at the time that is given the share is known.
        """
        most = 2 ** max(0, math.ceil(math.log2(horizon / NEAR)))
        step = horizon / most
        found = np.full((len(self.begins), len(shares)), np.inf)
        progress = _Progress(self)
        # When the last channel is done, everybody is told, but for rounding: no need to look later.
        with np.errstate(invalid="ignore"):  # what never begins is never done
            done = (self.ends.max(axis=1, initial=0.0) - self.begins) / step + 1
        done = np.maximum(np.fmin(done, most), 1).astype(np.int64)
        then, finally_known = progress.count(done * step), progress.count(horizon)
        for number, share in enumerate(shares):
            wanted = share * self.persons - 1e-9
            enough = then >= wanted
            low, high = np.where(enough, 0, done), np.where(enough, done, most)
            for _ in range(int((high - low).max(initial=1) - 1).bit_length()):
                middle = np.maximum((low + high) // 2, 1)
                enough = progress.count(middle * step) >= wanted
                low, high = np.where(enough, low, middle), np.where(enough, middle, high)
            found[:, number] = np.where(finally_known >= wanted, high * step, np.inf)
            found[wanted <= 0, number] = 0.0
        return found


class _Progress:
    """How far all waves are at a time: their arrays one upon the other, for one pass over all."""

    def __init__(self, done: Notification) -> None:
        self.channels, self.start = done.channels, done.begins
        shape = (len(done.waves), len(done.begins))
        self.begins, self.pace, self.reached = np.empty(shape), np.empty(shape), np.empty(shape)
        for n, wave in enumerate(done.waves):
            limited = done.channels[wave.channel].capacity is not None
            self.begins[n] = wave.begins if limited else wave.at
            self.pace[n], self.reached[n] = wave.pace, wave.reached
        ends = np.cumsum(np.bincount([w.channel for w in done.waves], minlength=len(self.channels)))
        self.rows = list(map(slice, (0, *ends), ends))  # of each channel

    def count(self, hours: float | Hours) -> Hours:
        """Return how many persons know, some hours after the beginning, per trial."""
        share = np.empty_like(self.begins)
        for channel, rows in zip(self.channels, self.rows, strict=True):
            clock = self.start + hours - channel.delay
            if channel.capacity is None:
                share[rows] = clock >= self.begins[rows]
            else:
                np.subtract(channel.opening.count_open(clock), self.begins[rows], out=share[rows])
                share[rows] *= self.pace[rows]
        np.minimum(np.maximum(share, 0, out=share), 1, out=share)
        share *= self.reached
        known: Hours = share.sum(axis=0)
        return known


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
    lots = tuple((one.id, one.coverage, one.reach, one.retries) for one in channels)
    drawn = _draw_outcome(persons, lots, trials, seed, block)
    ready = start.copy()  # from when the failed of earlier channels can be tried
    ends = np.zeros((len(channels), trials))
    waves: list[Wave] = []
    for number, channel in enumerate(channels):
        opening, capacity = channel.opening, channel.capacity
        free = opening.count_open(start)
        last = start.copy()
        for line, at in enumerate((start, ready)):
            for left, hit in drawn.attempts[number][line]:
                begun, moment, pace = free, at, free
                if capacity:
                    pace = capacity / np.maximum(left, 1)
                    begun = np.where(left > 0, np.maximum(free, opening.count_open(at)), free)
                    free = begun + left / capacity
                    over = opening.find_clock(free)
                else:
                    over = moment = opening.find_open(at)
                waves.append(Wave(number, line, moment, begun, pace, left, hit))
                last = np.where(left > 0, np.maximum(last, over), last)
                at = last + channel.retry_after
        ends[number] = np.where(drawn.tried[number] > 0, last + channel.delay, start)
        ready = np.maximum(ready, ends[number])
    return Notification(
        tuple(channels), start, drawn.persons, drawn.unreached, drawn.without_address,
        drawn.tried.T, drawn.reached.T, ends.T, tuple(waves),
    )  # fmt: skip


class _Outcome(NamedTuple):
    """What chance decides, whenever it happens; every array has one column per trial."""

    persons: Counts
    unreached: Counts
    without_address: Counts
    attempts: list[list[list[tuple[Counts, Counts]]]]  # by channel and queue: tried and reached
    tried: Counts  # (channels, trials)
    reached: Counts


@lru_cache(maxsize=8)  # other plans and other capacities meet the same draws
def _draw_outcome(
    persons: Persons,
    lots: tuple[tuple[str, float, tuple[float, float, float], int], ...],
    trials: int,
    seed: int,
    block: tuple[str, ...],
) -> _Outcome:
    """Draw how many there are and whom each attempt reaches.

    ``lots`` are id, coverage, reach and retries of each channel. Nobody may write to the arrays.
    """
    chance = open_stream(seed, "persons", *block)
    drawn = _draw_pert(chance, persons.low, persons.best, persons.high, trials)
    total = np.rint(drawn).astype(np.int64)
    fresh, failed = total.copy(), np.zeros(trials, np.int64)
    attempts: list[list[list[tuple[Counts, Counts]]]] = []
    for id, coverage, reach, retries in lots:
        chance = open_stream(seed, "notification", id, *block)
        odds = _draw_pert(chance, *reach, trials)
        given_up = np.zeros(trials, np.int64)
        attempts.append([[], []])
        for queue, made in zip((fresh, failed), attempts[-1], strict=True):
            if not queue.any():
                continue
            left = chance.binomial(queue, coverage)
            queue -= left
            for _ in range(retries + 1):
                hit = chance.binomial(left, odds)
                made.append((left, hit))
                left = left - hit
            given_up += left
        failed += given_up
    tried, reached = (
        np.array(
            [
                sum((one[n] for queue in own for one in queue), np.zeros_like(total))
                for own in attempts
            ],
            dtype=np.int64,
        ).reshape(len(lots), trials)
        for n in (0, 1)
    )
    return _Outcome(total, fresh + failed, fresh, attempts, tried, reached)


def _draw_pert(
    chance: np.random.Generator, low: float, best: float, high: float, trials: int
) -> NDArray[np.float64]:
    """Draw from PERT: a beta between low and high whose mode is best and whose weight is 4."""
    if low == high:
        return np.full(trials, float(low))
    span = high - low
    a, b = 1 + _SPREAD * (best - low) / span, 1 + _SPREAD * (high - best) / span
    return low + span * chance.beta(a, b, trials)
