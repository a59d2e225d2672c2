"""Business days: which days of a year are known to be worked, and what n of them later is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

_BY_NOTICE = frozenset({"CN"})
"""Countries whose holidays and make-up workdays the government announces year by year."""


class NoCalendar(LookupError):
    """A year of a country whose calendar is not published."""

    def __init__(self, country: str, year: int) -> None:
        super().__init__(f"{country} {year}")
        self.country, self.year = country, year


@cache
def _load_year(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return the holidays and the worked weekend days of one year; raises NoCalendar."""
    import holidays

    try:
        found = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        raise NoCalendar(country, year) from None
    noticed = getattr(found, "special_public_holidays", {})
    if country in _BY_NOTICE and year not in noticed:
        raise NoCalendar(country, year)  # the library still computes one, but nobody announced it
    days = frozenset(day for day, name in found.items() if "(estimated)" not in name)
    if len(days) < len(found):
        raise NoCalendar(country, year)
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    return days, worked


def is_workday(day: date, country: str) -> bool:
    """Say whether a day is worked in a country.

    >>> is_workday(date(2026, 2, 14), "CN"), is_workday(date(2026, 2, 17), "CN")
    (True, False)

    Raises NoCalendar for a year whose calendar is not published.
    """
    off, worked = _load_year(country, day.year)
    return day in worked or (day.weekday() < 5 and day not in off)


def add_workdays(start: datetime, days: int, country: str) -> datetime:
    """Return the same time of day, so many business days after the day of a start.

    Raises NoCalendar as ``is_workday`` does.
    """
    moment = start
    while days:
        moment += timedelta(days=1)
        days -= is_workday(moment.date(), country)
    return moment
