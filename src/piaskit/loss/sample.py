"""The sampling tier: years drawn event by event, for what cannot be computed.

A cause may hit several risks in the same event, and no year harms more persons than there are.
Every risk draws from streams named after itself and the chunk of years, so another risk or other
costs leave its draws alone, and any number of workers gives the same numbers: chunks are added up
in their order, sums exactly and quantiles from counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from piaskit.loss.magnitude import Lognormal
from piaskit.loss.normal import Floats
from piaskit.loss.rate import FixedRate, Rate
from piaskit.loss.sources import PERSONS, Source
from piaskit.loss.tally import Part, Tally, count_part
from piaskit.response import open_stream

CHUNK = 65_536
QUIET = 0.7  # chance of a year without events above which only the other years are drawn
MANY = 400  # sources above which single risks get no quantiles from the sample
Numbers = NDArray[np.int64]
Years: TypeAlias = Numbers | slice


@dataclass(frozen=True, slots=True)
class Model:
    """Sources and the limits of what they add up to.

    ``subjects`` caps the persons of a year over all risks, ``limits`` those of each activity.
    """

    sources: tuple[Source, ...]
    subjects: float
    limits: tuple[float, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        """All units in which some source counts, persons first."""
        found = (unit for source in self.sources for unit in source.units)
        return tuple(dict.fromkeys((PERSONS, *found)))


@dataclass(slots=True)
class Series:
    """The tallies of one unit."""

    portfolio: Tally = field(default_factory=Tally)
    activities: list[Tally] = field(default_factory=list)
    risks: dict[str, Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What one chunk of years says: per unit the portfolio, the activities, the risks."""

    portfolio: dict[str, Part]
    activities: dict[str, list[Part]]
    risks: dict[str, list[tuple[str, Part]]]


def sample_years(
    model: Model,
    *,
    seed: int,
    years: int,
    executor: Executor | None = None,
    fast: bool = False,
) -> dict[str, Series]:
    """Draw years and tally their losses per unit: all together, per activity and per risk.

    ``executor`` shares the chunks among workers; the result is the same to the last bit for any
    number of them. ``fast`` takes the compiled kernel where numba is installed, whose draws are
    others than numpy's. With more than 400 sources single risks have means only. Raises ValueError
    for fewer than one year, ImportError for ``fast`` without numba.
    """
    if years < 1:
        raise ValueError("expected one year or more")
    if fast:
        from piaskit.loss import kernel  # noqa: F401  # told now, not in a worker
    sizes = [min(CHUNK, years - start) for start in range(0, years, CHUNK)]
    work = partial(_sample_chunk, model, seed, fast)
    chunks = range(len(sizes))
    told: Iterable[_Chunk] = (
        map(work, chunks, sizes) if executor is None else executor.map(work, chunks, sizes)
    )
    found = {unit: Series(activities=[Tally() for _ in model.limits]) for unit in model.units}
    for chunk in told:
        for unit, series in found.items():
            series.portfolio.add(chunk.portfolio[unit])
            for tally, part in zip(series.activities, chunk.activities[unit], strict=True):
                tally.add(part)
            for id, part in chunk.risks[unit]:
                series.risks.setdefault(id, Tally()).add(part)
    return found


def _sample_chunk(model: Model, seed: int, fast: bool, chunk: int, size: int) -> _Chunk:
    count = count_part
    if fast:
        from piaskit.loss.kernel import count_part as count
    whole = {unit: np.zeros(size) for unit in model.units}
    by_activity = {unit: np.zeros((len(model.limits), size)) for unit in model.units}
    risks: dict[str, list[tuple[str, Part]]] = {unit: [] for unit in model.units}
    bins = len(model.sources) <= MANY
    for source, counts in _count_together(model.sources, seed, chunk, size):
        for unit, years, losses in _draw_source(source, counts, seed, fast, chunk, size):
            whole[unit][years] += losses
            for at in source.activities:
                by_activity[unit][at, years] += losses
            risks[unit].append((source.id, count(losses, size, bins=bins)))
    np.minimum(whole[PERSONS], model.subjects, out=whole[PERSONS])
    for losses, limit in zip(by_activity[PERSONS], model.limits, strict=True):
        np.minimum(losses, limit, out=losses)
    return _Chunk(
        {unit: count(losses) for unit, losses in whole.items()},
        {unit: [count(row) for row in rows] for unit, rows in by_activity.items()},
        risks,
    )


