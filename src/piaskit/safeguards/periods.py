"""Which period applies to a safeguard, and the day that it reaches back to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from piaskit.safeguards.scopes import Reach

if TYPE_CHECKING:
    from piaskit.case import Case
    from piaskit.knowledge.records import Period, When

_UNITS = {"day": "days", "month": "months", "year": "years"}
_LENGTHS = {"day": 1.0, "month": 365.25 / 12, "year": 365.25}


def find_period(
    case: Case, control: Any, standard: Any, reach: Reach, level: int | None = None
) -> Period | None:
    """Find the period with a number that applies to a row of safeguards, None when none does.

    What law, standard or a scheme says goes before good practice; of the rest the shortest
    counts. ``level`` is the protection level of the system that is looked at.
    """
    if pd.isna(control):
        return None
    named = "" if pd.isna(standard) else str(standard).casefold()
    fitting = [
        period
        for period in case.knowledge.periods.values()
        if period.control == control
        and period.use == "repeat"
        and period.unit in _UNITS
        and _applies(period.when, case, named, reach, level)
    ]
    binding = [period for period in fitting if period.kind != "good-practice"]
    return min(binding or fitting, key=_measure, default=None)


def reach_back(as_of: date, period: Period) -> date:
    """Return the oldest day that is still inside a period that ends at ``as_of``."""
    return _shift(as_of, period, -1)


def reach_on(day: date, period: Period) -> date:
    """Return the last day at which a day is still inside the period."""
    return _shift(day, period, 1)


def _shift(day: date, period: Period, sign: int) -> date:
    assert period.value is not None
    assert period.unit is not None
    offset: Any = pd.DateOffset(**{_UNITS[period.unit]: sign * period.value})  # type: ignore[arg-type]
    shifted: pd.Timestamp = pd.Timestamp(day) + offset
    return shifted.date()


def _measure(period: Period) -> float:
    return (period.value or 0) * _LENGTHS[period.unit or "day"]


def _applies(when: When, case: Case, named: str, reach: Reach, level: int | None) -> bool:
    total = case.organisation.get("persons_total")
    return (
        when.level in (None, level)
        and (when.persons_above is None or (total is not None and total > when.persons_above))
        and (not when.minors or reach.minors)
        and (not when.automated or reach.automated)
        and not when.privileged  # a safeguard is about rights of every kind
        and (not when.named or any(word.casefold() in named for word in when.named))
    )
