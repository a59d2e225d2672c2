"""Working days of a country, with the days off and the working weekends its government sets."""

from __future__ import annotations

from datetime import date, timedelta


def add_workdays(day: date, number: int, country: str = "CN") -> date:
    """Return the ``number``-th working day after a day; the day itself does not count.

    ``country`` is an ISO 3166-1 alpha-2 code. Where a year's days off are not set yet, those that
    the calendar knows are taken. Raises NotImplementedError for a country without a calendar.

    >>> add_workdays(date(2025, 7, 18), 30)
    datetime.date(2025, 8, 29)
    >>> add_workdays(date(2026, 9, 24), 1)  # the Sunday after is the last of three days off
    datetime.date(2026, 9, 28)
    """
    import holidays  # takes a second, and most calls of the program never count working days

    found: date = holidays.country_holidays(country).get_nth_working_day(day, number)
    return found


def list_workdays(first: date, number: int, country: str = "CN") -> list[bool]:
    """Say of so many days in a row, from the first on, whether each is worked.

    Where a year's days off are not set yet, those that the calendar knows are taken. Raises
    NotImplementedError for a country without a calendar.

    >>> list_workdays(date(2026, 2, 13), 4)  # a Friday, a worked Saturday, the Spring Festival
    [True, True, False, False]
    """
    import holidays

    days = [first + timedelta(days=n) for n in range(number)]
    known = holidays.country_holidays(country, years={day.year for day in days})
    return [known.is_working_day(day) for day in days]
