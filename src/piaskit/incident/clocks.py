"""When a clock starts and when it runs out; offsets are kept, arithmetic is done in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from piaskit.incident.facts import Facts
from piaskit.knowledge.duty import Clock

_STARTS = {
    "discovery": ("times.discovered_at", "times.aware_at"),
    "aware": ("times.aware_at",),
    "handling-ended": ("times.handling_ended_at",),
}


def find_start(facts: Facts, start: str) -> datetime | None:
    """Return when a clock starts: the earlier of discovery and awareness, or the event itself."""
    stated = [facts[path] for path in _STARTS[start] if facts[path] is not None]
    return min(stated, default=None)


def name_start(start: str) -> str:
    """Return the field that a clock waits for."""
    return _STARTS[start][0]


def add_time(start: datetime, clock: Clock) -> datetime:
    """Return the deadline of a clock, in the offset of its start.

    >>> from piaskit.knowledge.duty import Clock
    >>> start = datetime.fromisoformat("2026-03-01T23:30+08:00")
    >>> write_time(add_time(start, Clock(hours=4, kind="hours", start="discovery")))
    '2026-03-02T03:30+08:00'
    """
    span = timedelta(hours=clock.hours or 0, days=clock.days or 0)
    return (start.astimezone(UTC) + span).astimezone(start.tzinfo)


def write_time(moment: datetime | None) -> str | None:
    """Write a time with its offset; seconds only where there are any."""
    if moment is None:
        return None
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")
