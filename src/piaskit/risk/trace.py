"""How a method came to the level of one risk or activity, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from piaskit.risk.explain import Explainer, Said, both
from piaskit.risk.reading import Placed, Reading
from piaskit.risk.scales import LEVELS, LIKELIHOODS, STATES
from piaskit.risk.sheets import list_hits

if TYPE_CHECKING:
    from piaskit.rules import Hits

CURRENT = STATES.index("current")


@dataclass(frozen=True)
class Trace:
    """How one method came to the current level of one subject.

    ``impact`` and ``likelihood`` are places in the common scales, ``pair`` the pair of activity and
    item that decides the impact (-1: none) and ``right`` the right it decides it on; ``hits`` are
    the findings behind the likelihood, ``looked`` how many there were.
    """

    reading: Reading
    writer: Explainer
    level: int
    own: int
    impact: int
    likelihood: int
    dimension: int
    kind: int
    right: int
    pair: int
    shifts: tuple[str, ...]
    hits: tuple[int, ...]
    looked: int

    @property
    def title(self) -> Said:
        return both(self.reading.method.name)

    def name_impact(self) -> Said:
        method = self.reading.method
        step = method.read_step(LEVELS[self.impact], "impact")
        return both(method.scales.impact[step].title)

    def name_likelihood(self) -> Said:
        method = self.reading.method
        step = method.read_step(LIKELIHOODS[self.likelihood], "likelihood")
        return both(method.scales.likelihood[step].title)

    def name_level(self) -> Said:
        """Name the level in the method's words, with the score where it multiplies."""
        level = both(list(self.reading.method.scales.risk.values())[self.own])
        score = self.reading.spell(self.impact, self.likelihood).get("score")
        if score is None:
            return level
        return self.writer.say("way.score", level=level, score=score)

    def name_dimension(self) -> Said:
        rights = self.reading.method.rights or self.reading.base.rights
        return both(rights[self.reading.dimensions[self.dimension]].title)

    def name_kind(self) -> Said:
        if self.kind < 0:
            return self.writer.say("not-stated")
        name = self.reading.kinds[self.kind]
        if self.reading.method.events:
            return both(self.reading.method.events[name].title)
        return both(self.reading.base.sources[name].title)


def trace_level(
    reading: Reading, writer: Explainer, hits: Hits, *, is_activity: bool, at: int
) -> Trace:
    """Trace how a method came to the current level of an activity or a risk."""
    placed, rating = choose_placed(reading, is_activity), reading.rating
    dimension = int(placed.dimension[CURRENT, at])
    kind = int(placed.kind[CURRENT, at])
    columns = np.flatnonzero(reading.takes[dimension])
    impacts = rating.final if is_activity else rating.risks.impact
    values = impacts[CURRENT, at, columns]
    right = int(columns[values.argmax()]) if len(columns) else -1
    pair = -1
    if right >= 0 and values.max(initial=-1) >= 0:
        pair = _find_pair(reading, at, right) if is_activity else int(rating.risks.pair[at, right])
    shifts = tuple(writer.list_shifts(pair, right)) if pair >= 0 else ()
    found = list_hits(reading, kind, at) if is_activity else [at]
    return Trace(
        reading=reading,
        writer=writer,
        level=int(placed.level[CURRENT, at]),
        own=int(placed.own[CURRENT, at]),
        impact=int(placed.impact[CURRENT, at]),
        likelihood=int(placed.likelihood[CURRENT, at]),
        dimension=dimension,
        kind=kind,
        right=right,
        pair=pair,
        shifts=shifts,
        hits=tuple(hit for hit in found[:1] if hit < len(hits)),
        looked=len(found),
    )


def _find_pair(reading: Reading, activity: int, right: int) -> int:
    """Return the strongest pair of an activity on a right, -1 where it has no item."""
    impacts = reading.rating.impacts
    first, last = np.searchsorted(impacts.pairs["activity"], [activity, activity + 1]).tolist()
    levels = impacts.levels[CURRENT, first:last, right]
    if not len(levels) or levels.max() < 0:
        return -1
    return int(first + levels.argmax())


def choose_placed(reading: Reading, is_activity: bool) -> Placed:
    """Return where a reading places activities, or risks."""
    return reading.activities if is_activity else reading.risks
