"""A time of which only the day is known."""

from __future__ import annotations

from datetime import datetime


class Day(datetime):
    """A day, standing at its first moment: a clock that starts there is never too generous.

    >>> late = datetime.fromisoformat("2026-03-02T02:00+08:00")
    >>> is_before(Day.fromisoformat("2026-03-02T00:00+08:00"), late)
    False
    """


def is_before(late: datetime, early: datetime) -> bool:
    """Say whether a time that should be late is surely before one that should be early.

    Where only the day of one is known, days are compared.
    """
    if isinstance(late, Day) or isinstance(early, Day):
        return late.date() < early.astimezone(late.tzinfo).date()
    return late < early
