"""Working days of a country, with the days off and the working weekends its government sets."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path

from piaskit.kept import keep


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
    from importlib.metadata import version

    last = first + timedelta(days=max(number, 1) - 1)
    asked = country, first.year, last.year
    work, known = partial(_list_years, *asked), None
    if country.isascii() and country.isalpha():  # it is part of a file's name
        name = "workdays-{}-{}-{}".format(*asked)
        # Named in the seal, too: some disks take cn for CN.
        known = keep(name, work, [Path(__file__).parent], version("holidays"), country)
    start = (first - date(first.year, 1, 1)).days
    return (known or work())[start : start + max(number, 0)]


def _list_years(country: str, first: int, last: int) -> list[bool]:
    import holidays  # and with it all countries, which takes longer than all else here

    known = holidays.country_holidays(country, years=range(first, last + 1))
    number = (date(last, 12, 31) - date(first, 1, 1)).days + 1
    days = (date(first, 1, 1) + timedelta(days=n) for n in range(number))
    return [known.is_working_day(day) for day in days]
