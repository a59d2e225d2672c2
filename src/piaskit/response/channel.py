"""A channel to persons: for how many there is an address, how fast it works, whom it reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY = 24.0  # hours

Hours = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel; times are hours, shares lie between 0 and 1.

    ``coverage`` is the share of persons with an address, ``reach`` the least, most likely and
    greatest chance that one attempt reaches a person, ``capacity`` the attempts per hour (None: no
    limit) while it is open: from ``opens_at`` for ``open_hours`` a day. A person who is not reached
    is tried ``retries`` times more, ``retry_after`` hours later, and knows ``delay`` hours after
    the attempt. ``cost`` is that of one attempt.
    """

    id: str
    coverage: float
    reach: tuple[float, float, float]
    capacity: float | None = None
    opens_at: float = 0.0
    open_hours: float = DAY
    retries: int = 0
    retry_after: float = 0.0
    delay: float = 0.0
    cost: float = 0.0

    def __post_init__(self) -> None:
        low, best, high = self.reach
        if not (0 <= low <= best <= high <= 1 and 0 <= self.coverage <= 1):
            raise ValueError(f"channel {self.id}: shares must lie in order between 0 and 1")
        if not (0 < self.open_hours <= DAY and 0 <= self.opens_at < DAY):
            raise ValueError(f"channel {self.id}: it is open for 0 to 24 hours from 0 to 24")
        if self.capacity is not None and self.capacity <= 0:
            raise ValueError(f"channel {self.id}: the capacity must be above 0")

    def count_open(self, clock: Hours) -> Hours:
        """Return the open hours between midnight of the first day and a clock time, elementwise.

        A window that passes midnight belongs to the day on which it opens.

        >>> phone = Channel("phone", 1, (1, 1, 1), opens_at=9, open_hours=12)
        >>> phone.count_open(np.array([8.0, 10.0, 22.0, 34.0])).tolist()
        [0.0, 1.0, 12.0, 13.0]
        """
        days, hour = np.divmod(clock - self.opens_at, DAY)
        opened: Hours = days * self.open_hours + np.clip(hour, 0, self.open_hours)
        return opened

    def find_clock(self, opened: Hours) -> Hours:
        """Return the earliest clock time at which so many open hours have passed.

        >>> phone = Channel("phone", 1, (1, 1, 1), opens_at=9, open_hours=12)
        >>> phone.find_clock(np.array([1.0, 12.0, 13.0])).tolist()
        [10.0, 21.0, 34.0]
        """
        days = np.ceil(opened / self.open_hours) - 1
        return days * DAY + self.opens_at + (opened - days * self.open_hours)
