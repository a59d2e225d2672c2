"""Opening hours: a daily window, on every day or on worked days alone; vectorised over clocks.

A clock counts hours from midnight of day 0. A window that passes midnight belongs to the day on
which it opens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY = 24.0  # hours
_HAIR = 1e-10  # of a window: what ends with it, but for rounding, needs no next window

Hours = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """Open from ``opens_at`` for ``open_hours``; ``worked`` tells it day by day (None: each day).

    After the last day of ``worked`` it never opens again: times there are infinite.
    """

    opens_at: float = 0.0
    open_hours: float = DAY
    worked: NDArray[np.bool_] | None = None
    _before: NDArray[np.int64] = field(init=False, repr=False)  # worked days before each day
    _worked: NDArray[np.bool_] = field(init=False, repr=False)  # each day, and the one after
    _days: NDArray[np.float64] = field(init=False, repr=False)  # the worked days, then infinity

    def __post_init__(self) -> None:
        if not (0 < self.open_hours <= DAY and 0 <= self.opens_at < DAY):
            raise ValueError("it is open for 0 to 24 hours from 0 to 24")
        worked = np.zeros(0, bool) if self.worked is None else self.worked
        object.__setattr__(self, "_before", np.concatenate([[0], np.cumsum(worked)]))
        object.__setattr__(self, "_worked", np.append(worked, False))
        object.__setattr__(self, "_days", np.append(np.nonzero(worked)[0].astype(float), np.inf))

    @property
    def always(self) -> bool:
        """Whether it never closes."""
        return self.open_hours == DAY and self.worked is None

    def count_open(self, clock: Hours) -> Hours:
        """Return the open hours between the opening on day 0 and a clock time, elementwise.

        >>> Opening(9, 12).count_open(np.array([8.0, 10.0, 22.0, 34.0])).tolist()
        [0.0, 1.0, 12.0, 13.0]
        >>> Opening(9, 8, np.array([True, False, True])).count_open(np.array([34.0, 58.0])).tolist()
        [8.0, 9.0]
        """
        if self.always:
            return clock - self.opens_at
        days, hour = self._split(clock)
        passed = np.minimum(np.maximum(hour, 0), self.open_hours)
        if self.worked is None:
            return np.asarray(days * self.open_hours + passed)
        before, worked = self._look_up(days)
        return np.asarray(before * self.open_hours + np.where(worked, passed, 0.0))

    def find_clock(self, opened: Hours) -> Hours:
        """Return the earliest clock time at which so many open hours have passed.

        >>> Opening(9, 12).find_clock(np.array([1.0, 12.0, 13.0])).tolist()
        [10.0, 21.0, 34.0]
        >>> Opening(9, 8, np.array([True, False, True])).find_clock(np.array([9.0, 17.0])).tolist()
        [58.0, inf]
        """
        if self.always:
            return opened + self.opens_at
        days = np.ceil(opened / self.open_hours - _HAIR) - 1
        rest = opened - days * self.open_hours
        if self.worked is not None:
            days = self._find_day(days)
        clock: Hours = days * DAY + self.opens_at + rest
        return clock

    def find_open(self, clock: Hours) -> Hours:
        """Return the first clock time from this one on at which it is open.

        >>> Opening(9, 8).find_open(np.array([8.0, 10.0, 17.0])).tolist()
        [9.0, 10.0, 33.0]
        """
        if self.always:
            return clock
        days, hour = self._split(clock)
        if self.worked is None:
            following = days + 1
            inside = hour < self.open_hours
        else:
            before, worked = self._look_up(days)
            following = self._find_day(before + worked)
            inside = worked & (hour < self.open_hours)
        found: Hours = np.where(inside, clock, following * DAY + self.opens_at)
        return found

    def add_hours(self, clock: Hours, hours: Hours) -> Hours:
        """Return when so many open hours have passed since a clock time at which it is open.

        >>> Opening(9, 8).add_hours(np.array([16.0]), np.array([9.0])).tolist()
        [41.0]
        """
        if self.always:
            return clock + hours
        return np.maximum(clock, self.find_clock(self.count_open(clock) + hours))

    def _split(self, clock: Hours) -> tuple[Hours, Hours]:
        since = clock - self.opens_at
        days = np.floor(since / DAY)
        with np.errstate(invalid="ignore"):  # infinity has no hour
            return days, since - days * DAY

    def _look_up(self, days: Hours) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        day = _hold_within(days, len(self._before) - 1)
        return self._before[day], self._worked[day] & (days >= 0)

    def _find_day(self, number: NDArray[np.float64] | NDArray[np.int64]) -> Hours:
        return self._days[_hold_within(number, len(self._days) - 1)]


def _hold_within(number: NDArray[Any], last: int) -> NDArray[np.int64]:
    """Return whole numbers between 0 and ``last``, which is also that of infinity and of none."""
    held: NDArray[np.int64] = np.maximum(np.fmin(number, last), 0).astype(np.int64)
    return held
