"""A channel to persons: for how many there is an address, how fast it works, whom it reaches."""

from __future__ import annotations

from dataclasses import dataclass, field

from piaskit.response.opening import DAY, Opening


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
    opening: Opening = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        low, best, high = self.reach
        if not (0 <= low <= best <= high <= 1 and 0 <= self.coverage <= 1):
            raise ValueError(f"channel {self.id}: shares must lie in order between 0 and 1")
        try:
            object.__setattr__(self, "opening", Opening(self.opens_at, self.open_hours))
        except ValueError as error:
            raise ValueError(f"channel {self.id}: {error}") from None
        if self.capacity is not None and self.capacity <= 0:
            raise ValueError(f"channel {self.id}: the capacity must be above 0")