def _count_together(
    sources: Sequence[Source], seed: int, chunk: int, size: int
) -> Iterator[tuple[Source, Numbers | None]]:
    """Yield every source with its numbers of events, None where they are its own matter."""
    groups: dict[str, list[Source]] = {}
    for source in sources:
        if source.cause is not None and source.shared > 0:
            groups.setdefault(source.cause, []).append(source)
    counted: dict[str, Numbers] = {}
    for cause, members in groups.items():
        if len(members) > 1:
            counted |= _count_shared(cause, members, seed, chunk, size)
    for source in sources:
        yield source, counted.get(source.id)


def _count_shared(
    cause: str, members: Sequence[Source], seed: int, chunk: int, size: int
) -> dict[str, Numbers]:
    """Count the events of sources with a shared cause.

    The cause acts as often as the most exposed member needs; each time it hits a member with the
    chance that gives the member its own rate. Each member alone is Poisson as it would be anyway.
    """
    rates: list[Floats] = []
    streams = []
    for source in members:
        stream = open_stream(seed, "loss", source.id, "shared", str(chunk))
        rates.append(source.rate.draw(stream, size))
        streams.append(stream)
    hits = [rate * source.shared for rate, source in zip(rates, members, strict=True)]
    often = np.maximum.reduce(hits)
    acts = open_stream(seed, "loss-cause", cause, str(chunk)).poisson(often)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {}
        for source, stream, rate, hit in zip(members, streams, rates, hits, strict=True):
            share = np.where(often > 0, np.minimum(hit / often, 1), 0)
            own = stream.poisson(rate * (1 - source.shared))
            found[source.id] = own + stream.binomial(acts, share)
    return found


def _draw_source(
    source: Source, counts: Numbers | None, seed: int, fast: bool, chunk: int, size: int
) -> Iterator[tuple[str, Years, Floats]]:
    """Draw the losses of one source, per unit: the years that may have some, and these."""
    stream = open_stream(seed, "loss", source.id, str(chunk))
    if fast and counts is None and not source.costs and isinstance(source.persons, Lognormal):
        from piaskit.loss.kernel import fill_years

        if isinstance(source.rate, FixedRate):
            total = int(stream.poisson(source.rate.rate * size))
            filled = fill_years(stream, source.persons, size, events=total)
        else:
            places = place_events(source, stream, size)
            filled = fill_years(stream, source.persons, size, places=places)
        yield PERSONS, slice(None), np.minimum(filled, source.subjects, out=filled)
        return
    if counts is None:
        places = place_events(source, stream, size)
    else:
        places = np.repeat(np.arange(size), counts)
    years: Years = slice(None)
    if len(places) < size * (1 - QUIET):
        years, places = np.unique(places, return_inverse=True)
        size = len(years)
    hit = source.persons.draw(stream, len(places))
    persons: Floats = np.bincount(places, hit, size).astype(float)
    yield PERSONS, years, np.minimum(persons, source.subjects, out=persons)
    for unit, costs in source.costs.items():
        own = open_stream(seed, "loss", source.id, unit, str(chunk))
        yield unit, years, np.bincount(places, costs.draw(own, hit), size).astype(float)


def place_events(source: Source, stream: np.random.Generator, size: int) -> Numbers:
    """Draw in which of so many years events happen: one year number per event.

    With a fixed rate the number of all events is Poisson and each falls into any year alike;
    otherwise each year has its own number, from the table of its chances where that is short.
    """
    if isinstance(source.rate, FixedRate):
        total = stream.poisson(source.rate.rate * size)
        return stream.integers(0, size, total)
    sums = _add_chances(source.rate)
    if sums is None:
        return np.repeat(np.arange(size), stream.poisson(source.rate.draw(stream, size)))
    if sums[0] >= QUIET:
        # Most years are empty: how many are not, which, and what each of those holds.
        some = stream.binomial(size, 1 - sums[0])
        years = stream.choice(size, some, replace=False, shuffle=False)
        drawn = sums[0] + (1 - sums[0]) * stream.random(some)
    else:
        drawn = stream.random(size)
        years = np.flatnonzero(drawn >= sums[0])
        drawn = drawn[years]
    return np.repeat(years, np.searchsorted(sums[:-1], drawn, side="right"))


@lru_cache(maxsize=20_000)
def _add_chances(rate: Rate) -> Floats | None:
    chances = rate.count_events()
    return None if chances is None else np.cumsum(chances)
