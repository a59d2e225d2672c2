"""When a clock starts and when it runs out; offsets are kept, arithmetic is done in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from piaskit.incident.facts import Facts
from piaskit.incident.workdays import add_workdays
from piaskit.knowledge.duty import Clock, Start

_STARTS: dict[Start, tuple[str, ...]] = {
    "discovery": ("times.discovered_at", "times.aware_at"),
    "aware": ("times.aware_at",),
    "handling-ended": ("times.handling_ended_at",),
    "determined": ("times.determined_at",),
    "assessed": ("times.assessed_at",),
    "individuals-told": ("times.individuals_told_at",),
    "authority-told": ("times.authority_told_at",),
    "ransom-paid": ("times.ransom_paid_at",),
    "year-end": ("times.discovered_at", "times.aware_at"),
}


def find_start(facts: Facts, start: Start) -> datetime | None:
    """Return when a clock starts: the earlier of discovery and awareness, or the event itself.

    ``year-end`` is midnight after the last day of the year of discovery.
    """
    stated = [facts[path] for path in _STARTS[start] if facts[path] is not None]
    moment = min(stated, default=None)
    if moment is not None and start == "year-end":
        return datetime(moment.year + 1, 1, 1, tzinfo=moment.tzinfo)
    return moment


def name_start(start: Start) -> str:
    """Return the field that a clock waits for."""
    return _STARTS[start][0]


def add_time(start: datetime, clock: Clock) -> datetime:
    """Return the deadline of a clock, in the offset of its start.

    >>> from piaskit.knowledge.duty import Clock
    >>> start = datetime.fromisoformat("2026-03-01T23:30+08:00")
    >>> write_time(add_time(start, Clock(hours=4, kind="hours", start="discovery")))
    '2026-03-02T03:30+08:00'

    Raises NoCalendar when business days meet a year whose calendar is not published.
    """
    if clock.country:
        return add_workdays(start, clock.days or 0, clock.country)
    span = timedelta(hours=clock.hours or 0, days=clock.days or 0)
    return (start.astimezone(UTC) + span).astimezone(start.tzinfo)


def write_time(moment: datetime | None) -> str | None:
    """Write a time with its offset; seconds only where there are any."""
    if moment is None:
        return None
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")
